package io.agentotp.server.agent;

import java.util.Map;

import io.agentotp.server.failure.ConflictException;

/**
 * Somebody else changed the agent first, so nothing was changed.
 */
public final class ConcurrentChangeException extends ConflictException {

	ConcurrentChangeException(String text, String agentId) {
		super(text, Map.of("name", agentId));
	}

}
