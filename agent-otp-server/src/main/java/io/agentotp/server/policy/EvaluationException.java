package io.agentotp.server.policy;

/**
 * A condition that cannot be decided. The request is denied.
 */
final class EvaluationException extends RuntimeException {

	EvaluationException(String message) {
		super(message, null, false, false);
	}

	String text() {
		return String.valueOf(getMessage());
	}

}
