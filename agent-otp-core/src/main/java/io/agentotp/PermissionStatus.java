package io.agentotp;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

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

	private static final Map<String, PermissionStatus> BY_TEXT = Arrays.stream(values())
		.collect(Collectors.toUnmodifiableMap((status) -> status.name().toLowerCase(Locale.ROOT), Function.identity()));

	static PermissionStatus of(String text) {
		return BY_TEXT.getOrDefault(text, UNKNOWN);
	}

}
