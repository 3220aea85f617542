package io.agentotp.server.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSetting;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The service's own database. Nothing of it is seen by the host application.
 */
@Configuration(proxyBeanMethods = false)
public class DatabaseConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(DatabaseConfiguration.class);

	private static final long MIGRATION_LOCK = 0x6167656e746f7470L;

	private static final int MIN_POOL_SIZE = 4;

	private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(5);

	private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(2);

	/**
	 * Whether nothing of the database outlives the process.
	 * @param datasource the settings
	 * @return {@code true} for a database in memory
	 */
	public static boolean isInMemory(AgentOtpServerProperties.Datasource datasource) {
		return datasource.url() == null || datasource.url().startsWith("jdbc:h2:mem:");
	}

	@Bean(destroyMethod = "close")
	HikariDataSource dataSource(AgentOtpServerProperties properties) {
		AgentOtpServerProperties.Datasource settings = properties.datasource();
		if (settings.poolSize() < MIN_POOL_SIZE) {
			throw InvalidSetting.of("datasource.pool-size", settings.poolSize(),
					"It must be at least " + MIN_POOL_SIZE);
		}
		HikariConfig config = new HikariConfig();
		config.setPoolName("agent-otp");
		config.setUsername(settings.username());
		config.setPassword(settings.password());
		config.setMaximumPoolSize(settings.poolSize());
		config.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
		config.setValidationTimeout(VALIDATION_TIMEOUT.toMillis());
		if (settings.url() != null) {
			config.setJdbcUrl(settings.url());
			config.setDataSourceProperties(driverProperties(settings.url()));
			return new HikariDataSource(config);
		}
		// Without a name of its own it would be shared by all contexts of the process.
		config.setJdbcUrl("jdbc:h2:mem:agentotp-" + UUID.randomUUID()
				+ ";DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000");
		return new InMemoryDataSource(config);
	}

	/**
	 * Whether the database is one that nodes can share.
	 * @param url its URL
	 * @return {@code true} for PostgreSQL
	 */
	public static boolean isPostgres(@Nullable String url) {
		return url != null && url.startsWith("jdbc:postgresql:");
	}

	// Defaults: what the URL says counts more. Without them a host that vanishes would
	// hold threads for ever.
	private static Properties driverProperties(String url) {
		Properties properties = new Properties();
		if (isPostgres(url)) {
			properties.setProperty("ApplicationName", "agent-otp");
			properties.setProperty("connectTimeout", "5");
			properties.setProperty("socketTimeout", "60");
			properties.setProperty("tcpKeepAlive", "true");
			properties.setProperty("options", "-c lock_timeout=10s");
		}
		return properties;
	}

	@Bean
	Migration migration(DataSource dataSource, TransactionTemplate transactions, AgentOtpServerProperties properties) {
		Flyway flyway = Flyway.configure(getClass().getClassLoader())
			.dataSource(dataSource)
			.locations("classpath:io/agentotp/server/db/migration")
			.table("agentotp_flyway_history")
			// The schema may be the host's, with tables of its own.
			.baselineOnMigrate(true)
			.baselineVersion("0")
			.load();
		transactions.executeWithoutResult((status) -> {
			if (isPostgres(properties.datasource().url())) {
				// Nodes that start together on an empty schema would all begin the
				// history.
				JdbcTemplate jdbc = new JdbcTemplate(dataSource);
				jdbc.execute("SET LOCAL lock_timeout = 0");
				jdbc.query("SELECT pg_advisory_xact_lock(?)", (row) -> {
				}, MIGRATION_LOCK);
			}
			flyway.migrate();
		});
		return new Migration();
	}

	@Bean
	JdbcClient jdbcClient(DataSource dataSource, Migration migration) {
		JdbcTemplate template = new JdbcTemplate(dataSource);
		SQLExceptionSubclassTranslator translator = new SQLExceptionSubclassTranslator();
		translator.setCustomTranslator(DatabaseConfiguration::translate);
		template.setExceptionTranslator(translator);
		return JdbcClient.create(template);
	}

	// PostgreSQL's state for a lock that was waited for in vain is not a standard one.
	private static @Nullable DataAccessException translate(String task, @Nullable String sql, SQLException ex) {
		return "55P03".equals(ex.getSQLState()) ? new CannotAcquireLockException(task, ex) : null;
	}

	@Bean
	TransactionTemplate transactions(DataSource dataSource) {
		return new TransactionTemplate(new JdbcTransactionManager(dataSource));
	}

	@Bean
	Instance instance(JdbcClient jdbc) {
		return new Instance(jdbc);
	}

	@Bean
	Notifications notifications(JdbcClient jdbc, AgentOtpServerProperties properties) {
		AgentOtpServerProperties.Datasource settings = properties.datasource();
		if (settings.url() == null || !isPostgres(settings.url())) {
			return Notifications.NONE;
		}
		DriverManagerDataSource connections = new DriverManagerDataSource(settings.url(),
				driverProperties(settings.url()));
		connections.setUsername(settings.username());
		connections.setPassword(settings.password());
		return new PostgresNotifications(jdbc, connections);
	}

	@Bean
	DatabaseWatch databaseWatch(JdbcClient jdbc, ScheduledExecutorService scheduler) {
		return new DatabaseWatch(jdbc, scheduler);
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
