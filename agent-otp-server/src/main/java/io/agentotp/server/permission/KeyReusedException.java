package io.agentotp.server.permission;

import java.util.Map;

import io.agentotp.server.failure.RefusedException;

/**
 * An idempotency key came again with another request.
 */
public final class KeyReusedException extends RefusedException {

	KeyReusedException() {
		super("This Idempotency-Key was sent before with another request. Make one key per logical call", Map.of());
	}

}
