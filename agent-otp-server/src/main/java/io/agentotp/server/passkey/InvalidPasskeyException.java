package io.agentotp.server.passkey;

import io.agentotp.server.failure.NotAllowedException;

/**
 * What a passkey signed proves nothing.
 */
public final class InvalidPasskeyException extends NotAllowedException {

	InvalidPasskeyException(String text) {
		super(text);
	}

}
