package io.agentotp;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What is reported with a use. An exception's message may hold what the body worked on,
 * so only its type is told.
 */
final class Outcomes {

	private Outcomes() {
	}

	static Map<String, Object> of(@Nullable Throwable failure) {
		return (failure != null) ? Map.of("outcome", "failed", "error", failure.getClass().getName())
				: Map.of("outcome", "succeeded");
	}

}
