package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.database.AfterCommit;
import io.agentotp.server.json.Json;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.policy.PolicyAction;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Verifies, uses and revokes tokens. What is rejected changes nothing.
 */
@Component
public final class PermissionTokens {

	private final PolicyRegistry policies;

	private final PermissionStore store;

	private final PermissionReader reader;

	private final DecisionPublisher publisher;

	private final AuditLog audit;

	private final Meters meters;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	PermissionTokens(PolicyRegistry policies, PermissionStore store, PermissionReader reader,
			DecisionPublisher publisher, AuditLog audit, Meters meters, TransactionTemplate transactions,
			InstantSource clock) {
		this.policies = policies;
		this.store = store;
		this.reader = reader;
		this.publisher = publisher;
		this.audit = audit;
		this.meters = meters;
		this.transactions = transactions;
		this.clock = clock;
	}

	public TokenResult verify(Agent agent, String id, String token) {
		StoredPermission permission = this.reader.get(id, agent.id());
		return new TokenResult(permission, rejection(permission, token));
	}

	public TokenResult use(Agent agent, String id, String token, @Nullable String callDigest,
			@Nullable ObjectNode actionDetails, Actor actor) {
		StoredPermission before = this.reader.get(id, agent.id());
		boolean denied = !before.readable() || isDeniedNow(before);
		return this.transactions.execute((status) -> {
			Instant now = Now.of(this.clock);
			boolean used = !denied && this.store.use(id, agent.id(), Secrets.sha256(token), callDigest, now);
			StoredPermission permission = this.store.find(id, agent.id()).orElseThrow();
			TokenRejection rejection = used ? null : rejection(permission, token, callDigest);
			ObjectNode details = Json.object();
			if (rejection != null) {
				details.put("code", rejection.code()).put("reason", rejection.reason());
			}
			else {
				details.put("uses", permission.uses()).put("maxUses", permission.maxUses());
			}
			if (actionDetails != null) {
				details.set("actionDetails", actionDetails);
			}
			this.audit.record(now, id, agent.id(), used ? AuditEvent.USED : AuditEvent.USE_REJECTED, actor,
					permission.flag(details));
			String result = (rejection != null) ? rejection.code() : AuditEvent.USED.text();
			AfterCommit.run(() -> this.meters.used(result));
			return new TokenResult(permission, rejection);
		});
	}

	/**
	 * Ends a permission before its time; a pending one is withdrawn.
	 * @param agent the agent
	 * @param id the permission
	 * @param token its token, if the caller has it
	 * @param reason why
	 * @param actor who
	 * @return the permission, and why it was not revoked if it was not
	 */
	public TokenResult revoke(Agent agent, String id, @Nullable String token, @Nullable String reason, Actor actor) {
		StoredPermission before = this.reader.get(id, agent.id());
		TokenRejection rejection = (token != null) ? tokenRejection(before, token) : null;
		if (rejection != null) {
			return new TokenResult(before, rejection);
		}
		return this.transactions.execute((status) -> {
			Instant now = Now.of(this.clock);
			StoredPermission permission = before;
			if (this.store.revoke(id, PermissionState.PENDING, now, reason)) {
				this.publisher.left(permission, PermissionState.REVOKED, now);
			}
			else if (!this.store.revoke(id, PermissionState.APPROVED, now, reason)) {
				permission = this.store.find(id, agent.id()).orElseThrow();
				boolean already = permission.status() == PermissionState.REVOKED;
				return new TokenResult(permission, already ? null : stateRejection(permission));
			}
			this.audit.record(now, id, agent.id(), AuditEvent.REVOKED, actor,
					permission.flag(Json.object().put("reason", reason)));
			return new TokenResult(this.store.find(id, agent.id()).orElseThrow(), null);
		});
	}

	// A policy that came after the approval ends the token, as if it had been there.
	private boolean isDeniedNow(StoredPermission permission) {
		PolicySet present = this.policies.current();
		return permission.policyVersion() != null && permission.policyVersion() != present.version()
				&& present.decide(permission.policyRequest()).action() == PolicyAction.DENY;
	}

	private @Nullable TokenRejection rejection(StoredPermission permission, String token, @Nullable String callDigest) {
		TokenRejection rejection = rejection(permission, token);
		if (rejection != null) {
			return rejection;
		}
		if (permission.callDigest() == null || permission.callDigest().equals(callDigest)) {
			return TokenRejection.FROZEN;
		}
		return (callDigest != null) ? TokenRejection.OTHER_CALL : TokenRejection.NO_DIGEST;
	}

	private @Nullable TokenRejection rejection(StoredPermission permission, String token) {
		TokenRejection rejection = tokenRejection(permission, token);
		return (rejection != null) ? rejection : stateRejection(permission);
	}

	private @Nullable TokenRejection tokenRejection(StoredPermission permission, String token) {
		String hash = Secrets.sha256(token);
		if (Secrets.same(permission.tokenHash(), hash)) {
			return null;
		}
		if (permission.tokenHash() == null) {
			return TokenRejection.NOT_APPROVED;
		}
		return this.store.hasToken(permission.agentId(), hash) ? TokenRejection.OTHER_PERMISSION
				: TokenRejection.UNKNOWN;
	}

	private @Nullable TokenRejection stateRejection(StoredPermission permission) {
		return switch (permission.status()) {
			case APPROVED -> permission.isOverdue(Now.of(this.clock)) ? TokenRejection.EXPIRED : !permission.readable()
					? TokenRejection.UNREADABLE : isDeniedNow(permission) ? TokenRejection.POLICY : null;
			case USED -> TokenRejection.USED;
			case EXPIRED -> TokenRejection.EXPIRED;
			case REVOKED -> TokenRejection.REVOKED;
			case PENDING, DENIED -> TokenRejection.NOT_APPROVED;
		};
	}

}
