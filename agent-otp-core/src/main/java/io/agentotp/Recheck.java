package io.agentotp;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/**
 * The net under the decision feed: which waiters are still to be looked up, a few at a
 * time, so that neither a long list nor a service that refuses it holds up the feed.
 */
final class Recheck {

	/** How often all waiters are looked up. */
	private static final Duration INTERVAL = Duration.ofMinutes(1);

	private final Queue<String> ids = new ArrayDeque<>();

	private long started;

	private long resumed;

	private int failures;

	/**
	 * Begins to look up all of these.
	 */
	void start(Collection<String> ids, long now) {
		this.ids.clear();
		this.ids.addAll(ids);
		this.started = now;
		this.resumed = now;
	}

	boolean isOver(long now) {
		return this.ids.isEmpty() && now - this.started > INTERVAL.toNanos();
	}

	/**
	 * Whether some are to be looked up now.
	 */
	boolean isDue(long now) {
		return !this.ids.isEmpty() && now - this.resumed >= 0;
	}

	/**
	 * Return how long the feed may be parked until some are due.
	 */
	Duration untilDue(Duration atMost, long now) {
		Duration left = Duration.ofNanos(Math.max(0, this.resumed - now));
		return (this.ids.isEmpty() || left.compareTo(atMost) > 0) ? atMost : left;
	}

	/**
	 * Takes the next ones that are still waited for.
	 */
	List<String> take(int count, Predicate<String> waitedFor) {
		List<String> next = new ArrayList<>(count);
		while (next.size() < count && !this.ids.isEmpty()) {
			String id = this.ids.remove();
			if (waitedFor.test(id)) {
				next.add(id);
			}
		}
		return next;
	}

	void succeeded() {
		this.failures = 0;
	}

	/**
	 * Puts back what could not be looked up, to be tried again later.
	 * @param delay how much later after so many failures in a row
	 */
	void failed(List<String> ids, IntFunction<Duration> delay, long now) {
		this.ids.addAll(ids);
		this.failures++;
		this.resumed = now + delay.apply(this.failures).toNanos();
	}

}
