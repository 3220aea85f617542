package io.agentotp.server.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Sends by {@code NOTIFY} in the transaction that it tells of, and listens on a
 * connection of its own.
 */
final class PostgresNotifications implements Notifications, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(PostgresNotifications.class);

	private static final String CHANNEL = "agentotp";

	private static final int CHECK_MILLIS = 10_000;

	private final String node = UUID.randomUUID().toString();

	private final JdbcClient jdbc;

	private final DataSource connections;

	private final Thread thread;

	private final CountDownLatch closed = new CountDownLatch(1);

	private volatile Consumer<String> listener = (text) -> {
	};

	private volatile @Nullable Connection connection;

	PostgresNotifications(JdbcClient jdbc, DataSource connections) {
		this.jdbc = jdbc;
		this.connections = connections;
		this.thread = new Thread(this::run, "agent-otp-listener");
		this.thread.setDaemon(true);
		this.thread.start();
	}

	@Override
	public void send(String text) {
		this.jdbc.sql("SELECT pg_notify(?, ?)")
			.params(CHANNEL, this.node + " " + text)
			.query((row, index) -> true)
			.single();
	}

	@Override
	public void listen(Consumer<String> listener) {
		this.listener = listener;
	}

	private void run() {
		boolean reported = false;
		while (this.closed.getCount() > 0) {
			try (Connection connection = this.connections.getConnection()) {
				this.connection = connection;
				try (Statement statement = connection.createStatement()) {
					statement.execute("LISTEN " + CHANNEL);
				}
				reported = false;
				receive(connection);
			}
			catch (SQLException ex) {
				if (this.closed.getCount() > 0 && !reported) {
					logger.warn("Other nodes cannot be heard, so their decisions arrive late: {}", ex.getMessage());
					reported = true;
				}
			}
			pause();
		}
	}

	private void receive(Connection connection) throws SQLException {
		PGConnection postgres = connection.unwrap(PGConnection.class);
		while (this.closed.getCount() > 0) {
			PGNotification[] notifications = postgres.getNotifications(CHECK_MILLIS);
			if (notifications == null || notifications.length == 0) {
				// A connection that is gone gives nothing, either.
				try (Statement statement = connection.createStatement()) {
					statement.execute("SELECT 1");
				}
				continue;
			}
			for (PGNotification notification : notifications) {
				deliver(notification.getParameter());
			}
		}
	}

	private void deliver(String parameter) {
		int space = parameter.indexOf(' ');
		if (space < 0 || parameter.startsWith(this.node)) {
			return;
		}
		try {
			this.listener.accept(parameter.substring(space + 1));
		}
		catch (RuntimeException ex) {
			logger.warn("A notification could not be handled: {}", ex.toString());
		}
	}

	private void pause() {
		try {
			this.closed.await(1, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			this.closed.countDown();
		}
	}

	@Override
	public void close() throws SQLException {
		this.closed.countDown();
		Connection connection = this.connection;
		if (connection != null) {
			// Closing would wait for the thread that reads from it.
			connection.abort(Runnable::run);
		}
		this.thread.interrupt();
	}

}
