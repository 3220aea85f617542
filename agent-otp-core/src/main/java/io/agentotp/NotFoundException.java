package io.agentotp;

/**
 * There is no such permission for this agent, or no such route (HTTP 404).
 */
public final class NotFoundException extends AgentOtpException {

	NotFoundException(String code, String message, CallInfo call) {
		super(code, message, call, null);
	}

}
