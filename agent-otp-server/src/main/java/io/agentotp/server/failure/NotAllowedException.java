package io.agentotp.server.failure;

import java.util.Map;

/**
 * The caller may not do this.
 */
public class NotAllowedException extends RefusedException {

	public NotAllowedException(String text) {
		super(text, Map.of());
	}

}
