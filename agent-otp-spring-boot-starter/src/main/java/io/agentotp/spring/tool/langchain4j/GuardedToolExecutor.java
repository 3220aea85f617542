package io.agentotp.spring.tool.langchain4j;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Predicate;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.service.tool.DefaultToolExecutor;
import dev.langchain4j.service.tool.ToolExecutionResult;
import dev.langchain4j.service.tool.ToolExecutor;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.tool.HiddenParameters;
import io.agentotp.spring.tool.ProtectedTool;
import io.agentotp.spring.tool.ToolCall;
import io.agentotp.spring.tool.ToolCaller;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolProtection;
import io.agentotp.spring.tool.ToolRefusedException;
import io.agentotp.spring.tool.ToolTurn;
import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * Passes each call of a tool through the guard. A refusal is returned: what becomes of an
 * exception is for each service to say.
 */
final class GuardedToolExecutor implements ToolExecutor, ProtectedTool {

	/** The memory of a service whose callers name none. */
	private static final String ONLY_MEMORY = "default";

	/** Name of the memory's id among what a tool reads beside its arguments. */
	private static final String MEMORY = "@memoryId";

	private final ToolExecutor delegate;

	private final ToolGuard guard;

	private final ToolProtection protection;

	private final HiddenParameters hidden;

	private final @Nullable JsonObjectSchema schema;

	private final boolean readsParameters;

	private final boolean readsMemory;

	GuardedToolExecutor(ToolExecutor delegate, ToolGuard guard, ToolProtection protection, HiddenParameters hidden,
			@Nullable JsonObjectSchema schema) {
		this.schema = schema;
		this.delegate = delegate;
		this.guard = guard;
		this.protection = protection.around(delegate, ToolExecutor.class::isInstance, guard);
		this.hidden = hidden;
		this.readsParameters = this.protection.isByRule() && ToolExecutors.readsParameters(delegate);
		this.readsMemory = this.protection.isByRule() && ToolExecutors.readsMemory(delegate);
	}

	@Override
	public ToolExecutionResult executeWithContext(ToolExecutionRequest request, @Nullable InvocationContext context) {
		return ServiceTurns.within(context, () -> executePart(request, context));
	}

	private ToolExecutionResult executePart(ToolExecutionRequest request, @Nullable InvocationContext context) {
		ServiceTurn turn = ServiceTurns.find(request, context, this);
		if (turn == null) {
			return execute(request, context, this.guard::call);
		}
		try {
			return turn.make(request, context, (calls) -> execute(request, context, calls::call));
		}
		finally {
			if (turn.isOver()) {
				ServiceTurns.remove(turn);
			}
		}
	}

	private ToolExecutionResult execute(ToolExecutionRequest request, @Nullable InvocationContext context,
			Guarding<ToolExecutionResult> guarding) {
		InvocationContext readable = readable(context);
		return execute(request, (visible) -> call(visible, context, readable), delegate(readable),
				GuardedToolExecutor::isFailed, GuardedToolExecutor::failed, guarding);
	}

	/**
	 * Adds a call to a turn, as it will be made.
	 */
	void addTo(ToolTurn turn, ToolExecutionRequest request, @Nullable InvocationContext context) {
		if (!this.protection.isByRule() && !(this.delegate instanceof DefaultToolExecutor)) {
			// What decorates a tool must not see a call that is only made to make its
			// request.
			return;
		}
		try {
			ToolExecutionRequest visible = visible(request);
			InvocationContext readable = readable(context);
			turn.add(this.protection, call(visible, context, readable), body(visible, delegate(readable)));
		}
		catch (IllegalArgumentException ex) {
			// Refused when its turn has come.
		}
	}

	private Function<ToolExecutionRequest, ToolExecutionResult> delegate(@Nullable InvocationContext context) {
		return (visible) -> {
			ToolExecutionResult result = this.delegate.executeWithContext(visible, context);
			if (result != null) {
				// Else it would be written down when nobody can make a result of a
				// failure.
				result.resultContents();
			}
			return result;
		};
	}

	/**
	 * Return the context as the tool may read it: what is bound, and no more. What the
	 * user has said, and how the service was called, is kept from a tool that a rule
	 * guards.
	 */
	private @Nullable InvocationContext readable(@Nullable InvocationContext context) {
		if (context == null || !this.protection.isByRule()) {
			return context;
		}
		Map<String, Object> parameters = new HashMap<>();
		if (this.readsParameters && context.invocationParameters() != null) {
			parameters.putAll(context.invocationParameters().asMap());
			parameters.remove(MEMORY);
		}
		return InvocationContext.builder()
			.invocationId(context.invocationId())
			.chatMemoryId(readableMemory(context.chatMemoryId()))
			.invocationParameters(InvocationParameters.from(this.protection.readable(parameters)))
			// They are no data, so that nobody could be shown them.
			.managedParameters(Map.of())
			.timestamp(context.timestamp())
			.build();
	}

