package io.agentotp.server.permission;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
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
			PermissionSignals signals, AuditLog audit, Meters meters, TransactionTemplate transactions,
			InstantSource clock) {
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
		TokenRejection rejection = rejection(permission, token, policies, Now.of(this.clock));
		return new TokenResult(permission, (rejection == null && agent.isFrozen()) ? TokenRejection.FROZEN : rejection);
	}

	/**
	 * Takes the turn of a use, up to the end of the present transaction.
	 * @param agent the agent
	 * @param id the permission
	 * @return the permission, which nobody else changes until then
	 */
	public StoredPermission takeTurn(Agent agent, String id) {
		return this.reader.lock(id, agent.id());
	}

	/**
	 * What a use gives, unless something changes before.
	 * @param agent the agent
	 * @param permission the permission whose turn was taken
	 * @param token its token
	 * @param callDigest the call
	 * @param policies the policies that apply
	 * @return the permission as it would be, and why it would not be used
	 */
	public TokenResult expectUse(Agent agent, StoredPermission permission, String token, @Nullable String callDigest,
			PolicySet policies) {
		TokenRejection rejection = rejection(agent, permission, token, callDigest, policies, Now.of(this.clock));
		return (rejection != null) ? new TokenResult(permission, rejection)
				: new TokenResult(permission.used(permission.grant().uses() + 1), null);
	}

	/**
	 * Uses a token, once, in the {@linkplain AgentTurns turn} of the agent.
	 * @param agent the agent
	 * @param before the permission whose turn was taken
	 * @param token its token
	 * @param callDigest the call that it is used for
	 * @param actionDetails what the agent says of it
	 * @param policies the policies that apply
	 * @param actor who
	 * @return the permission, and why it was not used if it was not
	 */
	public TokenResult use(Agent agent, StoredPermission before, String token, @Nullable String callDigest,
			@Nullable ObjectNode actionDetails, PolicySet policies, Actor actor) {
		Instant now = Now.of(this.clock);
		TokenRejection rejection = rejection(agent, before, token, callDigest, policies, now);
		StoredPermission permission = before;
		if (rejection == null) {
			StoredPermission last = this.seals
				.ended(before.with(PermissionState.USED, before.grant(), before.decision()));
			OptionalInt uses = this.store.use(before, agent, last, callDigest, now);
			if (uses.isPresent()) {
				// Of what is approved, nothing changes but its uses and its end.
				permission = (uses.getAsInt() < before.grant().maxUses() ? before : last).used(uses.getAsInt());
			}
			else if (this.store.isPresent(agent)) {
				rejection = TokenRejection.USED;
			}
			else {
				throw new AgentChangedException();
			}
		}
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
		this.audit.record(now, permission.id(), agent.id(), List
			.of((rejection != null) ? new AuditLog.Row(AuditEvent.USE_REJECTED, actor, permission.flag(details), null)
					: new AuditLog.Row(AuditEvent.USED, actor, permission.flag(details), permission.seal().text())));
		if (rejection == null) {
			this.signals.changed();
		}
		String result = (rejection != null) ? rejection.code() : AuditEvent.USED.text();
		AfterCommit.run(() -> this.meters.used(agent.id(), result));
		return new TokenResult(permission, rejection);
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
	 * Ends a permission before its time, by the word of its agent; a pending one is
	 * withdrawn.
	 * @param agent the agent as it was when it sent its key
	 * @param id the permission
	 * @param token its token, if the caller has it
	 * @param reason why
	 * @param policies the policies that apply
	 * @param actor who
	 * @return the permission, and why it was not revoked if it was not
	 */
	public TokenResult revoke(Agent agent, String id, @Nullable String token, @Nullable String reason,
			PolicySet policies, Actor actor) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			this.publisher.takeTurnOf(agent);
			StoredPermission permission = this.reader.get(id, agent.id());
			TokenRejection rejection = (token != null) ? tokenRejection(permission, token) : null;
			return (rejection != null) ? new TokenResult(permission, rejection)
					: revoke(permission, reason, policies, actor);
		}));
	}

	/**
	 * Ends a permission whose turn was taken.
	 * @param read the permission
	 * @param reason why
	 * @param policies the policies that apply
	 * @param actor who
	 * @return the permission, and why it was not revoked if it was not
	 */
	TokenResult revoke(StoredPermission read, @Nullable String reason, PolicySet policies, Actor actor) {
		// It may be used meanwhile.
		StoredPermission before = this.reader.lock(read.id(), read.agentId());
		Instant now = Now.of(this.clock);
		if (before.status().isOver()) {
			return new TokenResult(before,
					(before.status() == PermissionState.REVOKED) ? null : stateRejection(before, policies, now));
		}
		StoredPermission revoked = this.seals.ended(before.revoked(now, reason));
		this.publisher.changeInTurn(before, PermissionState.REVOKED, now,
				() -> this.store.revoke(revoked, before.status()));
		this.audit.record(now, before.id(), before.agentId(), List.of(new AuditLog.Row(AuditEvent.REVOKED, actor,
				before.flag(Json.object().put("reason", reason)), revoked.seal().text())));
		return new TokenResult(revoked, null);
	}

	// A policy that came after the approval ends the token, as if it had been there.
	private static boolean isDenied(StoredPermission permission, PolicySet policies) {
		return permission.policy().version() != null && permission.policy().version() != policies.version()
				&& policies.decide(permission.policyRequest()).action() == PolicyAction.DENY;
	}

	private @Nullable TokenRejection rejection(Agent agent, StoredPermission permission, String token,
			@Nullable String callDigest, PolicySet policies, Instant now) {
		TokenRejection rejection = rejection(permission, token, policies, now);
		if (rejection != null) {
			return rejection;
		}
		String bound = permission.request().callDigest();
		if (bound != null && !bound.equals(callDigest)) {
			return (callDigest != null) ? TokenRejection.OTHER_CALL : TokenRejection.NO_DIGEST;
		}
		return agent.isFrozen() ? TokenRejection.FROZEN : null;
	}

	private @Nullable TokenRejection rejection(StoredPermission permission, String token, PolicySet policies,
			Instant now) {
		TokenRejection rejection = tokenRejection(permission, token);
		return (rejection != null) ? rejection : stateRejection(permission, policies, now);
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

	private @Nullable TokenRejection stateRejection(StoredPermission permission, PolicySet policies, Instant now) {
		return switch (permission.status()) {
			case APPROVED -> permission.isOverdue(now) ? TokenRejection.EXPIRED
					: !permission.isIntact() ? TokenRejection.changed(permission)
							: isDenied(permission, policies) ? TokenRejection.POLICY : null;
			case USED -> TokenRejection.USED;
			case EXPIRED -> TokenRejection.EXPIRED;
			case REVOKED -> TokenRejection.REVOKED;
			case PENDING, DENIED -> TokenRejection.NOT_APPROVED;
		};
	}

}
