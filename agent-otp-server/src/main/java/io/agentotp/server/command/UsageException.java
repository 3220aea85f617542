package io.agentotp.server.command;

/**
 * A command that cannot be run as it is written.
 */
final class UsageException extends RuntimeException {

	UsageException(String message) {
		super(message, null, false, false);
	}

}
