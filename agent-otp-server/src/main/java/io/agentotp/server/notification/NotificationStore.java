package io.agentotp.server.notification;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.policy.Routing;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The SQL of what has to be told. Each step is a conditional update: who changes the row
 * has it.
 */
@Component
final class NotificationStore {

	/**
	 * How long a row belongs to the node that took it. It is renewed while it is being
	 * sent.
	 */
	static final Duration CLAIM = Duration.ofMinutes(2);

	/** What is sent within that time counts as told. */
	static final Duration SOON = Duration.ofMinutes(1);

	private static final int MAX_ROWS = 500;

	private static final int MAX_ERROR = 500;

	private static final int MAX_CANDIDATES = 8;

	// Who reads at a place need not be among those whom a policy names.
	private static final String TELLING = "channel <> '' AND (person IS NOT NULL OR routing IS NULL"
			+ " OR (routing NOT LIKE :approvers AND routing NOT LIKE :stages))";

	private static final String OPEN = "state IN ('due', 'editing', 'closing')";

	// To be done at a moment, which stands for both places.
	private static final String CLAIMABLE = OPEN + " AND next_at <= ? AND (claimed_until IS NULL OR claimed_until < ?)";

	private final String node = Secrets.random().substring(0, 16);

	private final AtomicLong claims = new AtomicLong();

	private final JdbcClient jdbc;

	private final TransactionTemplate transactions;

	private final String skipLocked;

	private final int candidates;

	NotificationStore(JdbcClient jdbc, TransactionTemplate transactions, AgentOtpServerProperties.Datasource settings) {
		this.jdbc = jdbc;
		this.transactions = transactions;
		this.skipLocked = settings.isPostgres() ? " FOR UPDATE SKIP LOCKED" : "";
		// What others have locked is not passed over there.
		this.candidates = settings.isPostgres() ? 1 : MAX_CANDIDATES;
	}

	/**
	 * Adds what has to be told, in the transaction of what it tells of.
	 * @param permissionId the id of the permission
	 * @param rows the rows
	 * @param now the present moment
	 */
	void insert(String permissionId, List<NewRow> rows, Instant now) {
		for (int from = 0; from < rows.size(); from += MAX_ROWS) {
			List<NewRow> part = rows.subList(from, Math.min(rows.size(), from + MAX_ROWS));
			List<@Nullable Object> params = new ArrayList<>();
			part.forEach((row) -> params.addAll(Params.of(permissionId, Delivery.text(row.kind()), row.number(),
					row.channel(), row.recipient(), row.person(), Times.toDatabase(row.at()), Times.toDatabase(now))));
			this.jdbc
				.sql("""
						INSERT INTO agentotp_notification
							(permission_id, kind, number, channel, recipient, person, next_at, created_at, state) VALUES\s"""
						+ "(?, ?, ?, ?, ?, ?, ?, ?, 'due')"
						+ ", (?, ?, ?, ?, ?, ?, ?, ?, 'due')".repeat(part.size() - 1))
				.params(params)
				.update();
		}
	}

	/**
	 * Adds what is not there yet, and what was left out before.
	 * @param permissionId the id of the permission
	 * @param rows the rows
	 * @param now the present moment
	 */
	void insertAbsent(String permissionId, List<NewRow> rows, Instant now) {
		List<NewRow> absent = rows.stream().filter((row) -> {
			List<Object> key = List.of(permissionId, Delivery.text(row.kind()), row.number(), row.channel(),
					row.recipient());
			String same = " WHERE permission_id = ? AND kind = ? AND number = ? AND channel = ? AND recipient = ?";
			List<Object> params = new ArrayList<>(List.of(Times.toDatabase(row.at())));
			params.addAll(key);
			return this.jdbc
				.sql("UPDATE agentotp_notification SET state = 'due', attempt = 0, next_at = ?" + same
						+ " AND state = 'skipped'")
				.params(params)
				.update() == 0
					&& !this.jdbc.sql("SELECT EXISTS (SELECT 1 FROM agentotp_notification" + same + ")")
						.params(key)
						.query(Boolean.class)
						.single();
		}).toList();
		insert(permissionId, absent, now);
	}

