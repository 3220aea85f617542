package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.policy.ActionCatalogue;
import io.agentotp.server.policy.ActionCatalogues;
import io.agentotp.server.policy.PoliciesChangedException;
import io.agentotp.server.policy.PolicyAction;
import io.agentotp.server.policy.PolicyDecision;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.policy.ScopeNarrowing;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes the decisions of people. The first one counts.
 */
@Component
public final class PermissionDecisions {

	private static final int MAX_TRIES = 5;

	private final PolicyRegistry policies;

	private final ActionCatalogues catalogues;

	private final PermissionStore store;

	private final PermissionReader reader;

	private final PermissionSeals seals;

	private final Agents agents;

	private final DecisionPublisher publisher;

	private final Tokens tokens;

	private final PermissionTokens granted;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	PermissionDecisions(PolicyRegistry policies, ActionCatalogues catalogues, Agents agents, PermissionStore store,
			PermissionReader reader, PermissionSeals seals, DecisionPublisher publisher, Tokens tokens,
			PermissionTokens granted, AuditLog audit, TransactionTemplate transactions, InstantSource clock) {
		this.policies = policies;
		this.catalogues = catalogues;
		this.agents = agents;
		this.store = store;
		this.reader = reader;
		this.seals = seals;
		this.publisher = publisher;
		this.tokens = tokens;
		this.granted = granted;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
	}

	/**
	 * What a person may do with a permission.
	 * @param id the permission
	 * @param user the person
	 * @return the rights
	 */
	public DecisionRights rights(String id, String user) {
		PermissionStore.Asked asked = this.reader.asked(id, user);
		return DecisionRights.of(asked, user, () -> this.policies.refresh(asked.policyRevision()));
	}

	public StoredPermission approve(String id, @Nullable String reason, ObjectNode modifications, String user,
			Actor actor) {
		return inTurn(id, actor, () -> approveNow(id, reason, modifications, user, actor));
	}

	private StoredPermission approveNow(String id, @Nullable String reason, ObjectNode modifications, String user,
			Actor actor) {
		PermissionStore.Asked asked = this.reader.asked(id, user);
		boolean owner = requireDecidable(asked, user);
		StoredPermission permission = asked.permission();
		if (!permission.isIntact()) {
			throw new ConflictException("Permission " + id + " " + permission.problem() + ". It can only be denied",
					Map.of());
		}
		ActionCatalogue catalogue = this.catalogues.of(permission.policy().version());
		if (!catalogue.problem().isEmpty()) {
			// Nobody can tell how high its risk is.
			throw new ConflictException(catalogue.problem(), Map.of());
		}
		Agent agent = this.agents.get(permission.agentId());
		if (!agent.intact()) {
			// Who wrote its row may have cut the tie to the person who decides.
			throw new ConflictException("The agent was changed in the database. The request can only be denied",
					Map.of());
		}
		if (agent.isFrozen()) {
			throw new ConflictException("The agent is frozen", Map.of("status", permission.status().text()));
		}
		ObjectNode scope = withPresentPolicies(permission, modify(permission, modifications, catalogue),
				this.policies.present(asked.policyRevision()));
		String secretId = this.tokens.currentSecretId();
		String token = Objects.requireNonNull(this.tokens.derive(secretId, id, permission.grant().nonce()));
		return decide(permission, actor, (now) -> permission.with(PermissionState.APPROVED, permission.grant()
			.approved(scope, Secrets.sha256(token), secretId, now.plusSeconds(permission.request().ttlSeconds())),
				new Decision(now, actor.name(), reason, owner)));
	}

	public StoredPermission deny(String id, @Nullable String reason, String user, Actor actor) {
		return inTurn(id, actor, () -> denyNow(id, reason, user, actor));
	}

	private StoredPermission denyNow(String id, @Nullable String reason, String user, Actor actor) {
		PermissionStore.Asked asked = this.reader.asked(id, user);
		boolean owner = requireDecidable(asked, user);
		StoredPermission permission = asked.permission();
		return decide(permission, actor, (now) -> permission.with(PermissionState.DENIED, permission.grant(),
				new Decision(now, actor.name(), reason, owner)));
	}

	/**
	 * Ends a permission before its time, by the word of a person.
	 * @param id the permission
	 * @param reason why
	 * @param user the person
	 * @param actor who
	 * @return the permission, and why it was not revoked if it was not
	 * @throws RefusedException if the person neither may decide on it nor administers
	 */
	public TokenResult revoke(String id, String reason, String user, Actor actor) {
		return inTurn(id, actor, () -> revokeNow(id, reason, user, actor));
	}

