package io.agentotp.server.audit;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

import io.agentotp.server.audit.AuditProblem.Kind;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.function.SingletonSupplier;

/**
 * A table whose rows are sealed by the secret of tokens, so that what somebody else
 * writes into it counts for nothing. Each change writes the seal into the audit log.
 */
public abstract class SealedTable implements StateCheck {

	private final JdbcClient jdbc;

	private final Tokens tokens;

	private final AuditMac mac;

	private final String table;

	private final String id;

	private final List<String> columns;

	/**
	 * Makes a sealed table.
	 * @param jdbc the database
	 * @param tokens seals the rows
	 * @param table the name of the table
	 * @param id the column that names a row
	 * @param columns the other columns that are sealed
	 */
	protected SealedTable(JdbcClient jdbc, Tokens tokens, String table, String id, List<String> columns) {
		this.jdbc = jdbc;
		this.tokens = tokens;
		this.mac = new AuditMac(tokens);
		this.table = table;
		this.id = id;
		this.columns = List.copyOf(columns);
	}

	/**
	 * How a row is named to people.
	 * @return the word before its name
	 */
	protected abstract String word();

	/**
	 * The events that carry the seals of rows.
	 * @return the events; none if the log does not tell of the rows
	 */
	protected Collection<AuditEvent> events() {
		return List.of();
	}

	/**
	 * What to do about a row that somebody else wrote.
	 * @return a sentence, with the end of the one before it; empty if there is no rule
	 */
	protected String remedy() {
		return "";
	}

	/**
	 * Which row an event is about.
	 * @param entry the event
	 * @return its id, or {@code null}
	 */
	protected @Nullable String idOf(AuditEntry entry) {
		return null;
	}

	/**
	 * Whether a row is as the service wrote it.
	 * @param row the row, with all its columns
	 * @return whether it is
	 */
	public final boolean isIntact(ResultSet row) throws SQLException {
		return check(row) == Tokens.Seal.INTACT;
	}

	/**
	 * Whether a row is as the service wrote it.
	 * @param key its id
	 * @return {@code false} also if it is not there
	 */
	public final boolean isIntact(Object key) {
		return isIntact(key, "");
	}

	/**
	 * Whether a row is as the service wrote it. Nobody else changes it until the
	 * transaction ends, in which this must run.
	 * @param key its id
	 * @return {@code false} also if it is not there
	 */
	public final boolean lockIntact(Object key) {
		return isIntact(key, " FOR UPDATE");
	}

	private boolean isIntact(Object key, String lock) {
		return this.jdbc.sql("SELECT * FROM " + this.table + " WHERE " + this.id + " = ?" + lock)
			.param(key)
			.query((row, index) -> isIntact(row))
			.optional()
			.orElse(false);
	}

	/**
	 * Seals a row as it is now. Must run inside the transaction that has changed it.
	 * @param key its id
	 * @return the seal
	 */
	public final String seal(Object key) {
		String seal = this.jdbc.sql("SELECT * FROM " + this.table + " WHERE " + this.id + " = ?")
			.param(key)
			.query((row, index) -> this.tokens.seal(this.table, values(row)))
			.single();
		this.jdbc.sql("UPDATE " + this.table + " SET seal = ? WHERE " + this.id + " = ?").params(seal, key).update();
		return seal;
	}

	/**
	 * Seals a row after a change, unless somebody else had changed it before.
	 * @param key its id
	 * @param wasIntact whether it was as the service wrote it
	 * @return the seal, which stays broken if it was
	 */
	public final String seal(Object key, boolean wasIntact) {
		return wasIntact ? seal(key)
				: this.jdbc.sql("SELECT seal FROM " + this.table + " WHERE " + this.id + " = ?")
					.param(key)
					.query(String.class)
					.single();
	}

