package io.agentotp.server.database;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Notices when the database is gone or read-only. Who waits for something out of it is
 * told, instead of finding out one by one.
 */
@Component
public final class DatabaseWatch {

	private static final Logger logger = LoggerFactory.getLogger(DatabaseWatch.class);

	private final JdbcClient jdbc;

	private final DataSource dataSource;

	private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

	private final List<BooleanSupplier> others = new CopyOnWriteArrayList<>();

	private volatile @Nullable String problem;

	DatabaseWatch(JdbcClient jdbc, DataSource dataSource) {
		this.jdbc = jdbc;
		this.dataSource = dataSource;
	}

	/**
	 * Adds what is to run each time that the database is found to be gone.
	 * @param listener the listener
	 */
	public void onGone(Runnable listener) {
		this.listeners.add(listener);
	}

	/**
	 * Adds what else has to work again before the database is taken to be back.
	 * @param other whether it works
	 */
	public void onReturn(BooleanSupplier other) {
		this.others.add(other);
	}

	/**
	 * Whether the database could not be used when last looked for.
	 * @return {@code true} while it is gone or read-only
	 */
	public boolean isGone() {
		return this.problem != null;
	}

	/**
	 * What was the matter with the database when last looked for.
	 * @return the problem, or {@code null}
	 */
	public @Nullable String problem() {
		return this.problem;
	}

	/**
	 * Looks for the database now.
	 * @return the problem, or {@code null}
	 */
	public @Nullable String look() {
		try {
			probe(this.jdbc);
			return null;
		}
		catch (DataAccessException ex) {
			logger.debug("The database cannot be used", ex);
			return text(ex);
		}
	}

	/**
	 * Says what is the matter with the database.
	 * @param failure what happened
	 * @return the text
	 */
	public static String text(DataAccessException failure) {
		return DatabaseFaults.isReadOnly(failure) ? "The database of the service is read-only"
				: "The database of the service is gone";
	}

	// Changes no row, but is refused where none can be changed.
	static void probe(JdbcClient jdbc) {
		jdbc.sql("UPDATE agentotp_instance SET id = id WHERE single = FALSE").update();
	}

	@Scheduled(initialDelay = 1, fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
	void check() {
		String now = look();
		if (now == null && this.problem != null) {
			if (!this.others.stream().allMatch(BooleanSupplier::getAsBoolean)) {
				return;
			}
			logger.info("The database is back");
		}
		if (now != null && !now.equals(this.problem)) {
			logger.warn("{}; requests are answered with 503 until it can be used", now);
		}
		this.problem = now;
		if (now != null) {
			// H2 opens a file that could not be written again only once nobody has it
			// open; PostgreSQL may have another primary.
			evictConnections();
			this.listeners.forEach(Runnable::run);
		}
	}

	private void evictConnections() {
		try {
			this.dataSource.unwrap(HikariDataSource.class).getHikariPoolMXBean().softEvictConnections();
		}
		catch (SQLException ex) {
			logger.debug("The pool of connections is not known", ex);
		}
	}

}
