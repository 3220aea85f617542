package io.agentotp.test;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Why a token is not accepted, in the words of the service.
 */
enum Rejection {

	USED("TOKEN_USED", "Token has been fully consumed"), EXPIRED("TOKEN_EXPIRED", "Token has expired"),
	REVOKED("TOKEN_REVOKED", "Token has been revoked"),
	UNKNOWN("TOKEN_INVALID", "Token is not the token of this permission"),
	NOT_APPROVED("TOKEN_INVALID", "Permission is not approved, so it has no token"),
	OTHER_CALL("DIGEST_MISMATCH", "Call digest differs from the call that was approved"),
	NO_DIGEST("DIGEST_MISMATCH", "Call digest is missing; this permission is bound to one call");

	private final String code;

	private final String reason;

	Rejection(String code, String reason) {
		this.code = code;
		this.reason = reason;
	}

	/**
	 * Makes the answer of a verb.
	 * @param accepted the name under which the verb says yes or no
	 */
	Map<String, Object> json(String accepted) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put(accepted, false);
		json.put("reason", this.reason);
		json.put("code", this.code);
		return json;
	}

}
