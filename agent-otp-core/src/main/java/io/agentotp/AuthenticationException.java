package io.agentotp;

/**
 * The service did not accept the API key (HTTP 401). Check the key; asking again with the
 * same one does not help.
 */
public final class AuthenticationException extends AgentOtpException {

	AuthenticationException(String code, String message, CallInfo call) {
		super(code, message, call, null);
	}

}
