package io.agentotp.server.permission;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.AfterCommit;
import io.agentotp.server.failure.LimitExceededException;
import io.agentotp.server.json.Json;
import io.agentotp.server.limit.AgentLimits;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.policy.PolicyAction;
import io.agentotp.server.policy.PolicyDecision;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicyRequest;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes the questions of agents: a policy answers, or a person is asked.
 */
@Component
public final class PermissionRequests {

	private final PolicyRegistry policies;

	private static final Duration FULL = Duration.ofSeconds(10);

	private final Agents agents;

	private final AgentLimits limits;

	private final PermissionStore store;

	private final PermissionSignals signals;

	private final Tokens tokens;

	private final AuditLog audit;

	private final Meters meters;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	private final Duration approvalWindow;

	PermissionRequests(PolicyRegistry policies, Agents agents, AgentLimits limits, PermissionStore store,
			PermissionSignals signals, Tokens tokens, AuditLog audit, Meters meters, TransactionTemplate transactions,
			InstantSource clock, AgentOtpServerProperties properties) {
		this.policies = policies;
		this.agents = agents;
		this.limits = limits;
		this.store = store;
		this.signals = signals;
		this.tokens = tokens;
		this.audit = audit;
		this.meters = meters;
		this.transactions = transactions;
		this.clock = clock;
		this.approvalWindow = properties.approvalWindow();
	}

	public StoredPermission request(Agent agent, PermissionQuestion question, Actor actor) {
		if (agent.isFrozen()) {
			throw new AgentFrozenException(agent.id());
		}
		long begin = System.nanoTime();
		PolicyDecision decision = this.policies.current()
			.decide(new PolicyRequest(agent.id(), question.action(), question.resource(), question.scope(),
					question.context()));
		StoredPermission permission = permission(agent, question, decision);
		this.transactions.executeWithoutResult((status) -> {
			if (permission.isPending()) {
				requireRoom(agent, permission.createdAt());
			}
			this.store.insert(permission);
			record(permission, AuditEvent.REQUESTED, actor, requested(permission));
			switch (permission.status()) {
				case APPROVED -> record(permission, AuditEvent.APPROVED, decider(agent, decision), decided(permission));
				case DENIED -> record(permission, AuditEvent.DENIED, decider(agent, decision), decided(permission));
				default -> this.signals.asked();
			}
			AfterCommit.run(() -> measure(permission, decision, begin));
		});
		return permission;
	}

	private void measure(StoredPermission permission, PolicyDecision decision, long begin) {
		this.meters.requested(permission.status().text());
		if (!permission.isPending()) {
			this.meters.decided(Meters.Decider.POLICY, permission.status().text(),
					Duration.ofNanos(System.nanoTime() - begin));
		}
		PolicyDecision shadow = decision.shadow();
		if (shadow != null && shadow.policyName() != null) {
			this.meters.shadowed(shadow.policyName(), shadow.action().text(), decision.action().text());
		}
	}

	private void requireRoom(Agent agent, Instant now) {
		this.agents.lock(agent.id());
		int max = this.limits.maxPending(agent);
		if (this.store.countPending(agent.id(), now) >= max) {
			this.meters.limited(Meters.Limit.PENDING);
			throw new LimitExceededException(
					"This agent has " + max
							+ " questions that wait for a decision, and may not have more. Withdraw some, or wait",
					FULL);
		}
	}

	private StoredPermission permission(Agent agent, PermissionQuestion question, PolicyDecision decision) {
		Instant now = Now.of(this.clock);
		String id = UUID.randomUUID().toString();
		String nonce = Secrets.random();
		// For a key for tests nobody is asked; what policies deny stays denied.
		boolean approved = decision.action() == PolicyAction.AUTO_APPROVE
				|| (agent.test() && decision.action() == PolicyAction.REQUIRE_APPROVAL);
		boolean pending = !approved && decision.action() == PolicyAction.REQUIRE_APPROVAL;
		String secretId = approved ? this.tokens.currentSecretId() : null;
		String token = (secretId != null) ? this.tokens.derive(secretId, id, nonce) : null;
		PermissionState status = pending ? PermissionState.PENDING
				: approved ? PermissionState.APPROVED : PermissionState.DENIED;
		return new StoredPermission(id, agent.id(), status, question.action(), question.resource(), question.scope(),
				decision.scope(), question.context(), question.callDigest(), question.ttlSeconds(),
				MaxUses.of(decision.scope()), 0, nonce, (token != null) ? Secrets.sha256(token) : null, secretId, now,
				now.plus(this.approvalWindow), approved ? now.plusSeconds(question.ttlSeconds()) : null,
				pending ? null : now, pending ? null : decider(agent, decision).name(), decision.reason(),
				decision.policyId(), decision.policyName(), decision.version(), decision.trace(), null, false,
				agent.test(), null, agent.owner(), true);
	}

	private static Actor decider(Agent agent, PolicyDecision decision) {
		if (agent.test() && decision.action() == PolicyAction.REQUIRE_APPROVAL) {
			return Actor.TEST_KEY;
		}
		return (decision.policyName() != null) ? Actor.policy(decision.policyName()) : Actor.SYSTEM;
	}

	private static ObjectNode requested(StoredPermission permission) {
		ObjectNode details = Json.object()
			.put("action", permission.action())
			.put("resource", permission.resource())
			.put("callDigest", permission.callDigest())
			.put("ttl", permission.ttlSeconds())
			.put("policyId", permission.policyId())
			.put("policy", permission.policyName())
			.put("policyVersion", permission.policyVersion())
			.put("owner", permission.askedOwner());
		details.set("scope", permission.requestedScope());
		if (permission.policyTrace() != null && permission.policyTrace().has("shadow")) {
			details.set("shadow", permission.policyTrace().get("shadow"));
		}
		return permission.flag(details);
	}

	static ObjectNode decided(StoredPermission permission) {
		ObjectNode details = Json.object()
			.put("reason", permission.reason())
			.put("policyId", permission.policyId())
			.put("policy", permission.policyName())
			.put("policyVersion", permission.policyVersion());
		if (permission.status() == PermissionState.APPROVED) {
			details.set("scope", permission.scope());
		}
		return permission.flag(details);
	}

	private void record(StoredPermission permission, AuditEvent event, Actor actor, ObjectNode details) {
		this.audit.record(permission.createdAt(), permission.id(), permission.agentId(), event, actor, details);
	}

}
