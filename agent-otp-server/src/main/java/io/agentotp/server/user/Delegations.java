package io.agentotp.server.user;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Who decides for whom while they are away. What was delegated is not delegated further,
 * and one that somebody else wrote into the database gives nobody a right.
 */
@Component
public final class Delegations extends SealedTable {

	private static final int MAX = 10;

	private static final Duration LONGEST = Duration.ofDays(366);

	private static final String SELECT = "SELECT * FROM agentotp_delegation ";

	private final JdbcClient jdbc;

	private final Users users;

	private final Instance instance;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	Delegations(JdbcClient jdbc, Tokens tokens, Users users, Instance instance, AuditLog audit,
			TransactionTemplate transactions, InstantSource clock) {
		super(jdbc, tokens, "agentotp_delegation", "id",
				List.of("from_user", "to_user", "starts_at", "ends_at", "created_at", "created_by", "ended_at"));
		this.jdbc = jdbc;
		this.users = users;
		this.instance = instance;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
		transactions.executeWithoutResult((status) -> {
			renew((id, seal) -> {
				Delegation delegation = stored(id).orElseThrow();
				record((delegation.endedAt() == null) ? AuditEvent.DELEGATED : AuditEvent.DELEGATION_ENDED, delegation,
						Actor.SYSTEM, seal);
			});
			// Of people whom the configuration has no more.
			this.jdbc.sql(SELECT + """
					d WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM agentotp_user u
						WHERE u.name IN (d.from_user, d.to_user) AND u.ended_at IS NOT NULL)""")
				.query((row, index) -> Delegation.read(row))
				.list()
				.forEach((delegation) -> end(delegation, Actor.SYSTEM));
		});
	}

	@Override
	protected String word() {
		return "Delegation";
	}

	@Override
	protected Collection<AuditEvent> events() {
		return EnumSet.of(AuditEvent.DELEGATED, AuditEvent.DELEGATION_ENDED);
	}

	@Override
	protected @Nullable String idOf(AuditEntry entry) {
		return entry.details().path("id").asString("");
	}

	/**
	 * Lets a person decide for another one.
	 * @param from who is away
	 * @param to who decides for them
	 * @param startsAt from when, or {@code null} for now
	 * @param endsAt until when
	 * @param actor who does it
	 * @return the delegation
	 */
	public Delegation create(String from, String to, @Nullable Instant startsAt, Instant endsAt, Actor actor) {
		Instant now = this.clock.instant();
		Instant start = ((startsAt != null && startsAt.isAfter(now)) ? startsAt : now).truncatedTo(ChronoUnit.MILLIS);
		Instant end = endsAt.truncatedTo(ChronoUnit.MILLIS);
		if (!end.isAfter(start)) {
			throw new InvalidInputException("endsAt", "must be later than now and than the start");
		}
		if (end.isAfter(now.plus(LONGEST))) {
			throw new InvalidInputException("endsAt", "must be within 366 days");
		}
		return change(actor, () -> {
			requireApprover("from", from);
			requireApprover("to", to);
			if (from.equals(to)) {
				throw new InvalidInputException("to", "must be another person");
			}
			if (open("from_user", from).size() >= MAX) {
				throw new ConflictException("There are " + MAX + " delegations of this person already. End one first",
						Map.of());
			}
			String id = UUID.randomUUID().toString();
			this.jdbc.sql("""
					INSERT INTO agentotp_delegation (id, from_user, to_user, starts_at, ends_at, created_at, created_by,
						seal) VALUES (?, ?, ?, ?, ?, ?, ?, '')""")
				.params(id, from, to, Times.toDatabase(start), Times.toDatabase(end), Times.toDatabase(now),
						actor.name())
				.update();
			String seal = seal(id);
			Delegation created = stored(id).orElseThrow();
			record(AuditEvent.DELEGATED, created, actor, seal);
			return created;
		});
	}

	private void requireApprover(String field, String name) {
		if (!isApprover(name)) {
			throw new InvalidInputException(field, "must be an active user with the role approver");
		}
	}

	private boolean isApprover(String name) {
		return this.users.find(name).filter((person) -> person.has(Role.APPROVER)).isPresent();
	}

	/**
	 * Ends a delegation.
	 * @param from who is away
	 * @param id its id
	 * @param actor who does it
	 * @throws NotFoundException if the person has no such delegation
	 */
	public void end(String from, String id, Actor actor) {
		change(actor, () -> {
			Delegation delegation = stored(id).filter((found) -> found.from().equals(from))
				.orElseThrow(() -> new NotFoundException("There is no such delegation"));
			if (delegation.isOpen(this.clock.instant())) {
				end(delegation, actor);
			}
			return "";
		});
	}

