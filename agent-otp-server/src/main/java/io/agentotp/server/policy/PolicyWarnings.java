package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.List;
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

	@Autowired
	PolicyWarnings(Agents agents) {
		this((agent) -> agents.find(agent).isPresent());
	}

	PolicyWarnings(Predicate<String> knownAgent) {
		this.knownAgent = knownAgent;
	}

	List<String> of(Policy policy) {
		List<String> warnings = new ArrayList<>();
		if (policy.trustsAgentsWord()) {
			warnings.add((policy.allowSelfApproval() ? "lets the owner approve" : "approves")
					+ " on what the agent says about itself (context.*); it trusts the agent's word");
		}
		if (policy.agentId() != null && !this.knownAgent.test(policy.agentId())) {
			warnings.add("is for the agent '" + policy.agentId() + "', which is not configured");
		}
		return warnings;
	}

	void log(List<Policy> policies) {
		policies.forEach(
				(policy) -> of(policy).forEach((warning) -> logger.warn("Policy '{}' {}", policy.name(), warning)));
	}

}
