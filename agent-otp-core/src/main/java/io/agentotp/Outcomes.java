package io.agentotp;

import java.util.Map;

/**
 * What is reported with a use. An exception's message may hold what the body worked on,
 * so only its type is told.
 */
final class Outcomes {

	private Outcomes() {
	}

	static Map<String, Object> succeeded() {
		return Map.of("outcome", "succeeded");
	}

	static Map<String, Object> failed(Throwable ex) {
		return Map.of("outcome", "failed", "error", ex.getClass().getName());
	}

}
