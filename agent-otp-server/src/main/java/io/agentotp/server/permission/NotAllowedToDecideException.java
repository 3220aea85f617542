package io.agentotp.server.permission;

import io.agentotp.server.failure.NotAllowedException;

/**
 * This person may not decide on this permission.
 */
public final class NotAllowedToDecideException extends NotAllowedException {

	NotAllowedToDecideException(String text) {
		super(text);
	}

}
