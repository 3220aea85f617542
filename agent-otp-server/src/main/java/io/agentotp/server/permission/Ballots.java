package io.agentotp.server.permission;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.user.Approvers;
import io.agentotp.server.user.Approvers.Approver;

import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/**
 * Counts the approvals of requests. While a request waits, those count whose people still
 * have role, group and account, and no tie to the agent.
 */
@Component
public final class Ballots {

	private final Votes votes;

	private final EligibleApprovers eligible;

	private final Approvers approvers;

	private final Agents agents;

	private final PolicyRegistry policies;

	Ballots(Votes votes, EligibleApprovers eligible, Approvers approvers, Agents agents, PolicyRegistry policies) {
		this.votes = votes;
		this.eligible = eligible;
		this.approvers = approvers;
		this.agents = agents;
		this.policies = policies;
	}

	/**
	 * How far a request is.
	 * @param permission the request
	 * @return the ballot
	 */
	public Ballot of(StoredPermission permission) {
		return of(permission, this.policies::current);
	}

	Ballot of(StoredPermission permission, Supplier<PolicySet> policies) {
		return of(List.of(permission), policies).apply(permission);
	}

	/**
	 * How far requests are, for all at once.
	 * @param permissions the requests
	 * @return the ballot of each
	 */
	public Function<StoredPermission, Ballot> of(List<StoredPermission> permissions) {
		return of(permissions, this.policies::current);
	}

	/**
	 * How far requests are, one after another, of which few have approvals.
	 * @return the ballot of each
	 */
	public Function<StoredPermission, Ballot> each() {
		Supplier<List<Approver>> known = SingletonSupplier.of(this.approvers::all);
		return (permission) -> of(List.of(permission), known, this.policies::current).apply(permission);
	}

	private Function<StoredPermission, Ballot> of(List<StoredPermission> permissions, Supplier<PolicySet> policies) {
		return of(permissions, SingletonSupplier.of(this.approvers::all), policies);
	}

	private Function<StoredPermission, Ballot> of(List<StoredPermission> permissions,
			Supplier<List<Approver>> approvers, Supplier<PolicySet> policies) {
		List<String> voted = permissions.stream()
			.filter((permission) -> permission.decision().votes() > 0)
			.map(StoredPermission::id)
			.toList();
		if (voted.isEmpty()) {
			return (permission) -> Ballot.of(permission.policy().routing(), List.of(), (vote) -> false);
		}
		Map<String, List<Vote>> cast = this.votes.of(voted);
		List<String> waiting = permissions.stream()
			.filter((permission) -> permission.isPending() && permission.decision().votes() > 0)
			.map(StoredPermission::id)
			.toList();
		List<Approver> known = waiting.isEmpty() ? List.of() : approvers.get();
		Set<String> names = known.stream().map(Approver::name).collect(Collectors.toSet());
		Map<String, Map<String, Set<Integer>>> named = this.eligible.present(waiting, known);
		Map<String, Agent> asking = new HashMap<>();
		return (permission) -> {
			Predicate<Vote> may = (vote) -> names.contains(vote.voter())
					&& (permission.policy().routing().approvers().isAll()
							|| named.getOrDefault(permission.id(), Map.of())
								.getOrDefault(vote.person(), Set.of())
								.contains(vote.stage()))
					&& !isTied(permission, vote, asking.computeIfAbsent(permission.agentId(), this.agents::get),
							policies);
			// What is over stays as it was decided.
			return Ballot.of(permission.policy().routing(), cast.getOrDefault(permission.id(), List.of()),
					permission.isPending() ? may : (vote) -> true);
		};
	}

	/**
	 * Whether a person may have the receipt of a permission: who verifies, administers or
	 * decided.
	 * @param permission the permission
	 * @param viewer the person, who sees the permission
	 * @return whether the person may
	 */
	public boolean mayHaveReceipt(StoredPermission permission, Viewer viewer) {
		return viewer.auditor() || viewer.administrator()
				|| ("user:" + viewer.name()).equals(permission.decision().by())
				|| of(permission).votes().stream().anyMatch((each) -> each.vote().voter().equals(viewer.name()));
	}

	private static boolean isTied(StoredPermission permission, Vote vote, Agent agent, Supplier<PolicySet> policies) {
		boolean tied = DecisionRights.Tie.of(permission.asker(), agent.owner(), agent.keySeenBy(),
				vote.voter()) != null;
		boolean tiedPerson = vote.inPlaceOf() != null
				&& DecisionRights.Tie.of(permission.asker(), agent.owner(), agent.keySeenBy(), vote.person()) != null;
		return tiedPerson || (tied && (vote.inPlaceOf() != null || !permission.isIntact()
				|| !policies.get().letsOwnerDecide(permission.policyRequest())));
	}

}
