package io.agentotp.server.agent;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;

import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The known agents. Their keys are kept as hashes only.
 */
@Component
public final class Agents {

	private static final String NEXT_DECISION = """
			UPDATE agentotp_agent SET decision_seq = 1 + GREATEST(
				CASE WHEN decision_seq BETWEEN 0 AND ? THEN decision_seq ELSE 0 END,
				COALESCE((SELECT MAX(p.decision_seq) FROM agentotp_permission p
					WHERE p.agent_id = agentotp_agent.id AND p.decision_seq BETWEEN 0 AND ?), 0))
			WHERE id =\s""";

	private static final String SELECT = """
			SELECT a.*, i.frozen_at AS all_frozen_at, i.frozen_by AS all_frozen_by, i.frozen_reason AS all_frozen_reason,
				i.frozen_seal AS all_frozen_seal, (SELECT %s FROM agentotp_policy_state s) AS policy_revision
			FROM agentotp_agent a LEFT JOIN agentotp_instance i ON i.single = TRUE\s"""
		.formatted(PolicyRegistry.REVISION);

	// More were never made.
	private static final long MAX_DECISIONS = 1L << 60;

	private final JdbcClient jdbc;

	private final AgentSeals seals;

	private final FreezeOfAll all;

	private final InstantSource clock;

	private final Set<String> configured;

	private final @Nullable ApplicationAgent application;

	Agents(JdbcClient jdbc, AgentSeals seals, FreezeOfAll all, AuditLog audit, TransactionTemplate transactions,
			Instance instance, InstantSource clock, AgentOtpServerProperties properties,
			ObjectProvider<ApplicationAgent> application) {
		this.jdbc = jdbc;
		this.seals = seals;
		this.all = all;
		this.clock = clock;
		this.configured = Set.copyOf(properties.agents().keySet());
		this.application = application.getIfAvailable();
		new AgentSynchronization(jdbc, seals, all, audit, transactions, instance, clock).run(properties,
				this.application);
	}

	static void insert(JdbcClient jdbc, Instant now, String name, @Nullable String key, boolean configured,
			AgentSettings settings, @Nullable String keySeenBy) {
		jdbc.sql(
				"""
						INSERT INTO agentotp_agent (id, key_hash, owner, active, decision_seq, created_at, description, configured,
							test, requests_per_minute, max_pending, key_seen_by, seal)
						VALUES (?, ?, ?, TRUE, 0, ?, ?, ?, ?, ?, ?, ?, '')""")
			.params(Params.of(name, (key != null) ? Secrets.sha256(key) : "", settings.owner(), Times.toDatabase(now),
					settings.description(), configured, key != null && isTestKey(key), settings.requestsPerMinute(),
					settings.maxPending(), keySeenBy))
			.update();
	}

	static boolean isTestKey(String key) {
		return key.startsWith("ak_test_");
	}

	/**
	 * Adds an agent.
	 * @param name its name
	 * @param test whether its key is to be one for tests
	 * @param settings its settings
	 * @param user who gets to see its key
	 * @return its key, which is not kept
	 */
	public String create(String name, boolean test, AgentSettings settings, String user) {
		if (!AgentOtpServerProperties.Agent.NAME.matcher(name).matches()) {
			throw new InvalidInputException("name",
					"must have 1 to 64 letters, digits, dots, hyphens or underscores, a letter or digit first");
		}
		if (Pattern.compile(AgentOtpServerProperties.CREDENTIAL).matcher(name).find()) {
			throw new InvalidInputException("name", "must look like no token or key");
		}
		if (this.jdbc.sql("SELECT COUNT(*) FROM agentotp_agent WHERE LOWER(id) = LOWER(?)")
			.param(name)
			.query(Long.class)
			.single() > 0) {
			// Also of one that was deleted, or in another case: the record must not mean
			// two agents by one name.
			throw new ConflictException("There is or was an agent with this name", Map.of("name", name));
		}
		String key = newKey(test);
		try {
			insert(this.jdbc, this.clock.instant(), name, key, false, settings, user);
		}
		catch (DuplicateKeyException ex) {
			throw new ConflictException("There is or was an agent with this name", Map.of("name", name));
		}
		return key;
	}

