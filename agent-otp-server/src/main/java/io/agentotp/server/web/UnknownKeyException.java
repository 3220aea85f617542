package io.agentotp.server.web;

import java.util.Map;

import io.agentotp.server.failure.RefusedException;

/**
 * The key is none that is taken here.
 */
public final class UnknownKeyException extends RefusedException {

	public UnknownKeyException(String text) {
		super(text, Map.of());
	}

}
