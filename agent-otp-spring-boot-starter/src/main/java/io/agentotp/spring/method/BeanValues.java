package io.agentotp.spring.method;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.analysis.SourceInterpreter;
import org.objectweb.asm.tree.analysis.SourceValue;

/**
 * Follows the bean itself through the byte code of a method: from the parameters that
 * hold it, through other variables and casts, through the field by which an inner class
 * knows its outer instance, through arrays, the JDK's containers, and functions that
 * return it.
 */
final class BeanValues extends SourceInterpreter {

	private static final AbstractInsnNode BEAN = new LabelNode();

	private static final AbstractInsnNode INNER = new LabelNode();

	/** A container that has it. */
	private static final AbstractInsnNode HOLDER = new LabelNode();

	/** A function that returns it. */
	private static final AbstractInsnNode SUPPLIER = new LabelNode();

	private static final SourceValue IT = new SourceValue(1, BEAN);

	/** What gives something else than what is inside. */
	private static final Set<String> TRANSFORMERS = Set.of("map", "flatMap", "thenApply", "thenCompose", "thenCombine",
			"handle");

	private static final String OBJECT = "Ljava/lang/Object;";

	private final Set<AbstractInsnNode> filled = new HashSet<>();

	private final Map<AbstractInsnNode, List<SourceValue>> captured = new HashMap<>();

	private final Set<InvokeDynamicInsnNode> given = new HashSet<>();

	private final Set<Integer> locals;

	private final Set<String> owners;

	private final boolean inner;

	private final BiPredicate<AbstractInsnNode, List<? extends SourceValue>> returnsBean;

	/**
	 * Creates an interpreter.
	 * @param locals the variables that hold the bean when the method begins
	 * @param owners the descriptors of the bean's classes
	 * @param inner whether {@code this} is an instance of an inner class of the bean
	 * @param returnsBean whether a call with these values, or a function that captures
	 * them, returns the bean
	 */
	BeanValues(Set<Integer> locals, Set<String> owners, boolean inner,
			BiPredicate<AbstractInsnNode, List<? extends SourceValue>> returnsBean) {
		super(Opcodes.ASM9);
		this.locals = locals;
		this.owners = owners;
		this.inner = inner;
		this.returnsBean = returnsBean;
	}

	/**
	 * Return the functions that are called with the bean, or handed to what holds it.
	 */
	Set<InvokeDynamicInsnNode> given() {
		return this.given;
	}

	static boolean isBean(SourceValue value) {
		return value.insns.contains(BEAN);
	}

	@Override
	public SourceValue newParameterValue(boolean isInstanceMethod, int local, Type type) {
		if (this.locals.contains(local)) {
			return new SourceValue(1, BEAN);
		}
		return (this.inner && isInstanceMethod && local == 0) ? new SourceValue(1, INNER)
				: super.newParameterValue(isInstanceMethod, local, type);
	}

	@Override
	public SourceValue copyOperation(AbstractInsnNode instruction, SourceValue value) {
		return value;
	}

	@Override
	public @Nullable SourceValue unaryOperation(AbstractInsnNode instruction, SourceValue value) {
		if (instruction.getOpcode() == Opcodes.CHECKCAST) {
			return value;
		}
		if (instruction instanceof FieldInsnNode field && instruction.getOpcode() == Opcodes.GETFIELD
				&& value.insns.contains(INNER) && field.name.startsWith("this$")) {
			return new SourceValue(1, this.owners.contains(field.desc) ? BEAN : INNER);
		}
		if (instruction instanceof FieldInsnNode field && instruction.getOpcode() == Opcodes.GETFIELD
				&& value.insns.contains(INNER) && field.name.equals("receiver")) {
			// Of a reference in Kotlin, such as this::send.
			return IT;
		}
		return super.unaryOperation(instruction, value);
	}

