package io.agentotp.spring.tool;

import java.util.Map;
import java.util.Objects;
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

	private volatile @Nullable ToolSchema schema;

	private volatile boolean ran;

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
		this.schema = this.call.schemaNow();
		return this.tool.evaluate(this.tool.bind(this.call), this.schema, caller, masking);
	}

	@Override
	public void verify(GuardedCall asked, Permission grant) {
		requireSame(asked);
		this.tool.verify(asked, grant);
	}

	@Override
	public void requireUnchanged(GuardedCall asked) {
		// Looked at right before the body in any case.
	}

	@Override
	public @Nullable Object proceed(GuardedCall asked, Permission grant, Runnable alive) throws Exception {
		requireSame(asked);
		this.ran = true;
		return this.body.call();
	}

	private void requireSame(GuardedCall asked) {
		if (!Objects.equals(this.schema, this.call.schemaNow())) {
			throw this.tool.schemaChanged();
		}
		this.tool.requireUnchanged(asked, this.call);
	}

	@Override
	public boolean end() {
		return this.ran;
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
