package io.agentotp.server.audit;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.agentotp.server.database.FirstRows;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Times;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The SQL of the chain.
 */
@Component
final class AuditChainStore {

	/** The condition of a link {@code c} that it is one of the chain. */
	static final String OWN_LINK = " AND c.seq BETWEEN 1 AND (SELECT seq FROM agentotp_audit_head)";

	/** What is said when the row of the end was removed. */
	static final String HEAD_GONE = "The row of agentotp_audit_head is gone, so no row of the audit log is linked and "
			+ "signed for any more. Restore it from a backup";

	private static final String LINKED = """
			SELECT c.seq AS link_seq, c.audit_id AS link_audit_id, c.hash AS link_hash, p.hash AS previous_hash, a.*
			FROM agentotp_audit_chain c
			LEFT JOIN agentotp_audit_chain p ON p.seq = c.seq - 1
			LEFT JOIN agentotp_audit a ON a.id = c.audit_id
			""";

	private static final int PAGE = 1000;

	private static final long MAX_SIZE = 2 * 1024 * 1024;

	private final JdbcClient jdbc;

	private final JdbcTemplate batches;

	private final String chain;

	@Autowired
	AuditChainStore(JdbcClient jdbc, JdbcTemplate batches, Instance instance) {
		this(jdbc, batches, instance.id());
	}

	AuditChainStore(JdbcClient jdbc, JdbcTemplate batches, String chain) {
		this.jdbc = jdbc;
		this.chain = chain;
		this.batches = batches;
	}

	/**
	 * What tells this chain from those of other databases.
	 * @return the id
	 */
	String chain() {
		return this.chain;
	}

	/**
	 * Takes the lock that lets one node link at a time.
	 * @return the end of the chain, empty if another node has the lock
	 */
	Optional<Head> lock() {
		return this.jdbc.sql("SELECT * FROM agentotp_audit_head WHERE single = TRUE FOR UPDATE SKIP LOCKED")
			.query(AuditChainStore::mapHead)
			.optional();
	}

	Head head() {
		return this.jdbc.sql("SELECT * FROM agentotp_audit_head")
			.query(AuditChainStore::mapHead)
			.optional()
			.orElse(Head.GONE);
	}

	void save(Head head) {
		this.jdbc.sql("UPDATE agentotp_audit_head SET seq = ?, hash = ?, last_id = ?, gaps = ? WHERE single = TRUE")
			.params(head.seq(), head.hash(), head.lastId(), head.gaps())
			.update();
	}

	List<AuditEntry> unlinked(Collection<Long> ids) {
		if (ids.isEmpty()) {
			return List.of();
		}
		return this.jdbc.sql("""
				SELECT a.* FROM agentotp_audit a LEFT JOIN agentotp_audit_chain c ON c.audit_id = a.id%s
				WHERE c.seq IS NULL AND a.id IN (:ids) ORDER BY a.id""".formatted(OWN_LINK))
			.params(Map.of("ids", ids))
			.query(AuditLog::map)
			.list();
	}

	/**
	 * Rows that have no link.
	 * @param after the id before them
	 * @param to the last id
	 * @param limit how many
	 * @return the rows, fewer where they are large
	 */
	List<AuditEntry> unlinked(long after, long to, int limit) {
		return this.jdbc.sql(first("""
				SELECT a.* FROM agentotp_audit a LEFT JOIN agentotp_audit_chain c ON c.audit_id = a.id%s
				WHERE c.seq IS NULL AND a.id > ? AND a.id <= ? ORDER BY a.id LIMIT ?""".formatted(OWN_LINK), "id"))
			.params(after, to, limit)
			.query(AuditLog::map)
			.list();
	}

	private static String first(String select, String order) {
		return FirstRows.of(select, "COALESCE(LENGTH(details), 0)", MAX_SIZE, order);
	}

	/**
	 * Rows that are there more than once, the newest of each.
	 * @param limit how many
	 * @return the rows
	 */
	List<AuditEntry> copies(int limit) {
		return this.jdbc.sql("""
				SELECT a.* FROM agentotp_audit a
				JOIN (SELECT MAX(id) AS id FROM agentotp_audit GROUP BY mac HAVING COUNT(*) > 1) c ON c.id = a.id
				ORDER BY a.id LIMIT ?""").param(limit).query(AuditLog::map).list();
	}

	boolean hasLink(long seq, String hash) {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_audit_chain WHERE seq = ? AND hash = ?")
			.params(seq, hash)
			.query(Long.class)
			.single() > 0;
	}

	/**
	 * Takes links away at places that the chain has not reached, which somebody else
	 * wrote: they would stop it there. Runs within the transaction that holds the head.
	 * @return how many there were
	 */
	int removeForeignLinks() {
		return this.jdbc
			.sql("DELETE FROM agentotp_audit_chain WHERE seq < 1 OR seq > (SELECT seq FROM agentotp_audit_head)")
			.update();
	}

	void link(List<LinkedEntry> links) {
		List<Object[]> rows = new ArrayList<>();
		for (LinkedEntry link : links) {
			if (link.entry() != null) {
				rows.add(new Object[] { link.seq(), link.entry().id(), String.valueOf(link.hash()) });
			}
		}
		this.batches.batchUpdate("INSERT INTO agentotp_audit_chain (seq, audit_id, hash) VALUES (?, ?, ?)", rows);
	}

