package io.agentotp;

/**
 * The API key is valid but may not do this (HTTP 403).
 */
public final class ForbiddenException extends AgentOtpException {

	ForbiddenException(String code, String message, CallInfo call) {
		super(code, message, call, null);
	}

}