	/**
	 * Changes what can be set of an agent, within a transaction.
	 * @param id the agent
	 * @param change makes the new settings of the agent as it is
	 * @return the new settings
	 */
	public AgentSettings update(String id, Function<Agent, AgentSettings> change) {
		lock(id);
		AgentSettings settings = change.apply(requireChangeable(id));
		this.jdbc.sql("""
				UPDATE agentotp_agent SET description = ?, owner = ?, requests_per_minute = ?, max_pending = ?
				WHERE id = ?""")
			.params(Params.of(settings.description(), settings.owner(), settings.requestsPerMinute(),
					settings.maxPending(), id))
			.update();
		return settings;
	}

	/**
	 * The agents that a user owns or has seen the key of.
	 * @param user the user
	 * @return the agents
	 */
	List<Agent> tiedTo(String user) {
		return this.jdbc.sql(SELECT + "WHERE a.deleted_at IS NULL ORDER BY a.id")
			.query((row, index) -> map(row))
			.list()
			.stream()
			.filter((agent) -> Agent.isSame(agent.owner(), user) || Agent.isSame(agent.keySeenBy(), user))
			.toList();
	}

	void handOver(Agent agent, @Nullable String owner, @Nullable String keySeenBy) {
		this.jdbc.sql("UPDATE agentotp_agent SET owner = ?, key_seen_by = ? WHERE id = ?")
			.params(Params.of(owner, keySeenBy, agent.id()))
			.update();
	}

	/**
	 * Gives an agent another key. The old one is worthless at once. An agent that the
	 * configuration no longer has can ask again with it, and is changed here from then
	 * on.
	 * @param id the agent
	 * @param mark the mark of the key to replace, or {@code null} for any
	 * @param user who gets to see it
	 * @param freeze stops it if somebody else changed it, so that it goes on only once
	 * somebody has looked at it; {@code null} if nobody did
	 * @return the new key, which is not kept
	 */
	String rotate(String id, @Nullable String mark, String user, @Nullable Freeze freeze) {
		Agent agent = requireChangeable(id);
		lock(id);
		if (mark != null && !Secrets.same(keyMark(id), mark)) {
			throw new ConcurrentChangeException("The agent has got another key in the meantime, so nothing was changed",
					id);
		}
		boolean test = freeze == null && agent.test();
		String key = newKey(test);
		this.jdbc.sql("""
				UPDATE agentotp_agent SET key_hash = ?, key_seen_by = ?, test = ?, active = TRUE, configured = FALSE,
					deleted_at = NULL WHERE id = ?""").params(Secrets.sha256(key), user, test, id).update();
		if (freeze != null) {
			setFreeze(id, freeze);
		}
		return key;
	}

	/**
	 * Tells the present key of an agent from its others, and nothing else about it.
	 * @param id the agent
	 * @return the mark
	 */
	public String keyMark(String id) {
		String hash = this.jdbc.sql("SELECT key_hash FROM agentotp_agent WHERE id = ?")
			.param(id)
			.query(String.class)
			.single();
		return Secrets.sha256("mark:" + hash).substring(0, 16);
	}

	/**
	 * Ends an agent. Its name stays taken.
	 * @param id the agent
	 * @param seen throws if the agent is not what the person saw
	 */
	public void delete(String id, Consumer<Agent> seen) {
		lock(id);
		seen.accept(requireChangeable(id));
		this.jdbc.sql("UPDATE agentotp_agent SET active = FALSE, key_hash = '', deleted_at = ? WHERE id = ?")
			.params(Times.toDatabase(this.clock.instant()), id)
			.update();
	}

	private Agent requireChangeable(String id) {
		Agent agent = get(id);
		if (agent.configured()) {
			throw new ConflictException("This agent comes from the configuration (agentotp.server.agents." + id
					+ "), so it can only be changed there", Map.of("name", id));
		}
		return agent;
	}

