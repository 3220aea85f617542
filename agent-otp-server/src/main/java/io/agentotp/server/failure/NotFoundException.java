package io.agentotp.server.failure;

import java.util.Map;

/**
 * There is no such thing, as far as the caller may know.
 */
public final class NotFoundException extends RefusedException {

	public NotFoundException(String text) {
		super(text, Map.of());
	}

}