	@Override
	public SourceValue binaryOperation(AbstractInsnNode instruction, SourceValue first, SourceValue second) {
		return (instruction.getOpcode() == Opcodes.AALOAD && isHolder(first)) ? new SourceValue(1, BEAN)
				: super.binaryOperation(instruction, first, second);
	}

	@Override
	public @Nullable SourceValue ternaryOperation(AbstractInsnNode instruction, SourceValue array, SourceValue index,
			SourceValue element) {
		if (instruction.getOpcode() == Opcodes.AASTORE && isBean(element)) {
			this.filled.addAll(array.insns);
		}
		return super.ternaryOperation(instruction, array, index, element);
	}

	@Override
	public SourceValue naryOperation(AbstractInsnNode instruction, List<? extends SourceValue> values) {
		AbstractInsnNode source = source(instruction, values);
		return (source != null) ? new SourceValue(1, source) : super.naryOperation(instruction, values);
	}

	private @Nullable AbstractInsnNode source(AbstractInsnNode instruction, List<? extends SourceValue> values) {
		if (instruction instanceof InvokeDynamicInsnNode) {
			this.captured.put(instruction, List.copyOf(values));
			return this.returnsBean.test(instruction, values) ? SUPPLIER : null;
		}
		if (!(instruction instanceof MethodInsnNode called)) {
			return null;
		}
		if (values.stream().anyMatch(BeanValues::isBean) && this.returnsBean.test(called, values)) {
			return BEAN;
		}
		Type returned = Type.getReturnType(called.desc);
		boolean isObject = returned.getSort() == Type.OBJECT || returned.getSort() == Type.ARRAY;
		if (called.getOpcode() != Opcodes.INVOKESTATIC && values.get(0).insns.contains(SUPPLIER)) {
			return isObject ? BEAN : null;
		}
		return (called.owner.startsWith("java/") || called.owner.startsWith("kotlin/collections/"))
				? inPlatform(called, values, isObject ? returned.getDescriptor() : "") : null;
	}

	/**
	 * What the JDK is given, and what has been given to one of its objects, may be what
	 * it returns, or inside.
	 */
	private @Nullable AbstractInsnNode inPlatform(MethodInsnNode called, List<? extends SourceValue> values,
			String returned) {
		boolean isStatic = called.getOpcode() == Opcodes.INVOKESTATIC;
		boolean isGiven = values.stream().skip(isStatic ? 0 : 1).anyMatch(this::mayBe);
		if (!isStatic && isGiven) {
			values.get(0).insns.stream().filter((source) -> source != BEAN).forEach(this.filled::add);
		}
		if (!isGiven && (isStatic || !mayBe(values.get(0)))) {
			return null;
		}
		values.stream()
			.flatMap((value) -> value.insns.stream())
			.filter(InvokeDynamicInsnNode.class::isInstance)
			.forEach((function) -> this.given.add((InvokeDynamicInsnNode) function));
		if (TRANSFORMERS.stream().anyMatch(called.name::startsWith)
				&& values.stream().skip(1).noneMatch(this::mayReturnIt)) {
			return null;
		}
		return returned.isEmpty() ? null : returned.equals(OBJECT) ? BEAN
				: (returned.startsWith("Ljava/") || returned.startsWith("[")) ? HOLDER : null;
	}

	/** Whether a function returns what it is called with. */
	private boolean mayReturnIt(SourceValue function) {
		return mayBe(function)
				|| function.insns.stream()
					.anyMatch((source) -> (source instanceof MethodInsnNode called && called.name.equals("identity"))
							|| (this.captured.containsKey(source) && this.returnsBean.test(source,
									Stream
										.concat(this.captured.get(source).stream(), Stream.generate(() -> IT).limit(2))
										.toList())));
	}

	private boolean mayBe(SourceValue value) {
		return isBean(value) || isHolder(value) || value.insns.contains(SUPPLIER);
	}

	private boolean isHolder(SourceValue value) {
		return value.insns.contains(HOLDER) || value.insns.stream().anyMatch(this.filled::contains);
	}

}
