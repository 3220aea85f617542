package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
import io.agentotp.server.json.Json;
import io.agentotp.server.policy.ActionCatalogue;
import io.agentotp.server.policy.ActionCatalogues;
import io.agentotp.server.policy.PoliciesChangedException;
import io.agentotp.server.policy.PolicyAction;
import io.agentotp.server.policy.PolicyDecision;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.policy.ScopeNarrowing;
import io.agentotp.server.proof.DecisionProof;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes the decisions of people: the first denial ends a request, and so does the last
 * approval that its policy needs.
 */
@Component
public final class PermissionDecisions {

	private static final int MAX_TRIES = 5;

	private final PolicyRegistry policies;

	private final ActionCatalogues catalogues;

	private final PermissionStore store;

	private final PermissionReader reader;

	private final PermissionSeals seals;

	private final DecisionSignatures signatures;

	private final Agents agents;

	private final Viewers viewers;

	private final Ballots ballots;

	private final Votes votes;

	private final DecisionPublisher publisher;

	private final Tokens tokens;

	private final PermissionTokens granted;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	PermissionDecisions(PolicyRegistry policies, ActionCatalogues catalogues, Agents agents, PermissionStore store,
			PermissionReader reader, PermissionSeals seals, DecisionSignatures signatures, Viewers viewers,
			Ballots ballots, Votes votes, DecisionPublisher publisher, Tokens tokens, PermissionTokens granted,
			AuditLog audit, TransactionTemplate transactions, InstantSource clock) {
		this.policies = policies;
		this.catalogues = catalogues;
		this.agents = agents;
		this.store = store;
		this.reader = reader;
		this.seals = seals;
		this.signatures = signatures;
		this.viewers = viewers;
		this.ballots = ballots;
		this.votes = votes;
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
		return rights(asked, user, () -> this.policies.refresh(asked.policyRevision()));
	}

	/**
	 * Requires that a person sees a request to decide on it.
	 * @param permission the request
	 * @param viewer the person
	 * @throws RefusedException if the person does not: it says why to who may know it
	 */
	public void requireAsked(StoredPermission permission, Viewer viewer) {
		if (!this.viewers.sees(permission, viewer)) {
			throw refusal(permission, rights(permission.id(), viewer.name()), viewer.name());
		}
	}

	public StoredPermission approve(String id, @Nullable String reason, ObjectNode modifications, DecidedBy by) {
		return inTurn(id, by.actor(), () -> approveNow(id, reason, modifications, by));
	}

	private StoredPermission approveNow(String id, @Nullable String reason, ObjectNode modifications, DecidedBy by) {
		PermissionStore.Asked asked = this.reader.asked(id, by.user());
		Decidable decidable = requireDecidable(asked, by.user());
		StoredPermission permission = asked.permission();
		ObjectNode scope = granted(asked, modifications);
		DecisionProof proof = this.signatures.require(permission, scope, reason, by);
		Instant now = Now.of(this.clock);
		Vote vote = (decidable.isCounted() || proof != null)
				? decidable.vote(by.user(), true, scope, reason, now, proof) : null;
		if (vote != null && !decidable.ballot().with(vote).isComplete()) {
			return keep(decidable, vote, proof, by.actor());
		}
		String secretId = this.tokens.currentSecretId();
		String token = Objects.requireNonNull(this.tokens.derive(secretId, id, permission.grant().nonce()));
		return decide(decidable, vote, proof, by.actor(), now,
				permission.with(PermissionState.APPROVED,
						permission.grant()
							.approved(scope, Secrets.sha256(token), secretId,
									now.plusSeconds(permission.request().ttlSeconds())),
						decidable.decision(now, by.actor(), reason, vote)));
	}

