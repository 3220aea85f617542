package io.agentotp.spring.guard;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

import io.agentotp.Permission;
import io.agentotp.spring.CallRefusedException;

/**
 * The calls that wait for a human now: no more than allowed, none after the end of the
 * application.
 */
public final class PendingWaits {

	private final int limit;

	private final Semaphore free;

	private final InstantSource clock;

	private final Set<Wait> waits = ConcurrentHashMap.newKeySet();

	private volatile boolean closed;

	PendingWaits(int limit, InstantSource clock) {
		this.limit = limit;
		this.free = new Semaphore(limit);
		this.clock = clock;
	}

	/**
	 * Adds a wait.
	 * @param decision is cancelled when the application ends
	 * @return to be run when the wait has ended
	 * @throws CallRefusedException if it may not wait
	 */
	Runnable add(Permission permission, CompletableFuture<Permission> decision) {
		if (!this.free.tryAcquire()) {
			throw new CallRefusedException("TOO_MANY_WAITS",
					this.limit + " calls wait for a human already: decide on them, or raise "
							+ "agentotp.method.max-concurrent-waits",
					null);
		}
		Wait wait = new Wait(permission, this.clock.instant(), decision);
		this.waits.add(wait);
		if (this.closed) {
			// It may have been closed before the wait was there to be seen.
			decision.cancel(true);
		}
		return () -> {
			if (this.waits.remove(wait)) {
				this.free.release();
			}
		};
	}

	/**
	 * Return the waits under way, the oldest first.
	 */
	List<Wait> list() {
		return this.waits.stream().sorted(Comparator.comparing(Wait::since)).toList();
	}

	Optional<CompletableFuture<Permission>> find(String id) {
		return this.waits.stream().filter((wait) -> wait.permission().id().equals(id)).map(Wait::decision).findAny();
	}

	/**
	 * Ends all waits, and every one that comes.
	 */
	void close() {
		this.closed = true;
		this.waits.forEach((wait) -> wait.decision().cancel(true));
	}

	/**
	 * Lets calls wait again.
	 */
	void open() {
		this.closed = false;
	}

	/**
	 * One wait.
	 *
	 * @param permission what is waited for
	 * @param since since when
	 * @param decision completes with the decision
	 */
	public record Wait(Permission permission, Instant since, CompletableFuture<Permission> decision) {
	}

}
