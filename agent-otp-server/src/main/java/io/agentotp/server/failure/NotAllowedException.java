package io.agentotp.server.failure;

import java.util.Map;

/**
 * The caller may not do this.
 */
public class NotAllowedException extends RefusedException {

	public NotAllowedException(String text) {
		this(text, Map.of());
	}

	protected NotAllowedException(String text, Map<String, ?> details) {
		super(text, details);
	}

}
