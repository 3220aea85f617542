package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import io.agentotp.server.agent.Agents;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Finds what can be meant, but is worth a second look.
 */
@Component
final class PolicyWarnings {

	private static final Logger logger = LoggerFactory.getLogger(PolicyWarnings.class);

	private final Predicate<String> knownAgent;

	private final RoutingWarnings routing;

	@Autowired
	PolicyWarnings(Agents agents, RoutingWarnings routing) {
		this((agent) -> agents.find(agent).isPresent(), routing);
	}

	PolicyWarnings(Predicate<String> knownAgent, RoutingWarnings routing) {
		this.knownAgent = knownAgent;
		this.routing = routing;
	}

	List<String> of(Policy policy) {
		return of(policy, this.routing.of(policy));
	}

	private List<String> of(Policy policy, List<String> ofRouting) {
		List<String> warnings = new ArrayList<>();
		if (policy.trustsAgentsWord()) {
			warnings.add((policy.allowSelfApproval() ? "lets the owner approve" : "approves")
					+ " on what the agent says about itself (context.*); it trusts the agent's word");
		}
		if (policy.agentId() != null && !this.knownAgent.test(policy.agentId())) {
			warnings.add("is for the agent '" + policy.agentId() + "', which is not configured");
		}
		warnings.addAll(ofRouting);
		return warnings;
	}

	Map<String, List<String>> ofRouting(List<Policy> policies) {
		return this.routing.of(policies);
	}

	/**
	 * Requires that the approvals that a policy needs can be given by people who are
	 * there.
	 * @param policy the policy
	 * @throws InvalidPolicyException if they cannot
	 */
	void requireReachable(Policy policy) {
		String problem = this.routing.unreachable(policy);
		if (problem != null) {
			throw new InvalidPolicyException(policy.routing().stages().isEmpty() ? "quorum" : "stages", problem);
		}
	}

	void log(List<Policy> policies) {
		Map<String, List<String>> ofRouting = ofRouting(policies);
		policies.forEach((policy) -> of(policy, ofRouting.getOrDefault(policy.name(), List.of()))
			.forEach((warning) -> logger.warn("Policy '{}' {}", policy.name(), warning)));
	}

}
