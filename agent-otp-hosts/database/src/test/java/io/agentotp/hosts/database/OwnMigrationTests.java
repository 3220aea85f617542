package io.agentotp.hosts.database;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application and the service migrate one new database, in any order.
 */
class OwnMigrationTests {

	private static EmbeddedPostgres postgres;

	private static int databases;

	@BeforeAll
	static void start() throws IOException {
		postgres = EmbeddedPostgres.start();
	}

	@AfterAll
	static void stop() throws IOException {
		postgres.close();
	}

	@ParameterizedTest
	@CsvSource({ "h2, both", "h2, host", "h2, service", "postgres, both", "postgres, host", "postgres, service" })
	void startWhenOneDatabaseIsNewThenBothMigrateIt(String kind, String first) throws Exception {
		String url = url(kind);
		if (!first.equals("both")) {
			run(url, first.equals("host") ? "--agentotp.server.enabled=false" : "--spring.flyway.enabled=false",
					"--agentotp.mode=deny-all")
				.close();
		}
		for (int start = 1; start <= 2; start++) {
			try (ConfigurableApplicationContext context = run(url)) {
				assertThat(context.getBean(Flyway.class).info().applied()).hasSize(1);
				HostApplication.Refunds refunds = context.getBean(HostApplication.Refunds.class);
				refunds.refund(10);
				assertThat(refunds.count()).isEqualTo(start);
			}
		}
	}

	@ParameterizedTest
	@CsvSource({ "h2, both", "h2, service", "postgres, both", "postgres, service" })
	void startWhenTheHostHasLiquibaseThenBothMigrateTheDatabase(String kind, String first) throws Exception {
		String url = url(kind);
		if (first.equals("service")) {
			run(url, "--spring.flyway.enabled=false", "--agentotp.mode=deny-all").close();
		}
		for (int start = 1; start <= 2; start++) {
			try (ConfigurableApplicationContext context = run(url, "--spring.flyway.enabled=false",
					"--spring.liquibase.enabled=true")) {
				HostApplication.Refunds refunds = context.getBean(HostApplication.Refunds.class);
				refunds.refund(10);
				assertThat(refunds.count()).isEqualTo(start);
			}
		}
	}

	private static String url(String kind) throws Exception {
		String name = "host_" + ++databases;
		if (kind.equals("h2")) {
			return "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1";
		}
		try (var connection = postgres.getPostgresDatabase().getConnection();
				var statement = connection.createStatement()) {
			statement.execute("CREATE DATABASE " + name);
		}
		return postgres.getJdbcUrl("postgres", name);
	}

	private static ConfigurableApplicationContext run(String url, String... more) {
		List<String> settings = new ArrayList<>(
				List.of("--server.port=0", "--spring.datasource.url=" + url, "--agentotp.server.datasource.url=" + url,
						"--agentotp.server.secret=a-secret-of-tests-0123456789-0123456789"));
		if (url.startsWith("jdbc:h2")) {
			settings.add("--spring.datasource.username=sa");
			settings.add("--agentotp.server.datasource.username=sa");
		}
		settings.addAll(List.of(more));
		return new SpringApplication(HostApplication.class).run(settings.toArray(String[]::new));
	}

}
