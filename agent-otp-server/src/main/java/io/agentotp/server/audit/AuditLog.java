package io.agentotp.server.audit;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.AfterCommit;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Writes the record in the transaction of what it records, and reads it.
 */
@Component
public final class AuditLog {

	// An agent may put its credentials where they do not belong; the record keeps none.
	// Made by devices, and worthless if they are not as they were; what people can read
	// of a proof was looked at before it was signed.
	private static final List<String> RANDOM = List.of("credentialId", "publicKey", "proof");

	private static final Pattern CREDENTIAL = Pattern.compile(AgentOtpServerProperties.CREDENTIAL);

	private static final String LINKED = "SELECT a.*, c.seq FROM agentotp_audit a"
			+ " LEFT JOIN agentotp_audit_chain c ON c.audit_id = a.id" + AuditChainStore.OWN_LINK;

	private final JdbcClient jdbc;

	private final AuditMac mac;

	private final AtomicLong written = new AtomicLong();

	AuditLog(JdbcClient jdbc, AuditMac mac) {
		this.jdbc = jdbc;
		this.mac = mac;
	}

	/**
	 * Adds a row. Must run inside the transaction that it records.
	 * @param at when it happened
	 * @param permissionId the permission, if it is about one
	 * @param agentId the agent that asked, if one did
	 * @param event what happened
	 * @param actor who acted
	 * @param details what else is known
	 */
	public void record(Instant at, @Nullable String permissionId, @Nullable String agentId, AuditEvent event,
			Actor actor, ObjectNode details) {
		record(at, permissionId, agentId, List.of(new Row(event, actor, details, null)));
	}

	/**
	 * Adds rows of what happened at once, in their order. Must run inside the transaction
	 * that they record.
	 * @param at when it happened
	 * @param permissionId the permission, if they are about one
	 * @param agentId the agent that asked, if one did
	 * @param rows what happened
	 */
	public void record(Instant at, @Nullable String permissionId, @Nullable String agentId, List<Row> rows) {
		Instant moment = at.truncatedTo(ChronoUnit.MILLIS);
		List<@Nullable Object> params = new ArrayList<>();
		for (Row row : rows) {
			String details = kept(row.allDetails());
			params.addAll(Params.of(Times.toDatabase(moment), permissionId, agentId, row.event().text(),
					row.actor().name(), row.actor().address(), details, row.seal(),
					this.mac.of(moment, permissionId, agentId, row, details)));
		}
		this.jdbc.sql(
				"INSERT INTO agentotp_audit (at, permission_id, agent_id, event, actor, address, details, seal, mac) VALUES "
						+ String.join(", ", Collections.nCopies(rows.size(), "(?, ?, ?, ?, ?, ?, ?, ?, ?)")))
			.params(params)
			.update();
		AfterCommit.run(this.written::incrementAndGet);
	}

	/**
	 * The last row that is about no permission: of people, agents or settings.
	 * @return its number, {@code 0} if there is none
	 */
	public long lastOfSettings() {
		return this.jdbc.sql("SELECT COALESCE(MAX(id), 0) FROM agentotp_audit WHERE permission_id IS NULL")
			.query(Long.class)
			.single();
	}

	/**
	 * How often this node has written rows since it started.
	 * @return the number of times
	 */
	long written() {
		return this.written.get();
	}

	/**
	 * Some rows, the first one first.
	 * @param query which rows
	 * @param limit how many
	 * @param offset how many to skip
	 * @return the rows
	 */
	public List<AuditEntry> findInOrder(AuditQuery query, int limit, long offset) {
		return read(query, "", limit, offset);
	}

	/**
	 * Whether a row was ever linked, so that the service has run on this database before.
	 * @return {@code false} before and in the first start
	 */
	public boolean hasBegun() {
		return this.jdbc.sql("""
				SELECT EXISTS (SELECT 1 FROM agentotp_audit_chain) OR EXISTS (SELECT 1 FROM agentotp_audit_checkpoint)
					OR NOT EXISTS (SELECT 1 FROM agentotp_audit_head WHERE seq = 0)""").query(Boolean.class).single();
	}

	/**
	 * The rows of an event, without those that somebody else wrote.
	 * @param event the event
	 * @return the rows, also those whose secret is not known any more
	 */
	public List<AuditEntry> notForged(AuditEvent event) {
		return this.jdbc.sql("SELECT * FROM agentotp_audit WHERE event = ? ORDER BY id")
			.param(event.text())
			.query(AuditLog::map)
			.list()
			.stream()
			.filter((entry) -> this.mac.check(entry) != Tokens.Seal.BROKEN)
			.toList();
	}

