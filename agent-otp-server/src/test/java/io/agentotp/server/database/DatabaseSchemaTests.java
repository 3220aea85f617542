package io.agentotp.server.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

import io.agentotp.server.config.AgentOtpServerProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class DatabaseSchemaTests {

	@ParameterizedTest
	@ValueSource(strings = { "jdbc:postgresql://localhost/x?currentSchema=other",
			"jdbc:postgresql://localhost/x?ssl=true&currentschema=other",
			"jdbc:postgresql://localhost/x?options=-c%20search_path%3Dother", "jdbc:h2:mem:x;SCHEMA=other",
			"jdbc:h2:mem:x;INIT=SET SCHEMA other" })
	void urlWhenItNamesASchemaThenThatOne(String url) {
		assertThat(DatabaseSchema.url(url)).isEqualTo(url);
	}

	@ParameterizedTest
	@CsvSource({ "jdbc:postgresql://localhost/x, jdbc:postgresql://localhost/x?currentSchema=agentotp",
			"jdbc:postgresql://localhost/x?ssl=true, jdbc:postgresql://localhost/x?ssl=true&currentSchema=agentotp" })
	void urlWhenItNamesNoneThenThatOfTheService(String url, String expected) {
		assertThat(DatabaseSchema.url(url)).isEqualTo(expected);
	}

	@Test
	void schemaWhenTablesAreElsewhereAlreadyThenTheyAreUsed() throws SQLException {
		AgentOtpServerProperties.Datasource settings = settings("old");
		try (Connection connection = DriverManager.getConnection(settings.url(), "sa", "");
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE agentotp_flyway_history (version VARCHAR)");
			assertThat(DatabaseSchema.in(settings)).isEqualTo(settings);
		}
	}

	@Test
	void schemaWhenOnlyOthersHaveTablesThenTheServiceHasItsOwn() throws SQLException {
		AgentOtpServerProperties.Datasource settings = settings("shared");
		try (Connection connection = DriverManager.getConnection(settings.url(), "sa", "");
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE flyway_schema_history (version VARCHAR)");
			try (Connection own = DatabaseConfiguration.connections(DatabaseSchema.in(settings)).getConnection()) {
				assertThat(own.getSchema()).isEqualTo("AGENTOTP");
			}
		}
	}

	private static AgentOtpServerProperties.Datasource settings(String name) {
		return new AgentOtpServerProperties.Datasource("jdbc:h2:mem:schema-" + name, "sa", "", 4);
	}

}
