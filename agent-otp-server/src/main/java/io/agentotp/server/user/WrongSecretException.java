package io.agentotp.server.user;

import io.agentotp.server.failure.NotAllowedException;

/**
 * A password, or the code of a link, is another one.
 */
public final class WrongSecretException extends NotAllowedException {

	WrongSecretException(String text) {
		super(text);
	}

}
