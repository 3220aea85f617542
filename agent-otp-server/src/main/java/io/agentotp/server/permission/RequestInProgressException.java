package io.agentotp.server.permission;

import java.time.Duration;

import io.agentotp.server.failure.TryLaterException;

/**
 * The first request with this idempotency key has not ended.
 */
public final class RequestInProgressException extends TryLaterException {

	RequestInProgressException() {
		super("A request with this Idempotency-Key is still running. Try again", Duration.ofSeconds(1));
	}

}
