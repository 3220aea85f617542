package io.agentotp.server.database;

import java.sql.SQLException;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import org.jspecify.annotations.Nullable;

/**
 * Says of a database that cannot be used why, and what to do.
 */
final class DatabaseFaults {

	private DatabaseFaults() {
	}

	/**
	 * Explains why the service cannot start with its database.
	 * @param failure what happened
	 * @param settings the settings of the database
	 * @return the exception to throw
	 */
	static InvalidSettingException of(Throwable failure, AgentOtpServerProperties.Datasource settings) {
		SQLException sql = sql(failure);
		String state = (sql != null && sql.getSQLState() != null) ? sql.getSQLState() : "";
		String name = "The database " + name(settings.url());
		return switch (state) {
			case "90020" -> InvalidSettingException.fault(name + " is in use by another process",
					"Stop that process. H2 serves one node; several nodes need PostgreSQL");
			case "90028", "90030", "90031", "90048", "HY000" -> InvalidSettingException.fault(
					name + " is damaged, of another version of H2, or on a disk that is full: "
							+ message(failure, settings.url()),
					"Make room on the disk, or restore the file from a backup. To begin with an empty database, move it aside");
			case "90097", "25006" -> InvalidSettingException.fault(name + " is read-only",
					"Let the service write: to the file and its directory, or to a PostgreSQL server that is no standby "
							+ "and has default_transaction_read_only=off");
			case "28000", "28P01" -> InvalidSettingException.fault(name + " does not accept the user name or password",
					"Correct agentotp.server.datasource.username and .password, or spring.datasource.username and .password of the service on its own");
			case "3D000" -> InvalidSettingException.fault(name + " does not exist", "Create it, or correct the URL");
			case "42501" ->
				InvalidSettingException.fault(name + " refuses the user: " + message(failure, settings.url()),
						"Give the user the schema of the service with its tables, and the right to create in it");
			default -> InvalidSettingException.fault(
					name + (state.startsWith("08") ? " cannot be reached: " : " cannot be used: ")
							+ message(failure, settings.url()),
					"Start the database, or correct the URL. The service does not start without it");
		};
	}

	static boolean isReadOnly(Throwable failure) {
		SQLException sql = sql(failure);
		return sql != null && ("25006".equals(sql.getSQLState()) || "90097".equals(sql.getSQLState()));
	}

	/**
	 * Whether H2 could not write its file, because the disk is full for instance. It says
	 * so by its most general error.
	 * @param failure what happened
	 * @return {@code true} if so
	 */
	static boolean isUnwritten(SQLException failure) {
		return failure.getErrorCode() == 50000 && String.valueOf(failure.getMessage()).contains("MVStoreException");
	}

	private static @Nullable SQLException sql(@Nullable Throwable failure) {
		for (Throwable each = failure; each != null; each = each.getCause()) {
			if (each instanceof SQLException sql) {
				return sql;
			}
		}
		return null;
	}

	// What follows the name may hold a password.
	static String name(@Nullable String url) {
		return (url != null) ? url.replaceFirst("[?;].*", "").replaceFirst("//[^/@]*@", "//") : "in memory";
	}

	private static String message(Throwable failure, @Nullable String url) {
		SQLException sql = sql(failure);
		String message = String.valueOf(((sql != null) ? sql : failure).getMessage());
		if (url != null) {
			message = message.replace(url, name(url));
		}
		return message.lines().findFirst().orElse("").replaceFirst("\\.?( \\[\\d+-\\d+])?$", "");
	}

}
