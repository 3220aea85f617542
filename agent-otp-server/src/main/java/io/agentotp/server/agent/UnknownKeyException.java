package io.agentotp.server.agent;

import java.util.Map;

import io.agentotp.server.failure.RefusedException;

/**
 * The key is none that is taken here.
 */
public final class UnknownKeyException extends RefusedException {

	/**
	 * What is said of a key that belongs to nobody.
	 */
	public static final String UNKNOWN = "This key is not known";

	public UnknownKeyException(String text) {
		super(text, Map.of());
	}

}