	/**
	 * Ends all delegations of and to a person who ended. Must run inside a transaction.
	 */
	void endAllOf(String user, Actor actor) {
		this.jdbc.sql(SELECT + "WHERE (from_user = ? OR to_user = ?) AND ended_at IS NULL ORDER BY id")
			.params(user, user)
			.query((row, index) -> Delegation.read(row))
			.list()
			.forEach((delegation) -> end(delegation, actor));
	}

	private void end(Delegation delegation, Actor actor) {
		boolean intact = lockIntact(delegation.id());
		this.jdbc.sql("UPDATE agentotp_delegation SET ended_at = ? WHERE id = ?")
			.params(Times.toDatabase(this.clock.instant()), delegation.id())
			.update();
		record(AuditEvent.DELEGATION_ENDED, delegation, actor, seal(delegation.id(), intact));
	}

	/**
	 * Who decides for a person.
	 * @param person the person who is away
	 * @param at when
	 * @return the names of those who stand in and may act
	 */
	public List<String> of(String person, Instant at) {
		return now("from_user", person, at, Delegation::to);
	}

	/**
	 * For whom a person decides.
	 * @param person the person who stands in
	 * @param at when
	 * @return the names of those who are away and may decide themselves
	 */
	public List<String> forWhom(String person, Instant at) {
		return now("to_user", person, at, Delegation::from);
	}

	/**
	 * Who decides for whom.
	 * @param at when
	 * @return the names of those who stand in and may act, by the person who is away
	 */
	public Map<String, List<String>> all(Instant at) {
		Map<String, List<String>> all = new HashMap<>();
		this.jdbc.sql(SELECT + "WHERE ended_at IS NULL AND ends_at > ? AND starts_at <= ? ORDER BY starts_at, id")
			.params(Times.toDatabase(at), Times.toDatabase(at))
			.query((row, index) -> isIntact(row) ? Optional.of(Delegation.read(row)) : Optional.<Delegation>empty())
			.list()
			.stream()
			.flatMap(Optional::stream)
			.filter((delegation) -> isApprover(delegation.to()))
			.forEach((delegation) -> all.computeIfAbsent(delegation.from(), (from) -> new ArrayList<>())
				.add(delegation.to()));
		return all;
	}

	private List<String> now(String column, String person, Instant at, Function<Delegation, String> other) {
		return intact(column, person).stream()
			.filter((delegation) -> delegation.isOpen(at) && !delegation.startsAt().isAfter(at))
			.map(other)
			.distinct()
			.filter(this::isApprover)
			.toList();
	}

	/**
	 * The delegations of a person that have not ended, also those to come.
	 * @param person who is, or will be, away
	 * @return the delegations, by their start
	 */
	public List<Delegation> from(String person) {
		return open("from_user", person);
	}

	/**
	 * The delegations to a person that have not ended, also those to come.
	 * @param person who stands in
	 * @return the delegations, by their start
	 */
	public List<Delegation> to(String person) {
		return open("to_user", person);
	}

	private List<Delegation> open(String column, String person) {
		Instant now = this.clock.instant();
		return intact(column, person).stream().filter((delegation) -> delegation.isOpen(now)).toList();
	}

	private List<Delegation> intact(String column, String person) {
		return this.jdbc.sql(SELECT + "WHERE " + column + " = ? AND ended_at IS NULL ORDER BY starts_at, id")
			.param(person)
			.query((row, index) -> isIntact(row) ? Optional.of(Delegation.read(row)) : Optional.<Delegation>empty())
			.list()
			.stream()
			.flatMap(Optional::stream)
			.toList();
	}

	private Optional<Delegation> stored(String id) {
		return this.jdbc.sql(SELECT + "WHERE id = ?").param(id).query((row, index) -> Delegation.read(row)).optional();
	}

	private void record(AuditEvent event, Delegation delegation, Actor actor, @Nullable String seal) {
		this.audit.record(this.clock.instant(), null, null,
				List.of(new AuditLog.Row(event, actor,
						Json.object()
							.put("from", delegation.from())
							.put("to", delegation.to())
							.put("startsAt", delegation.startsAt().toString())
							.put("endsAt", delegation.endsAt().toString())
							.put("id", delegation.id()),
						seal)));
	}

	private <T> T change(Actor actor, Supplier<T> change) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			this.instance.lock();
			actor.requireStill();
			return change.get();
		}));
	}

}