	private TokenResult revokeNow(String id, String reason, String user, Actor actor) {
		PermissionStore.Asked asked = this.reader.asked(id, user);
		// What can be ended whatever has become of the policies is not to wait for them.
		DecisionRights rights = DecisionRights.of(asked, user, this.policies::current);
		if (!rights.mayRevoke()) {
			throw rights.refusal(asked.permission());
		}
		return this.granted.revoke(asked.permission(), reason, this.policies.current(), actor);
	}

	// Tells whether it is the owner who decides.
	private boolean requireDecidable(PermissionStore.Asked asked, String user) {
		StoredPermission permission = asked.permission();
		DecisionRights rights = DecisionRights.of(asked, user, () -> this.policies.present(asked.policyRevision()));
		if (!rights.mayDecide()) {
			throw rights.refusal(permission);
		}
		if (!permission.isPending()) {
			throw alreadyOver(permission);
		}
		return rights.owner();
	}

	// A policy that came while the question waited binds the approver, too.
	private static ObjectNode withPresentPolicies(StoredPermission permission, ObjectNode scope, PolicySet present) {
		if (permission.policy().version() != null && permission.policy().version() == present.version()) {
			return scope;
		}
		PolicyDecision decision = present.decide(permission.policyRequest());
		if (decision.action() == PolicyAction.DENY) {
			throw deniedByNow(decision);
		}
		try {
			return (decision.policy() != null) ? ScopeNarrowing.narrow(scope, decision.policy().scopeTemplate(),
					present.actions().limits(permission.request().action())) : scope;
		}
		catch (ScopeNarrowing.NotNarrowerException ex) {
			throw deniedByNow(decision);
		}
	}

	private static ConflictException deniedByNow(PolicyDecision decision) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("policy", String.valueOf(decision.policyName()));
		details.put("policyVersion", decision.version());
		return new ConflictException("The policies have changed since the agent asked, and policy '"
				+ decision.policyName() + "' does not let this be approved now", details);
	}

	private static ObjectNode modify(StoredPermission permission, ObjectNode modifications, ActionCatalogue catalogue) {
		try {
			ObjectNode scope = ScopeNarrowing.modify(permission.grant().scope(), modifications,
					catalogue.limits(permission.request().action()));
			MaxUses.problem(scope).ifPresent((problem) -> {
				throw new InvalidInputException("scopeModifications.max_uses", problem);
			});
			return scope;
		}
		catch (ScopeNarrowing.NotNarrowerException ex) {
			throw new InvalidInputException("scopeModifications." + ex.key(), ex.problem());
		}
	}

	/**
	 * What the person may do, the state and the time are those of the moment of the
	 * decision.
	 */
	private <T> T inTurn(String id, Actor actor, Supplier<T> decision) {
		for (int i = 0; i < MAX_TRIES; i++) {
			try {
				return Objects.requireNonNull(this.transactions.execute((status) -> {
					this.publisher.takeTurn(id);
					actor.requireStill();
					return decision.get();
				}));
			}
			catch (PoliciesChangedException ex) {
				this.policies.refresh(ex.revision());
			}
		}
		throw TryLaterException.unavailable();
	}

	private StoredPermission decide(StoredPermission permission, Actor actor,
			Function<Instant, StoredPermission> decision) {
		Instant now = Now.of(this.clock);
		StoredPermission result = this.seals.decided(decision.apply(now));
		if (!this.publisher.changeInTurn(permission, result.status(), now, () -> this.store.decide(result, now))) {
			throw alreadyOver(this.reader.get(permission.id()));
		}
		AuditEvent event = (result.status() == PermissionState.APPROVED) ? AuditEvent.APPROVED : AuditEvent.DENIED;
		this.audit.record(now, result.id(), result.agentId(),
				List.of(new AuditLog.Row(event, actor, PermissionRequests.decided(result), result.seal().text())));
		return result;
	}

	private static ConflictException alreadyOver(StoredPermission permission) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("status", permission.status().text());
		if (permission.status() == PermissionState.EXPIRED && permission.decision().by() == null) {
			return new AlreadyDecidedException("The request expired before anybody decided", details);
		}
		if (permission.decision().by() == null) {
			// Whose words they are, the sentence must not say.
			if (permission.decision().reason() != null) {
				details.put("reason", permission.decision().reason());
			}
			return permission.isPending() ? new ConflictException("The agent is frozen", details)
					: new AlreadyDecidedException("The request was withdrawn", details);
		}
		details.put("decidedBy", permission.decision().by());
		details.put("decidedAt", String.valueOf(permission.decision().at()));
		boolean denied = permission.status() == PermissionState.DENIED;
		return new AlreadyDecidedException("Already " + (denied ? "denied" : "approved") + " by "
				+ permission.decision().by() + " at " + permission.decision().at(), details);
	}

}
