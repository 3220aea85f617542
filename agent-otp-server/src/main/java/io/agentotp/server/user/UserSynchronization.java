package io.agentotp.server.user;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

import io.agentotp.server.agent.AgentChanges;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes the configured users those of the configuration, when the service starts. Users
 * that were added on pages or over the API stay, unless the configuration has their name.
 * Without any user one is made.
 */
final class UserSynchronization {

	private static final Logger logger = LoggerFactory.getLogger(UserSynchronization.class);

	private static final String FIRST_USER = "admin";

	private final JdbcClient jdbc;

	private final TransactionTemplate transactions;

	private final PasswordEncoder passwordEncoder;

	private final UserSessions sessions;

	private final UserSeals seals;

	private final AgentChanges agents;

	private final AuditLog audit;

	private final Instance instance;

	private final InstantSource clock;

	UserSynchronization(JdbcClient jdbc, TransactionTemplate transactions, PasswordEncoder passwordEncoder,
			UserSessions sessions, UserSeals seals, AgentChanges agents, AuditLog audit, Instance instance,
			InstantSource clock) {
		this.jdbc = jdbc;
		this.transactions = transactions;
		this.passwordEncoder = passwordEncoder;
		this.sessions = sessions;
		this.seals = seals;
		this.agents = agents;
		this.audit = audit;
		this.instance = instance;
		this.clock = clock;
	}

	void run(AgentOtpServerProperties properties) {
		Map<String, AgentOtpServerProperties.User> configured = properties.users();
		this.transactions.executeWithoutResult((status) -> {
			this.instance.lock();
			this.seals.renew(
					(name, seal) -> record(AuditEvent.USER_CHANGED, name, Json.object().put("sealed", "anew"), seal));
			Map<String, Row> before = rows();
			// Who is somebody outside is told anew, so that two can change places.
			this.jdbc
				.sql("UPDATE agentotp_user SET active = FALSE, issuer = NULL, subject = NULL WHERE configured = TRUE")
				.update();
			// The user of the first start is for as long as nobody is configured.
			if (!configured.isEmpty()) {
				this.jdbc.sql("UPDATE agentotp_user SET active = FALSE WHERE generated = TRUE").update();
			}
			configured.forEach((name, user) -> save(name, user, before.get(name)));
			// Who is configured no more has ended, until the configuration has the name
			// again.
			this.jdbc.sql("""
					UPDATE agentotp_user SET password_hash = NULL, key_hash = NULL, member_of = '[]', ended_at = ?
					WHERE configured = TRUE AND active = FALSE AND ended_at IS NULL""")
				.param(Times.toDatabase(this.clock.instant()))
				.update();
			if (configured.isEmpty() && properties.localSignIn() && isFirstUserNeeded(before.get(FIRST_USER))) {
				createFirstUser();
			}
			rows().forEach((name, row) -> {
				if (!row.intact()) {
					changed(name, row, before.get(name), configured.containsKey(name));
				}
			});
			this.sessions.endOfInactive();
			if (!properties.localSignIn()) {
				this.sessions.endLocal();
			}
		});
		configured.forEach((name, user) -> warnOfShortPassword(name, user));
		if (!isAdministratorOutside(properties) && !Users.hasAdministrator(this.jdbc, this.seals)) {
			logger.warn(
					"No user is an administrator, so agents, users and policies can only be changed by configuration. "
							+ "Give a user the role: agentotp.server.users.<name>.roles=administrator");
		}
	}

	// Who administers may come at the first sign-in only.
	private static boolean isAdministratorOutside(AgentOtpServerProperties properties) {
		return properties.oidc()
			.values()
			.stream()
			.anyMatch((provider) -> !provider.roles().getOrDefault(Role.ADMINISTRATOR, Set.of()).isEmpty());
	}

	private static void warnOfShortPassword(String name, AgentOtpServerProperties.User user) {
		String password = user.password();
		if (password != null && !user.hasEncodedPassword()
				&& password.codePointCount(0, password.length()) < UserChanges.MIN_PASSWORD) {
			logger.warn("The configured password of user '{}' has fewer than {} characters. Configure a longer one",
					name, UserChanges.MIN_PASSWORD);
		}
	}

	private Map<String, Row> rows() {
		Map<String, Row> rows = new TreeMap<>();
		// What waits to be written there must not be sealed with this change.
		this.jdbc.sql("SELECT * FROM agentotp_user FOR UPDATE").query((row) -> {
			rows.put(row.getString("name"),
					new Row(this.seals.isIntact(row), row.getBoolean("configured"), row.getString("roles"),
							row.getString("password_hash"), row.getString("key_hash"), row.getBoolean("active"),
							row.getString("member_of")));
		});
		return rows;
	}

	// What the configuration does not set anew is only sealed if nobody else changed it.
	private void changed(String name, Row row, @Nullable Row before, boolean configured) {
		if (before != null && !before.intact() && !configured) {
			logger.error("User '{}': {}", name, UserSeals.CHANGED);
			return;
		}
		ObjectNode details = Json.object()
			.put("roles", row.roles())
			.put("active", row.active())
			.put("groups", row.groups())
			.put("otherPassword", before == null || !Objects.equals(before.password(), row.password()))
			.put("otherKey", before == null || !Objects.equals(before.key(), row.key()))
			.put("by", configured ? "configuration" : "start");
		if (before != null && !before.intact()) {
			details.put("changedInDatabase", true);
		}
		record((before == null) ? AuditEvent.USER_CREATED : AuditEvent.USER_CHANGED, name, details,
				this.seals.seal(name));
	}