	/**
	 * Whether an agent is as the service stored it.
	 * @param id the agent
	 * @return whether it is
	 */
	public boolean isIntact(String id) {
		return this.seals.isIntact(id);
	}

	/**
	 * Whether an agent is as the service stored it, which nobody else changes until the
	 * transaction ends.
	 * @param id the agent
	 * @return {@code false} also if it is not there
	 */
	public boolean lockIntact(String id) {
		return this.seals.lockIntact(id);
	}

	/**
	 * Seals an agent after a change, within its transaction.
	 * @param id the agent
	 * @param wasIntact whether it was as the service stored it
	 * @return the seal, for the audit log
	 */
	public String seal(String id, boolean wasIntact) {
		return this.seals.seal(id, wasIntact);
	}

	/**
	 * What is answered when an agent that somebody changed in the database is to go on as
	 * it is.
	 * @param id the agent
	 * @return the exception to throw, with the remedy
	 */
	public ConflictException changed(String id) {
		return new ConflictException("The agent can do nothing. " + AgentSeals.CHANGED, Map.of("name", get(id).id()));
	}

	static String newKey(boolean test) {
		return (test ? "ak_test_" : "ak_live_") + Secrets.random();
	}

	/**
	 * Stops an agent, or lets it go on.
	 * @param id the agent
	 * @param freeze by whom and why, {@code null} to let it go on
	 */
	public void setFreeze(String id, @Nullable Freeze freeze) {
		get(id);
		this.jdbc.sql("UPDATE agentotp_agent SET frozen_at = ?, frozen_by = ?, frozen_reason = ? WHERE id = ?")
			.params((freeze != null) ? Params.of(Times.toDatabase(freeze.at()), freeze.by(), freeze.reason(), id)
					: Params.of(null, null, null, id))
			.update();
	}

	/**
	 * Stops everything, or lets it go on.
	 * @param freeze by whom and why, {@code null} to let it go on
	 */
	public void setFreezeOfAll(@Nullable Freeze freeze) {
		this.all.set(freeze);
	}

	/**
	 * Why everything is stopped.
	 * @return by whom and why, empty while it is not
	 */
	public Optional<Freeze> freezeOfAll() {
		return this.all.find();
	}

	/**
	 * Makes what one agent does wait for one another, until the present transaction ends.
	 * @param id the agent
	 */
	public void lock(String id) {
		// Not FOR UPDATE, which on PostgreSQL would hold up who refers to the row, too.
		this.jdbc.sql("UPDATE agentotp_agent SET decision_seq = decision_seq WHERE id = ?").param(id).update();
	}

	/**
	 * A known agent.
	 * @param id its name
	 * @return the agent
	 */
	public Agent get(String id) {
		return find(id).orElseThrow(() -> new NotFoundException("There is no such agent"));
	}

	/**
	 * Finds the agent that a key belongs to.
	 * @param key the key
	 * @return the agent
	 */
	public Optional<Agent> findByKey(String key) {
		if (this.application != null && this.application.hasKey(key)) {
			return find(this.application.name()).filter(Agent::active);
		}
		String hash = Secrets.sha256(key);
		List<Agent> agents = this.jdbc.sql(SELECT + "WHERE a.key_hash = ? AND a.active = TRUE")
			.param(hash)
			.query((row, index) -> Secrets.same(row.getString("key_hash"), hash) ? Optional.of(map(row))
					: Optional.<Agent>empty())
			.list()
			.stream()
			.flatMap(Optional::stream)
			.toList();
		// A row into which somebody wrote the key of another takes nothing from that.
		List<Agent> intact = agents.stream().filter(Agent::intact).toList();
		return (intact.size() == 1) ? Optional.of(intact.get(0))
				: (agents.size() == 1) ? Optional.of(agents.get(0)) : Optional.empty();
	}

