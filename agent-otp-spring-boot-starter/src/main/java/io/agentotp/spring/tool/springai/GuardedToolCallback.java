package io.agentotp.spring.tool.springai;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.guard.ToolCallContext;
import io.agentotp.spring.tool.HiddenParameters;
import io.agentotp.spring.tool.ProtectedTool;
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
import org.springframework.ai.tool.method.MethodToolCallback;

/**
 * Passes each call of a tool through the guard, and hides from the model what takes the
 * grant.
 */
final class GuardedToolCallback implements ToolCallback, ProtectedTool {

	private final ToolCallback delegate;

	private final ToolGuard guard;

	private final ToolProtection protection;

	private final HiddenParameters hidden;

	private final @Nullable String conversation;

	private final @Nullable ToolTurn turn;

	private final @Nullable ToolCallContext enclosing;

	private final @Nullable AgentTurn ofAgent;

	GuardedToolCallback(ToolCallback delegate, ToolGuard guard) {
		this.delegate = delegate;
		this.guard = guard;
		Tool tool = ToolCallbacks.describe(delegate);
		this.protection = guard.protect(tool).around(delegate, ToolCallback.class::isInstance, guard);
		this.hidden = HiddenParameters.of(tool.method());
		this.conversation = null;
		this.turn = null;
		this.enclosing = null;
		this.ofAgent = null;
	}

	private GuardedToolCallback(GuardedToolCallback other, @Nullable String conversation, @Nullable ToolTurn turn,
			@Nullable ToolCallContext enclosing, @Nullable AgentTurn ofAgent) {
		this.delegate = other.delegate;
		this.guard = other.guard;
		this.protection = other.protection;
		this.hidden = other.hidden;
		this.conversation = conversation;
		this.turn = turn;
		this.enclosing = enclosing;
		this.ofAgent = ofAgent;
	}

	/**
	 * Return the same for the calls of one request.
	 * @param conversation the conversation, if it is known
	 * @param enclosing the call that the request is part of, if it is part of one
	 * @param turn what the request is
	 */
	GuardedToolCallback in(@Nullable String conversation, @Nullable ToolCallContext enclosing, AgentTurn turn) {
		return new GuardedToolCallback(this, (conversation != null) ? conversation : this.conversation, this.turn,
				(enclosing != null) ? enclosing : this.enclosing, turn);
	}

	/**
	 * Return the same for the calls of one request, unless its calls are those of one.
	 */
	GuardedToolCallback in(AgentTurn turn) {
		return (this.ofAgent != null) ? this
				: new GuardedToolCallback(this, this.conversation, this.turn, this.enclosing, turn);
	}

	/**
	 * Return the same for the calls of one answer.
	 */
	GuardedToolCallback in(ToolTurn turn) {
		return new GuardedToolCallback(this, this.conversation, turn, this.enclosing, this.ofAgent);
	}

	/**
	 * Adds a call to a turn, as it will be made.
	 */
	void addTo(ToolTurn turn, @Nullable String id, String arguments, ToolContext context) {
		if (!this.protection.isByRule() && !(this.delegate instanceof MethodToolCallback)) {
			// What decorates a tool must not see a call that is only made to make its
			// request.
			return;
		}
		within(() -> {
			String visible = visible(arguments);
			ToolContext readable = readable(context);
			turn.add(this.protection, call(id, visible, context, readable), body(visible, readable));
			return null;
		});
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
	public ToolProtection protection() {
		return this.protection;
	}

	@Override
	public ToolGuard guard() {
		return this.guard;
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
		String visible = visible(arguments);
		return within(() -> guarded(call(null, visible, null, null), () -> this.delegate.call(visible)));
	}

	@Override
	public String call(String arguments, @Nullable ToolContext context) {
		String visible = visible(arguments);
		ToolContext readable = readable(context);
		return within(() -> guarded(call(null, visible, context, readable), body(visible, readable)));
	}

	private Callable<String> body(String visible, @Nullable ToolContext context) {
		return () -> this.delegate.call(visible, context);
	}

	private String visible(String arguments) {
		return this.protection.exact(this.hidden.withoutInArguments(arguments));
	}

	/** The thread of a stream does not know which call its request is part of. */
	private <T extends @Nullable Object> T within(Supplier<T> work) {
		return ToolCallContext.within(this.enclosing, work);
	}

	private String guarded(ToolCall call, Callable<String> body) {
		String now = this.delegate.getToolDefinition().name();
		if (!now.equals(call.name())) {
			throw new ToolExecutionException(this.delegate.getToolDefinition(),
					ToolGuard.refused(now, "it was called " + call.name() + " when it was guarded"));
		}
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

	/**
	 * Return the context as the tool may read it.
	 */
	private @Nullable ToolContext readable(@Nullable ToolContext context) {
		if (context == null || !this.protection.isByRule() || !ToolCallbacks.reads(this.delegate)) {
			return context;
		}
		Map<String, Object> readable = new LinkedHashMap<>(
				this.protection.readable(ToolCallbacks.withoutFrameworks(context.getContext())));
		context.getContext()
			.entrySet()
			.stream()
			.filter(ToolCallbacks::isFrameworks)
			.forEach((entry) -> readable.put(entry.getKey(), entry.getValue()));
		return new ToolContext(readable);
	}

	private ToolCall call(@Nullable String id, String arguments, @Nullable ToolContext context,
			@Nullable ToolContext readable) {
		ToolCaller caller = ToolCaller.from((context != null) ? context.getContext() : Map.of()).in(this.conversation);
		ToolCall call = new ToolCall(this.protection.tool().name(), id, arguments, caller).in(this.ofAgent)
			.declared(() -> this.delegate.getToolDefinition().inputSchema());
		return (readable != null && readable != context)
				? call.reading(ToolCallbacks.withoutFrameworks(readable.getContext())) : call;
	}

	@Override
	public String toString() {
		return "Guarded " + this.delegate;
	}

}
