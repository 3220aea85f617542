package io.agentotp.server.user;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The addresses of people. One address is one person, since who answers in a chat is
 * known by it. One that somebody else wrote into the database is nobody's.
 */
@Component
public final class Addresses extends SealedTable {

	private static final Logger logger = LoggerFactory.getLogger(Addresses.class);

	private static final int MAX = 20;

	private static final int MAX_SECRETS = 4000;

	private static final int MAX_PROBLEM = 500;

	private static final String SELECT = "SELECT * FROM agentotp_user_address ";

	private final JdbcClient jdbc;

	private final Users users;

	private final Instance instance;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	Addresses(JdbcClient jdbc, Tokens tokens, Users users, Instance instance, AuditLog audit,
			TransactionTemplate transactions, InstantSource clock, AgentOtpServerProperties properties) {
		super(jdbc, tokens, "agentotp_user_address", "id", List.of("user_name", "channel", "address", "address_hash",
				"secrets", "configured", "created_at", "problem"));
		this.jdbc = jdbc;
		this.users = users;
		this.instance = instance;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
		transactions.executeWithoutResult((status) -> synchronize(properties.users()));
	}

	@Override
	protected String word() {
		return "Address";
	}

	@Override
	protected Collection<AuditEvent> events() {
		return EnumSet.of(AuditEvent.ADDRESS_ADDED, AuditEvent.ADDRESS_REMOVED, AuditEvent.ADDRESS_FAILED);
	}

	@Override
	protected @Nullable String idOf(AuditEntry entry) {
		return entry.details().path("id").asString("");
	}

	/**
	 * Adds an address. One that the person has already is good again, with the new
	 * secrets.
	 * @param user whose it is
	 * @param channel the name of the channel
	 * @param address the address, which the channel has looked at
	 * @param secrets what else the channel needs, as JSON, or {@code null}
	 * @param actor who does it
	 * @return the address
	 * @throws ConflictException if it is another person's
	 */
	public Address add(String user, String channel, String address, @Nullable String secrets, Actor actor) {
		String text = address.strip();
		requireUsable(channel, text, secrets);
		return change(actor, () -> {
			if (this.users.lock(user).isEmpty()) {
				throw new NotFoundException("There is no such user");
			}
			Address present = stored(channel, text).orElse(null);
			if (present != null && !present.user().equals(user)) {
				throw new ConflictException("This address belongs to another user. Remove it there first", Map.of());
			}
			if (present != null && present.configured()) {
				throw configured(present);
			}
			if (present != null) {
				delete(present, actor);
			}
			if (count(user) >= MAX) {
				throw new ConflictException("A user can have " + MAX + " addresses. Remove one first", Map.of());
			}
			return insert(user, channel, text, secrets, false, actor);
		});
	}

	private static void requireUsable(String channel, String address, @Nullable String secrets) {
		if (!AgentOtpServerProperties.User.CHANNEL.matcher(channel).matches()) {
			throw new InvalidInputException("channel", "must have 1 to 32 lower-case letters, digits and hyphens");
		}
		if (address.isEmpty() || address.length() > AgentOtpServerProperties.User.MAX_ADDRESS
				|| address.codePoints().anyMatch(Character::isISOControl)) {
			throw new InvalidInputException("address", "must have 1 to " + AgentOtpServerProperties.User.MAX_ADDRESS
					+ " characters, not be blank and have no control characters");
		}
		if (secrets != null && secrets.length() > MAX_SECRETS) {
			throw new InvalidInputException("secrets", "must have at most " + MAX_SECRETS + " characters");
		}
	}

	/**
	 * Removes an address.
	 * @param user whose it is
	 * @param id its id
	 * @param actor who does it
	 * @throws NotFoundException if the person has no such address
	 * @throws ConflictException if it is configured
	 */
	public void remove(String user, String id, Actor actor) {
		change(actor, () -> {
			Address address = this.jdbc.sql(SELECT + "WHERE id = ? AND user_name = ?")
				.params(id, user)
				.query((row, index) -> Address.read(row))
				.optional()
				.orElseThrow(() -> new NotFoundException("There is no such address"));
			// One that somebody else wrote does not say where it comes from.
			if (address.configured() && isIntact(id)) {
				throw configured(address);
			}
			delete(address, actor);
			return "";
		});
	}

