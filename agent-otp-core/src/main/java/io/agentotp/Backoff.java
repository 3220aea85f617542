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

	private static Duration spread(Duration asked, double random) {
		return (asked.compareTo(LONGEST_SPREAD) > 0) ? asked
				: asked.plusNanos((long) (random * SPREAD * asked.toNanos()));
	}

}
