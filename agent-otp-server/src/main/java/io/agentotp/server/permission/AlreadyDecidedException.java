package io.agentotp.server.permission;

import java.util.Map;

import io.agentotp.server.failure.ConflictException;

/**
 * Somebody decided before, or the permission had expired or been withdrawn.
 */
public final class AlreadyDecidedException extends ConflictException {

	AlreadyDecidedException(String text, Map<String, ?> details) {
		super(text, details);
	}

}
