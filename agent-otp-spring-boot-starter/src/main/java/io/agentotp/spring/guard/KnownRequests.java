package io.agentotp.spring.guard;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

import io.agentotp.Permission;
import org.jspecify.annotations.Nullable;

/**
 * The requests of this run: which of them are open, and whose end was told.
 */
final class KnownRequests {

	private static final int REMEMBERED = 10_000;

	private static final int UNCLAIMED = 100;

	private final Map<String, State> states = Recent.map(REMEMBERED);

	/** What was decided before its call had ended. */
	private final Map<String, Permission> unclaimed = Recent.map(UNCLAIMED);

	/** The calls that have asked and do not know the id of their request yet. */
	private final Set<CountDownLatch> asking = ConcurrentHashMap.newKeySet();

	/**
	 * Makes the request of a call.
	 */
	Permission ask(Supplier<Permission> request) {
		CountDownLatch answered = begin();
		try {
			Permission permission = request.get();
			asked(permission.id());
			return permission;
		}
		finally {
			end(answered);
		}
	}

	/**
	 * Makes the request of a call without blocking.
	 */
	CompletableFuture<Permission> askAsync(Supplier<CompletableFuture<Permission>> request) {
		CountDownLatch answered = begin();
		try {
			return request.get().whenComplete((permission, ex) -> {
				if (permission != null) {
					asked(permission.id());
				}
				end(answered);
			});
		}
		catch (RuntimeException ex) {
			end(answered);
			throw ex;
		}
	}

	/**
	 * Blocks until the calls that are asking now know the ids of their requests: the feed
	 * may be faster than their answers.
	 */
	void awaitAnswers() throws InterruptedException {
		for (CountDownLatch answered : this.asking) {
			answered.await();
		}
	}

	private CountDownLatch begin() {
		CountDownLatch answered = new CountDownLatch(1);
		this.asking.add(answered);
		return answered;
	}

	private void end(CountDownLatch answered) {
		this.asking.remove(answered);
		answered.countDown();
	}

	private synchronized void asked(String id) {
		this.states.putIfAbsent(id, State.ASKED);
	}

	/**
	 * A call ends and leaves its request open.
	 * @return the request if it was decided before the call had ended, or {@code null}
	 */
	synchronized @Nullable Permission open(String id) {
		@Nullable Permission decided = this.unclaimed.remove(id);
		return (this.states.merge(id, State.OPEN, (known, open) -> (known != State.TOLD) ? open : known) == State.OPEN)
				? decided : null;
	}

	/** The end of a request is told to its call. */
	synchronized void told(String id) {
		this.states.put(id, State.TOLD);
	}

	/**
	 * A request was decided that no call waits for.
	 * @param before whether it was made before this run, by clocks that may differ
	 * @return whether that is to be told
	 */
	synchronized boolean decided(Permission permission, boolean before) {
		@Nullable State state = this.states.get(permission.id());
		if (state == State.ASKED) {
			this.unclaimed.put(permission.id(), permission);
		}
		return (state != null) ? state == State.OPEN : before;
	}

	private enum State {

		/** A call has it in hand. */
		ASKED,

		/** Its call has ended without a decision. */
		OPEN,

		/** Its end was told. */
		TOLD

	}

}
