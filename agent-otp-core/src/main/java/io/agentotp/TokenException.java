package io.agentotp;

/**
 * The token was rejected: used up, expired, revoked, of another permission, or presented
 * for another call. {@link #code()} tells which: {@code TOKEN_USED},
 * {@code TOKEN_EXPIRED}, {@code TOKEN_REVOKED}, {@code TOKEN_INVALID},
 * {@code DIGEST_MISMATCH}.
 */
public final class TokenException extends AgentOtpException {

	TokenException(String code, String message, CallInfo call) {
		super(code, message, call, null);
	}

}