	private void record(AuditEvent event, String name, ObjectNode details, String seal) {
		this.audit.record(this.clock.instant(), null, null,
				List.of(new AuditLog.Row(event, Actor.SYSTEM, details.put("user", name), seal)));
	}

	// One that was off comes back only if nobody else administers, and not with the
	// password or key that it had.
	private boolean isFirstUserNeeded(@Nullable Row before) {
		if (before != null && before.intact() && isFirstUserOff()) {
			return !Users.hasAdministrator(this.jdbc, this.seals);
		}
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_user WHERE active = TRUE OR generated = TRUE")
			.query(Long.class)
			.single() == 0;
	}

	private boolean isFirstUserOff() {
		return this.jdbc.sql(
				"SELECT COUNT(*) FROM agentotp_user WHERE name = ? AND generated = TRUE AND active = FALSE AND ended_at IS NULL")
			.param(FIRST_USER)
			.query(Long.class)
			.single() > 0;
	}

	private void createFirstUser() {
		String password = Secrets.random().substring(0, 24);
		write(FIRST_USER, this.passwordEncoder.encode(password), null, Set.of(Role.APPROVER, Role.ADMINISTRATOR), true);
		logger.warn("""


				No user is configured (agentotp.server.users.<name>.password), so this one was made:

				    user name: {}
				    password:  {}

				The password is shown this once. It has to be changed at the first sign-in.
				""", FIRST_USER, password);
	}

	private void save(String name, AgentOtpServerProperties.User settings, @Nullable Row before) {
		// Where somebody else chose it, it is none that the configuration knows.
		String known = (before != null && before.configured()) ? before.password() : null;
		String password = encode(settings, known);
		if (!Objects.equals(password, known)) {
			this.sessions.end(name);
		}
		write(name, password, (settings.apiKey() != null) ? Secrets.sha256(settings.apiKey()) : null, settings.roles(),
				false);
		if (settings.subject() != null) {
			// A user that a sign-in made for the same person ends, and what it owned is
			// the other's, so that nobody decides on requests of the own agent.
			this.jdbc.sql("""
					SELECT name FROM agentotp_user
					WHERE issuer = ? AND subject = ? AND name <> ? AND provider IS NOT NULL""")
				.params(Params.of(settings.issuer(), settings.subject(), name))
				.query(String.class)
				.list()
				.forEach((other) -> handOver(other, name));
			this.jdbc.sql("""
					UPDATE agentotp_user SET issuer = NULL, subject = NULL,
						active = CASE WHEN provider IS NULL THEN active ELSE FALSE END,
						ended_at = CASE WHEN provider IS NULL THEN ended_at ELSE ? END
					WHERE issuer = ? AND subject = ? AND name <> ?""")
				.params(Params.of(Times.toDatabase(this.clock.instant()), settings.issuer(), settings.subject(), name))
				.update();
		}
		if (before != null && !before.intact()) {
			logger.error("User '{}' is not as the service stored it. It is as the configuration says again, "
					+ "without language, time zone and quiet hours that it does not have", name);
			this.jdbc.sql("""
					UPDATE agentotp_user SET language = NULL, time_zone = NULL, quiet_from = NULL, quiet_until = NULL,
						quiet_first = FALSE WHERE name = ?""").param(name).update();
		}
		// How one wants to be told stays where the configuration does not say it.
		this.jdbc.sql("""
				UPDATE agentotp_user SET member_of = ?, language = COALESCE(?, language),
					time_zone = COALESCE(?, time_zone), issuer = ?, subject = ? WHERE name = ?""")
			.params(Params.of(UserProfile.text(settings.groups()), settings.language(), settings.timeZone(),
					settings.issuer(), settings.subject(), name))
			.update();
	}

	private void handOver(String other, String name) {
		try {
			this.agents.handOver(other, name, Actor.SYSTEM);
		}
		catch (ConflictException ex) {
			throw InvalidSettingException.fault(ex.text(), "Users '" + other + "' and '" + name + "' are one person");
		}
	}

	private @Nullable String encode(AgentOtpServerProperties.User settings, @Nullable String known) {
		String password = settings.password();
		if (password == null || settings.hasEncodedPassword()) {
			return password;
		}
		return (known != null && this.passwordEncoder.matches(password, known)) ? known
				: this.passwordEncoder.encode(password);
	}

	// A generated password is in the log, so it is good for choosing another one only.
	private void write(String name, @Nullable String passwordHash, @Nullable String keyHash, Set<Role> roles,
			boolean generated) {
		List<?> values = Params.of(passwordHash, keyHash, Users.text(roles), generated, !generated, generated, name);
		if (this.jdbc.sql("""
				UPDATE agentotp_user SET password_hash = ?, key_hash = ?, roles = ?, generated = ?, configured = ?,
					password_temporary = ?, active = TRUE, link_hash = NULL, link_until = NULL, ended_at = NULL
				WHERE name = ?""").params(values).update() == 0) {
			Users.insert(this.jdbc, values, this.clock);
		}
	}

	private record Row(boolean intact, boolean configured, String roles, @Nullable String password,
			@Nullable String key, boolean active, String groups) {
	}

}
