package io.agentotp.spring.guard;

import org.jspecify.annotations.Nullable;

/**
 * Who has called a guarded method. An advice outside the guard, such as that of
 * {@code @Async}, may go on with the call on a thread that knows nobody, or somebody
 * else.
 */
public final class EnteringCaller {

	/** Whoever the thread knows. */
	static final EnteringCaller HERE = new EnteringCaller(null, null, null, false);

	private final @Nullable Thread thread;

	private final @Nullable CallerIdentity identity;

	private final @Nullable ToolCallContext toolCall;

	private final boolean unknownAgent;

	private EnteringCaller(@Nullable Thread thread, @Nullable CallerIdentity identity,
			@Nullable ToolCallContext toolCall, boolean unknownAgent) {
		this.thread = thread;
		this.identity = identity;
		this.toolCall = toolCall;
		this.unknownAgent = unknownAgent;
	}

	/**
	 * Return the caller that the current thread knows.
	 * @param leaves whether the call is known to leave the thread
	 * @return the caller
	 */
	public static EnteringCaller current(boolean leaves) {
		ToolCallContext toolCall = ToolCallContext.current();
		CallerIdentity identity = CallerPrincipal.find();
		if (leaves && identity.is(CallerIdentity.Kind.APPLICATION) && CallerPrincipal.isUnknownSubscriber()) {
			identity = CallerIdentity.STRANGER;
		}
		return new EnteringCaller(Thread.currentThread(), identity, toolCall,
				leaves && toolCall == null && UnknownAgent.calls());
	}

	/**
	 * Return for whom the call is made: another thread need not know, or knows somebody
	 * whom it has worked for before.
	 */
	CallerIdentity identity() {
		return (this.identity != null && isElsewhere()) ? this.identity : CallerPrincipal.find();
	}

	/**
	 * Return whether a framework for agents has made the call that the guard does not
	 * know.
	 */
	boolean isUnknownAgent() {
		return this.unknownAgent;
	}

	/**
	 * Makes the agent's call that this one is part of the one that is under way on this
	 * thread, too.
	 * @return closing it ends that
	 */
	public ToolCallContext.Scope open() {
		return ToolCallContext.enter((this.toolCall != null && isElsewhere() && ToolCallContext.current() == null)
				? this.toolCall.elsewhere() : null);
	}

	private boolean isElsewhere() {
		return this.thread != null && Thread.currentThread() != this.thread;
	}

}
