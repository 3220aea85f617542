package io.agentotp.server.failure;

import java.time.Duration;

/**
 * The caller has used up what it may.
 */
public final class LimitExceededException extends TryLaterException {

	public LimitExceededException(String text, Duration after) {
		super(text, after);
	}

}
