package io.agentotp.server.policy;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * A set of policies that was, or is, in force. It never changes.
 *
 * @param version its number
 * @param cause what made it
 * @param createdAt when
 * @param createdBy who made it
 * @param contentHash the hash of its policies
 * @param problem what is wrong with what is stored of it, or {@code null}; if something
 * is, all else may be what somebody else wrote
 */
public record PolicyVersion(long version, String cause, Instant createdAt, String createdBy, String contentHash,
		@Nullable String problem) {

	/**
	 * What to do about a version that the service did not write so.
	 */
	static final String REMEDY = ". It decides nothing. Delete its row of agentotp_policy_version, "
			+ "or put it back from a backup";

	/**
	 * What is said of a version that the service did not write so.
	 */
	static final String CHANGED = "is not as the service stored it: it was changed in the database, "
			+ "or the secret that sealed it is not known to this node" + REMEDY;

}
