package io.agentotp.spring.guard;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import io.agentotp.AgentOtpException;
import io.agentotp.Permission;
import org.jspecify.annotations.Nullable;

/**
 * One call of a tool, as an agent makes it: the approver is told who makes it, and its
 * request can be made before its turn has come, so that the requests of several calls are
 * there at the same time. What is guarded need not know: it may be the tool itself or a
 * method that the tool is.
 * <p>
 * Used by one thread at a time.
 */
public final class ToolCallContext implements AutoCloseable {

	private static final ThreadLocal<@Nullable ToolCallContext> CURRENT = new ThreadLocal<>();

	/** Of the call in a Reactor context. */
	static final Object KEY = ToolCallContext.class;

	private static final String CALL_ID = "toolCall";

	/** Name of the conversation among what is said about a caller. */
	public static final String CONVERSATION = "conversation";

	/** Name of the user among what is said about a caller. */
	public static final String USER = "user";

	private final Map<String, Object> caller;

	private final @Nullable ToolCallContext enclosing;

	private final @Nullable CallerDeadline patience;

	private final AheadRequest ahead = new AheadRequest();

	private volatile @Nullable String pending;

	private volatile @Nullable AgentOtpException refusal;

	private final AtomicReference<@Nullable Passage> passage = new AtomicReference<>();

	private final AgentTurn turn;

	private ToolCallContext(Map<String, Object> caller, @Nullable CallerDeadline patience, @Nullable AgentTurn turn,
			@Nullable ToolCallContext enclosing) {
		this.caller = caller;
		this.enclosing = enclosing;
		this.patience = (patience == null && this.enclosing != null) ? this.enclosing.patience : patience;
		this.turn = (this.enclosing != null) ? this.enclosing.turn : (turn != null) ? turn : new AgentTurn();
	}

	/**
	 * Creates a call.
	 * @param caller who makes it: JSON values by name, shown to the approver as the
	 * agent's own words
	 * @param callId how the model calls this call, or {@code null}; not shown where a
	 * call that is made again must be the same
	 * @param patience how long the caller stays, or {@code null} if that is for the guard
	 * to say or for the call that this one is part of
	 * @param turn what the agent does for one message of its user, or {@code null} if
	 * that is not known
	 * @return the call, to be closed
	 */
	public static ToolCallContext of(Map<String, ?> caller, @Nullable String callId, @Nullable CallerDeadline patience,
			@Nullable AgentTurn turn) {
		Map<String, Object> named = new LinkedHashMap<>(caller);
		if (callId != null) {
			named.put(CALL_ID, callId);
		}
		return new ToolCallContext(named, patience, turn, CURRENT.get());
	}

	/**
	 * Return what is part of this call on another thread.
	 */
	ToolCallContext elsewhere() {
		return new ToolCallContext(Map.of(), null, null, this);
	}

	/**
	 * Makes the call up to its request, which is made, and does not wait. A call that
	 * ends without a request, well or badly, has been made: {@link #run} tells its end.
	 * @param call the call
	 */
	public void begin(Callable<?> call) {
		this.ahead.begin(() -> open(call));
	}

	/**
	 * Makes the call, or tells how it has ended already.
	 * @param <T> the type of its result
	 * @param call the call
	 * @return its result
	 * @throws Exception if the call throws it
	 */
	@SuppressWarnings({ "unchecked", "NullAway" }) // null only if the call returns it
	public <T extends @Nullable Object> T run(Callable<T> call) throws Exception {
		AheadRequest.Outcome ended = this.ahead.takeOutcome();
		if (ended == null) {
			return open(call);
		}
		if (ended.failure() instanceof Error error) {
			throw error;
		}
		if (ended.failure() instanceof Exception failure) {
			throw failure;
		}
		return (T) ended.result();
	}

	private <T extends @Nullable Object> T open(Callable<T> call) throws Exception {
		try (Scope scope = enter(this)) {
			return call.call();
		}
	}

	/**
	 * Makes a call the one that is under way on this thread.
	 * @param call the call, or {@code null} for the one that is
	 */
	static Scope enter(@Nullable ToolCallContext call) {
		ToolCallContext previous = CURRENT.get();
		if (call == null || call == previous) {
			return () -> {
			};
		}
		CURRENT.set(call);
		return () -> set(previous);
	}

	/**
	 * Does work as part of a call, unless it is part of one already.
	 * @param <T> the type of the result
	 * @param call the call, or {@code null} for none
	 * @param work the work
	 * @return its result
	 */
	public static <T extends @Nullable Object> T within(@Nullable ToolCallContext call, Supplier<T> work) {
		try (Scope scope = enter((CURRENT.get() == null) ? call : null)) {
			return work.get();
		}
	}

	/**
	 * Return what lets reactive code know the call that is under way on this thread.
	 * @return entries of a Reactor context, none without a call
	 */
	public static Map<Object, Object> reactorContext() {
		ToolCallContext call = CURRENT.get();
		return (call != null) ? Map.of(KEY, call) : Map.of();
	}

