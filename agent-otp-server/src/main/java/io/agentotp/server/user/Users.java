package io.agentotp.server.user;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The people who may sign in. Passwords and keys are kept as hashes only.
 */
@Component
public final class Users implements UserDetailsService {

	private static final Logger logger = LoggerFactory.getLogger(Users.class);

	private static final String FIRST_USER = "admin";

	private final JdbcClient jdbc;

	private final TransactionTemplate transactions;

	private final PasswordEncoder passwordEncoder;

	private final UserSessions sessions;

	private final UserSeals seals;

	private final AuditLog audit;

	private final Instance instance;

	private final InstantSource clock;

	Users(JdbcClient jdbc, TransactionTemplate transactions, PasswordEncoder passwordEncoder, UserSessions sessions,
			UserSeals seals, AuditLog audit, Instance instance, InstantSource clock,
			AgentOtpServerProperties properties) {
		this.jdbc = jdbc;
		this.transactions = transactions;
		this.passwordEncoder = passwordEncoder;
		this.sessions = sessions;
		this.seals = seals;
		this.audit = audit;
		this.instance = instance;
		this.clock = clock;
		synchronize(properties.users());
	}

	/**
	 * Makes the configured users the active ones; without any there is one that is made
	 * at the first start.
	 * @param configured the users of the configuration
	 */
	private void synchronize(Map<String, AgentOtpServerProperties.User> configured) {
		this.transactions.executeWithoutResult((status) -> {
			this.instance.lock();
			this.seals.renew(
					(name, seal) -> record(AuditEvent.USER_CHANGED, name, Json.object().put("sealed", "anew"), seal));
			Map<String, Row> before = rows();
			if (configured.isEmpty()) {
				this.jdbc.sql("UPDATE agentotp_user SET active = generated").update();
				createFirstUser();
			}
			else {
				this.jdbc.sql("UPDATE agentotp_user SET active = FALSE").update();
				configured.forEach(this::save);
			}
			rows().forEach((name, row) -> {
				if (!row.intact()) {
					changed(name, row, before.get(name), configured.containsKey(name));
				}
			});
			this.sessions.endOfInactive();
		});
	}

	private Map<String, Row> rows() {
		Map<String, Row> rows = new TreeMap<>();
		this.jdbc.sql("SELECT * FROM agentotp_user").query((row) -> {
			rows.put(row.getString("name"), new Row(this.seals.isIntact(row), row.getString("roles"),
					row.getString("password_hash"), row.getString("key_hash"), row.getBoolean("active")));
		});
		return rows;
	}

	// What the configuration does not set anew is only sealed if nobody else changed it.
	private void changed(String name, Row row, @Nullable Row before, boolean configured) {
		if (before != null && !before.intact() && !configured) {
			logger.error("User '{}' was changed in the database and can do nothing", name);
			return;
		}
		ObjectNode details = Json.object()
			.put("roles", row.roles())
			.put("active", row.active())
			.put("otherPassword", before == null || !Objects.equals(before.password(), row.password()))
			.put("otherKey", before == null || !Objects.equals(before.key(), row.key()))
			.put("by", configured ? "configuration" : "start");
		record((before == null) ? AuditEvent.USER_CREATED : AuditEvent.USER_CHANGED, name, details,
				this.seals.seal(name));
	}

	private void record(AuditEvent event, String name, ObjectNode details, String seal) {
		this.audit.record(this.clock.instant(), null, null,
				List.of(new AuditLog.Row(event, Actor.SYSTEM, details.put("user", name), seal)));
	}

	private void createFirstUser() {
		if (this.jdbc.sql("SELECT COUNT(*) FROM agentotp_user WHERE generated = TRUE").query(Long.class).single() > 0) {
			return;
		}
		String password = Secrets.random().substring(0, 24);
		insert(FIRST_USER, this.passwordEncoder.encode(password), null,
				Set.of(AgentOtpServerProperties.Role.APPROVER, AgentOtpServerProperties.Role.ADMINISTRATOR), true);
		logger.warn("""


				No user is configured (agentotp.server.users.<name>.password), so this one was made:

				    user name: {}
				    password:  {}

				The password is shown this once.
				""", FIRST_USER, password);
	}

