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

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.policy.PolicyAction;
import io.agentotp.server.policy.PolicyDecision;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.policy.ScopeNarrowing;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import io.agentotp.server.web.Problem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes the decisions of people. The first one counts.
 */
@Component
public final class PermissionDecisions {

	/**
	 * On how many questions can be decided at once.
	 */
	public static final int MAX_BATCH = 100;

	private static final Logger logger = LoggerFactory.getLogger(PermissionDecisions.class);

	private final PolicyRegistry policies;

	private final PermissionStore store;

	private final PermissionReader reader;

	private final DecisionPublisher publisher;

	private final Agents agents;

	private final Tokens tokens;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	PermissionDecisions(PolicyRegistry policies, PermissionStore store, PermissionReader reader,
			DecisionPublisher publisher, Agents agents, Tokens tokens, AuditLog audit, TransactionTemplate transactions,
			InstantSource clock) {
		this.policies = policies;
		this.store = store;
		this.reader = reader;
		this.publisher = publisher;
		this.agents = agents;
		this.tokens = tokens;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
	}

	/**
	 * Whether a person owns the agent that asks, or did when it asked: who hands the
	 * agent over, and perhaps takes it back later, is no other person for what it asked
	 * before.
	 * @param permission the permission
	 * @param user the person
	 * @return {@code true} for the owner now or then
	 */
	public boolean isOwner(StoredPermission permission, String user) {
		return Agent.isSame(permission.askedOwner(), user) || isOwnerNow(permission, user);
	}

	/**
	 * Whether a person owns the agent that asks.
	 * @param permission the permission
	 * @param user the person
	 * @return {@code true} for the owner
	 */
	public boolean isOwnerNow(StoredPermission permission, String user) {
		return this.agents.find(permission.agentId()).filter((agent) -> agent.isOwnedBy(user)).isPresent();
	}

	/**
	 * Whether a person may decide on a permission. The owner of the agent, now or then,
	 * may only where the policy that speaks now says so.
	 * @param permission the permission
	 * @param user the person
	 * @return whether the person may
	 */
	public boolean mayDecide(StoredPermission permission, String user) {
		return !isOwner(permission, user)
				|| (permission.readable() && this.policies.refresh().letsOwnerDecide(permission.policyRequest()));
	}

	public StoredPermission approve(String id, @Nullable String reason, ObjectNode modifications, String user,
			Actor actor) {
		StoredPermission permission = requireDecidable(id, user);
		if (!permission.readable()) {
			throw new ConflictException(
					"Permission " + id + " " + StoredPermission.UNREADABLE + ". It can only be denied", Map.of());
		}
		boolean owner = isOwner(permission, user);
		ObjectNode scope = withPresentPolicies(permission, modify(permission, modifications));
		String secretId = this.tokens.currentSecretId();
		String token = Objects.requireNonNull(this.tokens.derive(secretId, id, permission.nonce()));
		return decide(permission, AuditEvent.APPROVED, actor,
				(now) -> this.store.approve(id, scope, MaxUses.of(scope), Secrets.sha256(token), secretId, now,
						now.plusSeconds(permission.ttlSeconds()), actor.name(), owner, reason));
	}

	public StoredPermission deny(String id, @Nullable String reason, String user, Actor actor) {
		StoredPermission permission = requireDecidable(id, user);
		return decide(permission, AuditEvent.DENIED, actor,
				(now) -> this.store.deny(id, now, actor.name(), isOwner(permission, user), reason));
	}

	/**
	 * Decides on identical questions, each by itself: what comes of one changes nothing
	 * for another, and hides nothing of it.
	 * @param ids the questions that the person saw; one that came since stays as it is
	 * @param decision decides on one of them
	 * @return what became of each, in the order of the ids
	 * @throws RefusedException if they are not identical, or if all are refused for the
	 * same reason
	 */
	public List<DecisionOutcome> each(List<String> ids, Function<String, StoredPermission> decision) {
		if (ids.size() > MAX_BATCH) {
			throw new InvalidInputException("ids", "must be at most " + MAX_BATCH);
		}
		List<StoredPermission> asked = ids.stream().distinct().map(this.reader::get).toList();
		if (asked.stream().filter(StoredPermission::isPending).map(RequestIdentity::of).distinct().count() > 1) {
			throw new InvalidInputException("ids",
					"must be those of identical questions: decide on different ones one by one");
		}
		List<DecisionOutcome> outcomes = new ArrayList<>();
		for (StoredPermission permission : asked) {
			try {
				outcomes.add(DecisionOutcome.decided(decision.apply(permission.id())));
			}
			catch (RefusedException ex) {
				outcomes.add(new DecisionOutcome(permission, ex));
			}
			catch (RuntimeException ex) {
				if (outcomes.stream().noneMatch(DecisionOutcome::isDecided)) {
					throw ex;
				}
				logger.error("Deciding on permission {} failed", permission.id(), ex);
				outcomes.add(new DecisionOutcome(permission,
						failed("The service failed, so look whether this was decided")));
				// Each of the others could take as long to fail.
				RefusedException notTried = failed("Not tried, since the service failed before");
				asked.stream()
					.skip(outcomes.size())
					.forEach((other) -> outcomes.add(new DecisionOutcome(other, notTried)));
				break;
			}
		}
		return requireNews(outcomes);
	}