	/**
	 * Return the last refusal that something guarded met in this call: also one that the
	 * tool has caught.
	 * @return the refusal, or empty if there was none
	 */
	public Optional<AgentOtpException> refusal() {
		return Optional.ofNullable(this.refusal);
	}

	/**
	 * Something guarded in a call has ended before its body.
	 */
	static void failed(@Nullable ToolCallContext call, Throwable failure) {
		if (call != null && Failures.unwrap(failure) instanceof AgentOtpException refusal) {
			call.refusal = refusal;
			failed(call.enclosing, refusal);
		}
	}

	/**
	 * Lets work that is done elsewhere know the call that is under way on this thread.
	 * @param work the work
	 * @return the work, to be done on another thread
	 */
	public static Runnable carried(Runnable work) {
		ToolCallContext call = CURRENT.get();
		return (call == null) ? work : () -> {
			try (Scope scope = enter(call)) {
				work.run();
			}
		};
	}

	/**
	 * The call may be made. It may pass the guard inside on its way to the tool, once.
	 * What the tool then calls itself is another call, also if it is an equal one.
	 * @param guard the guard inside
	 * @param what identifies the tool and its arguments
	 * @param context what the tool can read beside them
	 */
	public void permitted(Object guard, Object what, Map<String, ?> context) {
		this.passage.set(new Passage(guard, what, context));
	}

	/**
	 * Return whether this call is part of one that may be made already, and is that very
	 * call: once.
	 * @param guard the guard that the call has come to
	 * @param what identifies the tool and its arguments
	 * @param context what the tool can read beside them
	 * @return whether it may be made without being asked for again
	 */
	public boolean isPermitted(Object guard, Object what, Map<String, ?> context) {
		Passage permitted = (this.enclosing != null) ? this.enclosing.passage.get() : null;
		return this.enclosing != null && permitted != null && permitted.isFor(guard, what, context)
				&& this.enclosing.passage.compareAndSet(permitted, null);
	}

	/**
	 * Return whether a permission that nobody has decided on yet is still open, so that
	 * the same call can pick the decision up.
	 * @param permission the permission
	 * @return {@code false} if its request has been withdrawn
	 */
	public boolean isOpen(Permission permission) {
		return permission.id().equals(this.pending);
	}

	/**
	 * Withdraws the request if the call has not been made.
	 */
	@Override
	public void close() {
		this.ahead.withdraw();
	}

	/**
	 * Return the call that is under way on this thread.
	 * @return the call, or {@code null} if there is none
	 */
	public static @Nullable ToolCallContext current() {
		return CURRENT.get();
	}

	/**
	 * Makes a call the one that is under way on this thread, until another one is.
	 */
	static void set(@Nullable ToolCallContext call) {
		if (call != null) {
			CURRENT.set(call);
		}
		else {
			CURRENT.remove();
		}
	}

	/**
	 * Return who makes a call: what the outermost call is part of counts, since no
	 * approval is for another conversation or user.
	 * @param resumable whether a later call shall be the same
	 */
	static Map<String, Object> callerOf(@Nullable ToolCallContext call, boolean resumable) {
		if (call == null) {
			return Map.of();
		}
		Map<String, Object> caller = new LinkedHashMap<>();
		for (ToolCallContext next = call; next != null; next = next.enclosing) {
			Object id = caller.get(CALL_ID);
			// For whom all of it is done knows the outermost one only.
			caller.putAll(next.caller);
			if (id != null) {
				caller.put(CALL_ID, id);
			}
		}
		if (resumable) {
			caller.remove(CALL_ID);
		}
		return caller;
	}

	/**
	 * The call has met a request that stays open.
	 */
	void pending(Permission permission) {
		this.pending = permission.id();
		if (this.enclosing != null) {
			this.enclosing.pending(permission);
		}
	}

	@Nullable CallerDeadline patience() {
		return this.patience;
	}

	/**
	 * Return the turn that the outermost call is part of.
	 */
	AgentTurn turn() {
		return this.turn;
	}

	/**
	 * Return whether it is known in which conversation the call is made.
	 */
	boolean isConversationKnown() {
		return says(CONVERSATION);
	}

	/**
	 * Return whether it is known in which conversation or for which user the call is
	 * made.
	 */
	boolean isCallerKnown() {
		return isConversationKnown() || says(USER);
	}

	private boolean says(String name) {
		for (ToolCallContext next = this; next != null; next = next.enclosing) {
			if (next.caller.containsKey(name)) {
				return true;
			}
		}
		return false;
	}

	AheadRequest ahead() {
		return this.ahead;
	}

	/**
	 * The way of a call that may be made, from one guard to the one inside.
	 */
	private record Passage(Object guard, Object what, Map<String, ?> context) {

		@SuppressWarnings("ReferenceEquality") // no other guard stands for it
		boolean isFor(Object other, Object call, Map<String, ?> readable) {
			return this.guard == other && this.what.equals(call)
					&& (readable.isEmpty() || readable.equals(this.context));
		}

	}

	/**
	 * How long a call is the one under way.
	 */
	@FunctionalInterface
	public interface Scope extends AutoCloseable {

		@Override
		void close();

	}

}
