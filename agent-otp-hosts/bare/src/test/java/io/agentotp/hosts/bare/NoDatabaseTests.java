package io.agentotp.hosts.bare;

import java.util.Arrays;
import java.util.stream.Stream;

import javax.sql.DataSource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * An application with the driver of PostgreSQL, and neither a pool nor H2. The jars of
 * the service add none.
 */
@ExtendWith(OutputCaptureExtension.class)
class NoDatabaseTests {

	@Test
	void startWhenNoPoolThenTheDependenciesAreNamed(CapturedOutput output) {
		assertThatException().isThrownBy(() -> run());
		assertThat(output).contains("APPLICATION FAILED TO START",
				"Add the dependency com.h2database:h2 and com.zaxxer:HikariCP");
	}

	@Test
	void startWhenPostgresAndNoPoolThenOnlyThePoolIsNamed(CapturedOutput output) {
		assertThatException().isThrownBy(() -> run("--agentotp.server.datasource.url=jdbc:postgresql://localhost/x",
				"--agentotp.server.secret=" + "0123456789".repeat(4)));
		assertThat(output).contains("Add the dependency com.zaxxer:HikariCP with scope runtime");
	}

	@Test
	void startWhenNoUrlThenTheApplicationHasNoDataSource() {
		try (ConfigurableApplicationContext context = run("--agentotp.server.enabled=false",
				"--agentotp.mode=deny-all")) {
			for (Class<?> type : new Class<?>[] { DataSource.class, JdbcTemplate.class,
					PlatformTransactionManager.class }) {
				assertThat(context.getBeanNamesForType(type)).as(type.getName()).isEmpty();
			}
		}
	}

	private static ConfigurableApplicationContext run(String... settings) {
		return new SpringApplication(Host.class)
			.run(Stream.concat(Stream.of("--server.port=0"), Arrays.stream(settings)).toArray(String[]::new));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Host {

	}

}