	private static RefusedException failed(String message) {
		return new DecisionFailedException(message);
	}

	// What is wrong with all of them, whatever became of them, is wrong with the order.
	private static List<DecisionOutcome> requireNews(List<DecisionOutcome> outcomes) {
		RefusedException first = outcomes.get(0).refusal();
		if (first != null && !(first instanceof ConflictException)
				&& outcomes.stream().allMatch((outcome) -> isRefusedAs(first, outcome))) {
			throw first;
		}
		return outcomes;
	}

	private static boolean isRefusedAs(RefusedException refusal, DecisionOutcome outcome) {
		return outcome.refusal() != null && outcome.refusal().text().equals(refusal.text());
	}

	private StoredPermission requireDecidable(String id, String user) {
		StoredPermission permission = this.reader.get(id);
		if (!mayDecide(permission, user)) {
			String agent = "the agent '" + permission.agentId() + "'";
			throw new NotAllowedToDecideException((isOwnerNow(permission, user) ? "You own " + agent + " that asks"
					: "You owned " + agent + " when it asked")
					+ ", and no policy lets its owner decide. Somebody else has to");
		}
		if (!permission.isPending()) {
			throw alreadyOver(permission);
		}
		return permission;
	}

	// A policy that came while the question waited binds the approver, too.
	private ObjectNode withPresentPolicies(StoredPermission permission, ObjectNode scope) {
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

	private static ConflictException deniedByNow(PolicyDecision decision) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("policy", String.valueOf(decision.policyName()));
		details.put("policyVersion", decision.version());
		return new ConflictException("The policies have changed since the agent asked, and policy '"
				+ decision.policyName() + "' does not let this be approved now", details);
	}

	private static ObjectNode modify(StoredPermission permission, ObjectNode modifications) {
		try {
			ObjectNode scope = ScopeNarrowing.modify(permission.scope(), modifications);
			MaxUses.problem(scope).ifPresent((problem) -> {
				throw new InvalidInputException("scopeModifications.max_uses", problem);
			});
			return scope;
		}
		catch (ScopeNarrowing.NotNarrowerException ex) {
			throw new InvalidInputException("scopeModifications." + ex.key(), ex.problem());
		}
	}

	private StoredPermission decide(StoredPermission permission, AuditEvent event, Actor actor, Change change) {
		Optional<StoredPermission> decided = this.transactions.execute((status) -> {
			Instant now = Now.of(this.clock);
			if (!change.apply(now)) {
				return Optional.<StoredPermission>empty();
			}
			StoredPermission result = this.store.find(permission.id()).orElseThrow();
			this.publisher.left(permission, result.status(), now);
			this.audit.record(now, result.id(), result.agentId(), event, actor, PermissionRequests.decided(result));
			return Optional.of(result);
		});
		return decided.orElseThrow(() -> alreadyOver(this.reader.get(permission.id())));
	}

	private static ConflictException alreadyOver(StoredPermission permission) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("status", permission.status().text());
		if (permission.status() == PermissionState.EXPIRED && permission.decidedBy() == null) {
			return new AlreadyDecidedException("The question expired before anybody decided", details);
		}
		if (permission.decidedBy() == null) {
			return permission.isPending() ? new ConflictException("The agent is frozen", details)
					: new AlreadyDecidedException("The question was withdrawn"
							+ ((permission.reason() != null) ? ": " + permission.reason() : ""), details);
		}
		details.put("decidedBy", permission.decidedBy());
		details.put("decidedAt", String.valueOf(permission.decidedAt()));
		boolean denied = permission.status() == PermissionState.DENIED;
		return new AlreadyDecidedException("Already " + (denied ? "denied" : "approved") + " by "
				+ permission.decidedBy() + " at " + permission.decidedAt(), details);
	}

	private interface Change {

		boolean apply(Instant now);

	}

}
