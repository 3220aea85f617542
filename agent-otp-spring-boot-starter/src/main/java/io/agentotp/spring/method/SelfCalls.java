package io.agentotp.spring.method;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.spring.method.BeanValues.Result;
import io.agentotp.spring.method.BeanValues.Role;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.analysis.Analyzer;
import org.objectweb.asm.tree.analysis.AnalyzerException;
import org.objectweb.asm.tree.analysis.Frame;
import org.objectweb.asm.tree.analysis.SourceValue;

/**
 * The calls of a bean's guarded methods on the bean itself, in the byte code of its
 * class, of those that it inherits from, of their inner classes, and of the methods that
 * the bean is passed to.
 */
final class SelfCalls {

	/** Kotlin calls a method with default arguments through a static one of this name. */
	private static final String DEFAULTS = "$default";

	/** Kotlin makes a class of a reference such as {@code Sender::send}. */
	private static final String REFERENCE = "kotlin/jvm/internal/FunctionReferenceImpl";

	/** Kotlin makes a subclass of it of the block of a sequence. */
	private static final String SEQUENCE = "kotlin/coroutines/jvm/internal/RestrictedSuspendLambda";

	/** What a call of a default method ends in that runs on the proxy elsewhere. */
	static final String UNGUARDED = "";

	private static final List<String> PLATFORM = List.of("java/", "javax/", "jakarta/", "kotlin/", "kotlinx/",
			"reactor/", "org/springframework/");

	private static final Set<String> COMPARING = Set.of("sort", "sorted", "max", "min", "binarySearch");

	/** Compare what they are given. */
	private static final List<String> SORTED = List.of("Tree", "Sorted", "Navigable", "Priority", "SkipList");

	private final Function<String, @Nullable ClassNode> classes;

	private final Map<String, String> targets;

	private final List<String> types;

	private final List<String> hierarchy;

	private final Set<String> owners;

	private final Set<String> inner;

	private final Set<String> made;

	private final Set<String> found = new LinkedHashSet<>();

	private final Set<String> visited = new HashSet<>();

	private final Map<String, Result> results = new HashMap<>();

	private final Map<String, Role> fields = new HashMap<>();

	private final Set<String> givenFields = new HashSet<>();

	private final Set<InvokeDynamicInsnNode> given = new HashSet<>();

	private final Set<String> givenTypes = new HashSet<>();

	/**
	 * Creates one.
	 * @param classes reads a class by its internal name
	 * @param targets the guarded methods and their bridges, as name and descriptor, with
	 * what the call of one ends in
	 * @param types the internal names of the bean's classes, its own first
	 * @param hierarchy those of its classes and interfaces
	 * @param inner those of their inner classes
	 * @param made those of the other classes that they make objects of, which may stand
	 * behind an interface
	 */
	SelfCalls(Function<String, @Nullable ClassNode> classes, Map<String, String> targets, List<String> types,
			List<String> hierarchy, Set<String> inner, Set<String> made) {
		this.classes = classes;
		this.targets = targets;
		this.types = types;
		this.hierarchy = hierarchy;
		this.inner = inner;
		this.made = made;
		this.owners = hierarchy.stream().map((name) -> "L" + name + ";").collect(Collectors.toSet());
	}

	/**
	 * Return caller and called.
	 */
	List<String> found() {
		return List.copyOf(this.found);
	}

	/**
	 * Return whether such a call is in a method of one of these classes, called on the
	 * bean.
	 */
	boolean isIn(ClassNode node, MethodNode method) {
		scan(new Code(node, method, Map.of(0, Role.BEAN)));
		return !this.found.isEmpty();
	}

	/**
	 * Looks through some of these classes, until no more fields are found that hold the
	 * bean, nor classes that are called with it.
	 */
	void find(List<ClassNode> nodes) {
		int known;
		do {
			known = learned();
			this.visited.clear();
			this.results.clear();
			nodes.forEach(this::find);
		}
		while (learned() > known);
	}

	private int learned() {
		return this.fields.size() + this.givenTypes.size() + this.givenFields.size();
	}

