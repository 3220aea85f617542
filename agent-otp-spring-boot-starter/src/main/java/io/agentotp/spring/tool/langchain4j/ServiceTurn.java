package io.agentotp.spring.tool.langchain4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.observability.api.event.AiServiceResponseReceivedEvent;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolTurn;
import org.jspecify.annotations.Nullable;

/**
 * The guarded calls of one answer, on their way from the answer to the last of them.
 * Their requests are made when the first of them is made, so that an answer whose calls
 * LangChain4j does not make at all asks nobody.
 * <p>
 * For the thread that has got the answer: calls that are made on others are made at the
 * same time anyway.
 */
final class ServiceTurn implements AutoCloseable {

	private final Thread thread = Thread.currentThread();

	private final ToolTurn turn;

	private final List<Call> left;

	private boolean begun;

	private volatile boolean making;

	private ServiceTurn(ToolTurn turn, List<Call> calls) {
		this.turn = turn;
		this.left = calls;
	}

	/**
	 * Return the turn that an answer begins, or {@code null} if no two calls of it are
	 * known as guarded ones.
	 */
	static @Nullable ServiceTurn of(AiServiceResponseReceivedEvent event) {
		List<ToolExecutionRequest> requests = event.response().aiMessage().toolExecutionRequests();
		if (requests.size() < 2) {
			return null;
		}
		Map<String, GuardedToolExecutor> tools = OfferedTools.in(event.request().toolSpecifications());
		List<Call> calls = new ArrayList<>();
		ToolGuard guard = null;
		for (ToolExecutionRequest request : requests) {
			GuardedToolExecutor executor = tools.get(request.name());
			if (executor != null && (guard == null || guard == executor.guard())) {
				guard = executor.guard();
				calls.add(new Call(request, executor));
			}
		}
		return (guard != null && calls.size() > 1) ? new ServiceTurn(guard.turn(), calls) : null;
	}

	/**
	 * Return whether a call is one of those that are still to be made, on this thread.
	 */
	boolean contains(ToolExecutionRequest request, GuardedToolExecutor executor) {
		return this.thread == Thread.currentThread()
				&& this.left.stream().anyMatch((call) -> call.is(request, executor));
	}

	/**
	 * Makes a call.
	 */
	<T> T make(ToolExecutionRequest request, @Nullable InvocationContext context, Function<ToolTurn, T> call) {
		this.making = true;
		try {
			if (!this.begun) {
				this.begun = true;
				this.left.forEach((next) -> next.executor().addTo(this.turn, next.request(), context));
				this.turn.begin();
			}
			return call.apply(this.turn);
		}
		catch (Error ex) {
			// LangChain4j tells of the end with an exception only.
			close();
			this.left.clear();
			throw ex;
		}
		finally {
			this.left.removeIf((made) -> made.is(request));
			this.making = false;
		}
	}

	boolean isOver() {
		return this.left.isEmpty();
	}

	/**
	 * Return whether nobody makes the calls any more: a thread goes on with something
	 * else only when it has made them.
	 */
	boolean isAbandoned() {
		return !this.making && (this.thread == Thread.currentThread() || !this.thread.isAlive());
	}

	/**
	 * Withdraws the requests of the calls that were not made.
	 */
	@Override
	public void close() {
		this.turn.close();
	}

	/**
	 * A call that an answer asks for. Models that give their calls no ids may ask for
	 * equal ones, so the very object counts.
	 */
	private record Call(ToolExecutionRequest request, GuardedToolExecutor executor) {

		@SuppressWarnings("ReferenceEquality")
		boolean is(ToolExecutionRequest other) {
			return this.request == other;
		}

		@SuppressWarnings("ReferenceEquality")
		boolean is(ToolExecutionRequest other, GuardedToolExecutor by) {
			return is(other) && this.executor == by;
		}

	}

}
