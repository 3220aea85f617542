package io.agentotp;

import java.time.Duration;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

/**
 * How long to wait before the next try: exponential with full jitter, or as long as the
 * service asks for.
 */
final class Backoff {

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
		double ceiling = Math.min(this.max.toMillis(), this.base.toMillis() * Math.pow(2, attempt - 1));
		Duration jitter = Duration.ofMillis((long) (this.random.getAsDouble() * ceiling));
		return (retryAfter != null && retryAfter.compareTo(jitter) > 0) ? retryAfter : jitter;
	}

}