	/**
	 * Tells who was told that the request is over.
	 * @param permissionId the id of the permission
	 * @param kind how it ended
	 * @param channels the channels that tell it
	 * @param now the present moment
	 */
	void insertEnd(String permissionId, Notification.Kind kind, Collection<String> channels, Instant now) {
		if (!channels.isEmpty()) {
			insertEnd(kind, now, "permission_id = :id AND state IN ('sent', 'editing') AND channel IN (:channels)",
					Map.of("id", permissionId, "channels", channels));
		}
	}

	/**
	 * Tells the one who got a message while the request ended.
	 * @param told the row of the message
	 * @param kind how it ended
	 * @param now the present moment
	 */
	void insertEnd(Delivery told, Notification.Kind kind, Instant now) {
		insertEnd(kind, now, "id = :row", Map.of("row", told.row()));
	}

	private void insertEnd(Notification.Kind kind, Instant now, String told, Map<String, ?> params) {
		this.jdbc.sql("""
				INSERT INTO agentotp_notification
					(permission_id, kind, number, channel, recipient, person, next_at, created_at, state)
				SELECT permission_id, CAST(:kind AS VARCHAR(16)), 0, channel, recipient, MIN(person),
					CAST(:now AS TIMESTAMP(6) WITH TIME ZONE), CAST(:now AS TIMESTAMP(6) WITH TIME ZONE), 'due'
				FROM agentotp_notification told WHERE kind NOT IN ('decided', 'ended') AND NOT EXISTS (
					SELECT 1 FROM agentotp_notification other WHERE other.permission_id = told.permission_id
						AND other.kind = :kind AND other.channel = told.channel AND other.recipient = told.recipient)
					AND\s""" + told + " GROUP BY permission_id, channel, recipient")
			.param("kind", Delivery.text(kind))
			.param("now", Times.toDatabase(now))
			.params(params)
			.update();
	}

	/**
	 * Takes back what is not sent yet, and lets messages say that the request is over.
	 * @param permissionId the id of the permission
	 * @param kind what tells of the end, which stays
	 * @param now the present moment
	 */
	void end(String permissionId, Notification.Kind kind, Instant now) {
		// What a node has taken may have been sent, whether or not the node lives to say
		// so.
		this.jdbc.sql("""
				UPDATE agentotp_notification SET attempt = 0, next_at = ?,
					state = CASE WHEN state = 'due' AND (claimed_by IS NULL OR channel = '') THEN 'skipped'
						WHEN state <> 'due' AND reference IS NULL THEN 'closed' ELSE 'closing' END
				WHERE permission_id = ? AND state IN ('due', 'sent', 'editing') AND kind <> ?""")
			.params(Times.toDatabase(now), permissionId, Delivery.text(kind))
			.update();
	}

	/**
	 * Lets messages that say that a request waits say how many have approved.
	 * @param permissionId the id of the permission
	 * @param now the present moment
	 */
	void edit(String permissionId, Instant now) {
		this.jdbc
			.sql("""
					UPDATE agentotp_notification SET state = 'editing', attempt = 0, next_at = ? WHERE permission_id = ?
						AND state IN ('sent', 'editing') AND reference IS NOT NULL AND kind IN ('pending', 'reminder', 'escalated')""")
			.params(Times.toDatabase(now), permissionId)
			.update();
	}

	/**
	 * A message says how many have approved, unless another one has meanwhile, or the
	 * request is over.
	 * @param delivery the row
	 */
	void edited(Delivery delivery) {
		boolean present = this.jdbc.sql("""
				UPDATE agentotp_notification SET state = 'sent', attempt = 0, claimed_by = NULL, claimed_until = NULL
				WHERE id = ? AND state = 'editing' AND next_at = ? AND claimed_by LIKE ?""")
			.params(delivery.row(), Times.toDatabase(delivery.nextAt()), this.node + "-%")
			.update() == 1;
		if (!present) {
			this.jdbc.sql(
					"UPDATE agentotp_notification SET claimed_by = NULL, claimed_until = NULL WHERE id = ? AND claimed_by LIKE ?")
				.params(delivery.row(), this.node + "-%")
				.update();
		}
	}