	private static ConflictException configured(Address address) {
		return new ConflictException("This address comes from the configuration (agentotp.server.users."
				+ address.user() + ".addresses), so it can only be changed there", Map.of());
	}

	/**
	 * The addresses of a person.
	 * @param user the person
	 * @return the addresses, by channel and in the order in which they were added
	 */
	public List<Address> of(String user) {
		return this.jdbc.sql(SELECT + "WHERE user_name = ? ORDER BY channel, created_at, id")
			.param(user)
			.query((row, index) -> intact(row))
			.list()
			.stream()
			.flatMap(Optional::stream)
			.toList();
	}

	/**
	 * The addresses of several people.
	 * @param people their names
	 * @return the addresses, by person, channel and the order in which they were added
	 */
	public List<Address> of(Collection<String> people) {
		return this.jdbc.sql(SELECT + "WHERE user_name IN (:people) ORDER BY user_name, channel, created_at, id")
			.param("people", people)
			.query((row, index) -> intact(row))
			.list()
			.stream()
			.flatMap(Optional::stream)
			.toList();
	}

	/**
	 * An address.
	 * @param id its id
	 * @return the address, empty if there is none, or if somebody else wrote it
	 */
	public Optional<Address> find(String id) {
		return this.jdbc.sql(SELECT + "WHERE id = ?")
			.param(id)
			.query((row, index) -> intact(row))
			.optional()
			.flatMap((address) -> address);
	}

	/**
	 * Who an address belongs to.
	 * @param channel the name of the channel
	 * @param address the address: in a chat the stable id of who answers
	 * @return the address, empty unless it is that of a user who may act
	 */
	public Optional<Address> find(String channel, String address) {
		return this.jdbc.sql(SELECT + "WHERE channel = ? AND address_hash = ?")
			.params(channel, Secrets.sha256(address))
			.query((row, index) -> intact(row))
			.optional()
			.flatMap((found) -> found)
			.filter((found) -> found.address().equals(address) && this.users.find(found.user()).isPresent());
	}

	/**
	 * Keeps why nothing is sent to an address any more, until it is added anew.
	 * @param id its id
	 * @param problem why, for people, without secrets
	 */
	public void fail(String id, String problem) {
		change(Actor.SYSTEM, () -> {
			boolean intact = lockIntact(id);
			Address address = find(id).orElse(null);
			if (intact && address != null && address.problem() == null) {
				String text = problem.substring(0, Math.min(problem.length(), MAX_PROBLEM));
				this.jdbc.sql("UPDATE agentotp_user_address SET problem = ? WHERE id = ?").params(text, id).update();
				record(AuditEvent.ADDRESS_FAILED, address, Actor.SYSTEM, Json.object().put("problem", text), seal(id));
			}
			return "";
		});
	}

	/**
	 * An address takes messages after all.
	 * @param id its id
	 */
	public void heal(String id) {
		change(Actor.SYSTEM, () -> {
			boolean intact = lockIntact(id);
			Address address = find(id).orElse(null);
			if (intact && address != null && address.problem() != null) {
				this.jdbc.sql("UPDATE agentotp_user_address SET problem = NULL WHERE id = ?").param(id).update();
				record(AuditEvent.ADDRESS_ADDED, address, Actor.SYSTEM, Json.object().put("again", true), seal(id));
			}
			return "";
		});
	}

	/**
	 * The people of whose addresses one in a channel takes no messages.
	 * @param channel the channel
	 * @return their names
	 */
	public List<String> failing(String channel) {
		return this.jdbc.sql(
				"SELECT DISTINCT user_name FROM agentotp_user_address WHERE channel = ? AND problem IS NOT NULL ORDER BY user_name")
			.param(channel)
			.query(String.class)
			.list();
	}

