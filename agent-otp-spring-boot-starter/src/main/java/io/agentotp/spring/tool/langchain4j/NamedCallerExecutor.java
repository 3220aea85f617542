package io.agentotp.spring.tool.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.service.tool.ToolExecutionResult;
import dev.langchain4j.service.tool.ToolExecutor;
import io.agentotp.spring.tool.ToolGuard;
import org.jspecify.annotations.Nullable;

/**
 * Lets what an unguarded tool calls know for whom it is called.
 */
record NamedCallerExecutor(ToolExecutor delegate) implements ToolExecutor {

	static ToolExecutor of(ToolExecutor executor) {
		return (executor instanceof GuardedToolExecutor || executor instanceof NamedCallerExecutor) ? executor
				: new NamedCallerExecutor(executor);
	}

	@Override
	public ToolExecutionResult executeWithContext(ToolExecutionRequest request, @Nullable InvocationContext context) {
		return ServiceTurns.within(context, () -> ToolGuard.asPartOf(GuardedToolExecutor.caller(context), request.id(),
				ServiceTurns.ofAgent(context), () -> this.delegate.executeWithContext(request, context)));
	}

	@Override
	public String execute(ToolExecutionRequest request, @Nullable Object memory) {
		return ToolGuard.asPartOf(GuardedToolExecutor.caller(memory), request.id(), null,
				() -> this.delegate.execute(request, memory));
	}

}
