package io.agentotp.server.permission;

/**
 * Why a token is not accepted.
 */
public enum TokenRejection {

	USED("TOKEN_USED", "Token has been fully consumed"), EXPIRED("TOKEN_EXPIRED", "Token has expired"),
	REVOKED("TOKEN_REVOKED", "Token has been revoked"), FROZEN("TOKEN_REVOKED", "Agent is frozen"),
	OTHER_PERMISSION("TOKEN_INVALID", "Token belongs to another permission"),
	UNKNOWN("TOKEN_INVALID", "Token is not the token of this permission"),
	NOT_APPROVED("TOKEN_INVALID", "Permission is not approved, so it has no token"),
	OTHER_CALL("DIGEST_MISMATCH", "Call digest differs from the call that was approved"),
	POLICY("POLICY_DENIES", "The policies have changed, and now they deny this"),
	UNREADABLE("TOKEN_INVALID", "Permission " + StoredPermission.UNREADABLE),
	CHANGED("TOKEN_INVALID", "Permission " + StoredPermission.CHANGED),
	BOUND_TO_OTHER_CALL("TOKEN_INVALID", "Permission " + StoredPermission.OTHER_CALL),
	UNKNOWN_SECRET("TOKEN_INVALID", "Permission " + StoredPermission.UNKNOWN_SECRET),
	NO_DIGEST("DIGEST_MISMATCH", "Call digest is missing; this permission is bound to one call");

	private final String code;

	private final String reason;

	TokenRejection(String code, String reason) {
		this.code = code;
		this.reason = reason;
	}

	static TokenRejection changed(StoredPermission permission) {
		return switch (String.valueOf(permission.problem())) {
			case StoredPermission.OTHER_CALL -> BOUND_TO_OTHER_CALL;
			case StoredPermission.UNREADABLE -> UNREADABLE;
			case StoredPermission.UNKNOWN_SECRET -> UNKNOWN_SECRET;
			default -> CHANGED;
		};
	}

	public String code() {
		return this.code;
	}

	public String reason() {
		return this.reason;
	}

}