	/**
	 * The rows of some permissions, the first one first, without those that somebody else
	 * added. One that was only changed is found by its link.
	 * @param permissionIds the permissions
	 * @return the rows
	 */
	public List<AuditEntry> notForged(List<String> permissionIds) {
		return this.jdbc.sql(LINKED + " WHERE a.permission_id IN (:ids) ORDER BY a.id")
			.param("ids", permissionIds)
			.query((row, index) -> {
				AuditEntry entry = map(row, index);
				boolean written = row.getObject("seq") != null || this.mac.check(entry) == Tokens.Seal.INTACT;
				return written ? List.of(entry) : List.<AuditEntry>of();
			})
			.list()
			.stream()
			.flatMap(List::stream)
			.toList();
	}

	/**
	 * A page of rows, the newest first.
	 * @param query which rows
	 * @param limit how many
	 * @param offset how many to skip
	 * @return the rows
	 */
	public List<AuditEntry> find(AuditQuery query, int limit, long offset) {
		return read(query, " DESC", limit, offset);
	}

	/**
	 * The latest row of an event of a permission.
	 * @param permissionId the permission
	 * @param event the event
	 * @return the row, also if it is forged; empty if there is none
	 */
	public Optional<AuditEntry> latest(String permissionId, AuditEvent event) {
		return find(new AuditQuery(permissionId, null, event.text(), null, null, null, VisibleRows.ALL), 1, 0).stream()
			.findFirst();
	}

	private List<AuditEntry> read(AuditQuery query, String order, int limit, long offset) {
		List<Object> params = new ArrayList<>();
		String conditions = query.conditions("a.", params);
		params.add(limit);
		params.add(offset);
		return this.jdbc.sql(LINKED + " WHERE TRUE" + conditions + " ORDER BY a.id" + order + " LIMIT ? OFFSET ?")
			.params(params)
			.query((row, index) -> query.visible().shown(this.mac.mark(map(row, index), row.getObject("seq") != null)))
			.list();
	}

	public long count(AuditQuery query) {
		List<Object> params = new ArrayList<>();
		String conditions = query.conditions("a.", params);
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_audit a WHERE TRUE" + conditions)
			.params(params)
			.query(Long.class)
			.single();
	}

	// As it will be written again when it has been read.
	private static String kept(ObjectNode details) {
		ObjectNode plain = details.deepCopy();
		plain.remove(RANDOM);
		ObjectNode kept = Json.readObject(withoutCredentials(Json.write(plain)));
		RANDOM.stream().filter(details::has).forEach((name) -> kept.set(name, details.get(name)));
		return Json.write(kept);
	}

	/**
	 * Whether the log keeps a text as it is.
	 * @param text the text
	 * @return {@code false} if something in it looks like a token or key
	 */
	public static boolean keeps(String text) {
		String json = Json.write(text);
		return withoutCredentials(json).equals(json);
	}

	static String withoutCredentials(String json) {
		// Looking for a whole one costs more than all else of a row.
		return (json.contains("otp_") || json.contains("ak_") || json.contains("uk_") || json.contains("ul_"))
				? CREDENTIAL.matcher(json).replaceAll("$1(hidden)") : json;
	}

	static AuditEntry map(ResultSet row, int index) throws SQLException {
		return new AuditEntry(row.getLong("id"), Times.get(row, "at"), row.getString("permission_id"),
				row.getString("agent_id"), row.getString("event"), row.getString("actor"), row.getString("address"),
				details(row.getString("details")), row.getString("seal"), String.valueOf(row.getString("mac")), false);
	}

	// The text stays part of the row, so that it shows when somebody changes it again.
	private static String details(String text) {
		ObjectNode details = Json.readObjectOrNull(text);
		return (details != null && Json.write(details).equals(text)) ? text
				: Json.write(Json.object().put(AuditEntry.UNREADABLE, text));
	}

	/**
	 * What is to be written down.
	 *
	 * @param event what happened
	 * @param actor who acted
	 * @param details what else is known
	 * @param seal the seal of the row that it tells of, as it is now, if it has one
	 */
	public record Row(AuditEvent event, Actor actor, ObjectNode details, @Nullable String seal) {

		ObjectNode allDetails() {
			Actor.Chat chat = this.actor.chat();
			return (chat != null) ? this.details.deepCopy().set("chat", Json.toTree(chat)) : this.details;
		}

	}

}
