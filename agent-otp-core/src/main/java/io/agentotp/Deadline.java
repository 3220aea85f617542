package io.agentotp;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The end of a whole call with all its retries, on a monotonic clock.
 */
final class Deadline {

	private final LongSupplier nanoTime;

	private final long end;

	private Deadline(LongSupplier nanoTime, long end) {
		this.nanoTime = nanoTime;
		this.end = end;
	}

	static Deadline after(Duration timeout, LongSupplier nanoTime) {
		return new Deadline(nanoTime, nanoTime.getAsLong() + timeout.toNanos());
	}

	Duration remaining() {
		return Duration.ofNanos(Math.max(0, this.end - this.nanoTime.getAsLong()));
	}

}
