package io.agentotp.server.user;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.agent.AgentChanges;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.token.Secrets;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The people who may sign in. Passwords, keys and links are kept as hashes only.
 */
@Component
public final class Users implements UserDetailsService {

	// What each user is, and all that one with a temporary password is.
	private static final String PERSON = "PERSON";

	private static final String SELECT = "SELECT * FROM agentotp_user ";

	private final JdbcClient jdbc;

	private final UserSeals seals;

	private final InstantSource clock;

	private final Set<String> configured;

	Users(JdbcClient jdbc, TransactionTemplate transactions, PasswordEncoder passwordEncoder, UserSessions sessions,
			UserSeals seals, AgentChanges agents, AuditLog audit, Instance instance, InstantSource clock,
			AgentOtpServerProperties properties) {
		this.jdbc = jdbc;
		this.seals = seals;
		this.clock = clock;
		this.configured = Set.copyOf(properties.users().keySet());
		new UserSynchronization(jdbc, transactions, passwordEncoder, sessions, seals, agents, audit, instance, clock)
			.run(properties);
	}

	static String text(Set<Role> roles) {
		return new TreeSet<>(roles).stream().map(Enum::name).collect(Collectors.joining(","));
	}

	static void insert(JdbcClient jdbc, List<?> values, InstantSource clock) {
		jdbc.sql("""
				INSERT INTO agentotp_user (password_hash, key_hash, roles, generated, configured, password_temporary,
					name, active, created_at, seal)
				VALUES (?, ?, ?, ?, ?, ?, ?, TRUE, ?, '')""")
			.params(values)
			.param(Times.toDatabase(clock.instant()))
			.update();
	}

	@Override
	public UserDetails loadUserByUsername(String username) {
		return this.jdbc.sql(SELECT + "WHERE name = ? AND active = TRUE AND password_hash IS NOT NULL")
			.param(username)
			.query((row, index) -> known(row))
			.optional()
			.flatMap((user) -> user)
			.orElseThrow(() -> new UsernameNotFoundException("No such user"));
	}

	/**
	 * Finds a user as it is now.
	 * @param name the name
	 * @return the user, empty if there is none who may act
	 */
	public Optional<Person> find(String name) {
		return find(name, "");
	}

	/**
	 * Finds a user that nobody else changes until the present transaction ends.
	 * @param name the name
	 * @return the user, empty if there is none who may act
	 */
	public Optional<Person> lock(String name) {
		return find(name, " FOR UPDATE");
	}

	private Optional<Person> find(String name, String lock) {
		return this.jdbc.sql(SELECT + "WHERE name = ? AND active = TRUE" + lock)
			.param(name)
			.query((row, index) -> known(row))
			.optional()
			.flatMap((user) -> user);
	}

	/**
	 * Finds the user that a key belongs to.
	 * @param key the key
	 * @return the user
	 */
	public Optional<Person> findByKey(String key) {
		return findByKey(key, "");
	}

	/**
	 * Finds the user that a key belongs to, which nobody else changes until the present
	 * transaction ends.
	 * @param key the key
	 * @return the user
	 */
	public Optional<Person> lockByKey(String key) {
		return findByKey(key, " FOR UPDATE");
	}

