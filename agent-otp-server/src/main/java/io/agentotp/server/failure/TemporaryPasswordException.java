package io.agentotp.server.failure;

/**
 * Somebody else has seen the password of the caller, so another one comes first.
 */
public final class TemporaryPasswordException extends NotAllowedException {

	public TemporaryPasswordException() {
		super("Choose a password of your own first, on the page of your account");
	}

}
