package io.agentotp.server;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits that end.
 */
public final class Await {

	private static final Duration AT_MOST = Duration.ofSeconds(60);

	private static final Duration PAUSE = Duration.ofMillis(2);

	private Await() {
	}

	/**
	 * Waits until a condition holds, and fails after a minute.
	 * @param what what the condition says, for the message
	 * @param condition the condition
	 */
	public static void until(String what, BooleanSupplier condition) {
		until(what, AT_MOST, condition);
	}

	static void until(String what, Duration most, BooleanSupplier condition) {
		long begin = System.nanoTime();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - begin > most.toNanos()) {
				throw new AssertionError("Not within " + most.toSeconds() + " s: " + what);
			}
			LockSupport.parkNanos(PAUSE.toNanos());
		}
	}

}
