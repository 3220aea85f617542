package io.agentotp.spring.method;

import java.util.Map;
import java.util.concurrent.Callable;

import io.agentotp.Permission;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The invocation of a guarded tool. Its arguments are text, which nobody can change.
 */
final class ToolInvocation implements Invocation {

	private final GuardedTool tool;

	private final String arguments;

	private final Callable<? extends @Nullable Object> body;

	private @Nullable ObjectNode bound;

	ToolInvocation(GuardedTool tool, String arguments, Callable<? extends @Nullable Object> body) {
		this.tool = tool;
		this.arguments = arguments;
		this.body = body;
	}

	@Override
	public GuardedTool operation() {
		return this.tool;
	}

	private ObjectNode bound() {
		ObjectNode known = this.bound;
		if (known == null) {
			known = this.tool.bind(this.arguments);
			this.bound = known;
		}
		return known;
	}

	@Override
	public GuardedCall evaluate(Map<String, ?> caller) {
		return this.tool.evaluate(bound(), caller);
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
	public @Nullable Object proceed(Permission grant) throws Exception {
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
