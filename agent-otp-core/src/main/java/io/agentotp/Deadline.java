package io.agentotp;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The end of a whole call with all its retries, on a monotonic clock.
 */
final class Deadline {

	private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 2);

	private final LongSupplier nanoTime;

	private final long end;

	private Deadline(LongSupplier nanoTime, long end) {
		this.nanoTime = nanoTime;
		this.end = end;
	}

	static Deadline after(Duration timeout, LongSupplier nanoTime) {
		return after(timeout, nanoTime.getAsLong(), nanoTime);
	}

	static Deadline after(Duration timeout, long start, LongSupplier nanoTime) {
		return new Deadline(nanoTime, start + nanos(timeout));
	}

	/**
	 * Return a duration in nanoseconds; one too long for that, such as "for ever",
	 * becomes the longest that can be added to a clock.
	 */
	static long nanos(Duration duration) {
		return (duration.compareTo(LONGEST) < 0) ? duration.toNanos() : LONGEST.toNanos();
	}

	Duration remaining() {
		return Duration.ofNanos(Math.max(0, this.end - this.nanoTime.getAsLong()));
	}

}
