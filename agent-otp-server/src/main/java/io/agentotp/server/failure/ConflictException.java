package io.agentotp.server.failure;

import java.util.Map;

/**
 * What is there does not allow this now. Its details say what is there.
 */
public class ConflictException extends RefusedException {

	public ConflictException(String text, Map<String, ?> details) {
		super(text, details);
	}

}