	private Optional<Person> findByKey(String key, String lock) {
		List<Person> users = this.jdbc.sql(SELECT + "WHERE key_hash = ? AND active = TRUE" + lock)
			.param(Secrets.sha256(key))
			.query((row, index) -> known(row))
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

	/**
	 * A user that has not ended. What a row says that somebody changed in the database
	 * does not count, so that its user can be ended.
	 * @param name its name
	 * @return the user
	 */
	public UserAccount get(String name) {
		return this.jdbc.sql(SELECT + "WHERE name = ?")
			.param(name)
			.query((row, index) -> (row.getString("ended_at") != null && this.seals.isIntact(row))
					? Optional.<UserAccount>empty() : Optional.of(account(row)))
			.optional()
			.flatMap((user) -> user)
			.orElseThrow(() -> new NotFoundException("There is no such user"));
	}

	/**
	 * A page of the users that have not ended, by name.
	 * @param limit how many
	 * @param offset how many to skip
	 * @return the users
	 */
	public List<UserAccount> findAll(int limit, long offset) {
		return this.jdbc.sql(SELECT + "WHERE ended_at IS NULL ORDER BY name LIMIT ? OFFSET ?")
			.params(limit, offset)
			.query((row, index) -> account(row))
			.list();
	}

	/**
	 * All who may decide now: active, with the role, and not with a temporary password.
	 * @return the users, by name
	 */
	public List<UserAccount> approvers() {
		return with(Role.APPROVER).toList();
	}

	/**
	 * All who administer now.
	 * @return their names
	 */
	public List<String> administrators() {
		return with(Role.ADMINISTRATOR).map(UserAccount::name).toList();
	}

	private Stream<UserAccount> with(Role role) {
		return this.jdbc.sql(SELECT + "WHERE active = TRUE ORDER BY name")
			.query((row, index) -> account(row))
			.list()
			.stream()
			.filter((user) -> user.intact() && !user.temporary() && user.roles().contains(role));
	}

	/**
	 * The groups that users who have not ended are in.
	 * @return the names of their members, by group
	 */
	public SortedMap<String, List<String>> groups() {
		SortedMap<String, List<String>> groups = new TreeMap<>();
		this.jdbc.sql(SELECT + "WHERE ended_at IS NULL AND member_of <> '[]' ORDER BY name")
			.query((row, index) -> account(row))
			.list()
			.forEach((user) -> user.profile()
				.groups()
				.forEach((group) -> groups.computeIfAbsent(group, (name) -> new ArrayList<>()).add(user.name())));
		return groups;
	}

	public long count() {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_user WHERE ended_at IS NULL").query(Long.class).single();
	}

	/**
	 * Whether anybody can sign in, or act with a key, who administers.
	 * @param jdbc the database
	 * @param seals tells whom nobody else has made one
	 * @return {@code false} if nobody could change anything any more
	 */
	static boolean hasAdministrator(JdbcClient jdbc, UserSeals seals) {
		return jdbc.sql(SELECT
				+ "WHERE active = TRUE AND (password_hash IS NOT NULL OR key_hash IS NOT NULL OR issuer IS NOT NULL) ORDER BY name")
			.query((row, index) -> seals.isIntact(row) && roles(row).contains(Role.ADMINISTRATOR))
			.list()
			.contains(true);
	}

	private Optional<Person> known(ResultSet row) throws SQLException {
		if (!this.seals.isIntact(row)) {
			return Optional.empty();
		}
		Stream<String> roles = row.getBoolean("password_temporary") ? Stream.of() : roles(row).stream().map(Role::name);
		return Optional.of(new Person(row.getString("name"), row.getString("password_hash"),
				Stream.concat(roles, Stream.of(PERSON)).map((role) -> Person.AUTHORITY + role).toArray(String[]::new)));
	}

	private UserAccount account(ResultSet row) throws SQLException {
		Instant until = Times.getOrNull(row, "link_until");
		String name = row.getString("name");
		boolean intact = this.seals.isIntact(row);
		// A row that somebody changed does not say where its user comes from.
		boolean configured = intact ? row.getBoolean("configured") : this.configured.contains(name);
		return new UserAccount(name, roles(row), intact ? UserProfile.read(row) : UserProfile.NONE,
				row.getBoolean("active"), intact, configured, row.getString("password_hash") != null,
				row.getBoolean("password_temporary"), row.getString("key_hash") != null, row.getString("provider"),
				(until != null && until.isAfter(this.clock.instant())) ? until : null, Times.get(row, "created_at"));
	}

	private static Set<Role> roles(ResultSet row) throws SQLException {
		Set<Role> roles = EnumSet.noneOf(Role.class);
		List<String> names = Arrays.asList(row.getString("roles").split(",", -1));
		Arrays.stream(Role.values()).filter((role) -> names.contains(role.name())).forEach(roles::add);
		return roles;
	}

}
