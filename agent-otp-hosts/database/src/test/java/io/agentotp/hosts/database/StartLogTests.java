package io.agentotp.hosts.database;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the log says of a service that nothing is configured of.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartLogTests {

	@Test
	void startWhenNothingIsConfiguredThenTheLogHasTheAddressAndWarnsOnce(CapturedOutput output) {
		try (ConfigurableApplicationContext context = new SpringApplication(HostApplication.class)
			.run("--server.port=0", "--server.servlet.context-path=/shop")) {
			String port = context.getEnvironment().getProperty("local.server.port");
			assertThat(output.getAll().lines())
				.filteredOn((line) -> line
					.contains("The permission service is at http://localhost:" + port + "/shop/agent-otp/"))
				.singleElement()
				.asString()
				.contains(" INFO ");
			assertThat(output.getAll().lines())
				.filteredOn((line) -> line.contains("WARN") && line.contains("io.agentotp"))
				.singleElement()
				.asString()
				.contains("in memory", "agentotp.server.datasource.url");
		}
	}

}
