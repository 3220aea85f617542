package io.agentotp.server.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.failure.UnknownName;
import io.agentotp.server.user.Approvers;
import io.agentotp.server.user.Approvers.Approver;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;

/**
 * Finds policies that ask people who are not there or may not decide, or that do
 * something only when the request is over.
 */
@Component
final class RoutingWarnings {

	// Owner and who has seen the key: more people cannot all be tied to one agent.
	private static final int MAX_TIED = 2;

	private static final int MAX_AGENTS = 1000;

	private final Supplier<List<Approver>> approvers;

	private final Supplier<List<Agent>> agents;

	private final Duration window;

	@Autowired
	RoutingWarnings(Approvers approvers, Agents agents, AgentOtpServerProperties properties) {
		this(approvers::all, () -> agents.findAll(MAX_AGENTS, 0), properties.approvalWindow());
	}

	RoutingWarnings(Supplier<List<Approver>> approvers, Supplier<List<Agent>> agents, Duration window) {
		this.approvers = approvers;
		this.agents = agents;
		this.window = window;
	}

	List<String> of(Policy policy) {
		return of(policy, this.approvers, this.agents);
	}

	/**
	 * Looks at more than one policy, and reads people and agents once.
	 * @param policies the policies
	 * @return the warnings, by the name of the policy
	 */
	Map<String, List<String>> of(Collection<Policy> policies) {
		Supplier<List<Approver>> people = SingletonSupplier.of(this.approvers);
		Supplier<List<Agent>> asking = SingletonSupplier.of(this.agents);
		Map<String, List<String>> warnings = new HashMap<>();
		policies.forEach((policy) -> warnings.put(policy.name(), of(policy, people, asking)));
		return warnings;
	}

	private List<String> of(Policy policy, Supplier<List<Approver>> approvers, Supplier<List<Agent>> agents) {
		Routing routing = policy.routing();
		List<String> warnings = new ArrayList<>(late(routing));
		if (routing.approvers().isAll() && !routing.isCounted()) {
			return warnings;
		}
		List<Approver> known = approvers.get();
		Stream.of(routing.approvers(), (routing.escalate() != null) ? routing.escalate().to() : Routing.Approvers.ALL)
			.forEach((named) -> missing(named, known, warnings));
		if (routing.escalate() != null && addsNobody(routing, routing.escalate(), known)) {
			warnings.add("escalates to those who may all decide from the start");
		}
		Set<String> deciders = deciders(routing, known);
		String unreachable = unreachable(policy, known, Set.of());
		if (routing.isCounted()) {
			if (unreachable != null) {
				warnings.add(unreachable);
				return warnings;
			}
			ofAgents(policy, agents).filter((agent) -> unreachable(policy, known, tied(agent)) != null)
				.findFirst()
				.ifPresent((agent) -> warnings.add("cannot be approved for the agent '" + agent.id()
						+ "', since its owner and who has seen its key do not count"));
		}
		else if (deciders.isEmpty()) {
			warnings.add("asks nobody who can decide, so its requests wait until they expire");
		}
		else if (deciders.size() <= MAX_TIED && !policy.allowSelfApproval()) {
			ofAgents(policy, agents)
				.filter((agent) -> deciders.stream()
					.allMatch((name) -> Agent.isSame(agent.owner(), name) || Agent.isSame(agent.keySeenBy(), name)))
				.findFirst()
				.ifPresent((agent) -> warnings
					.add("asks only " + names(deciders) + ", who may not decide on the agent '" + agent.id()
							+ "', as its owner or as who has seen its key. Nobody can decide on what that agent asks"));
		}
		return warnings;
	}

	/**
	 * Why the approvals that a policy needs cannot be given by the people who are there.
	 * @param policy the policy
	 * @return the reason, or {@code null}
	 */
	@Nullable String unreachable(Policy policy) {
		if (!policy.routing().isCounted() || !policy.active() || policy.shadow()) {
			return null;
		}
		Set<String> tied = policy.allowSelfApproval() ? Set.of()
				: this.agents.get()
					.stream()
					.filter((agent) -> agent.id().equals(policy.agentId()))
					.map(RoutingWarnings::tied)
					.findFirst()
					.orElse(Set.of());
		return unreachable(policy, this.approvers.get(), tied);
	}

