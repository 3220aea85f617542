package io.agentotp.server.permission;

import java.util.List;
import java.util.Optional;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalInt;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.database.AfterCommit;
import io.agentotp.server.json.Json;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.policy.PolicyAction;
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

	/**
	 * How many bytes of an agent's details of a use are kept.
	 */
	static final int MAX_DETAILS = 4096;

	private final PermissionStore store;

	private final PermissionReader reader;

	private final PermissionSeals seals;

	private final DecisionPublisher publisher;

	private final PermissionSignals signals;

	private final AuditLog audit;

	private final Meters meters;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	PermissionTokens(PermissionStore store, PermissionReader reader, PermissionSeals seals, DecisionPublisher publisher,
			PermissionSignals signals, AuditLog audit, Meters meters, TransactionTemplate transactions, InstantSource clock) {
		this.store = store;
		this.reader = reader;
		this.seals = seals;
		this.publisher = publisher;
		this.signals = signals;
		this.audit = audit;
		this.meters = meters;
		this.transactions = transactions;
		this.clock = clock;
	}

	public TokenResult verify(Agent agent, String id, String token, PolicySet policies) {
		StoredPermission permission = this.reader.get(id, agent.id());
		TokenRejection rejection = rejection(permission, token, policies);
		return new TokenResult(permission, (rejection == null && agent.isFrozen()) ? TokenRejection.FROZEN : rejection);
	}

	/**
	 * What a use gives, unless something changes before.
	 * @param agent the agent
	 * @param permission the permission, as the caller has read it
	 * @param token its token
	 * @param callDigest the call
	 * @param policies the policies that apply
	 * @return the permission as it would be, and why it would not be used
	 */
	public TokenResult expectUse(Agent agent, StoredPermission permission, String token, @Nullable String callDigest,
			PolicySet policies) {
		TokenRejection rejection = rejection(permission, token, callDigest, policies);
		return (rejection != TokenRejection.FROZEN || agent.isFrozen()) ? new TokenResult(permission, rejection)
				: new TokenResult(permission.used(permission.grant().uses() + 1), null);
	}

	/**
	 * Uses a token, once.
	 * @param agent the agent
	 * @param before the permission, as the caller has read it
	 * @param token its token
	 * @param callDigest the call that it is used for
	 * @param actionDetails what the agent says of it
	 * @param policies the policies that apply
	 * @param actor who
	 * @return the permission, and why it was not used if it was not
	 */
	public TokenResult use(Agent agent, StoredPermission before, String token, @Nullable String callDigest,
			@Nullable ObjectNode actionDetails, PolicySet policies, Actor actor) {
		String id = before.id();
		boolean denied = agent.isFrozen() || !before.isIntact() || isDenied(before, policies)
				|| !Secrets.same(before.grant().tokenHash(), Secrets.sha256(token));
		StoredPermission last = this.seals.ended(before.with(PermissionState.USED, before.grant(), before.decision()));
		return this.transactions.execute((status) -> {
			Instant now = Now.of(this.clock);
			OptionalInt uses = denied ? OptionalInt.empty() : this.store.use(before, last, callDigest, now);
			boolean used = uses.isPresent();
			// Of what is approved, nothing changes but its uses and its end.
			StoredPermission permission = used
					? (uses.getAsInt() < before.grant().maxUses() ? before : last).used(uses.getAsInt())
					: this.store.find(id, agent.id()).orElseThrow();
			TokenRejection rejection = used ? null : rejection(permission, token, callDigest, policies);
			ObjectNode details = Json.object();
			if (rejection != null) {
				details.put("code", rejection.code()).put("reason", rejection.reason());
			}
			else {
				details.put("uses", permission.grant().uses()).put("maxUses", permission.grant().maxUses());
			}
			if (actionDetails != null) {
				describe(actionDetails, details);
			}
			this.audit.record(now, id, agent.id(),
					List.of(new AuditLog.Row(used ? AuditEvent.USED : AuditEvent.USE_REJECTED, actor,
							permission.flag(details), used ? permission.seal().text() : null)));
			if (used) {
				this.signals.changed();
			}
			String result = (rejection != null) ? rejection.code() : AuditEvent.USED.text();
			AfterCommit.run(() -> this.meters.used(agent.id(), result));
			return new TokenResult(permission, rejection);
		});
	}

	// The agent says it and nothing removes it, so long details are only told apart.
	private static void describe(ObjectNode actionDetails, ObjectNode details) {
		String json = Json.write(actionDetails);
		int bytes = json.getBytes(StandardCharsets.UTF_8).length;
		if (bytes <= MAX_DETAILS) {
			details.set("actionDetails", actionDetails);
		}
		else {
			details.putObject("actionDetailsLeftOut").put("bytes", bytes).put("sha256", Secrets.sha256(json));
		}
	}

	/**
	 * Ends a permission before its time; a pending one is withdrawn.
	 * @param before the permission, as the caller has read it
	 * @param token its token, if the caller has it
	 * @param reason why
	 * @param policies the policies that apply
	 * @param actor who
	 * @return the permission, and why it was not revoked if it was not
	 */
	public TokenResult revoke(StoredPermission before, @Nullable String token, @Nullable String reason,
			PolicySet policies, Actor actor) {
		String id = before.id();
		TokenRejection rejection = (token != null) ? tokenRejection(before, token) : null;
		if (rejection != null) {
			return new TokenResult(before, rejection);
		}
		return this.transactions.execute((status) -> {
			Instant now = Now.of(this.clock);
			StoredPermission permission = revokeNow(before, reason, now)
				.or(() -> this.store.find(id).flatMap((present) -> revokeNow(present, reason, now)))
				.orElse(null);
			if (permission == null) {
				permission = this.store.find(id).orElseThrow();
				boolean already = permission.status() == PermissionState.REVOKED;
				return new TokenResult(permission, already ? null : stateRejection(permission, policies));
			}
			this.audit.record(now, id, permission.agentId(), List.of(new AuditLog.Row(AuditEvent.REVOKED, actor,
					before.flag(Json.object().put("reason", reason)), permission.seal().text())));
			return new TokenResult(permission, null);
		});
	}

	private Optional<StoredPermission> revokeNow(StoredPermission before, @Nullable String reason, Instant now) {
		if (before.status().isOver()) {
			return Optional.empty();
		}
		StoredPermission revoked = this.seals.ended(before.revoked(now, reason));
		return this.publisher.change(before, PermissionState.REVOKED, now,
				() -> this.store.revoke(revoked, before.status())) ? Optional.of(revoked) : Optional.empty();
	}

	// A policy that came after the approval ends the token, as if it had been there.
	private static boolean isDenied(StoredPermission permission, PolicySet policies) {
		return permission.policy().version() != null && permission.policy().version() != policies.version()
				&& policies.decide(permission.policyRequest()).action() == PolicyAction.DENY;
	}

	// Why a token is not accepted for a call: the last reason that is left is the freeze.
	private TokenRejection rejection(StoredPermission permission, String token, @Nullable String callDigest,
			PolicySet policies) {
		TokenRejection rejection = rejection(permission, token, policies);
		if (rejection != null) {
			return rejection;
		}
		if (permission.request().callDigest() == null || permission.request().callDigest().equals(callDigest)) {
			return TokenRejection.FROZEN;
		}
		return (callDigest != null) ? TokenRejection.OTHER_CALL : TokenRejection.NO_DIGEST;
	}

	private @Nullable TokenRejection rejection(StoredPermission permission, String token, PolicySet policies) {
		TokenRejection rejection = tokenRejection(permission, token);
		return (rejection != null) ? rejection : stateRejection(permission, policies);
	}

	private @Nullable TokenRejection tokenRejection(StoredPermission permission, String token) {
		String hash = Secrets.sha256(token);
		if (Secrets.same(permission.grant().tokenHash(), hash)) {
			return null;
		}
		if (permission.grant().tokenHash() == null) {
			return TokenRejection.NOT_APPROVED;
		}
		return this.store.hasToken(permission.agentId(), hash) ? TokenRejection.OTHER_PERMISSION
				: TokenRejection.UNKNOWN;
	}

	private @Nullable TokenRejection stateRejection(StoredPermission permission, PolicySet policies) {
		return switch (permission.status()) {
			case APPROVED -> permission.isOverdue(Now.of(this.clock)) ? TokenRejection.EXPIRED
					: !permission.isIntact() ? TokenRejection.changed(permission)
							: isDenied(permission, policies) ? TokenRejection.POLICY : null;
			case USED -> TokenRejection.USED;
			case EXPIRED -> TokenRejection.EXPIRED;
			case REVOKED -> TokenRejection.REVOKED;
			case PENDING, DENIED -> TokenRejection.NOT_APPROVED;
		};
	}

}