	/**
	 * An agent as it is by now.
	 * @param agent the agent as it was when it sent its key
	 * @return the agent
	 * @throws UnknownKeyException if the key is no longer that of the agent
	 */
	public Agent present(Agent agent) {
		return find(agent.id())
			.filter((present) -> present.active() && Secrets.same(present.keyHash(), agent.keyHash()))
			.orElseThrow(() -> new UnknownKeyException(UnknownKeyException.UNKNOWN));
	}

	/**
	 * Finds an agent that was not deleted. What a row says that somebody changed in the
	 * database does not count, so that its agent can come back or go.
	 * @param id its name
	 * @return the agent
	 */
	public Optional<Agent> find(String id) {
		return this.jdbc.sql(SELECT + "WHERE a.id = ?")
			.param(id)
			.query((row, index) -> (row.getString("deleted_at") != null && this.seals.isIntact(row))
					? Optional.<Agent>empty() : Optional.of(map(row)))
			.optional()
			.flatMap((agent) -> agent);
	}

	public List<Agent> findAll(int limit, long offset) {
		return this.jdbc.sql(SELECT + "WHERE a.deleted_at IS NULL ORDER BY a.id LIMIT ? OFFSET ?")
			.params(limit, offset)
			.query((row, index) -> map(row))
			.list();
	}

	public long count() {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_agent WHERE deleted_at IS NULL").query(Long.class).single();
	}

	/**
	 * Takes the next position in the agent's feed of decisions, which is free whatever
	 * somebody has made of the present one. The row stays locked until the transaction
	 * ends, so that positions are committed in order. It is locked before the permission
	 * that gets the position.
	 * @param id the agent
	 */
	public void nextDecision(String id) {
		this.jdbc.sql(NEXT_DECISION + "?").params(MAX_DECISIONS, MAX_DECISIONS, id).update();
	}

	/**
	 * Takes the next position in the feed of the agent that a permission is for, as
	 * {@link #nextDecision} does.
	 * @param permission the permission
	 */
	public void nextDecisionOn(String permission) {
		this.jdbc.sql(NEXT_DECISION + "(SELECT a.agent_id FROM agentotp_permission a WHERE a.id = ?)")
			.params(MAX_DECISIONS, MAX_DECISIONS, permission)
			.update();
	}

	public long lastDecision(String id) {
		return this.jdbc.sql("SELECT decision_seq FROM agentotp_agent WHERE id = ?")
			.param(id)
			.query(Long.class)
			.single();
	}

	/**
	 * The position of each agent's feed.
	 * @return the positions by agent
	 */
	public List<Map.Entry<String, Long>> lastDecisions() {
		return this.jdbc.sql("SELECT id, decision_seq FROM agentotp_agent WHERE active = TRUE")
			.query((row, index) -> Map.entry(row.getString("id"), row.getLong("decision_seq")))
			.list();
	}

	private Agent map(ResultSet row) throws SQLException {
		Instant createdAt = Times.get(row, "created_at");
		String id = row.getString("id");
		boolean intact = this.seals.isIntact(row);
		// A row that somebody changed does not say where its agent comes from.
		boolean configured = intact ? row.getBoolean("active") && row.getBoolean("configured")
				: this.configured.contains(id);
		return new Agent(id, intact, row.getString("description"), row.getString("owner"), row.getString("key_hash"),
				row.getString("key_seen_by"), row.getBoolean("active"), configured, row.getBoolean("test"),
				row.getObject("requests_per_minute", Integer.class), row.getObject("max_pending", Integer.class),
				intact ? freeze(row) : new Freeze(createdAt, "system", AgentSeals.CHANGED),
				this.all.isFrozen(row, "all_"), String.valueOf(row.getString("policy_revision")), System.nanoTime(),
				createdAt);
	}

	private static @Nullable Freeze freeze(ResultSet row) throws SQLException {
		Instant at = Times.getOrNull(row, "frozen_at");
		return (at != null) ? new Freeze(at, row.getString("frozen_by"), row.getString("frozen_reason")) : null;
	}

}
