package io.agentotp.server.database;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Says so when this node's clock is not the database's. Each node ends questions and
 * tokens by its own clock, so a token lives for as much longer as the clocks of two nodes
 * differ.
 */
@Component
final class ClockWatch {

	private static final Logger logger = LoggerFactory.getLogger(ClockWatch.class);

	private static final Duration TOLERANCE = Duration.ofSeconds(2);

	private final JdbcClient jdbc;

	private final InstantSource clock;

	private boolean off;

	ClockWatch(JdbcClient jdbc, InstantSource clock) {
		this.jdbc = jdbc;
		this.clock = clock;
	}

	/**
	 * Compares the two clocks.
	 * @return how much this node's is ahead at least, below zero if it is behind
	 */
	@Scheduled(initialDelay = 10, fixedDelay = 60, timeUnit = TimeUnit.SECONDS)
	Duration check() {
		try {
			Instant before = this.clock.instant();
			Instant database = this.jdbc.sql("SELECT CURRENT_TIMESTAMP")
				.query((row, index) -> row.getObject(1, OffsetDateTime.class).toInstant())
				.single();
			Duration ahead = ahead(before, database, this.clock.instant());
			boolean now = ahead.abs().compareTo(TOLERANCE) > 0;
			if (now && !this.off) {
				logger
					.warn("The clock of this node differs from that of the database by {} ms. Tokens may live longer, "
							+ "or shorter, by as much: let both follow the same time server", ahead.toMillis());
			}
			this.off = now;
			return ahead;
		}
		catch (RuntimeException ex) {
			// An exception would end the schedule; that the database is gone is said
			// elsewhere.
			logger.debug("The clocks could not be compared", ex);
			return Duration.ZERO;
		}
	}

	// Asking takes its time, and much of it while connections are scarce: that is no
	// difference of the clocks.
	private static Duration ahead(Instant before, Instant database, Instant after) {
		if (database.isBefore(before)) {
			return Duration.between(database, before);
		}
		return database.isAfter(after) ? Duration.between(database, after) : Duration.ZERO;
	}

}
