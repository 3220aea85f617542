package io.agentotp.server.permission;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicyRequest;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.policy.Routing;
import io.agentotp.server.user.Approvers;
import io.agentotp.server.user.Approvers.Approver;
import io.agentotp.server.user.Delegations;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Finds the people who may decide on a request now, to tell them.
 */
@Component
public final class Deciders {

	private final AuditLog audit;

	private final Approvers approvers;

	private final Agents agents;

	private final EligibleApprovers eligible;

	private final Ballots ballots;

	private final PolicyRegistry policies;

	private final Delegations delegations;

	private final InstantSource clock;

	Deciders(AuditLog audit, Approvers approvers, Agents agents, EligibleApprovers eligible, Ballots ballots,
			PolicyRegistry policies, Delegations delegations, InstantSource clock) {
		this.audit = audit;
		this.delegations = delegations;
		this.clock = clock;
		this.approvers = approvers;
		this.agents = agents;
		this.eligible = eligible;
		this.ballots = ballots;
		this.policies = policies;
	}

	/**
	 * Those who may decide on a request now.
	 * @param permission the request
	 * @return their names; empty if nobody can decide
	 */
	public Set<String> of(StoredPermission permission) {
		return of(List.of(permission)).getOrDefault(permission.id(), Set.of());
	}

	/**
	 * Those who may decide on requests now.
	 * @param permissions the requests
	 * @return the names, by the id of the request; empty if nobody can decide
	 */
	public Map<String, Set<String>> of(List<StoredPermission> permissions) {
		if (permissions.isEmpty()) {
			return Map.of();
		}
		List<Approver> known = this.approvers.all();
		PolicySet current = this.policies.current();
		Function<StoredPermission, Ballot> ballots = this.ballots.of(permissions);
		Map<String, Map<String, Set<Integer>>> named = this.eligible
			.present(permissions.stream().filter(Deciders::names).map(StoredPermission::id).toList(), known);
		Map<String, Agent> asking = new HashMap<>();
		Map<String, Set<String>> deciders = new HashMap<>();
		permissions.forEach((permission) -> {
			Ballot ballot = ballots.apply(permission);
			Set<String> asked = names(permission) ? inStage(named.get(permission.id()), ballot.stage()) : null;
			Set<String> names = of(permission, asked, ballot,
					asking.computeIfAbsent(permission.agentId(), this.agents::get), current, known);
			deciders.put(permission.id(), names);
		});
		return deciders;
	}

	private static Set<String> inStage(@Nullable Map<String, Set<Integer>> named, int stage) {
		Set<String> names = new HashSet<>();
		if (named != null) {
			named.forEach((name, stages) -> {
				if (stages.contains(stage)) {
					names.add(name);
				}
			});
		}
		return names;
	}

	/**
	 * What it depends on who may decide, and is told: people, agents, policies, and
	 * delegations that begin and end by themselves.
	 * @return something that is equal while nothing of it changes
	 */
	public Object inputs() {
		return List.of(this.audit.lastOfSettings(), this.policies.current().version(),
				this.delegations.all(Now.of(this.clock)));
	}

	private static boolean names(StoredPermission permission) {
		return !permission.policy().routing().approvers().isAll();
	}

	/**
	 * Those who could decide on a request that is not made.
	 * @param request the request
	 * @param named whom its policy names
	 * @param policies the policies
	 * @return their names; empty if nobody could decide
	 */
	public Set<String> of(PolicyRequest request, Routing.Approvers named, PolicySet policies) {
		Asker asker = this.agents.find(request.agentId())
			.map((agent) -> new Asker(agent.id(), agent.owner(), agent.keySeenBy(), agent.test()))
			.orElse(new Asker(request.agentId(), null, null, false));
		return names(this.approvers.all(), (approver) -> named.via(approver.name(), approver.memberOf()) != null,
				named.isAll(), (name) -> DecisionRights.Tie.of(asker, asker.owner(), asker.keySeenBy(), name) != null,
				policies.letsOwnerDecide(request), (name) -> false);
	}

	/**
	 * Those who may decide on a request that nobody has decided on.
	 * @param permission the request
	 * @param eligible whom its policy named for the first stage, or {@code null} for all
	 * @param agent its agent now
	 * @param policies the policies in force
	 * @param approvers all approvers
	 * @return their names; empty if nobody can decide
	 */
	Set<String> of(StoredPermission permission, @Nullable Set<String> eligible, Agent agent, PolicySet policies,
			List<Approver> approvers) {
		return of(permission, eligible, Ballot.of(permission.policy().routing(), List.of(), (vote) -> false), agent,
				policies, approvers);
	}

	private Set<String> of(StoredPermission permission, @Nullable Set<String> eligible, Ballot ballot, Agent agent,
			PolicySet policies, List<Approver> approvers) {
		return names(approvers, (approver) -> eligible == null || eligible.contains(approver.name()), eligible == null,
				(name) -> DecisionRights.Tie.of(permission.asker(), agent.owner(), agent.keySeenBy(), name) != null,
				permission.isIntact() && policies.letsOwnerDecide(permission.policyRequest()), ballot::hasVoted);
	}

	private Set<String> names(List<Approver> approvers, Predicate<Approver> eligible, boolean all,
			Predicate<String> owner, boolean ownersMay, Predicate<String> voted) {
		List<String> asked = approvers.stream().filter(eligible).map(Approver::name).filter(voted.negate()).toList();
		Set<String> names = asked.stream()
			.filter((name) -> ownersMay || !owner.test(name))
			.collect(Collectors.toCollection(TreeSet::new));
		if (!all && !asked.isEmpty()) {
			Map<String, List<String>> standIns = this.delegations.all(Now.of(this.clock));
			asked.stream()
				.filter((name) -> !owner.test(name))
				.flatMap((name) -> standIns.getOrDefault(name, List.of()).stream())
				.filter((name) -> !owner.test(name) && !voted.test(name))
				.forEach(names::add);
		}
		return names;
	}

}
