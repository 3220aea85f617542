package io.agentotp.server.agent;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What administrators change of the agents, each change with its row in the record.
 */
@Component
public final class AgentChanges {

	// In the audit log: somebody else had changed the agent before.
	private static final String CHANGED = "changedInDatabase";

	private final Agents agents;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	AgentChanges(Agents agents, AuditLog audit, TransactionTemplate transactions, InstantSource clock) {
		this.agents = agents;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
	}

	/**
	 * Adds an agent.
	 * @param name its name
	 * @param test whether its key is to be one for tests
	 * @param settings its settings
	 * @param user who gets to see its key
	 * @param actor who does it
	 * @return its key, which is not kept
	 */
	public String create(String name, boolean test, AgentSettings settings, String user, Actor actor) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			String key = this.agents.create(name, test, settings, user);
			record(AuditEvent.AGENT_CREATED, name, actor, details(settings).put("test", test).put("keySeenBy", user));
			return key;
		}));
	}

	/**
	 * Changes what can be set of an agent. Nobody else changes it meanwhile.
	 * @param id the agent
	 * @param change makes the new settings of the agent as it is, or throws if it is not
	 * what the person saw
	 * @param actor who does it
	 */
	public void update(String id, Function<Agent, AgentSettings> change, Actor actor) {
		this.transactions.executeWithoutResult((status) -> {
			boolean intact = this.agents.lockIntact(id);
			AgentSettings settings = this.agents.update(id, change);
			if (!intact) {
				throw this.agents.changed(id);
			}
			record(AuditEvent.AGENT_CHANGED, id, actor, details(settings));
		});
	}

	/**
	 * Makes what a user owns, or has seen the key of, another one's, since both are the
	 * same person. Must run inside a transaction.
	 * @param from the user
	 * @param to the other user
	 * @param actor who does it
	 * @throws ConflictException if the configuration names the owner
	 */
	public void handOver(String from, String to, Actor actor) {
		this.agents.tiedTo(from).forEach((agent) -> {
			boolean owner = Agent.isSame(agent.owner(), from);
			if (owner && agent.configured()) {
				throw new ConflictException(
						"The configuration says that user '" + from + "' owns agent '" + agent.id() + "'. Name '" + to
								+ "' there first (agentotp.server.agents." + agent.id() + ".owner)",
						Map.of("name", from));
			}
			boolean intact = this.agents.lockIntact(agent.id());
			this.agents.handOver(agent, owner ? to : agent.owner(),
					Agent.isSame(agent.keySeenBy(), from) ? to : agent.keySeenBy());
			this.audit.record(this.clock.instant(), null, agent.id(),
					List.of(new AuditLog.Row(AuditEvent.AGENT_CHANGED, actor,
							Json.object().put("handedOverFrom", from).put("handedOverTo", to),
							this.agents.seal(agent.id(), intact))));
		});
	}

	/**
	 * What is answered when an agent is not what the person saw who wants to change it.
	 * @param agent the agent as it is
	 * @return the exception to throw
	 */
	public static ConcurrentChangeException changedMeanwhile(Agent agent) {
		return new ConcurrentChangeException("The agent has been changed in the meantime, so nothing was saved",
				agent.id());
	}

	/**
	 * Gives an agent another key. The old one is worthless at once. One that somebody
	 * changed in the database is as it is now from then on, but live and frozen. What a
	 * frozen agent still has is not ended here.
	 * @param id the agent
	 * @param mark the mark of the key to replace, so that a repeated order does nothing,
	 * or {@code null} for any
	 * @param user who gets to see it
	 * @param actor who does it
	 * @return the new key, which is not kept
	 */
	public String rotate(String id, @Nullable String mark, String user, Actor actor) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			boolean intact = this.agents.lockIntact(id);
			Freeze freeze = intact ? null : new Freeze(this.clock.instant(), actor.name(), AgentSeals.RENEWED);
			String key = this.agents.rotate(id, mark, user, freeze);
			ObjectNode details = intact ? Json.object() : details(this.agents.get(id).settings()).put(CHANGED, true);
			record(AuditEvent.KEY_ROTATED, id, actor, details.put("keySeenBy", user));
			return key;
		}));
	}

	/**
	 * Ends an agent: its key is worthless at once, and its name stays taken. What it
	 * still has is not ended here.
	 * @param id the agent
	 * @param seen throws if the agent is not what the person saw
	 * @param actor who does it
	 */
	public void delete(String id, Consumer<Agent> seen, Actor actor) {
		this.transactions.executeWithoutResult((status) -> {
			boolean intact = this.agents.lockIntact(id);
			this.agents.delete(id, seen);
			record(AuditEvent.AGENT_DELETED, id, actor, intact ? Json.object() : Json.object().put(CHANGED, true));
		});
	}

	private void record(AuditEvent event, String id, Actor actor, ObjectNode details) {
		actor.requireStill();
		String seal = this.agents.seal(id, true);
		this.audit.record(this.clock.instant(), null, id, List.of(new AuditLog.Row(event, actor, details, seal)));
	}

	private static ObjectNode details(AgentSettings settings) {
		return Json.object()
			.put("description", settings.description())
			.put("owner", settings.owner())
			.put("requestsPerMinute", settings.requestsPerMinute())
			.put("maxPending", settings.maxPending());
	}

}
