package io.agentotp.sample.guide;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import io.agentotp.sample.FreePort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page {@code docs/getting-started.md}, followed as it is written.
 */
class GettingStartedTests {

	private static final String PASSWORD = "correct-horse-battery";

	private final int port = FreePort.next();

	private final Guide page = Guide.of("getting-started.md");

	@TempDir
	private Path directory;

	GettingStartedTests() throws IOException {
	}

	@Test
	void refundWhenAliceApprovesThenTheCommandPrintsIt() throws Exception {
		assertThat(this.page.block("bash", "mvn spring-boot:run")).contains("ALICE_PASSWORD=" + PASSWORD);
		try (ConfigurableApplicationContext application = start("optional:none.yml")) {
			Process call = Guide.shell(this.page.block("bash", "curl"), this.port, Map.of());
			Guide.decide("http://localhost:" + this.port + "/agent-otp/", "alice", PASSWORD, "approve");
			assertThat(Guide.output(call)).isEqualTo("Refunded 10 for order 42");
		}
	}

	@Test
	void refundWhenThePolicyOfThePageAppliesThenNobodyIsAsked() throws Exception {
		Path policies = Files.writeString(this.directory.resolve("policies.yml"), this.page.block("yaml", "policies:"));
		try (ConfigurableApplicationContext application = start(policies.toUri().toString())) {
			assertThat(Guide.output(Guide.shell(this.page.block("bash", "curl"), this.port, Map.of())))
				.isEqualTo("Refunded 10 for order 42");
		}
	}

	// The class path has the sample's files of these names.
	private ConfigurableApplicationContext start(String policies) throws IOException {
		Path settings = Files.writeString(this.directory.resolve("application.yml"),
				this.page.block("yaml", "agentotp:"));
		SpringApplication application = new SpringApplication(GettingStarted.class);
		return application.run("--spring.config.location=" + settings.toUri(), "--ALICE_PASSWORD=" + PASSWORD,
				"--server.port=" + this.port, "--agentotp.server.policies.files=" + policies,
				"--spring.datasource.generate-unique-name=true", "--spring.sql.init.mode=never");
	}

}
