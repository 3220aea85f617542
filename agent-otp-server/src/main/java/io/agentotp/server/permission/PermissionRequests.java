package io.agentotp.server.permission;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

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
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import io.agentotp.server.user.Approvers;
import io.agentotp.server.user.Approvers.Approver;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.function.SingletonSupplier;

/**
 * Takes the questions of agents: a policy answers, or a person is asked.
 */
@Component
public final class PermissionRequests {

	private static final RowSeal UNSEALED = new RowSeal(null, "", "", "", "");

	private static final Duration FULL = Duration.ofSeconds(10);

	private final Agents agents;

	private final AgentLimits limits;

	private final PermissionStore store;

	private final PermissionSeals seals;

	private final PermissionSignals signals;

	private final EligibleApprovers eligible;

	private final Deciders deciders;

	private final Approvers approvers;

	private final List<PermissionListener> listeners;

	private final Tokens tokens;

	private final AuditLog audit;

	private final Meters meters;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	private final Duration approvalWindow;

	PermissionRequests(Agents agents, AgentLimits limits, PermissionStore store, PermissionSeals seals,
			PermissionSignals signals, EligibleApprovers eligible, Deciders deciders, Approvers approvers,
			ObjectProvider<PermissionListener> listeners, Tokens tokens, AuditLog audit, Meters meters,
			TransactionTemplate transactions, InstantSource clock, AgentOtpServerProperties properties) {
		this.agents = agents;
		this.limits = limits;
		this.store = store;
		this.seals = seals;
		this.signals = signals;
		this.eligible = eligible;
		this.deciders = deciders;
		this.approvers = approvers;
		this.listeners = listeners.orderedStream().toList();
		this.tokens = tokens;
		this.audit = audit;
		this.meters = meters;
		this.transactions = transactions;
		this.clock = clock;
		this.approvalWindow = properties.approvalWindow();
	}

	/**
	 * Makes the id of a permission that will be asked for.
	 * @return the id
	 */
	public static String newId() {
		return UUID.randomUUID().toString();
	}

