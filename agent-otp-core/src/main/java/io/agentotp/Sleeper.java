package io.agentotp;

import java.time.Duration;

/**
 * Waits between tries; a test records instead.
 */
@FunctionalInterface
interface Sleeper {

	void sleep(Duration duration) throws InterruptedException;

}
