package io.agentotp.spring.method;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.analysis.SourceInterpreter;
import org.objectweb.asm.tree.analysis.SourceValue;

/**
 * Follows the bean itself through the byte code of a method: from the parameters that
 * hold it, through other variables and casts, through fields of its classes and of their
 * inner classes, through arrays, the JDK's containers, and functions that return it.
 */
final class BeanValues extends SourceInterpreter {

	private static final AbstractInsnNode INNER = new LabelNode();

	/** What gives something else than what is inside. */
	private static final Set<String> TRANSFORMERS = Set.of("map", "flatMap", "thenApply", "thenCompose", "thenCombine",
			"handle");

	/**
	 * What calls functions with what it holds, and holds nothing but what it is given.
	 */
	private static final List<String> CONTAINERS = List.of("java/", "kotlin/", "kotlinx/coroutines/flow/", "reactor/");

	/** What makes a function of others, that may be called with the bean later. */
	private static final List<String> COMBINING = List.of("java/util/function/", "java/util/Comparator",
			"java/util/stream/Collectors");

	/** What is given something and keeps nothing of it. */
	private static final Set<String> ASKING = Set.of("equals", "contains", "containsKey", "containsValue", "indexOf",
			"lastIndexOf", "remove");

	private static final String OBJECT = "Ljava/lang/Object;";

	private final Set<AbstractInsnNode> filled = new HashSet<>();

	/** What is filled with a value that comes from here, too. */
	private final Map<AbstractInsnNode, List<SourceValue>> behind = new HashMap<>();

	private final Map<Integer, AbstractInsnNode> parameters = new HashMap<>();

	private final Map<AbstractInsnNode, List<@Nullable Role>> captured = new HashMap<>();

	private final Set<InvokeDynamicInsnNode> given = new HashSet<>();

	private final Set<String> givenTypes = new HashSet<>();

	private final Set<String> givenFields;

	private final Map<Integer, Role> locals;

	private final Set<String> owners;

	private final boolean inner;

	private final Map<String, Role> fields;

	private final Function<FieldInsnNode, @Nullable String> names;

	private final BiFunction<AbstractInsnNode, List<@Nullable Role>, Result> results;

	/**
	 * Creates an interpreter.
	 * @param locals the variables that hold the bean when the method begins
	 * @param owners the descriptors of the bean's classes
	 * @param inner whether {@code this} is an instance of an inner class of the bean
	 * @param fields those that are known to hold the bean, and are found to
	 * @param givenFields those whose functions may be called with the bean, and are found
	 * to
	 * @param names what a field is called there, or {@code null} if it is of another
	 * class
	 * @param results what comes of a call with these values, of a function that captures
	 * them, or of an object of an inner class
	 */
	BeanValues(Map<Integer, Role> locals, Set<String> owners, boolean inner, Map<String, Role> fields,
			Set<String> givenFields, Function<FieldInsnNode, @Nullable String> names,
			BiFunction<AbstractInsnNode, List<@Nullable Role>, Result> results) {
		super(Opcodes.ASM9);
		this.locals = locals;
		this.owners = owners;
		this.inner = inner;
		this.fields = fields;
		this.givenFields = givenFields;
		this.names = names;
		this.results = results;
	}

	/**
	 * Return the functions that may be called with the bean: all but those that are
	 * handed to a container that does not hold it.
	 */
	Set<InvokeDynamicInsnNode> given() {
		return this.given;
	}

	/**
	 * Return the classes whose objects are handed to a container that holds the bean.
	 */
	Set<String> givenTypes() {
		return this.givenTypes;
	}

	static boolean isBean(SourceValue value) {
		return value.insns.contains(Role.BEAN.source);
	}

	/**
	 * Return what values are to the bean.
	 */
	List<@Nullable Role> roles(List<? extends SourceValue> values) {
		List<@Nullable Role> roles = new ArrayList<>(values.size());
		values.forEach((value) -> roles.add(role(value)));
		return roles;
	}

	/**
	 * Return the variables of those parameters that the method has put the bean into.
	 */
	Set<Integer> filled() {
		return this.parameters.entrySet()
			.stream()
			.filter((parameter) -> this.filled.contains(parameter.getValue()))
			.map(Map.Entry::getKey)
			.collect(Collectors.toSet());
	}

	private @Nullable Role role(SourceValue value) {
		return isBean(value) ? Role.BEAN
				: isHolder(value) ? Role.HOLDER : value.insns.contains(Role.SUPPLIER.source) ? Role.SUPPLIER : null;
	}

	@Override
	public SourceValue newParameterValue(boolean isInstanceMethod, int local, Type type) {
		Role role = this.locals.get(local);
		if (role != null) {
			return role.value();
		}
		return (this.inner && isInstanceMethod && local == 0) ? new SourceValue(1, INNER) : new SourceValue(
				type.getSize(), this.parameters.computeIfAbsent(local, (parameter) -> new LabelNode()));
	}

