package io.agentotp.server.permission;

import java.time.Duration;
import java.time.Instant;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.database.AfterCommit;
import io.agentotp.server.metric.Meters;

import org.springframework.stereotype.Component;

/**
 * What happens in the transaction in which a permission leaves {@code pending}: it gets
 * its place in the agent's feed, and who waits is told.
 */
@Component
final class DecisionPublisher {

	private final Agents agents;

	private final PermissionStore store;

	private final PermissionSignals signals;

	private final Meters meters;

	DecisionPublisher(Agents agents, PermissionStore store, PermissionSignals signals, Meters meters) {
		this.agents = agents;
		this.store = store;
		this.signals = signals;
		this.meters = meters;
	}

	void left(StoredPermission permission, PermissionState to, Instant now) {
		this.store.setDecisionSeq(permission.id(), this.agents.nextDecision(permission.agentId()));
		this.signals.decided(permission.agentId(), permission.id());
		boolean decided = to == PermissionState.APPROVED || to == PermissionState.DENIED;
		AfterCommit.run(() -> this.meters.decided(decided ? Meters.Decider.PERSON : Meters.Decider.NOBODY, to.text(),
				Duration.between(permission.createdAt(), now)));
	}

}
