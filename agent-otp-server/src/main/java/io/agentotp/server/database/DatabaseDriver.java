package io.agentotp.server.database;

import java.sql.Driver;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.util.ClassUtils;

/**
 * The driver of the database, by its class: {@link java.sql.DriverManager} knows none
 * that only a war has. An application brings driver and pool itself. If the service did,
 * the application's own data sources would be others.
 */
public final class DatabaseDriver {

	private static final String H2 = "org.h2.Driver";

	private static final String POSTGRESQL = "org.postgresql.Driver";

	private DatabaseDriver() {
	}

	/**
	 * Says what is missing on the class path.
	 * @param settings where the database is
	 * @throws InvalidSettingException if something is missing, or no driver is for the
	 * database
	 */
	public static void requireLibraries(AgentOtpServerProperties.Datasource settings) {
		Map<String, String> libraries = new LinkedHashMap<>();
		libraries.put(className(settings), settings.isPostgres() ? "org.postgresql:postgresql" : "com.h2database:h2");
		libraries.put("com.zaxxer.hikari.HikariDataSource", "com.zaxxer:HikariCP");
		libraries.keySet().removeIf((type) -> find(type) != null);
		if (!libraries.isEmpty()) {
			String missing = String.join(" and ", libraries.values());
			throw InvalidSettingException.fault(
					"The database " + DatabaseFaults.name(settings.url())
							+ " of the permission service needs what is not on the class path: " + missing,
					"Add the dependency " + missing + " with scope runtime"
							+ ((settings.url() == null) ? ". For PostgreSQL set agentotp.server.datasource.url" : ""));
		}
	}

	static String className(AgentOtpServerProperties.Datasource settings) {
		String url = settings.url();
		if (url != null && !settings.isPostgres() && !url.startsWith("jdbc:h2:")) {
			throw InvalidSettingException.of("datasource.url", DatabaseFaults.name(url),
					"It must begin with jdbc:postgresql: or jdbc:h2:. The service on its own takes spring.datasource.url, too");
		}
		return settings.isPostgres() ? POSTGRESQL : H2;
	}

	static Driver create(AgentOtpServerProperties.Datasource settings) {
		Class<?> type = find(className(settings));
		if (type == null) {
			throw new IllegalStateException("requireLibraries was not called");
		}
		return (Driver) BeanUtils.instantiateClass(type);
	}

	// The service may be shared by several applications, and the driver not.
	private static @Nullable Class<?> find(String type) {
		for (ClassLoader loader : new ClassLoader[] { DatabaseDriver.class.getClassLoader(),
				ClassUtils.getDefaultClassLoader() }) {
			if (ClassUtils.isPresent(type, loader)) {
				return ClassUtils.resolveClassName(type, loader);
			}
		}
		return null;
	}

}
