package io.agentotp.sample;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

import io.agentotp.sample.agent.Run;
import io.agentotp.sample.agent.SampleAgent;
import io.agentotp.sample.agent.Task;
import io.agentotp.sample.mail.InProcessMailServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the sample does without its permission service.
 */
class ServiceDownTests {

	@Test
	void sendInvoiceWhenTheServiceIsDownThenNoMailAndTheRunSaysSo() {
		Map<String, Object> settings = RunningSample.settings();
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(SampleApplication.class)
			.properties(settings)
			.run("--server.port=" + settings.get("server.port"),
					"--spring.mail.port=" + settings.get("spring.mail.port"), "--agentotp.base-url=http://localhost:1",
					"--agentotp.api-key=" + RunningSample.AGENT_KEY, "--agentotp.retries=0",
					"--spring.datasource.url=jdbc:h2:mem:down")) {
			Run run = context.getBean(SampleAgent.class).start(Task.SEND_INVOICE);
			Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> run.getState() != Run.State.ASKED);
			assertThat(run.getState()).isEqualTo(Run.State.FAILED);
			assertThat(run.getSteps().get(1).text()).contains("cannot be reached", "localhost:1");
			assertThat(context.getBean(InProcessMailServer.class).received()).isEmpty();
			String health = RestClient.create("http://localhost:" + settings.get("server.port"))
				.get()
				.uri("/actuator/health")
				.exchange((request, response) -> response.getStatusCode().value() + " "
						+ new String(response.getBody().readAllBytes(), StandardCharsets.UTF_8));
			assertThat(health).startsWith("503").contains("\"agentotp\"", "CONNECT_FAILED");
		}
	}

}
