package io.agentotp.server.policy;

import java.util.Map;

import io.agentotp.server.failure.ConflictException;

/**
 * The policy is not one that is changed through the service.
 */
public final class ReadOnlyPolicyException extends ConflictException {

	ReadOnlyPolicyException(String text) {
		super(text, Map.of());
	}

}
