package io.agentotp.server.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.regex.Pattern;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import org.jspecify.annotations.Nullable;

/**
 * The schema of the service's tables. It is one of its own, unless the URL names another,
 * so that whoever migrates the same database finds it as empty or full as without the
 * service.
 */
public final class DatabaseSchema {

	private static final String NAME = "agentotp";

	private static final Pattern CHOSEN = Pattern.compile(".*([;?&](currentSchema|schema|init)=|search_path).*",
			Pattern.CASE_INSENSITIVE);

	private DatabaseSchema() {
	}

	/**
	 * Chooses the schema, and makes it where there is none.
	 * @param settings where the database is
	 * @return the same database, with the schema in its URL
	 * @throws InvalidSettingException if the database cannot be used
	 */
	public static AgentOtpServerProperties.Datasource in(AgentOtpServerProperties.Datasource settings) {
		String url = settings.url();
		if (url == null) {
			return settings;
		}
		H2File.of(url).ifPresent(H2File::protect);
		try (Connection connection = DatabaseConfiguration.connections(settings).getConnection()) {
			if (isChosen(url) || hasTables(connection)) {
				return settings;
			}
			if (settings.isPostgres()) {
				create(connection, settings);
			}
			return new AgentOtpServerProperties.Datasource(url(url), settings.username(), settings.password(),
					settings.poolSize());
		}
		catch (SQLException ex) {
			throw DatabaseFaults.of(ex, settings);
		}
	}

	/**
	 * Names the schema in a URL that names none.
	 * @param url the URL
	 * @return the URL with the schema, which H2 makes if need be
	 */
	public static String url(String url) {
		if (isChosen(url)) {
			return url;
		}
		return url.startsWith("jdbc:h2:") ? url + ";INIT=CREATE SCHEMA IF NOT EXISTS " + NAME + "\\;SET SCHEMA " + NAME
				: url + (url.contains("?") ? "&" : "?") + "currentSchema=" + NAME;
	}

	private static boolean isChosen(String url) {
		return CHOSEN.matcher(url).matches();
	}

	// Made before the service had a schema of its own.
	private static boolean hasTables(Connection connection) throws SQLException {
		String schema = connection.getSchema();
		return schema != null && !schema.toLowerCase(Locale.ROOT).equals(NAME)
				&& exists(connection, "SELECT 1 FROM information_schema.tables WHERE table_schema = '" + schema
						+ "' AND LOWER(table_name) = '" + DatabaseConfiguration.HISTORY + "'");
	}

	// PostgreSQL asks for the right to create even if the schema is there, and nodes may
	// start together.
	private static void create(Connection connection, AgentOtpServerProperties.Datasource settings)
			throws SQLException {
		if (isThere(connection)) {
			return;
		}
		try (Statement statement = connection.createStatement()) {
			statement.execute("CREATE SCHEMA IF NOT EXISTS " + NAME);
		}
		catch (SQLException ex) {
			if (isThere(connection)) {
				return;
			}
			if ("42501".equals(ex.getSQLState())) {
				throw InvalidSettingException.fault(
						"The user of the database may not make the schema " + NAME + " of the service",
						"Make it as the owner of the database: CREATE SCHEMA " + NAME + " AUTHORIZATION "
								+ user(settings.username())
								+ ". Or name another schema in agentotp.server.datasource.url: ?currentSchema=…");
			}
			throw ex;
		}
	}

	private static boolean isThere(Connection connection) throws SQLException {
		return exists(connection, "SELECT 1 FROM pg_namespace WHERE nspname = '" + NAME + "'");
	}

	private static String user(@Nullable String name) {
		return (name != null) ? name : "<user>";
	}

	private static boolean exists(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(sql)) {
			return result.next();
		}
	}

}
