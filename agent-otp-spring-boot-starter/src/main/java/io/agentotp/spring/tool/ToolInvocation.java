package io.agentotp.spring.tool;

import java.util.Map;
import java.util.concurrent.Callable;

import io.agentotp.Permission;
import io.agentotp.spring.guard.Invocation;
import io.agentotp.spring.guard.ReturnKind;
import io.agentotp.spring.operation.BoundArguments;
import io.agentotp.spring.operation.GuardedCall;
import io.agentotp.spring.operation.Masking;
import org.jspecify.annotations.Nullable;

/**
 * The invocation of a guarded tool. Its arguments are text, which nobody can change.
 */
public final class ToolInvocation implements Invocation {

	private final GuardedTool tool;

	private final String arguments;

	private final ReturnKind returnKind;

	private final Callable<? extends @Nullable Object> body;

	private @Nullable BoundArguments bound;

	ToolInvocation(GuardedTool tool, String arguments, ReturnKind returnKind,
			Callable<? extends @Nullable Object> body) {
		this.tool = tool;
		this.arguments = arguments;
		this.returnKind = returnKind;
		this.body = body;
	}

	@Override
	public GuardedTool operation() {
		return this.tool;
	}

	@Override
	public ReturnKind returnKind() {
		return this.returnKind;
	}

	private BoundArguments bound() {
		BoundArguments known = this.bound;
		if (known == null) {
			known = this.tool.bind(this.arguments);
			this.bound = known;
		}
		return known;
	}

	@Override
	public GuardedCall evaluate(Map<String, ?> caller, Masking masking) {
		return this.tool.evaluate(bound(), caller, masking);
	}

	@Override
	public void verify(GuardedCall asked, Permission grant) {
		this.tool.verify(asked, grant, bound());
	}

	@Override
	public void requireUnchanged(GuardedCall asked) {
		// As it was asked for: see above.
	}

	@Override
	public @Nullable Object proceed(GuardedCall asked, Permission grant) throws Exception {
		return this.body.call();
	}

	@Override
	public Invocation later() {
		return this;
	}

	@Override
	public @Nullable RuntimeException refusal() {
		// Nothing stands between the guard and the tool that would try again.
		return null;
	}

	@Override
	public void remember(RuntimeException refusal) {
		// As above.
	}

}
