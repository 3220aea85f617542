package io.agentotp.server.failure;

import java.time.Duration;
import java.util.Map;

/**
 * The same may go well a little later.
 */
public class TryLaterException extends RefusedException {

	private final Duration after;

	public TryLaterException(String text, Duration after) {
		super(text, Map.of());
		this.after = after;
	}

	/**
	 * The service has not got what it needs, its database perhaps.
	 * @return the exception
	 */
	public static TryLaterException unavailable() {
		return new TryLaterException("The service cannot answer at the moment. Try again", Duration.ofSeconds(2));
	}

	/**
	 * When to try again.
	 * @return for how long to wait
	 */
	public final Duration after() {
		return this.after;
	}

}
