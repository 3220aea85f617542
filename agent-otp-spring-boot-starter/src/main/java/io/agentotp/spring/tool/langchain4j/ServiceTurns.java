package io.agentotp.spring.tool.langchain4j;

import java.util.Collections;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.observability.api.event.AiServiceEvent;
import dev.langchain4j.observability.api.event.AiServiceResponseReceivedEvent;
import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.guard.Recent;
import io.agentotp.spring.guard.ToolCallContext;
import org.jspecify.annotations.Nullable;

/**
 * The turns that services are in, by invocation. LangChain4j makes its listeners where no
 * application is known, so there is one place for all; no two invocations have the same
 * id.
 */
final class ServiceTurns {

	private static final Map<UUID, ServiceTurn> TURNS = new ConcurrentHashMap<>();

	/** A stream need not tell its end. */
	private static final int MOST_INVOCATIONS = 10_000;

	private static final Map<UUID, ToolCallContext> ENCLOSING = Collections
		.synchronizedMap(Recent.map(MOST_INVOCATIONS));

	private static final Map<UUID, AgentTurn> OF_AGENTS = Collections.synchronizedMap(Recent.map(MOST_INVOCATIONS));

	private ServiceTurns() {
	}

	/**
	 * An invocation begins, on the thread that it is made on: its tools may be called on
	 * others.
	 */
	static void started(AiServiceEvent event) {
		ToolCallContext enclosing = ToolCallContext.current();
		if (enclosing != null) {
			ENCLOSING.put(event.invocationContext().invocationId(), enclosing);
		}
		ofAgent(event.invocationContext());
	}

	/**
	 * Does work of an invocation, as part of the call that the invocation is part of.
	 */
	static <T> T within(@Nullable InvocationContext context, Supplier<T> work) {
		return ToolCallContext.within(enclosing(context), work);
	}

	/**
	 * Return what the agent does for one message: an invocation.
	 */
	static @Nullable AgentTurn ofAgent(@Nullable InvocationContext context) {
		UUID invocation = (context != null) ? context.invocationId() : null;
		return (invocation != null) ? OF_AGENTS.computeIfAbsent(invocation, (id) -> new AgentTurn()) : null;
	}

	private static @Nullable ToolCallContext enclosing(@Nullable InvocationContext context) {
		UUID invocation = (context != null) ? context.invocationId() : null;
		return (invocation != null) ? ENCLOSING.get(invocation) : null;
	}

	/**
	 * A model has answered: the turn before is over.
	 */
	static void begin(AiServiceResponseReceivedEvent event) {
		endTurn(event);
		// LangChain4j does not tell the end of a stream whose errors are ignored.
		TURNS.values().stream().filter(ServiceTurn::isAbandoned).toList().forEach(ServiceTurns::remove);
		ServiceTurn turn = ServiceTurn.of(event);
		if (turn != null) {
			TURNS.put(event.invocationContext().invocationId(), turn);
		}
	}

	/**
	 * An invocation has ended, well or badly.
	 */
	static void end(AiServiceEvent event) {
		ENCLOSING.remove(event.invocationContext().invocationId());
		OF_AGENTS.remove(event.invocationContext().invocationId());
		endTurn(event);
	}

	private static void endTurn(AiServiceEvent event) {
		ServiceTurn turn = TURNS.get(event.invocationContext().invocationId());
		if (turn != null) {
			remove(turn);
		}
	}

	/**
	 * Return the turn that a call is part of.
	 */
	static @Nullable ServiceTurn find(ToolExecutionRequest request, @Nullable InvocationContext context,
			GuardedToolExecutor executor) {
		UUID invocation = (context != null) ? context.invocationId() : null;
		ServiceTurn turn = (invocation != null) ? TURNS.get(invocation) : null;
		return (turn != null && turn.contains(request, executor)) ? turn : null;
	}

	static void remove(ServiceTurn turn) {
		TURNS.values().remove(turn);
		turn.close();
	}

	static int count() {
		return TURNS.size();
	}

}
