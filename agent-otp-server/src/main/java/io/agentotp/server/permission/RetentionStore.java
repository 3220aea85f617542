package io.agentotp.server.permission;

import java.time.Instant;
import java.util.List;

import io.agentotp.server.database.Times;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The SQL of what is taken away.
 */
@Component
final class RetentionStore {

	// Nothing ends before it is asked for, so the index on created_at finds candidates.
	private static final String ENDED = """
			WHERE created_at < ? AND status IN ('denied', 'expired', 'used', 'revoked')
				AND COALESCE(revoked_at, expires_at, decided_at, pending_until) < ?""";

	private final JdbcClient jdbc;

	RetentionStore(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Takes the turn of this interval.
	 * @param now the present moment
	 * @param last when the last turn must have been
	 * @return {@code false} if it was taken already
	 */
	boolean takeTurn(Instant now, Instant last) {
		// Somebody may have set it to a time that does not come, or removed it.
		return this.jdbc
			.sql("UPDATE agentotp_retention SET ran_at = ? WHERE single = TRUE AND (ran_at <= ? OR ran_at > ?)")
			.params(Times.toDatabase(now), Times.toDatabase(last), Times.toDatabase(now))
			.update() == 1
				|| this.jdbc.sql("""
						INSERT INTO agentotp_retention (single, ran_at)
						SELECT TRUE, ? WHERE NOT EXISTS (SELECT 1 FROM agentotp_retention)""")
					.param(Times.toDatabase(now))
					.update() == 1;
	}

	int removePermissions(Instant endedBefore, int limit) {
		List<String> ids = ended("", endedBefore, limit);
		if (!ids.isEmpty()) {
			this.jdbc.sql("DELETE FROM agentotp_permission WHERE id IN (:ids)").param("ids", ids).update();
		}
		return ids.size();
	}

	int removeDetails(Instant endedBefore, Instant now, int limit) {
		List<String> ids = ended(" AND details_removed_at IS NULL", endedBefore, limit);
		if (!ids.isEmpty()) {
			this.jdbc
				.sql("""
						UPDATE agentotp_permission SET context = '{}', bound_call = NULL, policy_trace = NULL, salt = NULL, details_removed_at = :now
						WHERE id IN (:ids)""")
				.param("now", Times.toDatabase(now))
				.param("ids", ids)
				.update();
		}
		return ids.size();
	}

	// What is over stays over, so nothing changes between finding and removing.
	private List<String> ended(String condition, Instant before, int limit) {
		return this.jdbc.sql("SELECT id FROM agentotp_permission " + ENDED + condition + " ORDER BY created_at LIMIT ?")
			.params(Times.toDatabase(before), Times.toDatabase(before), limit)
			.query(String.class)
			.list();
	}

}