	/**
	 * Asks for a permission, in the {@linkplain AgentTurns turn} of the agent.
	 * @param id the id that it gets
	 * @param agent the agent
	 * @param request what it asks for
	 * @param policies the policies that apply
	 * @param actor who
	 * @return the permission
	 */
	public StoredPermission request(String id, Agent agent, PermissionRequest request, PolicySet policies,
			Actor actor) {
		if (agent.isFrozen()) {
			throw new AgentFrozenException(agent.id());
		}
		long begin = System.nanoTime();
		PolicyDecision decision = policies.decide(request.toPolicyRequest(agent.id()));
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			if (isPending(agent, decision)) {
				this.agents.lock(agent.id());
			}
			StoredPermission permission = this.seals.seal(permission(id, agent, request, decision));
			insert(agent, permission);
			Supplier<List<Approver>> known = SingletonSupplier.of(this.approvers::all);
			List<Set<String>> eligible = isAnybodyNamed(permission) ? this.eligible.freeze(permission, known.get())
					: null;
			this.audit.record(permission.createdAt(), id, agent.id(),
					rows(agent, permission, eligible, decision, actor));
			if (permission.isPending()) {
				Supplier<Set<String>> deciders = SingletonSupplier.of(() -> this.deciders.of(permission,
						(eligible != null) ? eligible.get(0) : null, agent, policies, known.get()));
				this.listeners.forEach((listener) -> listener.asked(permission, deciders));
				this.signals.asked();
			}
			else {
				this.signals.changed();
			}
			AfterCommit.run(() -> measure(permission, decision, begin));
			return permission;
		}));
	}

	private static boolean isAnybodyNamed(StoredPermission permission) {
		// Also of what nobody is asked, since they may see it.
		return !permission.policy().routing().approvers().isAll();
	}

	private static List<AuditLog.Row> rows(Agent agent, StoredPermission permission,
			@Nullable List<Set<String>> eligible, PolicyDecision decision, Actor actor) {
		List<AuditLog.Row> rows = new ArrayList<>();
		ObjectNode details = requested(permission);
		if (!permission.policy().routing().isNone()) {
			details.set("routing", permission.policy().routing().toJson());
		}
		if (eligible != null) {
			// By stage, where there are stages.
			ArrayNode people = details.putArray("eligible");
			eligible.forEach((stage) -> stage.stream()
				.sorted()
				.forEach(((eligible.size() > 1) ? people.addArray() : people)::add));
		}
		rows.add(new AuditLog.Row(AuditEvent.REQUESTED, actor, details, permission.seal().text()));
		if (!permission.isPending()) {
			rows.add(new AuditLog.Row(
					(permission.status() == PermissionState.APPROVED) ? AuditEvent.APPROVED : AuditEvent.DENIED,
					decider(agent, decision), decided(permission), permission.seal().text()));
		}
		return rows;
	}

	private void measure(StoredPermission permission, PolicyDecision decision, long begin) {
		this.meters.requested(permission.agentId(), permission.status().text());
		if (!permission.isPending()) {
			this.meters.decided(Meters.Decider.POLICY, permission.status().text(),
					Duration.ofNanos(System.nanoTime() - begin));
		}
		PolicyDecision shadow = decision.shadow();
		if (shadow != null && shadow.policyName() != null) {
			this.meters.shadowed(shadow.policyName(), shadow.action().text(), decision.action().text());
		}
	}

	private void insert(Agent agent, StoredPermission permission) {
		int max = this.limits.maxPending(agent);
		if (!this.store.insert(permission, agent, max)) {
			if (!this.store.isPresent(agent)) {
				throw new AgentChangedException();
			}
			this.meters.limited(agent.id(), Meters.Limit.PENDING);
			throw new LimitExceededException(
					"This agent has " + max
							+ " requests that wait for a decision, and may not have more. Withdraw some, or wait",
					FULL);
		}
	}

	private StoredPermission permission(String id, Agent agent, PermissionRequest request, PolicyDecision decision) {
		Instant now = Now.of(this.clock);
		String nonce = Secrets.random();
		boolean pending = isPending(agent, decision);
		boolean approved = !pending && decision.action() != PolicyAction.DENY;
		String secretId = approved ? this.tokens.currentSecretId() : null;
		String token = (secretId != null) ? this.tokens.derive(secretId, id, nonce) : null;
		PermissionState status = pending ? PermissionState.PENDING
				: approved ? PermissionState.APPROVED : PermissionState.DENIED;
		Grant grant = new Grant(decision.scope(), MaxUses.of(decision.scope()), 0, nonce,
				(token != null) ? Secrets.sha256(token) : null, secretId,
				approved ? now.plusSeconds(request.ttlSeconds()) : null, null);
		return new StoredPermission(id, new Asker(agent.id(), agent.owner(), agent.keySeenBy(), agent.test()), status,
				request, now, now.plus(window(decision)), grant,
				new Decision(pending ? null : now, pending ? null : decider(agent, decision).name(), decision.reason(),
						false, 0),
				new PolicyTrace(decision.policyId(), decision.policyName(), decision.version(), decision.trace(),
						decision.routing()),
				null, UNSEALED, null);
	}

	private Duration window(PolicyDecision decision) {
		Duration window = decision.routing().window();
		return (window != null) ? window : this.approvalWindow;
	}

	// For a key for tests nobody is asked; what policies deny stays denied.
	private static boolean isPending(Agent agent, PolicyDecision decision) {
		return decision.action() == PolicyAction.REQUIRE_APPROVAL && !agent.test();
	}

	private static Actor decider(Agent agent, PolicyDecision decision) {
		if (agent.test() && decision.action() == PolicyAction.REQUIRE_APPROVAL) {
			return Actor.TEST_KEY;
		}
		return (decision.policyName() != null) ? Actor.policy(decision.policyName()) : Actor.SYSTEM;
	}

	private static ObjectNode requested(StoredPermission permission) {
		ObjectNode details = Json.object()
			.put("action", permission.request().action())
			.put("resource", permission.request().resource())
			.put("callDigest", permission.request().callDigest())
			.put("ttl", permission.request().ttlSeconds())
			.put("policyId", permission.policy().id())
			.put("policy", permission.policy().name())
			.put("policyVersion", permission.policy().version())
			.put("owner", permission.asker().owner())
			.put("keySeenBy", permission.asker().keySeenBy())
			.put("shown", permission.seal().shown());
		details.set("scope", permission.request().scope());
		if (permission.policy().trace() != null && permission.policy().trace().has("shadow")) {
			details.set("shadow", permission.policy().trace().get("shadow"));
		}
		return permission.flag(details);
	}

	static ObjectNode decided(StoredPermission permission) {
		ObjectNode details = Json.object()
			.put("reason", permission.decision().reason())
			.put("policyId", permission.policy().id())
			.put("policy", permission.policy().name())
			.put("policyVersion", permission.policy().version());
		if (permission.status() == PermissionState.APPROVED) {
			details.set("scope", permission.grant().scope());
		}
		return permission.flag(details);
	}

}
