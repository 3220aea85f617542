package io.agentotp.server.permission;

import java.util.Map;

import io.agentotp.server.failure.RefusedException;

/**
 * The cursor is none of this feed.
 */
public final class CursorGoneException extends RefusedException {

	CursorGoneException() {
		super("This cursor is not known here. Ask without 'after' for the present one", Map.of());
	}

}
