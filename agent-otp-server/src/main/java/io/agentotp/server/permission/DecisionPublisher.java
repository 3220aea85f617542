package io.agentotp.server.permission;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.agent.UnknownKeyException;
import io.agentotp.server.database.AfterCommit;
import io.agentotp.server.metric.Meters;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * What happens in the transaction in which a permission leaves {@code pending}: it gets
 * its place in the agent's feed, and who waits is told.
 */
@Component
final class DecisionPublisher {

	private final Agents agents;

	private final PermissionSignals signals;

	private final Meters meters;

	private final List<PermissionListener> listeners;

	DecisionPublisher(Agents agents, PermissionSignals signals, Meters meters,
			ObjectProvider<PermissionListener> listeners) {
		this.listeners = listeners.orderedStream().toList();
		this.agents = agents;
		this.signals = signals;
		this.meters = meters;
	}

	/**
	 * Changes the state of a permission.
	 * @param permission the permission as it was read
	 * @param to its next state
	 * @param now the present moment
	 * @param change makes the change, if it is still in the state that was read
	 * @return whether it was made; if not, a place in the feed may stay empty
	 */
	boolean change(StoredPermission permission, PermissionState to, Instant now, BooleanSupplier change) {
		if (permission.isPending()) {
			// The agent is locked before the permission, always.
			this.agents.nextDecision(permission.agentId());
		}
		return changeInTurn(permission, to, now, change);
	}

	/**
	 * Waits until nothing else is decided on the agent that a permission is for, up to
	 * the end of the present transaction: what is read and the time that is taken from
	 * then on hold until the decision is there.
	 * @param permission the id of the permission
	 */
	void takeTurn(String permission) {
		this.agents.nextDecisionOn(permission);
	}

	/**
	 * Takes the turn of an agent, as above.
	 * @param agent the agent as it was when it sent its key
	 * @throws UnknownKeyException if the key is no longer that of the agent
	 */
	void takeTurnOf(Agent agent) {
		this.agents.nextDecision(agent.id());
		this.agents.present(agent);
	}

	/**
	 * Tells that one more person approved what still waits.
	 * @param permission the permission with it
	 * @param ballot how far it is
	 * @param begins whether a stage begins with it
	 * @param now the present moment
	 */
	void voted(StoredPermission permission, Ballot ballot, boolean begins, Instant now) {
		this.listeners.forEach((listener) -> listener.voted(permission, ballot, begins, now));
		this.signals.asked();
	}

	/**
	 * Changes the state of a permission whose turn was taken.
	 * @see #change
	 */
	boolean changeInTurn(StoredPermission permission, PermissionState to, Instant now, BooleanSupplier change) {
		if (!change.getAsBoolean()) {
			return false;
		}
		if (!permission.isPending()) {
			this.signals.changed();
			return true;
		}
		this.listeners.forEach((listener) -> listener.ended(permission, to, now));
		this.signals.decided(permission.agentId(), permission.id());
		boolean decided = to == PermissionState.APPROVED || to == PermissionState.DENIED;
		AfterCommit.run(() -> this.meters.decided(decided ? Meters.Decider.PERSON : Meters.Decider.NOBODY, to.text(),
				Duration.between(permission.createdAt(), now)));
		return true;
	}

}
