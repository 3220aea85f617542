package io.agentotp.spring;

import java.time.Duration;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * Waits that end, though late enough for a busy machine.
 */
public final class Await {

	private Await() {
	}

	/**
	 * Return what waits for a minute at most, also for elements of lists that are not
	 * there yet.
	 * @return what waits
	 */
	public static ConditionFactory await() {
		return Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.pollInterval(Duration.ofMillis(5))
			.ignoreExceptionsInstanceOf(IndexOutOfBoundsException.class);
	}

}
