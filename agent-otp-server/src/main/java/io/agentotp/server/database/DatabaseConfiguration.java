package io.agentotp.server.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.agentotp.server.config.AgentOtpServerProperties;
import org.flywaydb.core.Flyway;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The service's own database. Nothing of it is seen by the host application.
 */
@Configuration(proxyBeanMethods = false)
public class DatabaseConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(DatabaseConfiguration.class);

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
		HikariConfig config = new HikariConfig();
		config.setPoolName("agent-otp");
		config.setUsername(settings.username());
		config.setPassword(settings.password());
		config.setMaximumPoolSize(10);
		if (settings.url() != null) {
			config.setJdbcUrl(settings.url());
			return new HikariDataSource(config);
		}
		// Without a name of its own it would be shared by all contexts of the process.
		config.setJdbcUrl("jdbc:h2:mem:agentotp-" + UUID.randomUUID()
				+ ";DB_CLOSE_DELAY=-1;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000");
		return new InMemoryDataSource(config);
	}

	@Bean
	Migration migration(DataSource dataSource) {
		Flyway.configure(getClass().getClassLoader())
			.dataSource(dataSource)
			.locations("classpath:io/agentotp/server/db/migration")
			.table("agentotp_flyway_history")
			// The schema may be the host's, with tables of its own.
			.baselineOnMigrate(true)
			.baselineVersion("0")
			.load()
			.migrate();
		return new Migration();
	}

	@Bean
	JdbcClient jdbcClient(DataSource dataSource, Migration migration) {
		return JdbcClient.create(dataSource);
	}

	@Bean
	TransactionTemplate transactions(DataSource dataSource) {
		return new TransactionTemplate(new JdbcTransactionManager(dataSource));
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
