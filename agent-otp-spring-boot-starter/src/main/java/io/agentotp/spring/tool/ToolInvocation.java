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
 * The invocation of a guarded tool.
 */
public final class ToolInvocation implements Invocation {

	private final GuardedTool tool;

	private final ToolCall call;

	private final ReturnKind returnKind;

	private final Callable<? extends @Nullable Object> body;

	ToolInvocation(GuardedTool tool, ToolCall call, ReturnKind returnKind, Callable<? extends @Nullable Object> body) {
		this.tool = tool;
		this.call = call;
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

	@Override
	public GuardedCall evaluate(Map<String, ?> caller, Masking masking) {
		return this.tool.evaluate(this.tool.bind(this.call), caller, masking);
	}

	@Override
	public void verify(GuardedCall asked, Permission grant) {
		this.tool.verify(asked, grant, this.tool.bind(this.call));
	}

	@Override
	public void requireUnchanged(GuardedCall asked) {
		this.tool.requireUnchanged(asked, this.tool.bind(this.call));
	}

	@Override
	public @Nullable Object proceed(GuardedCall asked, Permission grant) throws Exception {
		requireUnchanged(asked);
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
