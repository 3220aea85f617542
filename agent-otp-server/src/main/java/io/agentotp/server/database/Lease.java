package io.agentotp.server.database;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Lets one of the nodes do what only one may do at a time, until it is gone.
 */
@Component
public final class Lease {

	private static final Logger logger = LoggerFactory.getLogger(Lease.class);

	private final String holder = UUID.randomUUID().toString();

	private final JdbcClient jdbc;

	private final InstantSource clock;

	Lease(JdbcClient jdbc, InstantSource clock) {
		this.jdbc = jdbc;
		this.clock = clock;
	}

	/**
	 * Takes or renews a lease.
	 * @param name what it is for
	 * @param duration how long it is good
	 * @return whether this node has it
	 */
	public boolean take(String name, Duration duration) {
		Instant now = this.clock.instant();
		// One that lasts longer was taken by a clock that is wrong, or by nobody.
		if (this.jdbc.sql(
				"UPDATE agentotp_lease SET holder = ?, held_until = ? WHERE name = ? AND (holder = ? OR held_until < ? OR held_until > ?)")
			.params(this.holder, Times.toDatabase(now.plus(duration)), name, this.holder, Times.toDatabase(now),
					Times.toDatabase(now.plus(duration.multipliedBy(2))))
			.update() > 0) {
			return true;
		}
		try {
			return this.jdbc
				.sql("INSERT INTO agentotp_lease (name, holder, held_until) SELECT ?, ?, ? "
						+ "WHERE NOT EXISTS (SELECT 1 FROM agentotp_lease WHERE name = ?)")
				.params(name, this.holder, Times.toDatabase(now.plus(duration)), name)
				.update() > 0;
		}
		catch (DuplicateKeyException ex) {
			return false;
		}
	}

	/**
	 * Gives a lease back, if this node has it.
	 * @param name what it is for
	 */
	public void release(String name) {
		try {
			this.jdbc.sql("DELETE FROM agentotp_lease WHERE name = ? AND holder = ?")
				.params(name, this.holder)
				.update();
		}
		catch (DataAccessException | IllegalStateException ex) {
			logger.debug("A lease was not given back, so that it ends later: {}", ex.toString());
		}
	}

}