	@Override
	public SourceValue newOperation(AbstractInsnNode instruction) {
		Role role = switch (instruction.getOpcode()) {
			case Opcodes.GETSTATIC -> field((FieldInsnNode) instruction);
			case Opcodes.NEW -> this.results.apply(instruction, List.of()).role();
			default -> null;
		};
		return (role != null) ? role.value() : super.newOperation(instruction);
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
		if (instruction.getOpcode() == Opcodes.PUTSTATIC) {
			keep((FieldInsnNode) instruction, value);
		}
		if (instruction instanceof FieldInsnNode field && instruction.getOpcode() == Opcodes.GETFIELD) {
			Role known = field(field);
			if (known != null) {
				return known.value();
			}
			if (value.insns.contains(INNER) && field.name.startsWith("this$")) {
				return this.owners.contains(field.desc) ? Role.BEAN.value() : new SourceValue(1, INNER);
			}
			if (value.insns.contains(INNER) && field.name.equals("receiver")) {
				// Of a reference in Kotlin, such as this::send.
				return Role.BEAN.value();
			}
		}
		return super.unaryOperation(instruction, value);
	}

	@Override
	public @Nullable SourceValue binaryOperation(AbstractInsnNode instruction, SourceValue first, SourceValue second) {
		if (instruction.getOpcode() == Opcodes.PUTFIELD) {
			keep((FieldInsnNode) instruction, second);
		}
		return (instruction.getOpcode() == Opcodes.AALOAD && (isHolder(first) || isBean(first))) ? Role.BEAN.value()
				: super.binaryOperation(instruction, first, second);
	}

	@Override
	public @Nullable SourceValue ternaryOperation(AbstractInsnNode instruction, SourceValue array, SourceValue index,
			SourceValue element) {
		if (instruction.getOpcode() == Opcodes.AASTORE) {
			give(element);
			if (role(element) != null) {
				fill(array);
			}
		}
		return super.ternaryOperation(instruction, array, index, element);
	}

	@Override
	public void returnOperation(AbstractInsnNode instruction, SourceValue value, SourceValue expected) {
		give(value);
	}

	@Override
	public SourceValue naryOperation(AbstractInsnNode instruction, List<? extends SourceValue> values) {
		Role role = called(instruction, values);
		return (role != null) ? role.value() : super.naryOperation(instruction, values);
	}

	private @Nullable Role called(AbstractInsnNode instruction, List<? extends SourceValue> values) {
		List<@Nullable Role> roles = roles(values);
		if (instruction instanceof InvokeDynamicInsnNode) {
			this.captured.put(instruction, roles);
			this.behind.put(instruction, List.copyOf(values));
			values.forEach(this::give);
			return (this.results.apply(instruction, roles).role() != null) ? Role.SUPPLIER : null;
		}
		if (!(instruction instanceof MethodInsnNode called)) {
			return null;
		}
		Result result = this.results.apply(called, roles);
		result.filled().forEach((argument) -> fill(values.get(argument)));
		if (result.role() != null) {
			return result.role();
		}
		Type returned = Type.getReturnType(called.desc);
		boolean isObject = returned.getSort() == Type.OBJECT || returned.getSort() == Type.ARRAY;
		if (called.getOpcode() != Opcodes.INVOKESTATIC && roles.get(0) == Role.SUPPLIER) {
			return isObject ? Role.BEAN : null;
		}
		if (called.owner.startsWith("[") || CONTAINERS.stream().anyMatch(called.owner::startsWith)) {
			return inContainer(called, values, roles, isObject ? returned.getDescriptor() : "");
		}
		values.forEach(this::give);
		return null;
	}

	/**
	 * What a container is given, and what has been given to it, may be what it returns,
	 * or inside.
	 */
	private @Nullable Role inContainer(MethodInsnNode called, List<? extends SourceValue> values,
			List<@Nullable Role> roles, String returned) {
		int first = (called.getOpcode() == Opcodes.INVOKESTATIC) ? 0 : 1;
		boolean isGiven = roles.stream().skip(first).anyMatch(Objects::nonNull);
		if (isGiven && ASKING.contains(called.name)) {
			return null;
		}
		if (first > 0) {
			this.behind.put(called, List.of(values.get(0)));
		}
		if (isGiven) {
			fill(values.get(called.name.equals("arraycopy") ? 2 : 0));
		}
		boolean isCombining = returned.startsWith("Ljava/util/")
				&& COMBINING.stream().anyMatch(called.owner::startsWith);
		if (!isGiven && !isCombining && (first == 0 || roles.get(0) == null)) {
			Type[] parameters = Type.getArgumentTypes(called.desc);
			for (int index = 0; index < parameters.length; index++) {
				if (parameters[index].getDescriptor().equals(OBJECT)) {
					give(values.get(first + index));
				}
			}
			return null;
		}
		values.forEach((value) -> {
			give(value);
			giveObject(value);
		});
		if (!isGiven && (first == 0 || roles.get(0) == null)) {
			return null;
		}
		if (TRANSFORMERS.stream().anyMatch(called.name::startsWith) && !called.name.equals("mapOf")
				&& values.stream().skip(1).noneMatch(this::mayReturnIt)) {
			return null;
		}
		boolean isHolder = returned.startsWith("[")
				|| CONTAINERS.stream().anyMatch((container) -> returned.startsWith("L" + container));
		return returned.isEmpty() ? null : returned.equals(OBJECT) ? Role.BEAN : isHolder ? Role.HOLDER : null;
	}

