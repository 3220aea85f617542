package io.agentotp.spring.method;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;

import org.springframework.core.BridgeMethodResolver;

/**
 * Finds where a class calls a guarded method on its own instance, in its byte code, that
 * of its inner classes, and that of static methods that it hands itself to. A bean that
 * keeps itself in a field, or hands itself to other objects, is not seen through.
 */
final class SelfInvocations {

	private static final String CONTINUATION = "kotlin/coroutines/jvm/internal/ContinuationImpl";

	private final Class<?> type;

	private final Set<Class<?>> owners = new LinkedHashSet<>();

	private final Map<String, Optional<ClassNode>> nodes = new HashMap<>();

	private SelfInvocations(Class<?> type) {
		this.type = type;
		for (Class<?> owner = type; owner != null && owner != Object.class; owner = owner.getSuperclass()) {
			this.owners.add(owner);
		}
		this.owners.addAll(Contracts.of(type));
		// Their byte code is not looked at: any of their default methods may call another
		// one.
		this.owners.removeIf((owner) -> owner.isInterface() && owner.getName().startsWith("java."));
	}

	/**
	 * Return the methods of a class that call one of its guarded methods directly.
	 * @param type the class of a bean
	 * @param guarded its guarded methods
	 * @return caller and called, such as {@code run() calls send()}
	 */
	static List<String> find(Class<?> type, List<Method> guarded) {
		return new SelfInvocations(type).find(guarded);
	}

	/**
	 * Return the default methods that a class inherits and that call a guarded one. They
	 * run on the proxy, unless somebody calls them on the bean itself.
	 */
	static List<Method> defaults(Class<?> type, List<Method> guarded) {
		Map<String, String> targets = new SelfInvocations(type).targets(guarded);
		return Stream.of(type.getMethods())
			.filter((method) -> method.isDefault() && SelfCalls.UNGUARDED.equals(targets.get(signature(method))))
			.toList();
	}

	private List<String> find(List<Method> guarded) {
		SelfCalls calls = calls(targets(guarded));
		// Another proxy may run default methods on itself, as an HTTP client does.
		calls.find(nodes((owner) -> !owner.isInterface() || Proxy.isProxyClass(this.type))
			.flatMap((own) -> Stream.concat(Stream.of(own), innerClasses(own)))
			.toList());
		// The one that the JDK calls out of native code.
		return (Thread.class.isAssignableFrom(this.type)
				&& guarded.stream().map(SelfInvocations::signature).anyMatch("run()V"::equals))
						? Stream.concat(Stream.of("start() calls run()"), calls.found().stream()).toList()
						: calls.found();
	}

	private Map<String, String> targets(List<Method> guarded) {
		Map<String, String> targets = guarded.stream()
			.filter((method) -> !Modifier.isStatic(method.getModifiers()))
			.map(SelfInvocations::signature)
			.collect(Collectors.toMap((target) -> target, (target) -> target, (one, same) -> one, HashMap::new));
		this.owners.forEach((owner) -> addBridges(owner, guarded, targets));
		Contracts.of(this.type).forEach((contract) -> addDefaults(contract, targets));
		List<ClassNode> contracts = nodes(Class::isInterface).toList();
		boolean found = true;
		while (found) {
			// One may call another one.
			found = false;
			for (ClassNode contract : contracts) {
				found |= addReaching(contract, targets);
			}
		}
		return targets;
	}

