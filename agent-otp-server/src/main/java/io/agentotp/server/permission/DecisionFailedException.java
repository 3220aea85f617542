package io.agentotp.server.permission;

import java.util.Map;

import io.agentotp.server.failure.RefusedException;

/**
 * The service failed, so that somebody has to look whether this was decided.
 */
public final class DecisionFailedException extends RefusedException {

	public DecisionFailedException(String text) {
		super(text, Map.of());
	}

}
