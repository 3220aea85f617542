package io.agentotp.server.audit;

import java.time.Duration;

import io.agentotp.server.failure.TryLaterException;

/**
 * Only one verification runs at a time.
 */
public final class VerificationRunningException extends TryLaterException {

	VerificationRunningException() {
		super("A verification is running already", Duration.ofSeconds(10));
	}

}
