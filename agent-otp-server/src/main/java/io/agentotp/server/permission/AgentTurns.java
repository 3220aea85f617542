package io.agentotp.server.permission;

import java.util.function.BiFunction;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;

import org.springframework.stereotype.Component;

/**
 * Lets agents do what depends on their key and on the policies, which count as they are
 * when it is done, however long it has waited for others.
 */
@Component
public final class AgentTurns {

	private static final int MAX_TRIES = 5;

	private final Agents agents;

	private final PolicyRegistry policies;

	AgentTurns(Agents agents, PolicyRegistry policies) {
		this.agents = agents;
		this.policies = policies;
	}

	/**
	 * Does it. Must not run inside a transaction.
	 * @param <T> what it gives
	 * @param agent the agent as it was when it sent its key
	 * @param work does it for the agent as it is, by the policies in force; runs again if
	 * it finds that either has changed
	 * @return what it gave
	 */
	public <T> T run(Agent agent, BiFunction<Agent, PolicySet, T> work) {
		Agent present = agent;
		for (int i = 0; i < MAX_TRIES; i++) {
			try {
				return work.apply(present, this.policies.refresh(present.policyRevision(), present.readAt()));
			}
			catch (AgentChangedException ex) {
				present = this.agents.present(agent);
			}
		}
		throw TryLaterException.unavailable();
	}

}
