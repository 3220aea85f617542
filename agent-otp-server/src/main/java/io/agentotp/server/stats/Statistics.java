package io.agentotp.server.stats;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.database.Times;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Counts requests, decision times and refused uses over time.
 */
@Component
public final class Statistics {

	/**
	 * How many buckets there are at most.
	 */
	public static final int MAX_BUCKETS = 1000;

	// Seconds since 1970, which no time zone of a session changes.
	private static final String ASKED = """
			FROM (SELECT FLOOR(EXTRACT(EPOCH FROM created_at) / %d) AS bucket, status, decided_by,
				EXTRACT(EPOCH FROM decided_at) - EXTRACT(EPOCH FROM created_at) AS seconds
				FROM agentotp_permission WHERE created_at >= ? AND created_at < ?) AS asked
			""";

	private static final String REJECTED = """
			SELECT bucket, COUNT(*) AS total
			FROM (SELECT FLOOR(EXTRACT(EPOCH FROM at) / %d) AS bucket
				FROM agentotp_audit WHERE event = ? AND at >= ? AND at < ?) AS rejected
			GROUP BY bucket""";

	private final JdbcClient jdbc;

	Statistics(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * The requests that came in a stretch of time.
	 * @param from its begin
	 * @param to its end
	 * @param length how long a bucket is
	 * @return the buckets, the first one first, also those without a request
	 */
	public List<StatisticsBucket> requests(Instant from, Instant to, Duration length) {
		long seconds = length.toSeconds();
		Map<Long, StatisticsBucket> buckets = new TreeMap<>();
		for (long i = Math.floorDiv(from.getEpochSecond(), seconds); i * seconds < to.getEpochSecond(); i++) {
			buckets.put(i, StatisticsBucket.empty(Instant.ofEpochSecond(i * seconds)));
		}
		String asked = ASKED.formatted(seconds);
		this.jdbc
			.sql("SELECT bucket, status, COUNT(*) AS total, "
					+ "SUM(CASE WHEN decided_by LIKE 'policy:%' THEN 1 ELSE 0 END) AS by_policy, "
					+ "SUM(CASE WHEN decided_by LIKE 'user:%' THEN 1 ELSE 0 END) AS by_person " + asked
					+ "GROUP BY bucket, status")
			.params(Times.toDatabase(from), Times.toDatabase(to))
			.query((row) -> {
				long total = row.getLong("total");
				String status = row.getString("status");
				long policy = row.getLong("by_policy");
				long person = row.getLong("by_person");
				buckets.computeIfPresent(row.getLong("bucket"),
						(key, bucket) -> bucket.with(status, total, policy, person));
			});
		this.jdbc
			.sql("SELECT bucket, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY seconds) AS half, "
					+ "PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY seconds) AS most " + asked
					+ "WHERE decided_by LIKE 'user:%' GROUP BY bucket")
			.params(Times.toDatabase(from), Times.toDatabase(to))
			.query((row) -> {
				double half = row.getDouble("half");
				double most = row.getDouble("most");
				buckets.computeIfPresent(row.getLong("bucket"), (key, bucket) -> bucket.with(half, most));
			});
		this.jdbc.sql(REJECTED.formatted(seconds))
			.params(AuditEvent.USE_REJECTED.text(), Times.toDatabase(from), Times.toDatabase(to))
			.query((row) -> {
				long total = row.getLong("total");
				buckets.computeIfPresent(row.getLong("bucket"), (key, bucket) -> bucket.withRejectedUses(total));
			});
		return List.copyOf(buckets.values());
	}

}