	private @Nullable Object readableMemory(@Nullable Object memory) {
		return (this.readsMemory && memory != null) ? this.protection.readable(Map.of(MEMORY, memory)).get(MEMORY)
				: memory;
	}

	/**
	 * Return what the tool reads, to be bound.
	 */
	private Map<String, ?> read(@Nullable InvocationContext readable) {
		if (readable == null) {
			return Map.of();
		}
		Map<String, Object> read = new HashMap<>(readMemory(readable.chatMemoryId()));
		if (this.readsParameters && readable.invocationParameters() != null) {
			read.putAll(readable.invocationParameters().asMap());
		}
		return read;
	}

	private Map<String, ?> readMemory(@Nullable Object memory) {
		return (this.readsMemory && memory != null && !memory.equals(ONLY_MEMORY)) ? Map.of(MEMORY, memory) : Map.of();
	}

	@Override
	public ToolGuard guard() {
		return this.guard;
	}

	@Override
	public ToolProtection protection() {
		return this.protection;
	}

	@Override
	public String execute(ToolExecutionRequest request, @Nullable Object memory) {
		Object readable = readableMemory(memory);
		return execute(request, (visible) -> call(visible, caller(memory)).reading(readMemory(readable)),
				(visible) -> this.delegate.execute(visible, readable), (result) -> false, Function.identity(),
				this.guard::call);
	}

	private <T> T execute(ToolExecutionRequest request, Function<ToolExecutionRequest, ToolCall> call,
			Function<ToolExecutionRequest, T> body, Predicate<T> failed, Function<String, T> refused,
			Guarding<T> guarding) {
		ToolExecutionRequest visible;
		try {
			visible = visible(request);
		}
		catch (IllegalArgumentException ex) {
			return refused.apply("The arguments are not one JSON object");
		}
		try {
			return guarding.call(this.protection, call.apply(visible), body(visible, body), failed);
		}
		catch (ToolRefusedException ex) {
			return refused.apply(String.valueOf(ex.getMessage()));
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private <T> Callable<T> body(ToolExecutionRequest visible, Function<ToolExecutionRequest, T> body) {
		return () -> {
			if (this.protection.kind() == ToolProtection.Kind.UNGUARDED && Thread.currentThread().isInterrupted()) {
				// What is guarded would end its wait at once.
				throw new CallRefusedException("INTERRUPTED", "the agent was interrupted", null);
			}
			return body.apply(visible);
		};
	}

	private ToolExecutionRequest visible(ToolExecutionRequest request) {
		String arguments = StringUtils.hasText(request.arguments()) ? request.arguments() : "{}";
		return request.toBuilder().arguments(this.protection.exact(this.hidden.withoutInObject(arguments))).build();
	}

	private ToolCall call(ToolExecutionRequest visible, @Nullable InvocationContext context,
			@Nullable InvocationContext readable) {
		return call(visible, caller(context)).reading(read(readable)).in(ServiceTurns.ofAgent(context));
	}

	private ToolCall call(ToolExecutionRequest visible, ToolCaller caller) {
		return new ToolCall(this.protection.tool().name(), visible.id(), visible.arguments(), caller)
			.declared(() -> Specifications.schema(this.schema));
	}

	static ToolCaller caller(@Nullable Object memory) {
		return new ToolCaller(conversation(memory), null, null);
	}

	static ToolCaller caller(@Nullable InvocationContext context) {
		if (context == null) {
			return ToolCaller.UNKNOWN;
		}
		ToolCaller named = ToolCaller
			.from((context.invocationParameters() != null) ? context.invocationParameters().asMap() : Map.of());
		return new ToolCaller(named.conversation(), (named.agent() != null) ? named.agent() : context.interfaceName(),
				named.user())
			.in(conversation(context.chatMemoryId()));
	}

	private static @Nullable String conversation(@Nullable Object memory) {
		return (memory != null && !memory.equals(ONLY_MEMORY)) ? ToolCaller.id("id of the chat memory", memory) : null;
	}

	private static boolean isFailed(@Nullable ToolExecutionResult result) {
		return result != null && result.isError();
	}

	private static ToolExecutionResult failed(String text) {
		return ToolExecutionResult.builder().isError(true).resultText(text).build();
	}

	@Override
	public String toString() {
		return "Guarded " + this.delegate;
	}

	/**
	 * Makes a call, on its own or as part of a turn.
	 */
	@FunctionalInterface
	private interface Guarding<T> {

		T call(ToolProtection protection, ToolCall call, Callable<T> body, Predicate<T> failed) throws Exception;

	}

}