	private void find(ClassNode node) {
		for (MethodNode method : node.methods) {
			if ((method.access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_BRIDGE)) == 0) {
				boolean isBean = !this.inner.contains(node.name) && (method.access & Opcodes.ACC_STATIC) == 0;
				scan(new Code(node, method, isBean ? Map.of(0, Role.BEAN) : parameters(node, method)));
			}
		}
	}

	/** A function in a class of its own may be called with the bean, as a lambda. */
	private Map<Integer, Role> parameters(ClassNode node, MethodNode method) {
		boolean isGiven = this.givenTypes.contains(node.name) || REFERENCE.equals(node.superName);
		if (!this.inner.contains(node.name) || !isGiven || (method.access & Opcodes.ACC_STATIC) != 0
				|| method.name.equals("<init>")) {
			return Map.of();
		}
		List<@Nullable Role> roles = new ArrayList<>();
		roles.add(null);
		List<Type> types = new ArrayList<>(List.of(Type.getArgumentTypes(method.desc)));
		types.forEach((type) -> roles.add(role(type, true)));
		types.add(0, Type.getObjectType(node.name));
		return locals(types, roles);
	}

	private void scan(Code code) {
		if (!this.visited.add(code.key())) {
			return;
		}
		Values values = null;
		for (int index = 0; index < code.method.instructions.size(); index++) {
			AbstractInsnNode instruction = code.method.instructions.get(index);
			if (instruction instanceof InvokeDynamicInsnNode || instruction instanceof MethodInsnNode
					|| isWrite(instruction)) {
				values = (values != null) ? values : values(code);
				if (values.frames[index] != null) {
					visit(code, instruction, values.frames[index], values);
				}
			}
		}
	}

	private static boolean isWrite(AbstractInsnNode instruction) {
		return instruction.getOpcode() == Opcodes.PUTFIELD || instruction.getOpcode() == Opcodes.PUTSTATIC;
	}

	private void visit(Code code, AbstractInsnNode instruction, Frame<SourceValue> frame, Values values) {
		Call call = call(instruction);
		if (call != null && !isSuper(code, instruction)
				&& (call.depth() == 0 || BeanValues.isBean(frame.getStack(frame.getStackSize() - call.depth())))) {
			this.found.add(caller(code) + " calls " + call.name());
		}
		if (instruction instanceof MethodInsnNode called) {
			int arguments = Type.getArgumentTypes(called.desc).length
					+ ((called.getOpcode() == Opcodes.INVOKESTATIC) ? 0 : 1);
			List<@Nullable Role> roles = values.interpreter.roles(top(frame, arguments));
			List<Code> callees = callees(called, roles).toList();
			// What is called on the bean only is looked at anyway.
			callees.stream()
				.filter((callee) -> callee.beans.keySet().stream().anyMatch((local) -> local > 0 || callee.isStatic()))
				.forEach(this::scan);
			if (callees.isEmpty()) {
				handedOver(called, roles)
					.forEach((target) -> this.found.add(caller(code) + " calls " + target(target, target)));
			}
		}
		if (instruction instanceof InvokeDynamicInsnNode dynamic) {
			for (Object argument : dynamic.bsmArgs) {
				if (argument instanceof Handle handle && handle.getOwner().equals(code.node.name)) {
					followLambda(code.node, handle, dynamic,
							values.interpreter.roles(top(frame, Type.getArgumentTypes(dynamic.desc).length)));
				}
			}
		}
	}

	/**
	 * Return the guarded methods that what is called may call: nobody knows its code, but
	 * it takes the bean as something that has them.
	 */
	private Stream<String> handedOver(MethodInsnNode called, List<@Nullable Role> roles) {
		Type[] types = Type.getArgumentTypes(called.desc);
		int first = roles.size() - types.length;
		Stream<String> taken = IntStream.range(0, types.length)
			.filter((index) -> roles.get(first + index) == Role.BEAN)
			.mapToObj((index) -> types[index].getInternalName())
			.filter((type) -> !type.equals("java/lang/Object"));
		boolean isInside = called.owner.startsWith("java/util/") && roles.stream().anyMatch(Objects::nonNull);
		return Stream.concat(taken, isInside ? Stream.ofNullable(elements(called)) : Stream.empty())
			.flatMap(this::declared);
	}

	/** What a container takes its elements for, whatever its methods declare. */
	private static @Nullable String elements(MethodInsnNode called) {
		return called.name.startsWith("invokeA") ? "java/util/concurrent/Callable"
				: (COMPARING.contains(called.name) || SORTED.stream().anyMatch(called.owner::contains))
						? "java/lang/Comparable" : null;
	}

	private Stream<String> declared(String type) {
		ClassNode node = this.types.contains(type) ? null : this.classes.apply(type);
		return (node == null) ? Stream.empty()
				: Stream.concat(
						node.methods.stream()
							.map((method) -> this.targets.getOrDefault(method.name + method.desc, UNGUARDED))
							.filter((target) -> !target.equals(UNGUARDED)),
						node.interfaces.stream().flatMap(this::declared));
	}

	private static List<SourceValue> top(Frame<SourceValue> frame, int count) {
		return IntStream.range(frame.getStackSize() - count, frame.getStackSize()).mapToObj(frame::getStack).toList();
	}

	/**
	 * Follows a lambda that captures the bean in a variable, or takes one of its class or
	 * may be called with the bean.
	 */
	private void followLambda(ClassNode node, Handle handle, InvokeDynamicInsnNode dynamic,
			List<@Nullable Role> captured) {
		MethodNode lambda = method(node, handle.getName(), handle.getDesc());
		// Kotlin's are not synthetic.
		if (lambda == null || ((lambda.access & Opcodes.ACC_SYNTHETIC) == 0 && !lambda.name.contains("$lambda$"))) {
			return;
		}
		boolean isStatic = handle.getTag() == Opcodes.H_INVOKESTATIC;
		Map<Integer, Role> beans = new TreeMap<>();
		int local = 0;
		int index = 0;
		if (!isStatic) {
			if (!this.inner.contains(node.name)) {
				beans.put(0, Role.BEAN);
			}
			local = 1;
			index = 1;
		}
		for (Type parameter : Type.getArgumentTypes(handle.getDesc())) {
			Role role = (index < captured.size()) ? captured.get(index) : role(parameter, this.given.contains(dynamic));
			if (role != null) {
				beans.put(local, role);
			}
			local += parameter.getSize();
			index++;
		}
		if (!beans.isEmpty()) {
			scan(new Code(node, lambda, beans));
		}
	}

	private @Nullable Role role(Type parameter, boolean given) {
		return parameter.getSort() == Type.OBJECT && (this.types.contains(parameter.getInternalName())
				|| (given && (parameter.getDescriptor().equals("Ljava/lang/Object;")
						|| this.hierarchy.contains(parameter.getInternalName())))) ? Role.BEAN : null;
	}

	/**
	 * Return what a call with these values may run, as far as it can be known.
	 */
	private Stream<Code> callees(MethodInsnNode called, List<@Nullable Role> roles) {
		boolean isStatic = called.getOpcode() == Opcodes.INVOKESTATIC;
		if (called.name.endsWith(DEFAULTS) || (roles.stream().noneMatch(Objects::nonNull)
				&& !this.inner.contains(called.owner) && !(isStatic && this.hierarchy.contains(called.owner)))) {
			return Stream.empty();
		}
		List<Type> types = new ArrayList<>(List.of(Type.getArgumentTypes(called.desc)));
		if (!isStatic) {
			types.add(0, Type.getObjectType(called.owner));
		}
		Map<Integer, Role> beans = locals(types, roles);
		boolean isOwn = this.hierarchy.contains(called.owner);
		if (!isOwn && !this.inner.contains(called.owner) && isPlatform(called.owner)) {
			return Stream.empty();
		}
		boolean isVirtual = called.getOpcode() == Opcodes.INVOKEVIRTUAL
				|| called.getOpcode() == Opcodes.INVOKEINTERFACE;
		List<String> owners = (isOwn && isVirtual && beans.containsKey(0)) ? this.hierarchy : supertypes(called.owner);
		Stream<Code> overriding = (isVirtual && !isOwn) ? Stream.concat(this.inner.stream(), this.made.stream())
			.filter((name) -> extendsType(name, called.owner))
			.flatMap((name) -> code(name, called, beans)) : Stream.empty();
		return Stream.concat(owners.stream().flatMap((owner) -> code(owner, called, beans)).limit(1), overriding);
	}

	private static Map<Integer, Role> locals(List<Type> types, List<@Nullable Role> roles) {
		Map<Integer, Role> locals = new TreeMap<>();
		int local = 0;
		for (int index = 0; index < Math.min(types.size(), roles.size()); index++) {
			Role role = roles.get(index);
			if (role != null) {
				locals.put(local, role);
			}
			local += types.get(index).getSize();
		}
		return locals;
	}

	private Stream<Code> code(String owner, MethodInsnNode called, Map<Integer, Role> beans) {
		ClassNode node = this.classes.apply(owner);
		MethodNode method = (node != null) ? method(node, called.name, called.desc) : null;
		return (node != null && method != null && (method.access & Opcodes.ACC_ABSTRACT) == 0)
				? Stream.of(new Code(node, method, beans)) : Stream.empty();
	}

	private boolean extendsType(@Nullable String name, String type) {
		ClassNode node = (name != null && !isPlatform(name)) ? this.classes.apply(name) : null;
		return node != null && !node.name.equals(type)
				&& (type.equals(node.superName) || extendsType(node.superName, type) || node.interfaces.stream()
					.anyMatch((contract) -> contract.equals(type) || extendsType(contract, type)));
	}

	private List<String> supertypes(String owner) {
		int index = this.hierarchy.indexOf(owner);
		return (index >= 0) ? this.hierarchy.subList(index, this.hierarchy.size()) : List.of(owner);
	}

	private static @Nullable MethodNode method(ClassNode node, String name, String descriptor) {
		return node.methods.stream()
			.filter((method) -> method.name.equals(name) && method.desc.equals(descriptor))
			.findFirst()
			.orElse(null);
	}

	private Result result(AbstractInsnNode instruction, List<@Nullable Role> roles) {
		if (instruction instanceof TypeInsnNode made) {
			return new Result(supplies(made.desc) ? Role.SUPPLIER : null, Set.of());
		}
		if (instruction instanceof InvokeDynamicInsnNode dynamic) {
			return Stream.of(dynamic.bsmArgs)
				.filter(Handle.class::isInstance)
				.map((argument) -> function((Handle) argument, roles))
				.filter((result) -> result.role() != null)
				.findFirst()
				.orElse(Result.NONE);
		}
		MethodInsnNode called = (MethodInsnNode) instruction;
		if (called.owner.equals("java/util/Objects") && called.name.startsWith("requireNonNull")) {
			return (roles.get(0) == Role.BEAN) ? new Result(Role.BEAN, Set.of()) : Result.NONE;
		}
		List<Result> results = callees(called, roles).map(this::result).toList();
		return new Result(results.stream().map(Result::role).filter(Objects::nonNull).findFirst().orElse(null),
				arguments(called, results));
	}

	/** Variables are counted by their size. */
	private static Set<Integer> arguments(MethodInsnNode called, List<Result> results) {
		Set<Integer> arguments = new HashSet<>();
		int first = (called.getOpcode() == Opcodes.INVOKESTATIC) ? 0 : 1;
		int local = first;
		Type[] types = Type.getArgumentTypes(called.desc);
		for (int index = 0; index < types.length; index++) {
			int variable = local;
			if (results.stream().anyMatch((result) -> result.filled().contains(variable))) {
				arguments.add(first + index);
			}
			local += types[index].getSize();
		}
		return arguments;
	}

	/** An inner class may hand the bean out behind an interface of the JDK's. */
	private boolean supplies(String name) {
		ClassNode node = this.inner.contains(name) ? this.classes.apply(name) : null;
		return node != null
				&& (yields(node) || (node.interfaces.stream().anyMatch(SelfCalls::isPlatform) && node.methods.stream()
					.filter((method) -> (method.access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_STATIC)) == 0)
					.anyMatch((method) -> result(new Code(node, method, Map.of())).role() == Role.BEAN)));
	}

	/** The block of a sequence keeps what it yields to in a field. */
	private boolean yields(ClassNode node) {
		return SEQUENCE.equals(node.superName) && node.fields.stream()
			.anyMatch((field) -> this.fields.get(node.name + "." + field.name) == Role.HOLDER);
	}

	private static boolean isPlatform(String name) {
		return PLATFORM.stream().anyMatch(name::startsWith);
	}

	/** A lambda or a method reference, with what it captures. */
	private Result function(Handle handle, List<@Nullable Role> captured) {
		ClassNode node = (this.hierarchy.contains(handle.getOwner()) || this.inner.contains(handle.getOwner()))
				? this.classes.apply(handle.getOwner()) : null;
		MethodNode method = (node != null) ? method(node, handle.getName(), handle.getDesc()) : null;
		if (node == null || method == null) {
			return Result.NONE;
		}
		List<Type> types = new ArrayList<>(List.of(Type.getArgumentTypes(method.desc)));
		if ((method.access & Opcodes.ACC_STATIC) == 0) {
			types.add(0, Type.getObjectType(node.name));
		}
		Map<Integer, Role> beans = locals(types, captured);
		return (beans.isEmpty() && !this.inner.contains(node.name)) ? Result.NONE
				: result(new Code(node, method, beans));
	}

	private Result result(Code callee) {
		Result known = this.results.putIfAbsent(callee.key(), Result.NONE);
		if (known != null) {
			return known;
		}
		Values values = values(callee);
		List<SourceValue> returned = new ArrayList<>();
		for (int index = 0; index < callee.method.instructions.size(); index++) {
			Frame<SourceValue> frame = values.frames[index];
			if (callee.method.instructions.get(index).getOpcode() == Opcodes.ARETURN && frame != null) {
				returned.add(frame.getStack(frame.getStackSize() - 1));
			}
		}
		Role role = values.interpreter.roles(returned).stream().filter(Objects::nonNull).findFirst().orElse(null);
		Result result = new Result(role, values.interpreter.filled());
		this.results.put(callee.key(), result);
		return result;
	}

	private Values values(Code code) {
		BeanValues interpreter = new BeanValues(code.beans, this.owners, this.inner.contains(code.node.name),
				this.fields, this.givenFields, this::name, this::result);
		try {
			Frame<SourceValue>[] frames = new Analyzer<>(interpreter).analyze(code.node.name, code.method);
			this.given.addAll(interpreter.given());
			this.givenTypes.addAll(interpreter.givenTypes());
			return new Values(frames, interpreter);
		}
		catch (AnalyzerException ex) {
			throw new IllegalStateException(
					"The byte code of " + code.node.name + "." + code.method.name + " is invalid", ex);
		}
	}

	/** The bean's own are those of one object, whichever class declares them. */
	private @Nullable String name(FieldInsnNode field) {
		return this.hierarchy.contains(field.owner) ? field.name
				: this.inner.contains(field.owner) ? field.owner + "." + field.name : null;
	}

	/**
	 * Return the call of a target, directly or as a method reference. Parameters on the
	 * stack lie above the receiver. A reference without one may be called with the bean,
	 * if it is of the bean's class or handed to what may have the bean.
	 */
	private @Nullable Call call(AbstractInsnNode instruction) {
		if (instruction instanceof MethodInsnNode called) {
			int arguments = Type.getArgumentTypes(called.desc).length;
			if (called.getOpcode() == Opcodes.INVOKESTATIC) {
				return isDefaults(called) ? new Call(called.name.replace(DEFAULTS, "") + "()", arguments) : null;
			}
			String target = this.targets.get(called.name + called.desc);
			return (target != null) ? new Call(target(target, called.name + called.desc), arguments + 1) : null;
		}
		if (instruction instanceof InvokeDynamicInsnNode dynamic) {
			int captured = Type.getArgumentTypes(dynamic.desc).length;
			for (Object argument : dynamic.bsmArgs) {
				if (argument instanceof Handle handle && this.targets.containsKey(handle.getName() + handle.getDesc())
						&& (captured == 1 || (captured == 0 && isOfBean(handle.getOwner(), dynamic)))) {
					String called = handle.getName() + handle.getDesc();
					return new Call(target(this.targets.getOrDefault(called, UNGUARDED), called), captured);
				}
			}
		}
		return null;
	}

	private boolean isOfBean(String owner, InvokeDynamicInsnNode dynamic) {
		return this.types.contains(owner) || (this.given.contains(dynamic) && this.hierarchy.contains(owner));
	}

	private boolean isDefaults(MethodInsnNode called) {
		Type[] arguments = Type.getArgumentTypes(called.desc);
		if (!called.name.endsWith(DEFAULTS) || arguments.length == 0
				|| !this.owners.contains(arguments[0].getDescriptor())) {
			return false;
		}
		String name = called.name.substring(0, called.name.length() - DEFAULTS.length());
		String rest = called.desc.substring(1 + arguments[0].getDescriptor().length());
		return this.targets.keySet()
			.stream()
			.anyMatch((target) -> target.startsWith(name + "(")
					&& rest.startsWith(target.substring(name.length() + 1, target.indexOf(')'))));
	}

	/**
	 * An override that calls what it overrides is guarded itself, unless that is a
	 * default method that calls a guarded one.
	 */
	private boolean isSuper(Code code, AbstractInsnNode instruction) {
		if (!(instruction instanceof MethodInsnNode called) || called.getOpcode() != Opcodes.INVOKESPECIAL
				|| UNGUARDED.equals(this.targets.get(called.name + called.desc))
				|| !called.name.equals(withoutLambda(code.method.name))) {
			return false;
		}
		String method = code.method.name + code.method.desc;
		boolean isLambda = !called.name.equals(code.method.name);
		return isLambda ? isEachGuarded(code.node, called.name) : method.equals(called.name + called.desc)
				|| method.equals(this.targets.get(called.name + called.desc));
	}

	/** Nobody knows which of those with that name a lambda is of. */
	private boolean isEachGuarded(ClassNode node, String name) {
		return node.methods.stream()
			.filter((method) -> method.name.equals(name))
			.allMatch((method) -> this.targets.containsKey(name + method.desc));
	}

	/**
	 * Return the method as the source has it: a lambda is named after the method that it
	 * stands in, and so is a class without a name.
	 */
	private String caller(Code code) {
		if (code.node.outerMethod != null) {
			return signature(withoutLambda(code.node.outerMethod), code.node.outerMethodDesc);
		}
		String name = withoutLambda(code.method.name);
		List<MethodNode> named = code.node.methods.stream().filter((method) -> method.name.equals(name)).toList();
		String signature = code.method.name.equals(name) ? signature(name, code.method.desc)
				: (named.size() == 1) ? signature(name, named.get(0).desc) : name + "()";
		return (this.types.indexOf(code.node.name) == 0) ? signature : simple(code.node.name) + "." + signature;
	}

	/** That of a bridge is the one that it leads to. */
	static String target(String target, String called) {
		String method = target.equals(UNGUARDED) ? called : target;
		int parameters = method.indexOf('(');
		return signature(method.substring(0, parameters), method.substring(parameters));
	}

	private static String signature(String name, String descriptor) {
		return name + Stream.of(Type.getArgumentTypes(descriptor))
			.map((type) -> simple(type.getClassName()))
			.collect(Collectors.joining(", ", "(", ")"));
	}

	private static String simple(String name) {
		return name
			.substring(Math.max(name.lastIndexOf('$'), Math.max(name.lastIndexOf('/'), name.lastIndexOf('.'))) + 1);
	}

	private static String withoutLambda(String method) {
		if (method.startsWith("lambda$")) {
			return method.split("\\$", -1)[1];
		}
		int lambda = method.indexOf("$lambda$");
		return (lambda > 0) ? method.substring(0, lambda) : method;
	}

	/**
	 * A call of a guarded method.
	 *
	 * @param name its name and parameter types
	 * @param depth how deep the receiver lies on the stack
	 */
	private record Call(String name, int depth) {
	}

	/**
	 * A method and the variables in which it gets the bean.
	 */
	private record Code(ClassNode node, MethodNode method, Map<Integer, Role> beans) {

		boolean isStatic() {
			return (this.method.access & Opcodes.ACC_STATIC) != 0;
		}

		String key() {
			return this.node.name + "." + this.method.name + this.method.desc + this.beans;
		}

	}

	/**
	 * What a method has on its stack.
	 */
	private record Values(@Nullable Frame<SourceValue>[] frames, BeanValues interpreter) {
	}

}