	/**
	 * Takes back what people of a stage that is over were to be told.
	 * @param permissionId the id of the permission
	 */
	void endStage(String permissionId) {
		this.jdbc
			.sql("""
					UPDATE agentotp_notification SET state = 'skipped' WHERE permission_id = ? AND state = 'due' AND claimed_by IS NULL
						AND kind IN ('pending', 'reminder', 'escalated') AND (person IS NOT NULL OR channel = '')""")
			.param(permissionId)
			.update();
	}

	/**
	 * The channels that have something to do.
	 * @param now the present moment
	 * @return their names; an empty one for a moment that has come
	 */
	List<String> dueChannels(Instant now) {
		return this.jdbc.sql("SELECT DISTINCT channel FROM agentotp_notification WHERE " + OPEN + """
				AND next_at <= ? AND (claimed_until IS NULL OR claimed_until < ?)""")
			.params(Times.toDatabase(now), Times.toDatabase(now))
			.query(String.class)
			.list();
	}

	/**
	 * Takes what a channel has to do next. No other node gets it while the claim lasts.
	 * @param channel the channel
	 * @param now the present moment
	 * @return the row, empty if there is none
	 */
	Optional<Delivery> claim(String channel, Instant now) {
		String claim = this.node + "-" + this.claims.incrementAndGet();
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			List<Long> rows = this.jdbc
				.sql("SELECT id FROM agentotp_notification WHERE channel = ? AND " + CLAIMABLE
						+ " ORDER BY next_at, id LIMIT ?" + this.skipLocked)
				.params(channel, Times.toDatabase(now), Times.toDatabase(now), this.candidates)
				.query(Long.class)
				.list();
			return rows.stream().filter((row) -> claim(row, claim, now)).findFirst().flatMap(this::get);
		}));
	}

	private boolean claim(long row, String claim, Instant now) {
		return this.jdbc.sql(
				"UPDATE agentotp_notification SET claimed_by = ?, claimed_until = ?, attempt = CASE WHEN attempt < 1000 THEN attempt + 1 ELSE 1000 END WHERE id = ? AND "
						+ CLAIMABLE)
			.params(claim, Times.toDatabase(now.plus(CLAIM)), row, Times.toDatabase(now), Times.toDatabase(now))
			.update() == 1;
	}

	// What is none, since somebody else wrote it, holds up nothing.
	private Optional<Delivery> get(long row) {
		Optional<Delivery> delivery = this.jdbc.sql("SELECT * FROM agentotp_notification WHERE id = ?")
			.param(row)
			.query((found, index) -> map(found))
			.single();
		if (delivery.isEmpty()) {
			this.jdbc.sql("UPDATE agentotp_notification SET state = 'failed' WHERE id = ?").param(row).update();
		}
		return delivery;
	}

	/**
	 * Keeps a row that takes its time.
	 * @param delivery the row
	 * @param now the present moment
	 */
	void keep(Delivery delivery, Instant now) {
		this.jdbc
			.sql("UPDATE agentotp_notification SET claimed_until = ? WHERE id = ? AND claimed_by LIKE ? AND " + OPEN)
			.params(Times.toDatabase(now.plus(CLAIM)), delivery.row(), this.node + "-%")
			.update();
	}

	/**
	 * The channel has taken a message.
	 * @param delivery the row
	 * @param reference how the channel finds the message again
	 * @param now the present moment
	 * @return {@code false} if the request ended while it was sent
	 */
	boolean sent(Delivery delivery, @Nullable String reference, Instant now) {
		boolean waits = finish(delivery, Delivery.State.DUE, Delivery.State.SENT, reference, now);
		if (!waits) {
			finish(delivery, Delivery.State.CLOSING,
					(reference != null) ? Delivery.State.CLOSING : Delivery.State.CLOSED, reference, now);
		}
		return waits;
	}

	private boolean finish(Delivery delivery, Delivery.State from, Delivery.State to, @Nullable String reference,
			Instant now) {
		return this.jdbc.sql("""
				UPDATE agentotp_notification SET state = ?, reference = ?, sent_at = ?, next_at = ?, attempt = 0,
					claimed_by = NULL, claimed_until = NULL WHERE id = ? AND state = ? AND claimed_by LIKE ?""")
			.params(Params.of(Delivery.text(to), reference, Times.toDatabase(now), Times.toDatabase(now),
					delivery.row(), Delivery.text(from), this.node + "-%"))
			.update() == 1;
	}

	/**
	 * A moment has come, once.
	 * @param moment the row
	 * @param now the present moment
	 * @return {@code false} if it has come before, or the request is over
	 */
	boolean come(Delivery moment, Instant now) {
		return finish(moment, Delivery.State.DUE, Delivery.State.SENT, null, now);
	}

	/**
	 * Who was not reached yet.
	 * @param permissionId the id of the permission
	 * @return channels and recipients, with a slash between
	 */
	Set<String> undelivered(String permissionId) {
		return this.jdbc.sql(
				"SELECT channel || '/' || recipient FROM agentotp_notification WHERE permission_id = ? AND state = 'due'")
			.param(permissionId)
			.query(String.class)
			.set();
	}

	/**
	 * Who is told of a request, or has been.
	 * @param permissionId the id of the permission
	 * @return the names of the people
	 */
	Set<String> people(String permissionId) {
		return people(List.of(permissionId)).getOrDefault(permissionId, Set.of());
	}

	/**
	 * Who is told of requests, or has been.
	 * @param permissionIds the ids of the permissions
	 * @return the names of the people, by id of those of which somebody is
	 */
	Map<String, Set<String>> people(Collection<String> permissionIds) {
		Map<String, Set<String>> people = new HashMap<>();
		this.jdbc.sql("""
				SELECT DISTINCT permission_id, person FROM agentotp_notification
				WHERE permission_id IN (:ids) AND person IS NOT NULL AND state NOT IN ('skipped', 'failed')
					AND kind NOT IN ('undecidable', 'untold')""").param("ids", permissionIds).query((row) -> {
			people.computeIfAbsent(row.getString("permission_id"), (id) -> new HashSet<>())
				.add(row.getString("person"));
		});
		return people;
	}

	/**
	 * Of which requests it is told that nobody can decide, or has been.
	 * @param permissionIds the ids of the permissions
	 * @return their ids
	 */
	Set<String> undecidable(Collection<String> permissionIds) {
		return this.jdbc.sql(
				"SELECT DISTINCT permission_id FROM agentotp_notification WHERE permission_id IN (:ids) AND kind = 'undecidable'")
			.param("ids", permissionIds)
			.query(String.class)
			.set();
	}

	/**
	 * Requests of which nobody was told in time, and nobody is told soon.
	 * @param since since when at least they wait
	 * @param now the present moment
	 * @param limit how many at most
	 * @return their ids, without those of which administrators know
	 */
	List<String> untold(Instant since, Instant now, int limit) {
		return this.jdbc
			.sql("""
					SELECT id FROM agentotp_permission p WHERE status = 'pending' AND pending_until > :now AND created_at <= :since
						AND NOT EXISTS (SELECT 1 FROM agentotp_notification n WHERE n.permission_id = p.id
							AND (kind IN ('undecidable', 'untold') OR ((sent_at IS NOT NULL
								OR (state = 'due' AND last_error IS NULL AND next_at <= :soon)) AND\s"""
					+ TELLING + ")))" + " ORDER BY created_at, id LIMIT :limit")
			.param("approvers", Routing.NAMING.get(0))
			.param("stages", Routing.NAMING.get(1))
			.param("since", Times.toDatabase(since))
			.param("now", Times.toDatabase(now))
			.param("soon", Times.toDatabase(now.plus(SOON)))
			.param("limit", limit)
			.query(String.class)
			.list();
	}

	/**
	 * A row is done, without a message.
	 * @param delivery the row
	 * @param to its state
	 * @param why why, or {@code null}
	 * @param now the present moment
	 */
	void done(Delivery delivery, Delivery.State to, @Nullable String why, Instant now) {
		release(delivery, this.jdbc
			.sql("""
					UPDATE agentotp_notification SET state = ?, last_error = COALESCE(?, last_error),
						failed_at = COALESCE(?, failed_at), claimed_by = NULL, claimed_until = NULL WHERE id = ? AND state = ?""")
			.params(Params.of(Delivery.text(to), bounded(why), (why != null) ? Times.toDatabase(now) : null,
					delivery.row(), Delivery.text(delivery.state())))
			.update());
	}

	/**
	 * A row is tried again later.
	 * @param delivery the row
	 * @param at when
	 * @param why why, or {@code null} if nothing fails now
	 * @param now the present moment
	 */
	void later(Delivery delivery, Instant at, @Nullable String why, Instant now) {
		release(delivery, this.jdbc
			.sql("""
					UPDATE agentotp_notification SET next_at = ?, last_error = ?,
						failed_at = COALESCE(?, failed_at), claimed_by = NULL, claimed_until = NULL WHERE id = ? AND state = ?""")
			.params(Params.of(Times.toDatabase(at), bounded(why), (why != null) ? Times.toDatabase(now) : null,
					delivery.row(), Delivery.text(delivery.state())))
			.update());
	}

	// Of a request that ended while it was sent nothing is told if it was not sent.
	private void release(Delivery delivery, int changed) {
		if (changed == 0 && delivery.state() == Delivery.State.DUE) {
			this.jdbc.sql("""
					UPDATE agentotp_notification SET state = 'skipped', claimed_by = NULL, claimed_until = NULL
					WHERE id = ? AND state = 'closing' AND reference IS NULL AND claimed_by LIKE ?""")
				.params(delivery.row(), this.node + "-%")
				.update();
		}
	}

	/**
	 * What a channel has not taken is tried again at once, since it works again.
	 * @param channel the channel
	 * @param now the present moment
	 */
	void retry(String channel, Instant now) {
		this.jdbc
			.sql("UPDATE agentotp_notification SET next_at = ? WHERE channel = ? AND last_error IS NOT NULL AND " + OPEN
					+ " AND next_at > ?")
			.params(Times.toDatabase(now), channel, Times.toDatabase(now))
			.update();
	}

	/**
	 * What was not taken at an address is tried again, since the address takes messages.
	 * @param address the id of the address
	 * @param now the present moment
	 */
	void retryAddress(String address, Instant now) {
		this.jdbc.sql("""
				UPDATE agentotp_notification SET state = 'due', attempt = 0, next_at = ?, last_error = NULL
				WHERE recipient = ? AND state = 'failed'
					AND permission_id IN (SELECT id FROM agentotp_permission WHERE status = 'pending')""")
			.params(Times.toDatabase(now), address)
			.update();
	}

	/**
	 * A row is tried again when it is looked, by any node. Whether it was sent is not
	 * known.
	 * @param delivery the row
	 */
	void again(Delivery delivery) {
		this.jdbc.sql("UPDATE agentotp_notification SET claimed_until = NULL WHERE id = ? AND claimed_by LIKE ?")
			.params(delivery.row(), this.node + "-%")
			.update();
	}

	/**
	 * Whether a channel has a message of a request, for everybody or for a person.
	 * @param channel the channel
	 * @param permissionId the id of the permission
	 * @param reference how the channel finds the message
	 * @param person the person
	 * @return {@code false} if it is one of another request, or for somebody else, or
	 * none
	 */
	boolean isSent(String channel, String permissionId, String reference, String person) {
		return this.jdbc.sql("""
				SELECT EXISTS (SELECT 1 FROM agentotp_notification
					WHERE permission_id = ? AND channel = ? AND reference = ? AND (person IS NULL OR person = ?))""")
			.params(permissionId, channel, reference, person)
			.query(Boolean.class)
			.single();
	}

	/**
	 * How many messages say that requests wait.
	 * @param permissionIds the ids of the permissions
	 * @param now the present moment
	 * @return the numbers, by id of those of which there are messages
	 */
	Map<String, Counts> counts(Collection<String> permissionIds, Instant now) {
		Map<String, Counts> counts = new HashMap<>();
		if (!permissionIds.isEmpty()) {
			this.jdbc
				.sql("""
						SELECT permission_id, COUNT(*) AS total, COUNT(sent_at) AS sent,
							SUM(CASE WHEN state = 'due' AND last_error IS NULL AND next_at <= :soon THEN 1 ELSE 0 END) AS fresh,
							SUM(CASE WHEN state = 'due' AND last_error IS NULL AND next_at > :soon THEN 1 ELSE 0 END) AS quiet
						FROM agentotp_notification n JOIN agentotp_permission p ON p.id = n.permission_id
						WHERE permission_id IN (:ids) AND kind IN ('pending', 'reminder', 'escalated') AND\s"""
						+ TELLING + " GROUP BY permission_id")
				.param("ids", permissionIds)
				.param("approvers", Routing.NAMING.get(0))
				.param("stages", Routing.NAMING.get(1))
				.param("soon", Times.toDatabase(now.plus(SOON)))
				.query((row) -> {
					counts.put(row.getString("permission_id"), new Counts(row.getLong("total"), row.getLong("sent"),
							row.getLong("fresh"), row.getLong("quiet")));
				});
		}
		return counts;
	}

	@Nullable Instant lastSent(String channel) {
		return this.jdbc.sql("SELECT MAX(sent_at) AS sent_at FROM agentotp_notification WHERE channel = ?")
			.param(channel)
			.query((row, index) -> Optional.ofNullable(Times.getOrNull(row, "sent_at")))
			.single()
			.orElse(null);
	}

	@Nullable Failure lastFailure(String channel) {
		return this.jdbc.sql("""
				SELECT failed_at, last_error FROM agentotp_notification
				WHERE channel = ? AND failed_at IS NOT NULL ORDER BY failed_at DESC, id DESC LIMIT 1""")
			.param(channel)
			.query((row, index) -> new Failure(Times.get(row, "failed_at"), row.getString("last_error")))
			.optional()
			.orElse(null);
	}

	/**
	 * The oldest message that should have been sent.
	 * @param channel of which channel, or {@code null} for any
	 * @param now the present moment
	 * @return since when it is known, or {@code null} if there is none
	 */
	@Nullable Instant oldestDue(@Nullable String channel, Instant now) {
		return this.jdbc
			.sql("""
					SELECT MIN(created_at) AS oldest FROM agentotp_notification WHERE state = 'due' AND channel <> ''
						AND (next_at <= :now OR last_error IS NOT NULL)"""
					+ ((channel != null) ? " AND channel = :channel" : ""))
			.param("now", Times.toDatabase(now))
			.param("channel", channel)
			.query((row, index) -> Optional.ofNullable(Times.getOrNull(row, "oldest")))
			.single()
			.orElse(null);
	}

	private static @Nullable String bounded(@Nullable String text) {
		return (text != null && text.length() > MAX_ERROR) ? text.substring(0, MAX_ERROR) : text;
	}

	private static Optional<Delivery> map(ResultSet row) throws SQLException {
		String kind = row.getString("kind").toUpperCase(Locale.ROOT);
		if (Arrays.stream(Notification.Kind.values()).noneMatch((known) -> known.name().equals(kind))) {
			return Optional.empty();
		}
		return Optional
			.of(new Delivery(row.getLong("id"), row.getString("permission_id"), Notification.Kind.valueOf(kind),
					row.getInt("number"), row.getString("channel"), row.getString("recipient"), row.getString("person"),
					Delivery.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)), row.getInt("attempt"),
					row.getString("reference"), Times.get(row, "created_at"), Times.get(row, "next_at")));
	}

	/**
	 * Messages that say that a request waits.
	 *
	 * @param all all of them
	 * @param sent those that a channel has taken
	 * @param fresh those that are sent next
	 * @param quiet those that wait for the end of quiet hours
	 */
	record Counts(long all, long sent, long fresh, long quiet) {

		static final Counts NONE = new Counts(0, 0, 0, 0);

	}

	/**
	 * That a message was not taken.
	 *
	 * @param at when
	 * @param error why
	 */
	record Failure(Instant at, String error) {
	}

	/**
	 * Something that has to be told.
	 *
	 * @param kind what
	 * @param number of several reminders which one
	 * @param channel by which channel, empty for a moment at which others are told
	 * @param recipient the id of an address, or a place
	 * @param person whose address it is
	 * @param at when
	 */
	record NewRow(Notification.Kind kind, int number, String channel, String recipient, @Nullable String person,
			Instant at) {
	}

}
