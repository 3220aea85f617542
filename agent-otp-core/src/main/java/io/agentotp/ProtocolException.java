package io.agentotp;

/**
 * The service answered with something that is not the protocol: no JSON, a missing field,
 * a redirect, an approval without a token. Never a go-ahead.
 */
public final class ProtocolException extends AgentOtpException {

	ProtocolException(String message, CallInfo call) {
		super("PROTOCOL_ERROR", message, call, null);
	}

}
