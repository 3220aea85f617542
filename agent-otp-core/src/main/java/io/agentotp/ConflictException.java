package io.agentotp;

/**
 * The state has changed in the meantime, such as a second decision (HTTP 409).
 */
public final class ConflictException extends AgentOtpException {

	ConflictException(String code, String message, CallInfo call) {
		super(code, message, call, null);
	}

}
