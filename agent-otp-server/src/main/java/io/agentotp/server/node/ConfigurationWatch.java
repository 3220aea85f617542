package io.agentotp.server.node;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Instance;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicyVersion;
import io.agentotp.server.policy.PolicyVersions;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Notices that the configuration is another one than before, or than that of another
 * node. Agents and users of the last start count for all nodes.
 */
@Component
public final class ConfigurationWatch {

	private static final Logger logger = LoggerFactory.getLogger(ConfigurationWatch.class);

	private final JdbcClient jdbc;

	private final PasswordEncoder passwordEncoder;

	private final PolicyRegistry policies;

	private final PolicyVersions versions;

	private final Map<String, AgentOtpServerProperties.User> users;

	private final ObjectNode own;

	// By user: the hash that the password was last compared with.
	private final Map<String, String> compared = new HashMap<>();

	private final Set<String> otherPasswords = new TreeSet<>();

	private boolean otherPolicies;

	private volatile List<String> differences = List.of();

	ConfigurationWatch(JdbcClient jdbc, TransactionTemplate transactions, PasswordEncoder passwordEncoder,
			PolicyRegistry policies, PolicyVersions versions, Instance instance, AuditLog audit, InstantSource clock,
			Meters meters, AgentOtpServerProperties properties) {
		this.jdbc = jdbc;
		this.passwordEncoder = passwordEncoder;
		this.policies = policies;
		this.versions = versions;
		this.users = properties.users();
		this.own = fingerprints(properties);
		meters.gauge("configuration.differences",
				"How many settings of this node a node that started later has otherwise",
				() -> this.differences.size());
		transactions.executeWithoutResult((status) -> {
			instance.lock();
			Set<String> changed = read().map(this::compare).orElse(Set.of());
			if (!changed.isEmpty()) {
				logger.info("The configuration is another one than at the last start of a node: {}", changed);
				ObjectNode details = Json.object();
				changed.forEach((name) -> details.withArray("changed").add(name));
				audit.record(clock.instant(), null, null, AuditEvent.CONFIGURED, Actor.SYSTEM, details);
			}
			jdbc.sql("UPDATE agentotp_instance SET configuration = ?").param(Json.write(this.own)).update();
		});
	}

	// Addresses, paths, memory and the database are the node's own. Plain passwords are
	// left out, since they could be guessed from such a hash.
	private static ObjectNode fingerprints(AgentOtpServerProperties properties) {
		Map<String, String> values = new TreeMap<>();
		properties.agents()
			.forEach((name, agent) -> values.put("agents." + name,
					join(agent.apiKey(), agent.owner(), agent.requestsPerMinute(), agent.maxPending())));
		properties.users()
			.forEach((name, user) -> values.put("users." + name, join(user.apiKey(), new TreeSet<>(user.roles()),
					user.hasEncodedPassword() ? user.password() : user.password() != null)));
		AgentOtpServerProperties.Limits limits = properties.limits();
		values.put("approval-window", join(properties.approvalWindow()));
		values.put("test-keys", join(properties.testKeys()));
		values.put("sessions.idle-timeout", join(properties.sessions().idleTimeout()));
		values.put("sessions.absolute-timeout", join(properties.sessions().absoluteTimeout()));
		values.put("passkeys", join(properties.passkeys().rpId(), properties.passkeys().origins()));
		values.put("policies.trust-context", join(properties.policies().trustContext()));
		values.put("limits.requests-per-minute", join(limits.requestsPerMinute()));
		values.put("limits.max-pending", join(limits.maxPending()));
		values.put("limits.wrong-passwords-per-minute", join(limits.wrongPasswordsPerMinute()));
		values.put("limits.wrong-keys-per-minute", join(limits.wrongKeysPerMinute()));
		values.put("retention.details", join(properties.retention().details()));
		values.put("retention.permissions", join(properties.retention().permissions()));
		ObjectNode fingerprints = Json.object();
		values.forEach((name, text) -> fingerprints.put(name, Secrets.sha256(text).substring(0, 16)));
		return fingerprints;
	}

	private static String join(@Nullable Object... values) {
		StringBuilder text = new StringBuilder();
		for (Object value : values) {
			text.append(Secrets.sha256(String.valueOf(value)));
		}
		return text.toString();
	}

	private Optional<ObjectNode> read() {
		return this.jdbc.sql("SELECT configuration FROM agentotp_instance")
			.query((row, index) -> Optional.ofNullable(row.getString(1)).map(Json::readObjectOrNull))
			.single();
	}

	private Set<String> compare(ObjectNode other) {
		Set<String> names = new TreeSet<>(this.own.propertyNames());
		names.addAll(other.propertyNames());
		names.removeIf((name) -> this.own.path(name).equals(other.path(name)));
		return names;
	}

	/**
	 * What another node that started later has configured otherwise.
	 * @return names below {@code agentotp.server}, empty if all nodes agree
	 */
	public List<String> differences() {
		return this.differences;
	}

	/**
	 * Compares the configuration of this node with that of the node that started last.
	 */
	@Scheduled(initialDelay = 10, fixedDelay = 10, timeUnit = TimeUnit.SECONDS)
	public synchronized void check() {
		try {
			Set<String> found = read().map(this::compare).orElseGet(TreeSet::new);
			comparePasswords();
			found.addAll(this.otherPasswords);
			boolean others = hasOtherPolicies();
			// A file that has just changed is not yet read everywhere.
			if (others && this.otherPolicies) {
				found.add("policies.files");
			}
			this.otherPolicies = others;
			List<String> all = List.copyOf(found);
			if (!all.isEmpty() && !all.equals(this.differences)) {
				logger
					.warn("Another node started later with another configuration of {}. Its agents and users count for "
							+ "all nodes. Give all nodes the same configuration", all);
			}
			this.differences = all;
		}
		catch (DataAccessException | RefusedException ex) {
			logger.debug("The configurations could not be compared", ex);
		}
	}

	// Takes long, so only once for each hash.
	private void comparePasswords() {
		this.users.forEach((name, user) -> {
			if (user.password() == null || user.hasEncodedPassword()) {
				return;
			}
			String hash = this.jdbc.sql("SELECT COALESCE(password_hash, '') FROM agentotp_user WHERE name = ?")
				.param(name)
				.query(String.class)
				.optional()
				.orElse("");
			if (!hash.equals(this.compared.put(name, hash))) {
				this.otherPasswords.remove("users." + name);
				if (hash.isEmpty() || !this.passwordEncoder.matches(user.password(), hash)) {
					this.otherPasswords.add("users." + name);
				}
			}
		});
	}

	private boolean hasOtherPolicies() {
		long latest = this.versions.list(1, 0).stream().mapToLong(PolicyVersion::version).findFirst().orElse(0);
		return this.policies.refresh().version() < latest;
	}

}