	/**
	 * On the bean itself, a default method that calls a guarded one runs past the proxy.
	 */
	private boolean addReaching(ClassNode contract, Map<String, String> targets) {
		Set<String> around = innerClasses(contract).filter((inner) -> isCalling(inner, targets))
			.map((inner) -> (inner.outerMethod != null && contract.name.equals(inner.outerClass))
					? inner.outerMethod + inner.outerMethodDesc : "")
			.collect(Collectors.toSet());
		// Any method may use a class with a name, or one that a lambda stands around.
		boolean isAny = around.stream().anyMatch((method) -> method.isEmpty() || method.startsWith("lambda$"));
		boolean found = false;
		for (MethodNode method : contract.methods) {
			String signature = method.name + method.desc;
			if ((method.access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_STATIC)) == 0
					&& !SelfCalls.UNGUARDED.equals(targets.get(signature))
					&& (isAny || around.contains(signature) || calls(targets).isIn(contract, method))) {
				targets.put(signature, SelfCalls.UNGUARDED);
				found = true;
			}
		}
		return found;
	}

	private boolean isCalling(ClassNode node, Map<String, String> targets) {
		SelfCalls calls = calls(targets);
		calls.find(List.of(node));
		return !calls.found().isEmpty();
	}

	private SelfCalls calls(Map<String, String> targets) {
		return new SelfCalls(this::node, targets,
				this.owners.stream().filter((owner) -> !owner.isInterface()).map(Type::getInternalName).toList(),
				this.owners.stream().map(Type::getInternalName).toList(),
				nodes((owner) -> true).flatMap(this::innerClasses).map((node) -> node.name).collect(Collectors.toSet()),
				nodes((owner) -> true).flatMap((own) -> Stream.concat(Stream.of(own), innerClasses(own)))
					.flatMap(SelfInvocations::made)
					.collect(Collectors.toSet()));
	}

	private static Stream<String> made(ClassNode node) {
		return node.methods.stream()
			.flatMap((method) -> StreamSupport.stream(method.instructions.spliterator(), false))
			.filter((instruction) -> instruction.getOpcode() == Opcodes.NEW)
			.map((instruction) -> ((TypeInsnNode) instruction).desc);
	}

	private Stream<ClassNode> nodes(Predicate<Class<?>> wanted) {
		return this.owners.stream()
			.filter(wanted)
			.flatMap((owner) -> Stream.ofNullable(node(Type.getInternalName(owner))));
	}

	/**
	 * Also those inside of them, which the outermost class needs not name, and those that
	 * Kotlin makes of inlined code, which it does not name either.
	 */
	private Stream<ClassNode> innerClasses(ClassNode node) {
		Stream<String> named = node.innerClasses.stream().map((inner) -> inner.name);
		return Stream.concat(named, made(node))
			.distinct()
			.filter((name) -> name.startsWith(node.name + "$"))
			.flatMap((name) -> Stream.ofNullable(node(name)))
			.flatMap((inner) -> Stream.concat(Stream.of(inner), innerClasses(inner)))
			.distinct()
			// That of a suspending function only lets it go on, behind its proxy.
			.filter((inner) -> !CONTINUATION.equals(inner.superName));
	}

	/** A generic base class or interface calls the bridge, which calls the method. */
	private static void addBridges(Class<?> owner, List<Method> guarded, Map<String, String> targets) {
		for (Method method : owner.getDeclaredMethods()) {
			if (method.isBridge()) {
				Method bridged = BridgeMethodResolver.findBridgedMethod(method);
				if (guarded.contains(bridged)) {
					targets.put(signature(method), signature(bridged));
				}
			}
		}
	}

	/** On the bean itself, a default method of the JDK runs past the proxy. */
	private static void addDefaults(Class<?> contract, Map<String, String> targets) {
		List<Method> methods = List.of(contract.getMethods());
		if (methods.stream().map(SelfInvocations::signature).anyMatch(targets::containsKey)) {
			methods.stream()
				.filter(InheritedDefaults::isOfJdk)
				.map(SelfInvocations::signature)
				.forEach((inherited) -> targets.putIfAbsent(inherited, SelfCalls.UNGUARDED));
		}
	}

	/**
	 * Return how what is found names a guarded method.
	 */
	static String name(Method method) {
		return SelfCalls.target(signature(method), "");
	}

	private static String signature(Method method) {
		return method.getName() + Type.getMethodDescriptor(method);
	}

	private @Nullable ClassNode node(String name) {
		return this.nodes.computeIfAbsent(name, this::read).orElse(null);
	}

	/** Where there is no byte code, as in a native image, it was looked at before. */
	private Optional<ClassNode> read(String name) {
		// A proxy is in a module of its own, where its class would not look elsewhere.
		ClassLoader loader = this.type.getClassLoader();
		String path = name + ".class";
		try (InputStream code = (loader != null) ? loader.getResourceAsStream(path)
				: ClassLoader.getSystemResourceAsStream(path)) {
			if (code == null) {
				return Optional.empty();
			}
			ClassNode node = new ClassNode();
			new ClassReader(code).accept(node, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
			return Optional.of(node);
		}
		catch (IOException ex) {
			return Optional.empty();
		}
	}

}