	/** Whether a function returns what it is called with. */
	private boolean mayReturnIt(SourceValue function) {
		return role(function) != null
				|| function.insns.stream()
					.anyMatch((source) -> (source instanceof MethodInsnNode called && called.name.equals("identity"))
							|| (source instanceof InvokeDynamicInsnNode dynamic && opens(dynamic))
							|| (this.captured.containsKey(source)
									&& this.results
										.apply(source,
												Stream
													.concat(this.captured.get(source).stream(),
															Stream.of(Role.BEAN, Role.BEAN))
													.toList())
										.role() != null));
	}

	/** Whether it is a reference such as {@code List::stream}. */
	private static boolean opens(InvokeDynamicInsnNode dynamic) {
		return Stream.of(dynamic.bsmArgs)
			.anyMatch((argument) -> argument instanceof Handle handle
					&& CONTAINERS.stream().anyMatch(handle.getOwner()::startsWith)
					&& isContainer(Type.getReturnType(handle.getDesc()).getDescriptor()));
	}

	private static boolean isContainer(String type) {
		return type.startsWith("[") || type.equals(OBJECT) || (!type.startsWith("Ljava/lang/")
				&& CONTAINERS.stream().anyMatch((container) -> type.startsWith("L" + container)));
	}

	private boolean isHolder(SourceValue value) {
		return value.insns.contains(Role.HOLDER.source) || value.insns.stream().anyMatch(this.filled::contains);
	}

	/** What it comes from has the bean from now on. */
	private void fill(SourceValue container) {
		for (AbstractInsnNode source : container.insns) {
			if (source != Role.BEAN.source && this.filled.add(source)) {
				this.behind.getOrDefault(source, List.of()).forEach(this::fill);
			}
			if (source instanceof FieldInsnNode field) {
				keep(field, Role.HOLDER);
			}
		}
	}

	private void give(SourceValue function) {
		for (AbstractInsnNode source : function.insns) {
			if (source instanceof InvokeDynamicInsnNode dynamic) {
				this.given.add(dynamic);
			}
			else if (source instanceof FieldInsnNode field) {
				String name = this.names.apply(field);
				if (name != null) {
					this.givenFields.add(name);
				}
			}
		}
	}

	private void giveObject(SourceValue object) {
		for (AbstractInsnNode source : object.insns) {
			if (source instanceof TypeInsnNode made) {
				this.givenTypes.add(made.desc);
			}
			else if (source instanceof FieldInsnNode field && field.getOpcode() == Opcodes.GETSTATIC) {
				// Kotlin keeps what captures nothing.
				this.givenTypes.add(Type.getType(field.desc).getInternalName());
			}
		}
	}

	private void keep(FieldInsnNode field, SourceValue value) {
		String name = this.names.apply(field);
		if (name == null || this.givenFields.contains(name)) {
			give(value);
		}
		keep(field, role(value));
	}

	private void keep(FieldInsnNode field, @Nullable Role role) {
		String name = this.names.apply(field);
		if (name != null && role != null) {
			this.fields.putIfAbsent(name, role);
		}
	}

	private @Nullable Role field(FieldInsnNode field) {
		String name = this.names.apply(field);
		return (name != null) ? this.fields.get(name) : null;
	}

	/**
	 * What comes of a call or a function.
	 *
	 * @param role what its result is to the bean
	 * @param filled the arguments that it puts the bean into
	 */
	record Result(@Nullable Role role, Set<Integer> filled) {

		static final Result NONE = new Result(null, Set.of());

	}

	/**
	 * What a value is to the bean.
	 */
	enum Role {

		/** The bean itself. */
		BEAN,
		/** A container that has it. */
		HOLDER,
		/** A function that returns it. */
		SUPPLIER;

		@SuppressWarnings("ImmutableEnumChecker") // a mark that is in no code
		private final AbstractInsnNode source = new LabelNode();

		private SourceValue value() {
			return new SourceValue(1, this.source);
		}

	}

}
