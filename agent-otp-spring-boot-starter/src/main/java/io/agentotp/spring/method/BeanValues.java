package io.agentotp.spring.method;

import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.analysis.SourceInterpreter;
import org.objectweb.asm.tree.analysis.SourceValue;

/**
 * Follows the bean itself through the byte code of a method: from the parameters that
 * hold it, through other variables and casts, and through the field by which an inner
 * class knows its outer instance.
 */
final class BeanValues extends SourceInterpreter {

	private static final AbstractInsnNode BEAN = new LabelNode();

	private static final AbstractInsnNode INNER = new LabelNode();

	private final Set<Integer> locals;

	private final Set<String> owners;

	private final boolean inner;

	private final BiPredicate<MethodInsnNode, List<? extends SourceValue>> returnsBean;

	/**
	 * Creates an interpreter.
	 * @param locals the variables that hold the bean when the method begins
	 * @param owners the descriptors of the bean's classes
	 * @param inner whether {@code this} is an instance of an inner class of the bean
	 * @param returnsBean whether a call with these values returns the bean
	 */
	BeanValues(Set<Integer> locals, Set<String> owners, boolean inner,
			BiPredicate<MethodInsnNode, List<? extends SourceValue>> returnsBean) {
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
	public SourceValue naryOperation(AbstractInsnNode instruction, List<? extends SourceValue> values) {
		return (instruction instanceof MethodInsnNode called && values.stream().anyMatch(BeanValues::isBean)
				&& this.returnsBean.test(called, values)) ? new SourceValue(1, BEAN)
						: super.naryOperation(instruction, values);
	}

}
