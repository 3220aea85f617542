package io.agentotp.server.agent;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes the configured agents the active ones, when the service starts. An agent that is
 * no longer configured can no longer ask.
 */
final class AgentSynchronization {

	private static final Logger logger = LoggerFactory.getLogger(AgentSynchronization.class);

	private final JdbcClient jdbc;

	private final AgentSeals seals;

	private final FreezeOfAll all;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final Instance instance;

	private final InstantSource clock;

	AgentSynchronization(JdbcClient jdbc, AgentSeals seals, FreezeOfAll all, AuditLog audit,
			TransactionTemplate transactions, Instance instance, InstantSource clock) {
		this.jdbc = jdbc;
		this.seals = seals;
		this.all = all;
		this.audit = audit;
		this.transactions = transactions;
		this.instance = instance;
		this.clock = clock;
	}

	void run(AgentOtpServerProperties properties, @Nullable ApplicationAgent application) {
		this.transactions.executeWithoutResult((status) -> {
			this.instance.lock();
			this.all.renewSeal();
			this.seals
				.renew((id, seal) -> record(AuditEvent.AGENT_CHANGED, id, Json.object().put("sealed", "anew"), seal));
			Map<String, Boolean> before = intact();
			Map<String, String> keys = keys();
			this.jdbc.sql("UPDATE agentotp_agent SET active = FALSE WHERE configured = TRUE").update();
			properties.agents().forEach((name, agent) -> save(name, agent, before.getOrDefault(name, false)));
			if (application != null) {
				save(application);
			}
			Map<String, String> after = keys();
			intact().forEach((id, intact) -> {
				if (!intact) {
					changed(id, before.get(id), !Objects.equals(after.get(id), keys.get(id)));
				}
			});
		});
		warn(properties);
	}

	// Whether each is as it was sealed.
	private Map<String, Boolean> intact() {
		Map<String, Boolean> intact = new TreeMap<>();
		this.jdbc.sql("SELECT * FROM agentotp_agent").query((row) -> {
			intact.put(row.getString("id"), this.seals.isIntact(row));
		});
		return intact;
	}

	private Map<String, String> keys() {
		Map<String, String> keys = new HashMap<>();
		this.jdbc.sql("SELECT id, key_hash FROM agentotp_agent").query((row) -> {
			keys.put(row.getString("id"), row.getString("key_hash"));
		});
		return keys;
	}

	private void changed(String id, @Nullable Boolean wasIntact, boolean otherKey) {
		boolean known = wasIntact != null;
		if (wasIntact != null && !wasIntact) {
			logger.error("Agent '{}' can do nothing. {}", id, AgentSeals.CHANGED);
			return;
		}
		String seal = this.seals.seal(id);
		ObjectNode details = this.jdbc.sql("SELECT * FROM agentotp_agent WHERE id = ?")
			.param(id)
			.query((row, index) -> Json.object()
				.put("owner", row.getString("owner"))
				.put("requestsPerMinute", row.getObject("requests_per_minute", Integer.class))
				.put("maxPending", row.getObject("max_pending", Integer.class))
				.put("test", row.getBoolean("test"))
				.put("active", row.getBoolean("active")))
			.single();
		record(known ? AuditEvent.AGENT_CHANGED : AuditEvent.AGENT_CREATED, id,
				details.put("otherKey", otherKey).put("by", "configuration"), seal);
	}

	private void record(AuditEvent event, String id, ObjectNode details, String seal) {
		this.audit.record(this.clock.instant(), null, id,
				List.of(new AuditLog.Row(event, Actor.SYSTEM, details, seal)));
	}

	private void warn(AgentOtpServerProperties properties) {
		if (properties.testKeys()) {
			logger.warn("Test keys (ak_test_) are accepted: their requests are approved automatically");
		}
		properties.agents().forEach((name, agent) -> {
			if (!properties.testKeys() && agent.apiKey() != null && Agents.isTestKey(agent.apiKey())) {
				logger.warn("Agent '{}' has a test key, which is refused without agentotp.server.test-keys=true", name);
			}
			if (agent.owner() != null && !properties.users().containsKey(agent.owner()) && !isAdded(agent.owner())) {
				logger.warn("Agent '{}' is owned by '{}', who is not a user", name, agent.owner());
			}
		});
	}

	// Those of the configuration may be stored later.
	private boolean isAdded(String user) {
		return this.jdbc.sql(
				"SELECT COUNT(*) FROM agentotp_user WHERE LOWER(name) = LOWER(?) AND active = TRUE AND configured = FALSE")
			.param(user)
			.query(Long.class)
			.single() > 0;
	}

	private void save(String name, AgentOtpServerProperties.Agent settings, boolean intact) {
		String key = (settings.apiKey() != null) ? settings.apiKey() : "";
		String keyHash = Secrets.sha256(key);
		this.jdbc.sql("SELECT id FROM agentotp_agent WHERE key_hash = ? AND active = TRUE AND id <> ?")
			.params(keyHash, name)
			.query(String.class)
			.list()
			.forEach((other) -> {
				throw InvalidSettingException.secret("agents." + name + ".api-key",
						"Agent '" + other + "' has the same key. Give each agent its own");
			});
		// What was approved for tests must never be good for a live key. A row that was
		// changed says nothing of that.
		if (intact && this.jdbc.sql("SELECT COUNT(*) FROM agentotp_agent WHERE id = ? AND test <> ?")
			.params(name, Agents.isTestKey(key))
			.query(Long.class)
			.single() > 0) {
			throw InvalidSettingException.secret("agents." + name + ".api-key", Agents.isTestKey(key)
					? "The agent had an ak_live_ key and cannot become one for tests. Give the agent for tests another name"
					: "The agent had an ak_test_ key and cannot become a live one. Give the live agent another name");
		}
		int updated = this.jdbc
			.sql("""
					UPDATE agentotp_agent SET key_seen_by = (CASE WHEN key_hash = ? THEN key_seen_by END), key_hash = ?, owner = ?, test = ?, active = TRUE, configured = TRUE,
						requests_per_minute = ?, max_pending = ?, deleted_at = NULL
					WHERE id = ?""")
			.params(Params.of(keyHash, keyHash, settings.owner(), Agents.isTestKey(key), settings.requestsPerMinute(),
					settings.maxPending(), name))
			.update();
		if (updated == 0) {
			Agents.insert(this.jdbc, this.clock.instant(), name, key, true,
					new AgentSettings(null, settings.owner(), settings.requestsPerMinute(), settings.maxPending()),
					null);
		}
	}

	// Administrators may change it like one that they made. It has no key that is stored.
	private void save(ApplicationAgent application) {
		int updated = this.jdbc
			.sql("UPDATE agentotp_agent SET active = (active OR configured), configured = FALSE WHERE id = ?")
			.param(application.name())
			.update();
		if (updated == 0) {
			Agents.insert(this.jdbc, this.clock.instant(), application.name(), null, false,
					new AgentSettings("The application around the service", null, null, null), null);
		}
		if (this.jdbc.sql("SELECT COUNT(*) FROM agentotp_agent WHERE id = ? AND active = FALSE")
			.param(application.name())
			.query(Long.class)
			.single() > 0) {
			logger.warn("Agent '{}', which this application is, was deleted, so its guarded calls are refused. "
					+ "Set agentotp.api-key to the key of another agent", application.name());
		}
	}

}
