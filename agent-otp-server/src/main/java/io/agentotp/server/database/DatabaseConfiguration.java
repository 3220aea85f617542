package io.agentotp.server.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.UUID;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The service's own database. Nothing of it is seen by the host application.
 */
@Configuration(proxyBeanMethods = false)
public class DatabaseConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(DatabaseConfiguration.class);

	private static final long MIGRATION_LOCK = 0x6167656e746f7470L;

	static final String HISTORY = "agentotp_flyway_history";

	private static final int MIN_POOL_SIZE = 4;

	private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(3);

	private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(1);

	@Bean(destroyMethod = "close")
	HikariDataSource dataSource(AgentOtpServerProperties.Datasource settings) {
		HikariConfig config = pool("agent-otp", settings.poolSize(), settings);
		if (settings.url() != null) {
			DataSource connections = connections(settings);
			config.setDataSourceProperties(driverProperties(settings, settings.url()));
			if (H2File.of(settings.url()).isPresent()) {
				config.setDataSource(new OneWriterDataSource(connections));
			}
			// The pool would log each failure with its whole trace.
			try (Connection first = connections.getConnection()) {
				return new HikariDataSource(config);
			}
			catch (SQLException ex) {
				throw DatabaseFaults.of(ex, settings);
			}
		}
		return new InMemoryDataSource(config);
	}

	/**
	 * A small pool of connections to PostgreSQL for what may be lost with a crash of the
	 * database, as the counts of a minute may: its commits do not wait for the disk.
	 * @param settings the settings
	 * @return the pool, to be closed by the caller
	 */
	public static HikariDataSource withoutSync(AgentOtpServerProperties.Datasource settings) {
		HikariConfig config = pool("agent-otp-counts", MIN_POOL_SIZE, settings);
		config.setMinimumIdle(1);
		Properties properties = driverProperties(settings, Objects.requireNonNull(settings.url()));
		properties.merge("options", "-c synchronous_commit=off", (options, more) -> options + " " + more);
		config.setDataSourceProperties(properties);
		return new HikariDataSource(config);
	}

	private static HikariConfig pool(String name, int size, AgentOtpServerProperties.Datasource settings) {
		HikariConfig config = new HikariConfig();
		config.setPoolName(name);
		config.setDriverClassName(DatabaseDriver.className(settings));
		// Without a name of its own one in memory would be shared by all contexts of the
		// process.
		config.setJdbcUrl((settings.url() != null) ? settings.url() : "jdbc:h2:mem:agentotp-" + UUID.randomUUID()
				+ ";DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000");
		config.setUsername(settings.username());
		config.setPassword(settings.password());
		config.setMaximumPoolSize(size);
		config.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
		config.setValidationTimeout(VALIDATION_TIMEOUT.toMillis());
		return config;
	}

	// Defaults: what the URL says counts more. Without them a host that vanishes would
	// hold threads for ever, and H2 would answer before anything is in its file.
	private static Properties driverProperties(AgentOtpServerProperties.Datasource settings, String url) {
		Properties properties = new Properties();
		if (settings.isPostgres()) {
			properties.setProperty("ApplicationName", "agent-otp");
			properties.setProperty("connectTimeout", "3");
			// Longer than a lock is waited for.
			properties.setProperty("socketTimeout", "20");
			properties.setProperty("tcpKeepAlive", "true");
			properties.setProperty("options", "-c lock_timeout=10s");
			// Many rows, as those of the chain, in one statement.
			properties.setProperty("reWriteBatchedInserts", "true");
		}
		else if (url.startsWith("jdbc:h2:") && !url.toUpperCase(Locale.ROOT).contains("WRITE_DELAY")) {
			properties.setProperty("WRITE_DELAY", "0");
		}
		return properties;
	}

	/**
	 * Connections outside the pool.
	 * @param settings where the database is
	 * @return opens one each time
	 */
	static DataSource connections(AgentOtpServerProperties.Datasource settings) {
		return connections(settings, Map.of());
	}

	private static DataSource connections(AgentOtpServerProperties.Datasource settings, Map<String, String> changes) {
		String url = Objects.requireNonNull(settings.url());
		Properties properties = driverProperties(settings, url);
		properties.putAll(changes);
		SimpleDriverDataSource connections = new SimpleDriverDataSource();
		connections.setDriver(DatabaseDriver.create(settings));
		connections.setUrl(url);
		connections.setConnectionProperties(properties);
		connections.setUsername(settings.username());
		connections.setPassword(settings.password());
		return connections;
	}

	@Bean
	Migration migration(DataSource dataSource, AgentOtpServerProperties.Datasource settings) {
		// A migration of large tables takes its time, and other nodes wait for it.
		DataSource source = settings.isPostgres() ? connections(settings, Map.of("socketTimeout", "0")) : dataSource;
		Flyway flyway = Flyway.configure(getClass().getClassLoader())
			.dataSource(source)
			.locations("classpath:io/agentotp/server/db/migration")
			.table(HISTORY)
			// The schema may be the host's, with tables of its own.
			.baselineOnMigrate(true)
			.baselineVersion("0")
			.load();
		try {
			migrate(flyway, source, settings);
			DatabaseWatch.probe(JdbcClient.create(dataSource));
		}
		catch (FlywayException | DataAccessException | TransactionException ex) {
			throw DatabaseFaults.of(ex, settings);
		}
		return new Migration();
	}

	private static void migrate(Flyway flyway, DataSource source, AgentOtpServerProperties.Datasource settings) {
		new TransactionTemplate(new JdbcTransactionManager(source)).executeWithoutResult((status) -> {
			if (settings.isPostgres()) {
				// Nodes that start together on an empty schema would all begin the
				// history.
				JdbcTemplate jdbc = new JdbcTemplate(source);
				jdbc.execute("SET LOCAL lock_timeout = 0");
				jdbc.query("SELECT pg_advisory_xact_lock(?)", (row) -> {
				}, MIGRATION_LOCK);
			}
			refuseOther(flyway.info());
			flyway.migrate();
		});
	}

	// Older programs would not know what newer ones have stored, or leave it out.
	private static void refuseOther(MigrationInfoService migrations) {
		for (MigrationInfo each : migrations.applied()) {
			if (each.getState() == MigrationState.FUTURE_SUCCESS || each.getState() == MigrationState.FUTURE_FAILED) {
				throw InvalidSettingException.fault(
						"The schema of the database has version " + each.getVersion()
								+ ", which this version of the program does not know",
						"Run the newer version of the program, or restore the backup from before the upgrade");
			}
			if (each.getState() == MigrationState.FAILED || each.isChecksumMatching() == false) {
				throw InvalidSettingException.fault(
						"The schema of the database is not the one that this version of the program makes: version "
								+ each.getVersion() + " differs or was not completed",
						"Restore a backup. A database of a build that was never released has to be made anew");
			}
		}
	}

	@Bean
	JdbcTemplate jdbcTemplate(DataSource dataSource, Migration migration) {
		JdbcTemplate template = new JdbcTemplate(dataSource);
		template.setExceptionTranslator(translator());
		return template;
	}

	@Bean
	JdbcClient jdbcClient(JdbcTemplate template) {
		return JdbcClient.create(template);
	}

	private static SQLExceptionTranslator translator() {
		SQLExceptionSubclassTranslator translator = new SQLExceptionSubclassTranslator();
		translator.setCustomTranslator(DatabaseConfiguration::translate);
		return translator;
	}

	// PostgreSQL's state for a lock that was waited for in vain is not a standard one.
	private static @Nullable DataAccessException translate(String task, @Nullable String sql, SQLException ex) {
		if (DatabaseFaults.isReadOnly(ex) || DatabaseFaults.isUnwritten(ex)) {
			return new DataAccessResourceFailureException(task, ex);
		}
		return "55P03".equals(ex.getSQLState()) ? new CannotAcquireLockException(task, ex) : null;
	}

	@Bean
	TransactionTemplate transactions(DataSource dataSource) {
		JdbcTransactionManager manager = new JdbcTransactionManager(dataSource);
		// H2 writes its file when it commits.
		manager.setExceptionTranslator(translator());
		return new TransactionTemplate(manager);
	}

	@Bean
	Notifications notifications(JdbcClient jdbc, AgentOtpServerProperties.Datasource settings) {
		if (!settings.isPostgres()) {
			return Notifications.NONE;
		}
		return new PostgresNotifications(jdbc, connections(settings));
	}

	/**
	 * Lets go of the data when the service ends.
	 */
	static final class InMemoryDataSource extends HikariDataSource {

		InMemoryDataSource(HikariConfig config) {
			super(config);
		}

		@Override
		public void close() {
			if (!isClosed()) {
				try (Connection connection = getConnection(); Statement statement = connection.createStatement()) {
					statement.execute("SHUTDOWN");
				}
				catch (SQLException ex) {
					logger.debug("The database in memory was already closed", ex);
				}
			}
			super.close();
		}

	}

	/**
	 * Shows that the schema is there.
	 */
	static final class Migration {

	}

}
