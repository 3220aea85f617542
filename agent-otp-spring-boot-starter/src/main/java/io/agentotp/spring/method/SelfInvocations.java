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

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;
import org.objectweb.asm.tree.analysis.Analyzer;
import org.objectweb.asm.tree.analysis.AnalyzerException;
import org.objectweb.asm.tree.analysis.Frame;
import org.objectweb.asm.tree.analysis.SourceInterpreter;
import org.objectweb.asm.tree.analysis.SourceValue;

import org.springframework.core.BridgeMethodResolver;
import org.springframework.util.ClassUtils;

/**
 * Finds where a class calls a guarded method on {@code this}, in its byte code.
 */
final class SelfInvocations {

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
		List<String> found = new ArrayList<>();
		owners.forEach((owner) -> read(owner)
			.ifPresent((node) -> node.methods.forEach((method) -> scan(node, method, targets, found))));
		return found;
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
	private static Optional<ClassNode> read(Class<?> type) {
		String name = type.getName();
		try (InputStream code = type.getResourceAsStream(name.substring(name.lastIndexOf('.') + 1) + ".class")) {
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

	private static void scan(ClassNode owner, MethodNode method, Set<String> targets, List<String> found) {
		if ((method.access & (Opcodes.ACC_STATIC | Opcodes.ACC_ABSTRACT | Opcodes.ACC_BRIDGE)) != 0) {
			return;
		}
		Frame<SourceValue>[] frames = null;
		for (int index = 0; index < method.instructions.size(); index++) {
			Call call = call(method.instructions.get(index), targets);
			if (call != null) {
				frames = (frames != null) ? frames : frames(owner, method);
				Frame<SourceValue> frame = frames[index];
				if (frame != null && !isSuper(method, method.instructions.get(index))
						&& isThis(frame.getStack(frame.getStackSize() - call.depth()))) {
					found.add(name(method.name) + " calls " + call.name() + "()");
				}
			}
		}
	}

	private static Frame<SourceValue>[] frames(ClassNode owner, MethodNode method) {
		try {
			return new Analyzer<>(new SourceInterpreter()).analyze(owner.name, method);
		}
		catch (AnalyzerException ex) {
			throw new IllegalStateException("The byte code of " + owner.name + "." + method.name + " is invalid", ex);
		}
	}

	/**
	 * Return the call of a target, directly or as a method reference. Parameters on the
	 * stack lie above the receiver.
	 */
	private static @Nullable Call call(AbstractInsnNode instruction, Set<String> targets) {
		if (instruction instanceof MethodInsnNode called && called.getOpcode() != Opcodes.INVOKESTATIC
				&& targets.contains(called.name + called.desc)) {
			return new Call(called.name, Type.getArgumentTypes(called.desc).length + 1);
		}
		if (instruction instanceof InvokeDynamicInsnNode dynamic) {
			for (Object argument : dynamic.bsmArgs) {
				if (argument instanceof Handle handle && targets.contains(handle.getName() + handle.getDesc())
						&& Type.getArgumentTypes(dynamic.desc).length == 1) {
					return new Call(handle.getName(), 1);
				}
			}
		}
		return null;
	}

	/** An override that calls what it overrides is guarded itself. */
	private static boolean isSuper(MethodNode method, AbstractInsnNode instruction) {
		return instruction instanceof MethodInsnNode called && called.getOpcode() == Opcodes.INVOKESPECIAL
				&& called.name.equals(method.name) && called.desc.equals(method.desc);
	}

	private static boolean isThis(SourceValue receiver) {
		return receiver.insns.stream()
			.anyMatch((source) -> source instanceof VarInsnNode load && load.getOpcode() == Opcodes.ALOAD
					&& load.var == 0);
	}

	/** A lambda is named after the method that it stands in. */
	private static String name(String method) {
		return (method.startsWith("lambda$") ? method.split("\\$")[1] : method) + "()";
	}

	/**
	 * A call of a guarded method.
	 *
	 * @param name its name
	 * @param depth how deep the receiver lies on the stack
	 */
	private record Call(String name, int depth) {
	}

}