	private void save(String name, AgentOtpServerProperties.User settings) {
		String known = this.jdbc.sql("SELECT password_hash FROM agentotp_user WHERE name = ? AND generated = FALSE")
			.param(name)
			.query((row, index) -> Optional.ofNullable(row.getString("password_hash")))
			.optional()
			.flatMap((hash) -> hash)
			.orElse(null);
		String keyHash = (settings.apiKey() != null) ? Secrets.sha256(settings.apiKey()) : null;
		String password = encode(settings, known);
		if (!Objects.equals(password, known)) {
			this.sessions.end(name);
		}
		insert(name, password, keyHash, settings.roles(), false);
	}

	private @Nullable String encode(AgentOtpServerProperties.User settings, @Nullable String known) {
		String password = settings.password();
		if (password == null || settings.hasEncodedPassword()) {
			return password;
		}
		return (known != null && this.passwordEncoder.matches(password, known)) ? known
				: this.passwordEncoder.encode(password);
	}

	private void insert(String name, @Nullable String passwordHash, @Nullable String keyHash,
			Set<AgentOtpServerProperties.Role> roles, boolean generated) {
		String text = new TreeSet<>(roles).stream().map(Enum::name).collect(Collectors.joining(","));
		if (this.jdbc.sql("""
				UPDATE agentotp_user SET password_hash = ?, key_hash = ?, roles = ?, generated = ?, active = TRUE
				WHERE name = ?""").params(Params.of(passwordHash, keyHash, text, generated, name)).update() == 0) {
			this.jdbc
				.sql("""
						INSERT INTO agentotp_user (name, password_hash, key_hash, roles, generated, active, created_at, seal)
						VALUES (?, ?, ?, ?, ?, TRUE, ?, '')""")
				.params(Params.of(name, passwordHash, keyHash, text, generated, Times.toDatabase(this.clock.instant())))
				.update();
		}
	}

	@Override
	public UserDetails loadUserByUsername(String username) {
		return this.jdbc
			.sql("SELECT * FROM agentotp_user WHERE name = ? AND active = TRUE AND password_hash IS NOT NULL")
			.param(username)
			.query((row, index) -> known(row, row.getString("password_hash")))
			.optional()
			.flatMap((user) -> user)
			.orElseThrow(() -> new UsernameNotFoundException("No such user"));
	}

	/**
	 * Finds a user as it is now.
	 * @param name the name
	 * @return the user, empty if there is none who may act
	 */
	public Optional<UserDetails> find(String name) {
		return this.jdbc.sql("SELECT * FROM agentotp_user WHERE name = ? AND active = TRUE")
			.param(name)
			.query((row, index) -> known(row, ""))
			.optional()
			.flatMap((user) -> user);
	}

	/**
	 * Finds the user that a key belongs to.
	 * @param key the key
	 * @return the user
	 */
	public Optional<UserDetails> findByKey(String key) {
		String hash = Secrets.sha256(key);
		List<UserDetails> users = this.jdbc.sql("SELECT * FROM agentotp_user WHERE key_hash = ? AND active = TRUE")
			.param(hash)
			.query((row, index) -> known(row, ""))
			.list()
			.stream()
			.flatMap(Optional::stream)
			.toList();
		// A key that two users share says nothing about who acts.
		return (users.size() == 1) ? Optional.of(users.get(0)) : Optional.empty();
	}

	/**
	 * Whether a person of this name may sign in or act with a key.
	 * @param name the name, in any case
	 * @return whether there is one
	 */
	public boolean isKnown(String name) {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_user WHERE LOWER(name) = LOWER(?) AND active = TRUE")
			.param(name)
			.query(Long.class)
			.single() > 0;
	}

	private Optional<UserDetails> known(ResultSet row, String password) throws SQLException {
		return this.seals.isIntact(row) ? Optional.of(map(row, password)) : Optional.empty();
	}

	private static UserDetails map(ResultSet row, String password) throws SQLException {
		return User.withUsername(row.getString("name"))
			.password(password)
			.roles(Arrays.stream(row.getString("roles").split(",")).toArray(String[]::new))
			.build();
	}

	private record Row(boolean intact, String roles, @Nullable String password, @Nullable String key, boolean active) {
	}

}
