package io.agentotp;

import java.util.Map;
import java.util.TreeMap;

/**
 * The request is invalid: refused by the client before anything was sent, or by the
 * service (HTTP 400 or 422). {@link #details()} names each field.
 */
public final class ValidationException extends AgentOtpException {

	private final transient Map<String, String> details;

	ValidationException(String code, String message, Map<String, String> details, CallInfo call) {
		super(code, message + (details.isEmpty() ? "" : ": " + new TreeMap<>(details)), call, null);
		this.details = Map.copyOf(details);
	}

	@Override
	public Map<String, String> details() {
		return this.details;
	}

}
