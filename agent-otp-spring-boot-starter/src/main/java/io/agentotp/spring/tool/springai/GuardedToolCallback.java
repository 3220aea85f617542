package io.agentotp.spring.tool.springai;

import java.util.Map;
import java.util.concurrent.Callable;

import io.agentotp.spring.tool.HiddenParameters;
import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolCall;
import io.agentotp.spring.tool.ToolCaller;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolProtection;
import io.agentotp.spring.tool.ToolRefusedException;
import io.agentotp.spring.tool.ToolTurn;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.execution.ToolExecutionException;
import org.springframework.ai.tool.metadata.ToolMetadata;

/**
 * Passes each call of a tool through the guard, and hides from the model what takes the
 * grant.
 */
final class GuardedToolCallback implements ToolCallback {

	private final ToolCallback delegate;

	private final ToolGuard guard;

	private final ToolProtection protection;

	private final HiddenParameters hidden;

	private final @Nullable String conversation;

	private final @Nullable ToolTurn turn;

	GuardedToolCallback(ToolCallback delegate, ToolGuard guard) {
		this.delegate = delegate;
		this.guard = guard;
		Tool tool = ToolCallbacks.describe(delegate);
		this.protection = guard.protect(tool);
		this.hidden = HiddenParameters.of(tool.method());
		this.conversation = null;
		this.turn = null;
	}

	private GuardedToolCallback(GuardedToolCallback other, @Nullable String conversation, @Nullable ToolTurn turn) {
		this.delegate = other.delegate;
		this.guard = other.guard;
		this.protection = other.protection;
		this.hidden = other.hidden;
		this.conversation = conversation;
		this.turn = turn;
	}

	/**
	 * Return the same for the calls of one conversation.
	 */
	GuardedToolCallback in(String conversation) {
		return new GuardedToolCallback(this, conversation, this.turn);
	}

	/**
	 * Return the same for the calls of one turn.
	 */
	GuardedToolCallback in(ToolTurn turn) {
		return new GuardedToolCallback(this, this.conversation, turn);
	}

	/**
	 * Adds a call to a turn, as it will be made.
	 */
	void addTo(ToolTurn turn, @Nullable String id, String arguments, ToolContext context) {
		turn.add(this.protection, call(id, arguments, context), body(arguments, context));
	}

	/**
	 * Makes sure that the tool is guarded wherever it is called, if it is a method with
	 * the annotation.
	 * @throws io.agentotp.spring.CallRefusedException if it is that of an object that is
	 * no bean
	 */
	void requireBean() {
		this.protection.requireBean();
	}

	@Override
	public ToolDefinition getToolDefinition() {
		return withoutHidden(this.delegate.getToolDefinition());
	}

	ToolDefinition withoutHidden(ToolDefinition definition) {
		return this.hidden.isEmpty() ? definition
				: ToolDefinition.builder()
					.name(definition.name())
					.description(definition.description())
					.inputSchema(this.hidden.withoutInSchema(definition.inputSchema()))
					.build();
	}

	@Override
	public ToolMetadata getToolMetadata() {
		return this.delegate.getToolMetadata();
	}

	@Override
	public String call(String arguments) {
		return guarded(call(null, arguments, null), () -> this.delegate.call(visible(arguments)));
	}

	@Override
	public String call(String arguments, @Nullable ToolContext context) {
		return guarded(call(null, arguments, context), body(arguments, context));
	}

	private Callable<String> body(String arguments, @Nullable ToolContext context) {
		return () -> this.delegate.call(visible(arguments), context);
	}

	private String visible(String arguments) {
		return this.hidden.withoutInArguments(arguments);
	}

	private String guarded(ToolCall call, Callable<String> body) {
		try {
			return (this.turn != null) ? this.turn.call(this.protection, call, body)
					: this.guard.call(this.protection, call, body);
		}
		catch (ToolRefusedException ex) {
			// The only exception that becomes a result for the model.
			throw new ToolExecutionException(this.delegate.getToolDefinition(), ex);
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private ToolCall call(@Nullable String id, String arguments, @Nullable ToolContext context) {
		ToolCaller caller = ToolCaller.from((context != null) ? context.getContext() : Map.of());
		if (caller.conversation() == null && this.conversation != null) {
			caller = new ToolCaller(this.conversation, caller.agent(), caller.user());
		}
		return new ToolCall(this.protection.tool().name(), id, arguments, caller);
	}

	@Override
	public String toString() {
		return "Guarded " + this.delegate;
	}

}
