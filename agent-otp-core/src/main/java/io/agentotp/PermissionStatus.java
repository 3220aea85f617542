package io.agentotp;

import java.util.Locale;

/**
 * Where a permission stands.
 */
public enum PermissionStatus {

	/** Nobody has decided yet. */
	PENDING,

	/** Granted; the token may be used. */
	APPROVED,

	/** Refused by a policy or a human. */
	DENIED,

	/** Nobody decided in time, or the token's life has ended. */
	EXPIRED,

	/** Granted and used up. */
	USED,

	/** Withdrawn by the agent or taken back by the service. */
	REVOKED,

	/**
	 * A status that this version does not know, see {@link Permission#statusText()}. It
	 * never counts as a grant.
	 */
	UNKNOWN;

	static PermissionStatus of(String text) {
		for (PermissionStatus status : values()) {
			if (status.name().toLowerCase(Locale.ROOT).equals(text)) {
				return status;
			}
		}
		return UNKNOWN;
	}

}