	// What an approval grants now.
	private ObjectNode granted(PermissionStore.Asked asked, ObjectNode modifications) {
		StoredPermission permission = asked.permission();
		if (!permission.isIntact()) {
			throw new ConflictException(
					"Permission " + permission.id() + " " + permission.problem() + ". It can only be denied", Map.of());
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
		return withPresentPolicies(permission, modify(permission, modifications, catalogue),
				this.policies.present(asked.policyRevision()));
	}

	/**
	 * Asks a person to sign a decision on one or several requests with a passkey.
	 * @param ids the requests; of several, those on which the person cannot decide any
	 * more are left out
	 * @param approve whether to approve them
	 * @param reason the words of the person
	 * @param modifications what is narrowed, nothing for a denial
	 * @param by the person
	 * @return what to sign
	 * @throws RefusedException if nothing of it can be decided so, with the first reason
	 */
	public Challenge challenge(List<String> ids, boolean approve, @Nullable String reason, ObjectNode modifications,
			DecidedBy by) {
		Map<String, String> statements = new LinkedHashMap<>();
		RefusedException first = null;
		for (String id : new LinkedHashSet<>(ids)) {
			try {
				statements.put(id, inTurn(id, by.actor(), () -> {
					PermissionStore.Asked asked = this.reader.asked(id, by.user());
					Decidable unused = requireDecidable(asked, by.user());
					return this.signatures.statement(asked.permission(), approve ? granted(asked, modifications) : null,
							reason, by.user());
				}));
			}
			catch (RefusedException ex) {
				first = (first != null) ? first : ex;
			}
		}
		if (statements.isEmpty() && first != null) {
			throw first;
		}
		return this.signatures.challenge(by.user(), statements);
	}

	public StoredPermission deny(String id, @Nullable String reason, DecidedBy by) {
		return inTurn(id, by.actor(), () -> denyNow(id, reason, by));
	}

	private StoredPermission denyNow(String id, @Nullable String reason, DecidedBy by) {
		Decidable decidable = requireDecidable(this.reader.asked(id, by.user()), by.user());
		StoredPermission permission = decidable.permission();
		DecisionProof proof = this.signatures.require(permission, null, reason, by);
		Instant now = Now.of(this.clock);
		// What somebody changed in the database has no count that could be sealed.
		Vote vote = ((decidable.isCounted() || proof != null) && permission.isIntact())
				? decidable.vote(by.user(), false, permission.grant().scope(), reason, now, proof) : null;
		return decide(decidable, vote, proof, by.actor(), now, permission.with(PermissionState.DENIED,
				permission.grant(), decidable.decision(now, by.actor(), reason, vote)));
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
		DecisionRights rights = rights(asked, user, this.policies::current);
		if (!rights.mayRevoke()) {
			throw refusal(asked.permission(), rights, user);
		}
		return this.granted.revoke(asked.permission(), reason, this.policies.current(), actor);
	}

	private DecisionRights rights(PermissionStore.Asked asked, String user, Supplier<PolicySet> present) {
		return rights(asked, user, this.ballots.of(asked.permission(), present), present);
	}

	private DecisionRights rights(PermissionStore.Asked asked, String user, Ballot ballot,
			Supplier<PolicySet> present) {
		// Where all are asked, nobody has to be looked for.
		Map<String, Set<Integer>> deciding = asked.permission().policy().routing().approvers().isAll()
				? Map.of(user, Set.of(0)) : this.viewers.deciding(asked.permission(), this.viewers.of(user));
		return DecisionRights.of(asked, user, deciding, ballot, present);
	}

	private Decidable requireDecidable(PermissionStore.Asked asked, String user) {
		StoredPermission permission = asked.permission();
		Supplier<PolicySet> present = () -> this.policies.present(asked.policyRevision());
		Ballot ballot = this.ballots.of(permission, present);
		DecisionRights rights = rights(asked, user, ballot, present);
		if (!permission.isPending() && rights.takesPart()) {
			throw alreadyOver(permission);
		}
		if (!rights.mayDecide()) {
			throw refusal(permission, rights, user);
		}
		if (!permission.isPending()) {
			throw alreadyOver(permission);
		}
		return new Decidable(permission, rights, ballot);
	}

	// Of what others are asked, only who was one of them, or administers, is told.
	private RefusedException refusal(StoredPermission permission, DecisionRights rights, String user) {
		Viewer viewer = this.viewers.of(user);
		return (this.viewers.sees(permission, viewer) || viewer.administrator()
				|| this.viewers.wasAsked(permission, user)) ? rights.refusal(permission)
						: PermissionReader.unknownPermission();
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

	private StoredPermission decide(Decidable decidable, @Nullable Vote vote, @Nullable DecisionProof proof,
			Actor actor, Instant now, StoredPermission decided) {
		StoredPermission result = this.seals.decided(decided);
		if (!this.publisher.changeInTurn(decidable.permission(), result.status(), now,
				() -> this.store.decide(result, now))) {
			throw alreadyOver(this.reader.get(result.id()));
		}
		AuditEvent event = (result.status() == PermissionState.APPROVED) ? AuditEvent.APPROVED : AuditEvent.DENIED;
		ObjectNode details = PermissionRequests.decided(result);
		if (decidable.rights().inPlaceOf() != null) {
			details.put("inPlaceOf", decidable.rights().inPlaceOf());
		}
		if (vote != null) {
			this.votes.add(vote);
			decidable.count(vote, details);
		}
		if (proof != null) {
			details.set("proof", proof.toJson());
		}
		this.audit.record(now, result.id(), result.agentId(),
				List.of(new AuditLog.Row(event, actor, details, result.seal().text())));
		return result;
	}

	// One more has approved, and others have to.
	private StoredPermission keep(Decidable decidable, Vote vote, @Nullable DecisionProof proof, Actor actor) {
		StoredPermission permission = decidable.permission();
		Ballot ballot = decidable.ballot().with(vote);
		boolean begins = ballot.stage() != decidable.ballot().stage();
		StoredPermission result = this.seals.decided(permission.with(PermissionState.PENDING,
				permission.grant().narrowed(vote.scope()), permission.decision().voted(vote.byOwner())));
		if (!this.store.vote(result, begins, vote.at())) {
			throw alreadyOver(this.reader.get(permission.id()));
		}
		this.votes.add(vote);
		ObjectNode details = Json.object().put("reason", vote.reason()).put("inPlaceOf", vote.inPlaceOf());
		details.set("scope", vote.scope());
		if (vote.byOwner()) {
			details.put("byOwner", true);
		}
		decidable.count(vote, details);
		if (proof != null) {
			details.set("proof", proof.toJson());
		}
		this.audit.record(vote.at(), permission.id(), permission.agentId(),
				List.of(new AuditLog.Row(AuditEvent.VOTE, actor, details, result.seal().text())));
		this.publisher.voted(result, ballot, begins, vote.at());
		return result;
	}

	/**
	 * A request on which a person may decide.
	 *
	 * @param permission the request
	 * @param rights what the person may do
	 * @param ballot how far it is
	 */
	private record Decidable(StoredPermission permission, DecisionRights rights, Ballot ballot) {

		boolean isCounted() {
			return this.ballot.isCounted();
		}

		Vote vote(String user, boolean approved, ObjectNode scope, @Nullable String reason, Instant now,
				@Nullable DecisionProof proof) {
			String away = this.rights.inPlaceOf();
			return new Vote(this.permission.id(), this.permission.decision().votes() + 1, this.ballot.stage(),
					(away != null) ? away : user, user, approved, scope, reason, this.rights.owner(), now,
					(proof != null) ? Json.write(proof.toJson()) : null);
		}

		Decision decision(Instant now, Actor actor, @Nullable String reason, @Nullable Vote vote) {
			Decision before = this.permission.decision();
			return new Decision(now, actor.name(), reason, before.byOwner() || this.rights.owner(),
					(vote != null) ? vote.number() : before.votes());
		}

		// Where the request stands with a vote.
		void count(Vote vote, ObjectNode details) {
			Ballot with = this.ballot.with(vote);
			if (!this.permission.policy().routing().stages().isEmpty()) {
				details.put("stage", this.ballot.stageName());
			}
			details.put("approvals", with.given()).put("needed", with.needed());
		}

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
