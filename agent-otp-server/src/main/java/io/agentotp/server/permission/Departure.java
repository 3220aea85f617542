package io.agentotp.server.permission;

import io.agentotp.server.agent.Agents;

/**
 * What happens in the transaction in which a permission leaves {@code pending}: it gets
 * its place in the agent's feed, and who waits is told.
 */
final class Departure {

	private final Agents agents;

	private final PermissionStore store;

	private final PermissionSignals signals;

	Departure(Agents agents, PermissionStore store, PermissionSignals signals) {
		this.agents = agents;
		this.store = store;
		this.signals = signals;
	}

	void left(Permission permission) {
		this.store.setDecisionSeq(permission.id(), this.agents.nextDecision(permission.agentId()));
		this.signals.decided(permission.agentId(), permission.id());
	}

}