	List<LinkedEntry> linked(long after, long to, int limit) {
		return this.jdbc.sql(first(LINKED + "WHERE c.seq > ? AND c.seq <= ? ORDER BY c.seq LIMIT ?", "link_seq"))
			.params(after, to, limit)
			.query(AuditChainStore::mapLinked)
			.list();
	}

	List<LinkedEntry> linked(AuditQuery query, long after, long to, int limit) {
		List<Object> params = new ArrayList<>(List.of(after, to));
		String where = query.conditions("a.", params);
		params.add(limit);
		return this.jdbc
			.sql(first(
					LINKED + "WHERE c.seq > ? AND c.seq <= ? AND a.id IS NOT NULL" + where + " ORDER BY c.seq LIMIT ?",
					"link_seq"))
			.params(params)
			.query(AuditChainStore::mapLinked)
			.list();
	}

	List<AuditEntry> notLinked(AuditQuery query, long afterId, int limit) {
		List<Object> params = new ArrayList<>(List.of(afterId));
		String where = query.conditions("a.", params);
		params.add(limit);
		return this.jdbc
			.sql(first("SELECT a.* FROM agentotp_audit a LEFT JOIN agentotp_audit_chain c ON c.audit_id = a.id"
					+ OWN_LINK + " WHERE c.seq IS NULL AND a.id > ?" + where + " ORDER BY a.id LIMIT ?", "id"))
			.params(params)
			.query(AuditLog::map)
			.list();
	}

	/**
	 * Stores a checkpoint, also where somebody else has put one.
	 * @param checkpoint the checkpoint
	 */
	void put(Checkpoint checkpoint) {
		this.jdbc.sql("DELETE FROM agentotp_audit_checkpoint WHERE seq = ?").param(checkpoint.seq()).update();
		this.jdbc.sql("INSERT INTO agentotp_audit_checkpoint (seq, hash, at, key_id, signature) VALUES (?, ?, ?, ?, ?)")
			.params(checkpoint.seq(), checkpoint.hash(), Times.toDatabase(checkpoint.at()), checkpoint.keyId(),
					checkpoint.signature())
			.update();
	}

	/**
	 * The last checkpoint that is one. Others say nothing.
	 * @param keys the keys that may have signed
	 * @return the checkpoint
	 */
	Optional<Checkpoint> lastCheckpoint(Collection<AuditKey> keys) {
		int limit = 1;
		List<Checkpoint> page;
		for (int offset = 0;; offset += page.size()) {
			page = this.jdbc.sql("SELECT * FROM agentotp_audit_checkpoint ORDER BY seq DESC LIMIT ? OFFSET ?")
				.params(limit, offset)
				.query((row, index) -> map(this.chain, row))
				.list();
			Optional<Checkpoint> signed = page.stream().filter((one) -> one.isSignedBy(keys)).findFirst();
			if (signed.isPresent() || page.size() < limit) {
				return signed;
			}
			limit = PAGE;
		}
	}

	List<Checkpoint> checkpointsAfter(long seq) {
		return this.jdbc.sql("SELECT * FROM agentotp_audit_checkpoint WHERE seq > ? ORDER BY seq")
			.param(seq)
			.query((row, index) -> map(this.chain, row))
			.list();
	}

	/**
	 * What a node has written to its file of checkpoints.
	 * @param file the id of the file
	 * @return what is stored, if the file was begun
	 */
	Optional<Written> written(String file) {
		return this.jdbc.sql("SELECT * FROM agentotp_audit_file WHERE id = ?")
			.param(file)
			.query((row, index) -> new Written(row.getLong("seq"), row.getString("seal")))
			.optional();
	}

	void put(String file, Written written) {
		if (this.jdbc.sql("UPDATE agentotp_audit_file SET seq = ?, seal = ? WHERE id = ?")
			.params(written.seq(), written.seal(), file)
			.update() == 0) {
			this.jdbc.sql("INSERT INTO agentotp_audit_file (seq, seal, id) VALUES (?, ?, ?)")
				.params(written.seq(), written.seal(), file)
				.update();
		}
	}

	private static Checkpoint map(String chain, ResultSet row) throws SQLException {
		return new Checkpoint(chain, row.getLong("seq"), row.getString("hash"), Times.get(row, "at"),
				row.getString("key_id"), row.getString("signature"));
	}

	private static Head mapHead(ResultSet row, int index) throws SQLException {
		return new Head(row.getLong("seq"), row.getString("hash"), row.getLong("last_id"), row.getString("gaps"));
	}

	private static LinkedEntry mapLinked(ResultSet row, int index) throws SQLException {
		long seq = row.getLong("link_seq");
		String hash = row.getString("link_hash");
		String previous = row.getString("previous_hash");
		row.getLong("id");
		@Nullable AuditEntry entry = row.wasNull() ? null : AuditLog.map(row, index);
		return new LinkedEntry(seq, previous, hash, entry);
	}

	/**
	 * The end of the chain.
	 *
	 * @param seq the place of the last link
	 * @param hash its hash
	 * @param lastId the highest id that was linked
	 * @param gaps ids before it that were not there
	 */
	record Head(long seq, String hash, long lastId, String gaps) {

		/** When somebody else has removed it. */
		static final Head GONE = new Head(0, "", Long.MAX_VALUE, "");

		Head at(long place, String link) {
			return new Head(place, link, this.lastId, this.gaps);
		}

	}

	/**
	 * The last checkpoint that a file of checkpoints got.
	 *
	 * @param seq its place
	 * @param seal the seal of the place
	 */
	record Written(long seq, String seal) {
	}

}
