package io.agentotp.spring.method;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

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

	private static final Set<String> FACTORIES = Set.of("of", "ofNullable", "asList", "singleton", "singletonList",
			"ofEntries", "entry", "copyOf", "nCopies");

	/** What gives what is inside, or a view of it. */
	private static final Set<String> ACCESSORS = Set.of("get", "orElse", "orElseGet", "orElseThrow", "or", "iterator",
			"listIterator", "next", "previous", "stream", "filter", "findFirst", "findAny", "getFirst", "getLast",
			"toList", "toArray", "peek", "poll", "pop", "remove", "element", "take", "values", "keySet", "entrySet",
			"getKey", "getValue", "getAndSet", "sorted", "distinct", "limit", "skip", "join", "getNow");

	private final Set<AbstractInsnNode> filled = new HashSet<>();

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
		return (called.owner.startsWith("java/util/") || called.owner.equals("java/lang/Iterable"))
				? inContainer(called, values, isObject ? returned.getDescriptor() : "") : null;
	}

	private @Nullable AbstractInsnNode inContainer(MethodInsnNode called, List<? extends SourceValue> values,
			String returned) {
		boolean isStatic = called.getOpcode() == Opcodes.INVOKESTATIC;
		boolean isGiven = values.stream().skip(isStatic ? 0 : 1).anyMatch((value) -> isBean(value) || isHolder(value));
		if (isStatic) {
			return (isGiven && !returned.isEmpty() && FACTORIES.contains(called.name)) ? HOLDER : null;
		}
		if (isGiven) {
			values.get(0).insns.stream().filter((source) -> source != BEAN).forEach(this.filled::add);
		}
		return (!returned.isEmpty() && isHolder(values.get(0)) && ACCESSORS.contains(called.name))
				? (returned.equals("Ljava/lang/Object;") ? BEAN : HOLDER) : null;
	}

	private boolean isHolder(SourceValue value) {
		return value.insns.contains(HOLDER) || value.insns.stream().anyMatch(this.filled::contains);
	}

}
