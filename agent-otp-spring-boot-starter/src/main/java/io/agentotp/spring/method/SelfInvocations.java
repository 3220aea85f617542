package io.agentotp.spring.method;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;

import org.springframework.core.BridgeMethodResolver;
import org.springframework.util.ClassUtils;

/**
 * Finds where a class calls a guarded method on its own instance, in its byte code and
 * that of its inner classes. A bean that keeps itself in a field, or hands itself to
 * other code, is not seen through.
 */
final class SelfInvocations {

	private static final String CONTINUATION = "kotlin/coroutines/jvm/internal/ContinuationImpl";

	private SelfInvocations() {
	}

	/**
	 * Return the methods of a class that call one of its guarded methods directly.
	 * @param type the class of a bean
	 * @param guarded its guarded methods
	 * @return caller and called, such as {@code run() calls send()}
	 */
	static List<String> find(Class<?> type, List<Method> guarded) {
		Set<String> targets = guarded.stream()
			.filter((method) -> !Modifier.isStatic(method.getModifiers()))
			.map((method) -> method.getName() + Type.getMethodDescriptor(method))
			.collect(Collectors.toSet());
		Set<Class<?>> owners = new LinkedHashSet<>();
		for (Class<?> owner = type; owner != null && owner != Object.class; owner = owner.getSuperclass()) {
			owners.add(owner);
		}
		owners.addAll(ClassUtils.getAllInterfacesForClassAsSet(type));
		owners.removeIf((owner) -> owner.getName().startsWith("java."));
		owners.forEach((owner) -> addBridges(owner, guarded, targets));
		Set<String> descriptors = owners.stream().map(Type::getDescriptor).collect(Collectors.toSet());
		List<String> found = new ArrayList<>();
		for (Class<?> owner : owners) {
			String name = owner.getName().substring(owner.getName().lastIndexOf('.') + 1);
			read(owner, name).ifPresent((node) -> {
				new SelfCalls(node, false, targets, descriptors, found).find();
				innerClasses(node, owner, name)
					.forEach((inner) -> new SelfCalls(inner, true, targets, descriptors, found).find());
			});
		}
		return found;
	}

	private static List<ClassNode> innerClasses(ClassNode node, Class<?> owner, String name) {
		return node.innerClasses.stream()
			.map((inner) -> inner.name.substring(inner.name.lastIndexOf('/') + 1))
			.filter((inner) -> inner.startsWith(name + "$"))
			.map((inner) -> read(owner, inner))
			.flatMap(Optional::stream)
			// That of a suspending function only lets it go on, behind its proxy.
			.filter((inner) -> !CONTINUATION.equals(inner.superName))
			.toList();
	}

	/** A generic base class or interface calls the bridge, which calls the method. */
	private static void addBridges(Class<?> owner, List<Method> guarded, Set<String> targets) {
		for (Method method : owner.getDeclaredMethods()) {
			if (method.isBridge() && guarded.contains(BridgeMethodResolver.findBridgedMethod(method))) {
				targets.add(method.getName() + Type.getMethodDescriptor(method));
			}
		}
	}

	/** Where there is no byte code, as in a native image, it was looked at before. */
	private static Optional<ClassNode> read(Class<?> owner, String name) {
		try (InputStream code = owner.getResourceAsStream(name + ".class")) {
			if (code == null) {
				return Optional.empty();
			}
			ClassNode node = new ClassNode();
			new ClassReader(code).accept(node, ClassReader.SKIP_DEBUG);
			return Optional.of(node);
		}
		catch (IOException ex) {
			return Optional.empty();
		}
	}

}