	/**
	 * Forgets all addresses of a person who ended. Must run inside a transaction.
	 */
	void forget(String user, Actor actor) {
		all("user_name = ?", user).forEach((address) -> delete(address, actor));
	}

	/**
	 * Forgets the addresses of a person that have secrets, as those of browsers. Must run
	 * inside a transaction.
	 */
	void forgetSecret(String user, Actor actor) {
		all("user_name = ? AND secrets IS NOT NULL", user).forEach((address) -> delete(address, actor));
	}

	private List<Address> all(String condition, Object... params) {
		return this.jdbc.sql(SELECT + "WHERE " + condition + " ORDER BY id")
			.params(params)
			.query((row, index) -> Address.read(row))
			.list();
	}

	private Optional<Address> stored(String channel, String address) {
		return all("channel = ? AND address_hash = ?", channel, Secrets.sha256(address)).stream().findFirst();
	}

	private Optional<Address> intact(ResultSet row) throws SQLException {
		return isIntact(row) ? Optional.of(Address.read(row)) : Optional.empty();
	}

	private long count(String user) {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_user_address WHERE user_name = ?")
			.param(user)
			.query(Long.class)
			.single();
	}

	private Address insert(String user, String channel, String address, @Nullable String secrets, boolean configured,
			Actor actor) {
		String id = UUID.randomUUID().toString();
		this.jdbc.sql("""
				INSERT INTO agentotp_user_address (id, user_name, channel, address, address_hash, secrets, configured,
					created_at, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')""")
			.params(Params.of(id, user, channel, address, Secrets.sha256(address), secrets, configured,
					Times.toDatabase(this.clock.instant())))
			.update();
		String seal = seal(id);
		Address added = find(id).orElseThrow();
		record(AuditEvent.ADDRESS_ADDED, added, actor, Json.object(), seal);
		return added;
	}

	private void delete(Address address, Actor actor) {
		this.jdbc.sql("DELETE FROM agentotp_user_address WHERE id = ?").param(address.id()).update();
		record(AuditEvent.ADDRESS_REMOVED, address, actor, Json.object(), null);
	}

	// An address with secrets is one itself, such as that of a browser.
	private void record(AuditEvent event, Address address, Actor actor, ObjectNode details, @Nullable String seal) {
		details.put("user", address.user()).put("channel", address.channel()).put("id", address.id());
		if (address.secrets() == null) {
			details.put("address", address.address());
		}
		this.audit.record(this.clock.instant(), null, null, List.of(new AuditLog.Row(event, actor, details, seal)));
	}

	private <T> T change(Actor actor, Supplier<T> change) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			this.instance.lock();
			actor.requireStill();
			return change.get();
		}));
	}

	private void synchronize(Map<String, AgentOtpServerProperties.User> configured) {
		this.instance.lock();
		renew((id, seal) -> find(id).ifPresent((address) -> record(AuditEvent.ADDRESS_ADDED, address, Actor.SYSTEM,
				Json.object().put("sealed", "anew"), seal)));
		Set<String> kept = new HashSet<>();
		configured.forEach((name, user) -> user.addresses()
			.forEach((channel, addresses) -> addresses
				.forEach((address) -> kept.add(configure(name, channel, address.strip())))));
		all("configured = TRUE OR user_name IN (SELECT name FROM agentotp_user WHERE ended_at IS NOT NULL)").stream()
			.filter((address) -> !kept.contains(address.id()))
			.forEach((address) -> delete(address, Actor.SYSTEM));
	}

	private String configure(String user, String channel, String address) {
		Address present = stored(channel, address).orElse(null);
		if (present != null && present.user().equals(user) && present.configured() && isIntact(present.id())) {
			return present.id();
		}
		if (present != null) {
			if (!present.user().equals(user)) {
				logger.warn(
						"An address of user '{}' in '{}' is configured as that of user '{}', who has it from now on",
						present.user(), channel, user);
			}
			delete(present, Actor.SYSTEM);
		}
		return insert(user, channel, address, null, true, Actor.SYSTEM).id();
	}

}
