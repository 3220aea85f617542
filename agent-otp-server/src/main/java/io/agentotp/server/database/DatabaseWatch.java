package io.agentotp.server.database;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Notices when the database is gone. Who waits for something out of it is told, instead
 * of finding out one by one.
 */
@Component
public final class DatabaseWatch {

	private static final Logger logger = LoggerFactory.getLogger(DatabaseWatch.class);

	private final JdbcClient jdbc;

	private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

	private volatile boolean gone;

	DatabaseWatch(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Adds what is to run each time that the database is found to be gone.
	 * @param listener the listener
	 */
	public void onGone(Runnable listener) {
		this.listeners.add(listener);
	}

	/**
	 * Whether the database was gone when last looked for.
	 * @return {@code true} while it is gone
	 */
	public boolean isGone() {
		return this.gone;
	}

	@Scheduled(initialDelay = 1, fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
	void check() {
		try {
			this.jdbc.sql("SELECT 1").query(Integer.class).single();
			if (this.gone) {
				logger.info("The database is back");
			}
			this.gone = false;
		}
		catch (DataAccessException ex) {
			if (!this.gone) {
				logger.warn("The database is gone; requests are answered with 503 until it is back: {}", ex.toString());
			}
			this.gone = true;
			this.listeners.forEach(Runnable::run);
		}
	}

}
