package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.agent.Freeze;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Stops an agent, or everything: at once nothing can be used or approved any more, and
 * what was pending or unused ends.
 */
@Component
public final class AgentFreezer implements InitializingBean {

	private final Agents agents;

	private final PermissionStore store;

	private final PermissionSeals seals;

	private final DecisionPublisher publisher;

	private final PermissionSignals signals;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	private final boolean startFrozen;

	private final Sweep sweep = new Sweep();

	AgentFreezer(Agents agents, PermissionStore store, PermissionSeals seals, DecisionPublisher publisher,
			PermissionSignals signals, AuditLog audit, TransactionTemplate transactions, InstantSource clock,
			AgentOtpServerProperties properties) {
		this.agents = agents;
		this.store = store;
		this.seals = seals;
		this.publisher = publisher;
		this.signals = signals;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
		this.startFrozen = properties.startFrozen();
	}

	// Before anybody is served.
	@Override
	public void afterPropertiesSet() {
		if (this.startFrozen && this.agents.freezeOfAll().isEmpty()) {
			freezeAll("The service was started frozen (agentotp.server.start-frozen)", Actor.SYSTEM);
		}
		else if (this.startFrozen) {
			end();
		}
	}

	public void freeze(String agentId, @Nullable String reason, Actor actor) {
		change(agentId, AuditEvent.AGENT_FROZEN, reason, actor);
		end();
	}

	public void unfreeze(String agentId, Actor actor) {
		change(agentId, AuditEvent.AGENT_UNFROZEN, null, actor);
	}

	public void freezeAll(@Nullable String reason, Actor actor) {
		change(null, AuditEvent.ALL_FROZEN, reason, actor);
		end();
	}

	public void unfreezeAll(Actor actor) {
		change(null, AuditEvent.ALL_UNFROZEN, null, actor);
	}

	private void change(@Nullable String agentId, AuditEvent event, @Nullable String reason, Actor actor) {
		this.transactions.executeWithoutResult((status) -> {
			Instant now = Now.of(this.clock);
			boolean freezes = event == AuditEvent.AGENT_FROZEN || event == AuditEvent.ALL_FROZEN;
			Freeze freeze = freezes ? new Freeze(now, actor.name(), reason) : null;
			String seal = null;
			if (agentId != null) {
				boolean intact = this.agents.lockIntact(agentId);
				if (!intact && !freezes) {
					throw this.agents.changed(agentId);
				}
				this.agents.setFreeze(agentId, freeze);
				seal = this.agents.seal(agentId, intact);
			}
			else {
				this.agents.setFreezeOfAll(freeze);
				this.signals.frozen();
			}
			actor.requireStill();
			this.audit.record(now, null, agentId,
					List.of(new AuditLog.Row(event, actor, Json.object().put("reason", reason), seal)));
		});
	}

	/**
	 * Ends what agents that are frozen or deleted still have. It also runs in the
	 * background: a question may have come while its agent was being frozen.
	 */
	@Scheduled(initialDelay = 1, fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
	public void end() {
		// One transaction each: no transaction holds the feeds of two agents.
		this.sweep.run(this.store::stopped, PermissionStore.Stopped::permission, this::end);
	}

	private void end(PermissionStore.Stopped stopped) {
		StoredPermission permission = stopped.permission();
		this.transactions.executeWithoutResult((status) -> {
			Instant now = Now.of(this.clock);
			StoredPermission revoked = this.seals.ended(permission.revoked(now, stopped.reason()));
			if (this.publisher.change(permission, PermissionState.REVOKED, now,
					() -> this.store.revoke(revoked, permission.status()))) {
				ObjectNode details = Json.object()
					.put("reason", stopped.reason())
					.put("from", permission.status().text());
				this.audit.record(now, permission.id(), permission.agentId(),
						List.of(new AuditLog.Row(AuditEvent.REVOKED, Actor.SYSTEM, permission.flag(details),
								revoked.seal().text())));
			}
		});
	}

}
