package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.policy.PolicyAction;
import io.agentotp.server.policy.PolicyBook;
import io.agentotp.server.policy.PolicyDecision;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.policy.ScopeNarrowing;
import io.agentotp.server.problem.Problem;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes the decisions of people. The first one counts.
 */
public final class PermissionDecisions {

	private final PolicyBook policies;

	private final PermissionStore store;

	private final PermissionReader reader;

	private final Departure departure;

	private final Agents agents;

	private final Tokens tokens;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	PermissionDecisions(PolicyBook policies, PermissionStore store, PermissionReader reader, Departure departure,
			Agents agents, Tokens tokens, AuditLog audit, TransactionTemplate transactions, InstantSource clock) {
		this.policies = policies;
		this.store = store;
		this.reader = reader;
		this.departure = departure;
		this.agents = agents;
		this.tokens = tokens;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
	}

	/**
	 * Whether a person may decide on a permission.
	 * @param permission the permission
	 * @param user the person
	 * @return {@code false} for the owner of the agent that asks
	 */
	public boolean mayDecide(Permission permission, String user) {
		return this.agents.find(permission.agentId()).filter((agent) -> agent.isOwnedBy(user)).isEmpty();
	}

	public Permission approve(String id, @Nullable String reason, ObjectNode modifications, String user, Actor actor) {
		Permission permission = requireDecidable(id, user);
		ObjectNode scope = withPresentPolicies(permission, modify(permission, modifications));
		String secretId = this.tokens.currentSecretId();
		String token = Objects.requireNonNull(this.tokens.derive(secretId, id, permission.nonce()));
		return decide(permission, AuditEvent.APPROVED, actor, (now) -> this.store.approve(id, scope, MaxUses.of(scope),
				Secrets.sha256(token), secretId, now, now.plusSeconds(permission.ttlSeconds()), actor.name(), reason));
	}

	public Permission deny(String id, @Nullable String reason, String user, Actor actor) {
		Permission permission = requireDecidable(id, user);
		return decide(permission, AuditEvent.DENIED, actor, (now) -> this.store.deny(id, now, actor.name(), reason));
	}

	private Permission requireDecidable(String id, String user) {
		Permission permission = this.reader.get(id);
		if (!mayDecide(permission, user)) {
			throw Problem.forbidden("You own the agent '" + permission.agentId()
					+ "' that asks. Somebody else has to decide on its requests");
		}
		if (!permission.isPending()) {
			throw alreadyOver(permission);
		}
		return permission;
	}

	// A policy that came while the question waited binds the approver, too.
	private ObjectNode withPresentPolicies(Permission permission, ObjectNode scope) {
		PolicySet present = this.policies.refresh();
		if (permission.policyVersion() != null && permission.policyVersion() == present.version()) {
			return scope;
		}
		PolicyDecision decision = present.decide(permission.policyRequest());
		if (decision.action() == PolicyAction.DENY) {
			throw deniedByNow(decision);
		}
		try {
			return (decision.policy() != null) ? ScopeNarrowing.narrow(scope, decision.policy().scopeTemplate())
					: scope;
		}
		catch (ScopeNarrowing.NotNarrowerException ex) {
			throw deniedByNow(decision);
		}
	}

	private static Problem deniedByNow(PolicyDecision decision) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("policy", String.valueOf(decision.policyName()));
		details.put("policyVersion", decision.version());
		return Problem.conflict("The policies have changed since the agent asked, and policy '" + decision.policyName()
				+ "' does not let this be approved now", details);
	}

	private static ObjectNode modify(Permission permission, ObjectNode modifications) {
		try {
			ObjectNode scope = ScopeNarrowing.modify(permission.scope(), modifications);
			MaxUses.problem(scope).ifPresent((problem) -> {
				throw Problem.invalid("scopeModifications.max_uses", problem);
			});
			return scope;
		}
		catch (ScopeNarrowing.NotNarrowerException ex) {
			throw Problem.invalid("scopeModifications." + ex.key(), ex.problem());
		}
	}

	private Permission decide(Permission permission, AuditEvent event, Actor actor, Change change) {
		Optional<Permission> decided = this.transactions.execute((status) -> {
			Instant now = Now.of(this.clock);
			if (!change.apply(now)) {
				return Optional.<Permission>empty();
			}
			this.departure.left(permission);
			Permission result = this.store.find(permission.id()).orElseThrow();
			this.audit.record(now, result.id(), result.agentId(), event, actor, PermissionRequests.decided(result));
			return Optional.of(result);
		});
		return decided.orElseThrow(() -> alreadyOver(this.reader.get(permission.id())));
	}

	private static Problem alreadyOver(Permission permission) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("status", permission.status().text());
		if (permission.status() == PermissionStatus.EXPIRED && permission.decidedBy() == null) {
			return Problem.conflict("The question expired before anybody decided", details);
		}
		if (permission.decidedBy() == null) {
			return Problem.conflict(permission.isPending() ? "The agent is frozen"
					: "The question was withdrawn" + ((permission.reason() != null) ? ": " + permission.reason() : ""),
					details);
		}
		details.put("decidedBy", permission.decidedBy());
		details.put("decidedAt", String.valueOf(permission.decidedAt()));
		boolean denied = permission.status() == PermissionStatus.DENIED;
		return Problem.conflict("Already " + (denied ? "denied" : "approved") + " by " + permission.decidedBy() + " at "
				+ permission.decidedAt(), details);
	}

	private interface Change {

		boolean apply(Instant now);

	}

}