	private static @Nullable String unreachable(Policy policy, List<Approver> known, Set<String> tied) {
		Routing routing = policy.routing();
		List<Reachability.Need> needs = routing.steps()
			.stream()
			.map((step) -> new Reachability.Need(known.stream()
				.filter((approver) -> asks(routing, step.approvers(), approver)
						&& tied.stream().noneMatch((other) -> Agent.isSame(other, approver.name())))
				.map(Approver::name)
				.collect(Collectors.toSet()), step.quorum()))
			.toList();
		int needed = needs.stream().mapToInt(Reachability.Need::count).sum();
		int reachable = Reachability.reachable(needs);
		return (reachable < needed) ? "needs " + needed
				+ " approvals of different people, but the users who are there can give " + reachable : null;
	}

	private static boolean asks(Routing routing, Routing.Approvers approvers, Approver approver) {
		return isAmong(approvers, approver)
				|| (routing.escalate() != null && isAmong(routing.escalate().to(), approver));
	}

	private static Stream<Agent> ofAgents(Policy policy, Supplier<List<Agent>> agents) {
		return policy.allowSelfApproval() ? Stream.empty()
				: agents.get()
					.stream()
					.filter((agent) -> policy.agentId() == null || policy.agentId().equals(agent.id()));
	}

	private static Set<String> tied(Agent agent) {
		return Stream.of(agent.owner(), agent.keySeenBy()).flatMap(Stream::ofNullable).collect(Collectors.toSet());
	}

	// With a window of its own, the policy itself is refused.
	private List<String> late(Routing routing) {
		Routing.Escalation escalation = routing.escalate();
		return (routing
			.window() != null)
					? List.of()
					: Stream
						.concat(routing.remind().stream().map((after) -> late("reminds after ", after)),
								Stream.ofNullable(escalation)
									.map((present) -> late("escalates after ", present.after())))
						.flatMap(Optional::stream)
						.toList();
	}

	private Optional<String> late(String what, Duration after) {
		return (after.compareTo(this.window) < 0) ? Optional.empty()
				: Optional.of(what + Routing.text(after) + ", but its requests wait only " + Routing.text(this.window)
						+ ". Say how long they wait as its window");
	}

	private static boolean addsNobody(Routing routing, Routing.Escalation escalation, List<Approver> known) {
		List<Approver> added = known.stream().filter((approver) -> isAmong(escalation.to(), approver)).toList();
		return !added.isEmpty() && routing.steps()
			.stream()
			.allMatch((step) -> added.stream().allMatch((approver) -> isAmong(step.approvers(), approver)));
	}

	private static boolean isAmong(Routing.Approvers named, Approver approver) {
		return named.via(approver.name(), approver.memberOf()) != null;
	}

	private static Set<String> deciders(Routing routing, List<Approver> known) {
		return known.stream()
			.filter((approver) -> asks(routing, routing.approvers(), approver))
			.map(Approver::name)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static void missing(Routing.Approvers named, List<Approver> known, List<String> warnings) {
		Set<String> groups = known.stream()
			.flatMap((approver) -> approver.memberOf().stream())
			.collect(Collectors.toCollection(TreeSet::new));
		Set<String> people = known.stream().map(Approver::name).collect(Collectors.toCollection(TreeSet::new));
		named.groups()
			.stream()
			.filter((group) -> !groups.contains(group))
			.forEach((group) -> warnings
				.add("asks the group '" + group + "', in which nobody has the role approver" + meant(group, groups)));
		named.people()
			.stream()
			.filter((person) -> !people.contains(person))
			.forEach((person) -> warnings
				.add("asks '" + person + "', who is no user with the role approver" + meant(person, people)));
	}

	private static String meant(String name, Set<String> known) {
		return UnknownName.nearest(name, known).map((nearest) -> ". Did you mean '" + nearest + "'?").orElse("");
	}

	private static String names(Set<String> names) {
		return names.stream().map((name) -> "'" + name + "'").collect(Collectors.joining(" and "));
	}

}
