package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

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

	/**
	 * On how many questions can be decided at once.
	 */
	public static final int MAX_BATCH = 100;

	private static final int CONFLICT = 409;

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
	 * Whether a person owns the agent that asks.
	 * @param permission the permission
	 * @param user the person
	 * @return {@code true} for the owner
	 */
	public boolean isOwner(Permission permission, String user) {
		return this.agents.find(permission.agentId()).filter((agent) -> agent.isOwnedBy(user)).isPresent();
	}

	/**
	 * Whether a person may decide on a permission. The owner of the agent may only where
	 * the policy that speaks now says so.
	 * @param permission the permission
	 * @param user the person
	 * @return whether the person may
	 */
	public boolean mayDecide(Permission permission, String user) {
		return !isOwner(permission, user) || this.policies.refresh().letsOwnerDecide(permission.policyRequest());
	}

	public Permission approve(String id, @Nullable String reason, ObjectNode modifications, String user, Actor actor) {
		Permission permission = requireDecidable(id, user);
		boolean owner = isOwner(permission, user);
		ObjectNode scope = withPresentPolicies(permission, modify(permission, modifications));
		String secretId = this.tokens.currentSecretId();
		String token = Objects.requireNonNull(this.tokens.derive(secretId, id, permission.nonce()));
		return decide(permission, AuditEvent.APPROVED, actor,
				(now) -> this.store.approve(id, scope, MaxUses.of(scope), Secrets.sha256(token), secretId, now,
						now.plusSeconds(permission.ttlSeconds()), actor.name(), owner, reason));
	}

	public Permission deny(String id, @Nullable String reason, String user, Actor actor) {
		Permission permission = requireDecidable(id, user);
		return decide(permission, AuditEvent.DENIED, actor,
				(now) -> this.store.deny(id, now, actor.name(), isOwner(permission, user), reason));
	}

	/**
	 * Decides on identical questions, each by itself: what came of one changes nothing
	 * for another.
	 * @param ids the questions that the person saw; one that came since stays as it is
	 * @param decision decides on one of them
	 * @return what was decided and what was not
	 * @throws Problem if they are not identical, or the person may not decide so
	 */
	public Batch each(List<String> ids, Function<String, Permission> decision) {
		if (ids.size() > MAX_BATCH) {
			throw Problem.invalid("ids", "must be at most " + MAX_BATCH);
		}
		List<Permission> asked = ids.stream().distinct().map(this.reader::get).toList();
		if (asked.stream().filter(Permission::isPending).map(Likeness::of).distinct().count() > 1) {
			throw Problem.invalid("ids", "must be those of identical questions: decide on different ones one by one");
		}
		List<Permission> decided = new ArrayList<>();
		Map<String, Problem> over = new LinkedHashMap<>();
		asked.forEach((permission) -> {
			try {
				decided.add(decision.apply(permission.id()));
			}
			catch (Problem ex) {
				if (ex.status() != CONFLICT) {
					throw ex;
				}
				over.put(permission.id(), ex);
			}
		});
		return new Batch(decided, over);
	}

	private Permission requireDecidable(String id, String user) {
		Permission permission = this.reader.get(id);
		if (!mayDecide(permission, user)) {
			throw Problem.forbidden("You own the agent '" + permission.agentId()
					+ "' that asks, and no policy lets its owner decide. Somebody else has to");
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
			Permission result = this.store.find(permission.id()).orElseThrow();
			this.departure.left(permission, result.status(), now);
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

	/**
	 * What came of deciding on several questions.
	 *
	 * @param decided those that were decided
	 * @param over why others were not, by id
	 */
	public record Batch(List<Permission> decided, Map<String, Problem> over) {
	}

	private interface Change {

		boolean apply(Instant now);

	}

}
