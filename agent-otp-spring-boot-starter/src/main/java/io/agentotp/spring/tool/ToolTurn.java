package io.agentotp.spring.tool;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.guard.ToolCallContext;
import org.jspecify.annotations.Nullable;

/**
 * The calls that a model wants to be made in one turn. Their requests are made before the
 * first of them waits, and they are then made one after another: a refusal neither holds
 * the others up nor hides them. A call whose thread is interrupted while it waits is the
 * last one.
 * <p>
 * Used by one thread, except that another one may close it.
 */
public final class ToolTurn implements AutoCloseable {

	private final ToolGuard guard;

	private final List<Planned> planned = new ArrayList<>();

	private boolean over;

	ToolTurn(ToolGuard guard) {
		this.guard = guard;
	}

	/**
	 * Adds a call that will be made.
	 * @param protection how its tool is guarded
	 * @param call the call
	 * @param body what the tool does
	 */
	public synchronized void add(ToolProtection protection, ToolCall call, Callable<?> body) {
		this.planned.add(new Planned(protection, call, body, call.begun()));
	}

	/**
	 * Makes the requests of all calls that were added.
	 */
	public synchronized void begin() {
		List<Planned> asking = this.planned.stream().filter((call) -> call.protection().asks()).toList();
		if (asking.size() > 1) {
			asking.forEach((call) -> call.toolCall()
				.begin(() -> this.guard.execute(call.protection(), call.call(), call.body())));
		}
	}

	/**
	 * Makes a call: the first one with its name and arguments that was added and not made
	 * yet, or one that was not added.
	 * @param <T> the type of the result
	 * @param protection how its tool is guarded
	 * @param call the call
	 * @param body what the tool does
	 * @return what the body returned
	 * @throws ToolRefusedException if a permission was missing, for the tool or for what
	 * it wanted to do
	 * @throws Exception if the body throws it
	 */
	public <T extends @Nullable Object> T call(ToolProtection protection, ToolCall call, Callable<T> body)
			throws Exception {
		return call(protection, call, body, (result) -> false);
	}

	/**
	 * Makes a call of a tool whose framework makes a result of whatever the tool throws.
	 * Otherwise as {@link #call(ToolProtection, ToolCall, Callable)}.
	 * @param <T> the type of the result
	 * @param protection how its tool is guarded
	 * @param call the call
	 * @param body what the tool does
	 * @param failed tells whether a result is that of a tool that has failed
	 * @return what the body returned
	 * @throws ToolRefusedException if a permission was missing, also if the body has made
	 * a failed result of that
	 * @throws Exception if the body throws it
	 */
	public <T extends @Nullable Object> T call(ToolProtection protection, ToolCall call, Callable<T> body,
			Predicate<? super T> failed) throws Exception {
		Planned known = take(call);
		try (ToolCallContext toolCall = (known != null) ? known.toolCall() : call.begun()) {
			if (this.over) {
				throw ToolRefusals.worded(new CallRefusedException("INTERRUPTED",
						"The call before was interrupted while it waited", null), toolCall);
			}
			return this.guard.run(toolCall, protection, call, body, failed);
		}
		catch (ToolRefusedException ex) {
			// The one who waits for the answer is gone.
			this.over = this.over || "INTERRUPTED".equals(ex.refusal().code());
			throw ex;
		}
	}

	private synchronized @Nullable Planned take(ToolCall call) {
		for (Iterator<Planned> calls = this.planned.iterator(); calls.hasNext();) {
			Planned next = calls.next();
			if (next.call().name().equals(call.name()) && next.call().arguments().equals(call.arguments())) {
				calls.remove();
				return next;
			}
		}
		return null;
	}

	/**
	 * Withdraws the requests of the calls that were not made.
	 */
	@Override
	public synchronized void close() {
		this.planned.forEach((call) -> call.toolCall().close());
		this.planned.clear();
	}

	/**
	 * A call that will be made.
	 */
	private record Planned(ToolProtection protection, ToolCall call, Callable<?> body, ToolCallContext toolCall) {
	}

}
