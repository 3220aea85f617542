package io.agentotp.server.permission;

import java.time.Instant;
import java.util.Objects;
import java.util.stream.Stream;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.policy.PolicyRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A permission, as the database has it.
 *
 * @param id its id
 * @param asker who asked
 * @param status where it stands
 * @param request what was asked for
 * @param createdAt when it was asked for
 * @param pendingUntil when the request expires, unless it is decided before
 * @param grant what it is good for
 * @param decision what was decided
 * @param policy which policy applied
 * @param detailsRemovedAt when context and trace were taken away, long after its end
 * @param seal what shows that the row is as the service wrote it
 * @param problem what is wrong with it because somebody changed it in the database, or
 * {@code null}; if something is, it can be seen and can end, but never be approved or
 * used
 */
public record StoredPermission(String id, Asker asker, PermissionState status, PermissionRequest request,
		Instant createdAt, Instant pendingUntil, Grant grant, Decision decision, PolicyTrace policy,
		@Nullable Instant detailsRemovedAt, RowSeal seal, @Nullable String problem) {

	/**
	 * What is said of a permission that somebody changed in the database.
	 */
	static final String UNREADABLE = "cannot be read: what is stored of it was changed";

	/**
	 * What is said of one that is bound to something else than it shows.
	 */
	static final String OTHER_CALL = "does not fit its call digest: what is stored of it was changed";

	/**
	 * What is said of one that the service did not write so.
	 */
	static final String CHANGED = "is not as the service stored it: it was changed in the database";

	/**
	 * What is said of one whose seal nobody can check.
	 */
	static final String UNKNOWN_SECRET = "cannot be checked: the secret that sealed it is not known to this node";

	/**
	 * What policies looked at, long ago perhaps.
	 * @return the question as the agent asked it
	 * @throws RefusedException if it is no longer known
	 */
	public PolicyRequest pastPolicyRequest() {
		if (this.problem != null) {
			throw new InvalidInputException("permissionId", this.problem);
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
		return this.request.toPolicyRequest(agentId());
	}

	public boolean isIntact() {
		return this.problem == null;
	}

	public String agentId() {
		return this.asker.agentId();
	}

	public boolean isPending() {
		return this.status == PermissionState.PENDING;
	}

	/**
	 * When what it is waiting for, or good for, ends.
	 * @return the end of the question or of the token
	 */
	public Instant end() {
		Instant expiresAt = this.grant.expiresAt();
		return (expiresAt != null) ? expiresAt : this.pendingUntil;
	}

	/**
	 * When it was over, as its removal counts.
	 * @return the time
	 */
	Instant over() {
		return Stream.of(this.grant.revokedAt(), this.grant.expiresAt(), this.decision.at())
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(this.pendingUntil);
	}

	/**
	 * Adds to a row of the record what has to be seen in it at once.
	 * @param details the row
	 * @return the row
	 */
	ObjectNode flag(ObjectNode details) {
		if (this.decision.byOwner()) {
			details.put("byOwner", true);
		}
		return this.asker.test() ? details.put("test", true) : details;
	}

	boolean isOverdue(Instant now) {
		return (isPending() || this.status == PermissionState.APPROVED) && !now.isBefore(end());
	}

	StoredPermission used(int count) {
		return with((count >= this.grant.maxUses()) ? PermissionState.USED : this.status, this.grant.used(count),
				this.decision);
	}

	StoredPermission with(PermissionState next, Grant granted, Decision decided) {
		return new StoredPermission(this.id, this.asker, next, this.request, this.createdAt, this.pendingUntil, granted,
				decided, this.policy, this.detailsRemovedAt, this.seal, this.problem);
	}

	StoredPermission sealed(RowSeal by) {
		return new StoredPermission(this.id, this.asker, this.status, this.request, this.createdAt, this.pendingUntil,
				this.grant, this.decision, this.policy, this.detailsRemovedAt, by, this.problem);
	}

	StoredPermission revoked(Instant now, @Nullable String why) {
		Decision ended = new Decision(this.decision.at(), this.decision.by(),
				(why != null) ? why : this.decision.reason(), this.decision.byOwner(), this.decision.votes());
		return with(PermissionState.REVOKED, this.grant.revoked(now), ended);
	}

	@Override
	public String toString() {
		return "Permission[" + this.id + " " + this.status.text() + "]";
	}

}
