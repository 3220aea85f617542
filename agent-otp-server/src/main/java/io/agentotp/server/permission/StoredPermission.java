package io.agentotp.server.permission;

import java.time.Instant;
import java.util.List;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.policy.PolicyRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A permission, as the database has it.
 *
 * @param id its id
 * @param agentId the agent that asked
 * @param status where it stands
 * @param action what the agent wants to do
 * @param resource on what
 * @param requestedScope the limits that the agent asked for
 * @param scope the limits after policy and decision, never wider
 * @param context what the agent says
 * @param callDigest the call that it is bound to
 * @param ttlSeconds how long a token lives
 * @param maxUses how often the token can be used
 * @param uses how often it was
 * @param nonce the random value that the token is derived from
 * @param tokenHash the hash of the token, once approved
 * @param secretId the secret that the token is derived from
 * @param createdAt when it was asked for
 * @param pendingUntil when the question expires
 * @param expiresAt when the token expires, once approved
 * @param decidedAt when it was decided
 * @param decidedBy by whom
 * @param reason why
 * @param policyId the policy that spoke
 * @param policyName its name
 * @param policyVersion the version of the set of policies that was asked
 * @param policyTrace why it spoke: its conditions, and what shadow policies would have
 * decided
 * @param revokedAt when it was revoked
 * @param byOwner whether the owner of the agent decided
 * @param test whether it was asked for with a key for tests
 * @param detailsRemovedAt when context and trace were taken away, long after its end
 * @param askedOwner who owned the agent when it asked
 * @param readable whether all of it could be read; if not, it can be seen and can end,
 * but never be approved or used
 */
public record StoredPermission(String id, String agentId, PermissionState status, String action,
		@Nullable String resource, ObjectNode requestedScope, ObjectNode scope, ObjectNode context,
		@Nullable String callDigest, int ttlSeconds, int maxUses, int uses, String nonce, @Nullable String tokenHash,
		@Nullable String secretId, Instant createdAt, Instant pendingUntil, @Nullable Instant expiresAt,
		@Nullable Instant decidedAt, @Nullable String decidedBy, @Nullable String reason, @Nullable String policyId,
		@Nullable String policyName, @Nullable Long policyVersion, @Nullable ObjectNode policyTrace,
		@Nullable Instant revokedAt, boolean byOwner, boolean test, @Nullable Instant detailsRemovedAt,
		@Nullable String askedOwner, boolean readable) {

	/**
	 * What the digest of the call covers, and what it does not, under these names in the
	 * context.
	 */
	static final List<String> FACTS = List.of("arguments", "notBound");

	/**
	 * What is said of a permission that somebody changed in the database.
	 */
	public static final String UNREADABLE = "cannot be read: what is stored of it was changed";

	/**
	 * What policies looked at, long ago perhaps.
	 * @return the question as the agent asked it
	 * @throws RefusedException if it is no longer known
	 */
	public PolicyRequest pastPolicyRequest() {
		if (!this.readable) {
			throw new InvalidInputException("permissionId", UNREADABLE);
		}
		if (this.detailsRemovedAt != null) {
			throw new InvalidInputException("permissionId", "lost its details, which policies look at, at "
					+ this.detailsRemovedAt + ". Try a made-up request");
		}
		return policyRequest();
	}

	/**
	 * What policies look at.
	 * @return the question as the agent asked it
	 */
	public PolicyRequest policyRequest() {
		return new PolicyRequest(this.agentId, this.action, this.resource, this.requestedScope, this.context);
	}

	public boolean isPending() {
		return this.status == PermissionState.PENDING;
	}

	/**
	 * When what it is waiting for, or good for, ends.
	 * @return the end of the question or of the token
	 */
	public Instant end() {
		return (this.expiresAt != null) ? this.expiresAt : this.pendingUntil;
	}

	/**
	 * Adds to a row of the record what has to be seen in it at once.
	 * @param details the row
	 * @return the row
	 */
	ObjectNode flag(ObjectNode details) {
		if (this.byOwner) {
			details.put("byOwner", true);
		}
		return this.test ? details.put("test", true) : details;
	}

	boolean isOverdue(Instant now) {
		return (isPending() || this.status == PermissionState.APPROVED) && !now.isBefore(end());
	}

	@Override
	public String toString() {
		return "Permission[" + this.id + " " + this.status.text() + "]";
	}

}
