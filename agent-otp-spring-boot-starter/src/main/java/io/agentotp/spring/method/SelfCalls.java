package io.agentotp.spring.method;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.analysis.Analyzer;
import org.objectweb.asm.tree.analysis.AnalyzerException;
import org.objectweb.asm.tree.analysis.Frame;
import org.objectweb.asm.tree.analysis.SourceValue;

/**
 * The calls of a bean's guarded methods on the bean itself, in the byte code of one
 * class: its own, one that it inherits from, or an inner class of these.
 */
final class SelfCalls {

	/** Kotlin calls a method with default arguments through a static one of this name. */
	private static final String DEFAULTS = "$default";

	private final ClassNode node;

	private final boolean inner;

	private final Set<String> targets;

	private final Set<String> owners;

	private final List<String> found;

	private final Set<String> visited = new HashSet<>();

	/**
	 * Creates one.
	 * @param node the class to look at
	 * @param inner whether it is an inner class
	 * @param targets the guarded methods, as name and descriptor
	 * @param owners the descriptors of the bean's classes
	 * @param found takes caller and called
	 */
	SelfCalls(ClassNode node, boolean inner, Set<String> targets, Set<String> owners, List<String> found) {
		this.node = node;
		this.inner = inner;
		this.targets = targets;
		this.owners = owners;
		this.found = found;
	}

	void find() {
		for (MethodNode method : this.node.methods) {
			if ((method.access & (Opcodes.ACC_STATIC | Opcodes.ACC_ABSTRACT | Opcodes.ACC_BRIDGE)) == 0) {
				scan(method, this.inner ? Set.of() : Set.of(0));
			}
		}
	}

	private void scan(MethodNode method, Set<Integer> beans) {
		Frame<SourceValue>[] frames = null;
		for (int index = 0; index < method.instructions.size(); index++) {
			AbstractInsnNode instruction = method.instructions.get(index);
			if (instruction instanceof InvokeDynamicInsnNode || call(instruction) != null) {
				frames = (frames != null) ? frames : frames(method, beans);
				if (frames[index] != null) {
					visit(method, instruction, frames[index]);
				}
			}
		}
	}

	private void visit(MethodNode method, AbstractInsnNode instruction, Frame<SourceValue> frame) {
		Call call = call(instruction);
		if (call != null && !isSuper(method, instruction)
				&& BeanValues.isBean(frame.getStack(frame.getStackSize() - call.depth()))) {
			this.found.add(caller(method) + " calls " + call.name() + "()");
		}
		if (instruction instanceof InvokeDynamicInsnNode dynamic) {
			for (Object argument : dynamic.bsmArgs) {
				if (argument instanceof Handle handle && handle.getTag() == Opcodes.H_INVOKESTATIC
						&& handle.getOwner().equals(this.node.name)) {
					followLambda(handle, dynamic, frame);
				}
			}
		}
	}

	/** A lambda that captures the bean in a variable is a static method. */
	private void followLambda(Handle handle, InvokeDynamicInsnNode dynamic, Frame<SourceValue> frame) {
		Type[] captured = Type.getArgumentTypes(dynamic.desc);
		Set<Integer> beans = new HashSet<>();
		int local = 0;
		for (int i = 0; i < captured.length; i++) {
			if (BeanValues.isBean(frame.getStack(frame.getStackSize() - captured.length + i))) {
				beans.add(local);
			}
			local += captured[i].getSize();
		}
		if (!beans.isEmpty()) {
			for (MethodNode method : this.node.methods) {
				if (method.name.equals(handle.getName()) && method.desc.equals(handle.getDesc())
						&& this.visited.add(method.name + method.desc + beans)) {
					scan(method, beans);
				}
			}
		}
	}

	private Frame<SourceValue>[] frames(MethodNode method, Set<Integer> beans) {
		try {
			return new Analyzer<>(new BeanValues(beans, this.owners, this.inner)).analyze(this.node.name, method);
		}
		catch (AnalyzerException ex) {
			throw new IllegalStateException("The byte code of " + this.node.name + "." + method.name + " is invalid",
					ex);
		}
	}

	/**
	 * Return the call of a target, directly or as a method reference. Parameters on the
	 * stack lie above the receiver.
	 */
	private @Nullable Call call(AbstractInsnNode instruction) {
		if (instruction instanceof MethodInsnNode called) {
			int arguments = Type.getArgumentTypes(called.desc).length;
			if (called.getOpcode() == Opcodes.INVOKESTATIC) {
				return isDefaults(called) ? new Call(called.name.replace(DEFAULTS, ""), arguments) : null;
			}
			return this.targets.contains(called.name + called.desc) ? new Call(called.name, arguments + 1) : null;
		}
		if (instruction instanceof InvokeDynamicInsnNode dynamic && Type.getArgumentTypes(dynamic.desc).length == 1) {
			for (Object argument : dynamic.bsmArgs) {
				if (argument instanceof Handle handle && this.targets.contains(handle.getName() + handle.getDesc())) {
					return new Call(handle.getName(), 1);
				}
			}
		}
		return null;
	}

	private boolean isDefaults(MethodInsnNode called) {
		Type[] arguments = Type.getArgumentTypes(called.desc);
		if (!called.name.endsWith(DEFAULTS) || arguments.length == 0
				|| !this.owners.contains(arguments[0].getDescriptor())) {
			return false;
		}
		String name = called.name.substring(0, called.name.length() - DEFAULTS.length());
		String rest = called.desc.substring(1 + arguments[0].getDescriptor().length());
		return this.targets.stream()
			.anyMatch((target) -> target.startsWith(name + "(")
					&& rest.startsWith(target.substring(name.length() + 1, target.indexOf(')'))));
	}

	/** An override that calls what it overrides is guarded itself. */
	private static boolean isSuper(MethodNode method, AbstractInsnNode instruction) {
		return instruction instanceof MethodInsnNode called && called.getOpcode() == Opcodes.INVOKESPECIAL
				&& called.name.equals(method.name) && called.desc.equals(method.desc);
	}

	/**
	 * Return the method as the source has it: a lambda is named after the method that it
	 * stands in, and so is a class without a name.
	 */
	private String caller(MethodNode method) {
		if (this.node.outerMethod != null) {
			return withoutLambda(this.node.outerMethod) + "()";
		}
		String name = withoutLambda(method.name) + "()";
		return this.inner ? this.node.name.substring(this.node.name.lastIndexOf('$') + 1) + "." + name : name;
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
	 * @param name its name
	 * @param depth how deep the receiver lies on the stack
	 */
	private record Call(String name, int depth) {
	}

}