	@Override
	public final void check(BiConsumer<Kind, String> problems) {
		Map<String, String> found = find();
		if (!found.isEmpty()) {
			// What changed between reading the rows and reading the log is no problem.
			found.entrySet().retainAll(find().entrySet());
		}
		found.forEach((key, problem) -> problems.accept(Kind.CHANGED, word() + " " + key + " " + problem));
	}

	/**
	 * Compares all rows with the audit log.
	 * @return what is wrong, by the id of the row
	 */
	public final Map<String, String> find() {
		Map<String, @Nullable String> recorded = recorded();
		Map<String, String> problems = new LinkedHashMap<>();
		Set<String> known = new HashSet<>();
		this.jdbc.sql("SELECT * FROM " + this.table + " ORDER BY " + this.id).query((row) -> {
			String key = row.getString(this.id);
			known.add(key);
			String problem = problem(row, recorded, key);
			if (problem != null) {
				problems.put(key, problem);
			}
		});
		recorded.forEach((key, seal) -> {
			if (seal != null && !known.contains(key)) {
				problems.put(key, "is gone");
			}
		});
		return problems;
	}

	private @Nullable String problem(ResultSet row, Map<String, @Nullable String> recorded, String key)
			throws SQLException {
		return switch (check(row)) {
			case BROKEN -> "is not as the service stored it: it was changed in the database" + remedy();
			case UNKNOWN_SECRET -> "cannot be checked: the secret that sealed it is not known to this node";
			case INTACT -> events().isEmpty() || row.getString("seal").equals(recorded.get(key)) ? null
					: recorded.containsKey(key)
							? "is not in the state that the audit log says: it was put back into an earlier one"
							: "is not in the audit log";
		};
	}

	// A row of the log that the service did not write says nothing.
	private Map<String, @Nullable String> recorded() {
		Map<String, @Nullable String> recorded = new HashMap<>();
		if (!events().isEmpty()) {
			this.jdbc.sql("SELECT * FROM agentotp_audit WHERE event IN (:events) ORDER BY id")
				.param("events", events().stream().map(AuditEvent::text).toList())
				.query((row) -> {
					AuditEntry entry = AuditLog.map(row, 0);
					if (this.mac.check(entry) == Tokens.Seal.INTACT) {
						recorded.put(Objects.requireNonNullElse(idOf(entry), ""), entry.seal());
					}
				});
		}
		return recorded;
	}

	private Tokens.Seal check(ResultSet row) throws SQLException {
		return this.tokens.check(row.getString("seal"), this.table, values(row));
	}

	private @Nullable String[] values(ResultSet row) throws SQLException {
		List<@Nullable String> values = new ArrayList<>();
		values.add(row.getString(this.id));
		for (String column : this.columns) {
			values.add(text(row, column));
		}
		return values.toArray(String[]::new);
	}

	private static @Nullable String text(ResultSet row, String column) throws SQLException {
		Object value = row.getObject(column);
		if (value instanceof OffsetDateTime time) {
			return time.toInstant().toString();
		}
		if (value instanceof Timestamp time) {
			return time.toInstant().toString();
		}
		return (value instanceof Boolean || value instanceof Number) ? value.toString() : row.getString(column);
	}

	/**
	 * Seals anew what an older secret has sealed, so that that one can be taken away.
	 * What is not in the state that the audit log says stays as it is, so that it is
	 * found. Must run inside a transaction.
	 * @param renewed gets the id and the new seal of each row
	 */
	public final void renew(BiConsumer<String, String> renewed) {
		List<Object> old = new ArrayList<>();
		Supplier<Map<String, @Nullable String>> recorded = SingletonSupplier.of(this::recorded);
		this.jdbc.sql("SELECT * FROM " + this.table + " WHERE seal NOT LIKE ?")
			.param(this.tokens.currentSecretId() + ":%")
			.query((row) -> {
				if (problem(row, recorded.get(), row.getString(this.id)) == null) {
					// As the column has it: PostgreSQL compares no number with a text.
					old.add(row.getObject(this.id));
				}
			});
		old.forEach((key) -> renewed.accept(key.toString(), seal(key)));
	}

}
