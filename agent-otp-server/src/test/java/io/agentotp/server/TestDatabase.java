package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.server.database.DatabaseSchema;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/**
 * Databases for tests. The system property {@code agentotp.test.database} says on which
 * one the tests run that do not say so themselves: {@code h2}, {@code postgres}, or
 * {@code two-nodes} with every server in two nodes on one PostgreSQL.
 */
final class TestDatabase {

	private static final String KIND = System.getProperty("agentotp.test.database", "h2");

	private static final AtomicInteger COUNTER = new AtomicInteger();

	// Without one the service makes a database of its own.
	private final String url;

	private TestDatabase(String url) {
		this.url = url;
	}

	static int nodes() {
		return KIND.equals("two-nodes") ? 2 : 1;
	}

	static boolean isH2() {
		return KIND.equals("h2");
	}

	/**
	 * What a server of its own uses, of the kind under test.
	 */
	static TestDatabase create() {
		return isH2() ? new TestDatabase(null) : createPostgres();
	}

	/**
	 * A database of the kind under test that outlives servers.
	 */
	static TestDatabase createLasting() {
		return isH2() ? createH2() : createPostgres();
	}

	static TestDatabase createH2() {
		return new TestDatabase("jdbc:h2:mem:test-" + COUNTER.incrementAndGet()
				+ ";DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000");
	}

	static TestDatabase createH2File(Path directory) {
		return new TestDatabase("jdbc:h2:file:" + directory.resolve("agent-otp"));
	}

	static TestDatabase createPostgres() {
		String name = "test_" + COUNTER.incrementAndGet();
		Postgres.execute("CREATE DATABASE " + name);
		return new TestDatabase("jdbc:postgresql://localhost:" + Postgres.SERVER.getPort() + "/" + name);
	}

	/**
	 * The same database with another time to wait for a lock.
	 */
	TestDatabase withLockTimeout(int millis) {
		return new TestDatabase(isPostgres() ? this.url + "?options=-c%20lock_timeout%3D" + millis
				: this.url.replaceAll("LOCK_TIMEOUT=\\d+", "LOCK_TIMEOUT=" + millis));
	}

	boolean isPostgres() {
		return this.url.startsWith("jdbc:postgresql:");
	}

	String url() {
		return this.url;
	}

	List<String> settings() {
		if (this.url == null) {
			return List.of();
		}
		return List.of("agentotp.server.datasource.url=" + this.url,
				"agentotp.server.datasource.username=" + (isPostgres() ? "postgres" : "sa"),
				"agentotp.server.secret=a-secret-of-tests-0123456789-0123456789");
	}

	void execute(String... statements) {
		try (Connection connection = DriverManager.getConnection(DatabaseSchema.url(this.url),
				isPostgres() ? "postgres" : "sa", ""); Statement statement = connection.createStatement()) {
			for (String sql : statements) {
				statement.execute(sql);
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String toString() {
		return isPostgres() ? "PostgreSQL" : "H2";
	}

	/**
	 * Breaks all connections and refuses new ones.
	 */
	void goAway() {
		String name = this.url.substring(this.url.lastIndexOf('/') + 1);
		Postgres.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
		Postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
	}

	void comeBack() {
		Postgres
			.execute("ALTER DATABASE " + this.url.substring(this.url.lastIndexOf('/') + 1) + " ALLOW_CONNECTIONS true");
	}

	/**
	 * One PostgreSQL for all tests of the process, started when it is first needed.
	 */
	private static final class Postgres {

		static final EmbeddedPostgres SERVER = start();

		private static EmbeddedPostgres start() {
			try {
				return EmbeddedPostgres.builder()
					.setServerConfig("max_connections", "500")
					.setServerConfig("fsync", "off")
					.start();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		static void execute(String sql) {
			try (Connection connection = SERVER.getPostgresDatabase().getConnection();
					Statement statement = connection.createStatement()) {
				statement.execute(sql);
			}
			catch (SQLException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
