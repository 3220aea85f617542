package io.agentotp.server.agent;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSetting;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The known agents. Their keys are kept as hashes only.
 */
public final class Agents {

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

	private static final Pattern KEY = Pattern.compile("ak_(live|test)_[A-Za-z0-9_-]{24,}");

	private final JdbcClient jdbc;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	private final Instance instance;

	public Agents(JdbcClient jdbc, TransactionTemplate transactions, Instance instance, InstantSource clock) {
		this.jdbc = jdbc;
		this.transactions = transactions;
		this.instance = instance;
		this.clock = clock;
	}

	/**
	 * Makes the configured agents the active ones. An agent that is configured no more
	 * may ask no more.
	 * @param configured the agents of the configuration
	 */
	public void synchronize(Map<String, AgentOtpServerProperties.Agent> configured) {
		configured.forEach(Agents::validate);
		this.transactions.executeWithoutResult((status) -> {
			this.instance.lock();
			this.jdbc.sql("UPDATE agentotp_agent SET active = FALSE").update();
			configured.forEach((name, settings) -> save(name, hash(settings), settings.owner()));
		});
	}

	private static void validate(String name, AgentOtpServerProperties.Agent settings) {
		if (!NAME.matcher(name).matches()) {
			throw InvalidSetting.of("agents", name,
					"The name of an agent has 1 to 64 letters, digits, dots, hyphens or underscores");
		}
		String setting = "agents." + name + ".api-key";
		if (settings.apiKey() == null) {
			throw InvalidSetting.of(setting, null, "Give the agent a key: ak_live_ and at least 24 random characters");
		}
		if (!KEY.matcher(settings.apiKey()).matches()) {
			throw InvalidSetting.secret(setting,
					"It must be ak_live_ or ak_test_ followed by at least 24 letters, digits, hyphens or underscores");
		}
	}

	private static String hash(AgentOtpServerProperties.Agent settings) {
		return (settings.apiKey() != null) ? Secrets.sha256(settings.apiKey()) : "";
	}

	private void save(String name, String keyHash, @Nullable String owner) {
		if (this.jdbc.sql("SELECT COUNT(*) FROM agentotp_agent WHERE key_hash = ? AND active = TRUE")
			.param(keyHash)
			.query(Long.class)
			.single() > 0) {
			throw InvalidSetting.secret("agents." + name + ".api-key", "Another agent has the same key");
		}
		int updated = this.jdbc.sql("UPDATE agentotp_agent SET key_hash = ?, owner = ?, active = TRUE WHERE id = ?")
			.params(Params.of(keyHash, owner, name))
			.update();
		if (updated == 0) {
			this.jdbc.sql("""
					INSERT INTO agentotp_agent (id, key_hash, owner, active, decision_seq, created_at)
					VALUES (?, ?, ?, TRUE, 0, ?)""")
				.params(Params.of(name, keyHash, owner, Times.toDatabase(this.clock.instant())))
				.update();
		}
	}

	/**
	 * Finds the agent that a key belongs to.
	 * @param key the key
	 * @return the agent
	 */
	public Optional<Agent> findByKey(String key) {
		String hash = Secrets.sha256(key);
		return this.jdbc.sql("SELECT * FROM agentotp_agent WHERE key_hash = ? AND active = TRUE")
			.param(hash)
			.query((row, index) -> Secrets.same(row.getString("key_hash"), hash) ? Optional.of(map(row))
					: Optional.<Agent>empty())
			.optional()
			.flatMap((agent) -> agent);
	}

	public Optional<Agent> find(String id) {
		return this.jdbc.sql("SELECT * FROM agentotp_agent WHERE id = ?")
			.param(id)
			.query((row, index) -> map(row))
			.optional();
	}

	public List<Agent> findAll(int limit, long offset) {
		return this.jdbc.sql("SELECT * FROM agentotp_agent ORDER BY id LIMIT ? OFFSET ?")
			.params(limit, offset)
			.query((row, index) -> map(row))
			.list();
	}

	public long count() {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_agent").query(Long.class).single();
	}

	/**
	 * Takes the next position in the agent's feed of decisions. The row stays locked
	 * until the transaction ends, so that positions are committed in order.
	 * @param id the agent
	 * @return the position
	 */
	public long nextDecision(String id) {
		this.jdbc.sql("UPDATE agentotp_agent SET decision_seq = decision_seq + 1 WHERE id = ?").param(id).update();
		return lastDecision(id);
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

	private static Agent map(ResultSet row) throws SQLException {
		Instant createdAt = Times.get(row, "created_at");
		return new Agent(row.getString("id"), row.getString("owner"), row.getBoolean("active"), createdAt);
	}

}
