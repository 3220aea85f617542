package io.agentotp;

import java.time.Duration;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

/**
 * How long to wait before the next try: exponential with full jitter, or as long as the
 * service asks for and a little more, because it asks all clients for the same.
 */
final class Backoff {

	/** How much longer than asked, at most. */
	private static final double SPREAD = 0.1;

	/** Who is asked to stay away for longer gives up anyway. */
	private static final Duration LONGEST_SPREAD = Duration.ofHours(1);

	private static final Duration LONGEST_SPREAD_OF_TRIES = Duration.ofMinutes(1);

	private final Duration base;

	private final Duration max;

	private final DoubleSupplier random;

	/**
	 * Creates a back-off.
	 * @param random numbers from 0 to 1
	 */
	Backoff(Duration base, Duration max, DoubleSupplier random) {
		this.base = base;
		this.max = max;
		this.random = random;
	}

	Duration delay(int attempt, @Nullable Duration retryAfter) {
		double random = this.random.getAsDouble();
		double ceiling = Math.min((double) this.max.toMillis(), this.base.toMillis() * Math.pow(2, attempt - 1));
		Duration jitter = Duration.ofMillis((long) (random * ceiling));
		return (retryAfter != null && retryAfter.compareTo(jitter) > 0) ? spread(retryAfter, random) : jitter;
	}

	/**
	 * Return a delay that spreads the tries that are left over the time that is left, but
	 * at most over a minute: each comes twice as long after the one before.
	 * @param usual the least delay
	 * @param left how many tries are left
	 * @param remaining the time that is left
	 * @param reserve what the last try must have, at most
	 */
	Duration spread(Duration usual, int left, Duration remaining, Duration reserve) {
		Duration used = (remaining.compareTo(LONGEST_SPREAD_OF_TRIES) < 0) ? remaining : LONGEST_SPREAD_OF_TRIES;
		Duration tenth = used.dividedBy(10);
		Duration time = used.minus((tenth.compareTo(reserve) < 0) ? tenth : reserve);
		double jitter = this.random.getAsDouble() * ((left > 1) ? 0.5 : 0.05);
		double share = (1 - jitter) / (Math.pow(2, Math.max(left, 1)) - 1);
		Duration delay = Duration.ofMillis((long) (share * time.toMillis()));
		delay = (delay.compareTo(usual) > 0) ? delay : usual;
		return (delay.compareTo(time) < 0) ? delay : time;
	}

	private static Duration spread(Duration asked, double random) {
		return (asked.compareTo(LONGEST_SPREAD) > 0) ? asked
				: asked.plusNanos((long) (random * SPREAD * asked.toNanos()));
	}

}
