package io.agentotp.spring.boot.autoconfigure;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionExchange;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a web request gets whose guarded call was refused.
 */
class RefusalProblemTests {

	private final HttpClient http = HttpClient.newHttpClient();

	@ParameterizedTest
	@EnumSource(value = WebApplicationType.class, names = { "SERVLET", "REACTIVE" })
	void requestWhenTheCallIsRefusedThenTheProblemHasStatusAndCodeOnly(WebApplicationType type) {
		try (ConfigurableApplicationContext context = start(type, "true")) {
			assertProblem(context, "/status?status=denied", 403, "PERMISSION_DENIED");
			assertProblem(context, "/status?status=revoked", 403, "PERMISSION_REVOKED");
			assertProblem(context, "/status?status=expired", 409, "PERMISSION_EXPIRED");
			assertProblem(context, "/status?status=pending", 409, "PERMISSION_PENDING");
			assertProblem(context, "/status?status=nonsense", 503, "PROTOCOL_ERROR");
			assertProblem(context, "/status?status=unauthorized", 500, "INVALID_API_KEY");
			assertProblem(context, "/withdrawn", 409, "PERMISSION_WITHDRAWN");
			assertThat(send(context, "/withdrawn").body()).contains("another try asks again")
				.doesNotContain("for this yet");
			assertThat(send(context, "/status?status=pending").body()).contains("try again later");
			assertProblem(context, "/later?status=denied", 403, "PERMISSION_DENIED");
			assertProblem(context, "/code?code=SCOPE_EXCEEDED", 403, "SCOPE_EXCEEDED");
			assertProblem(context, "/code?code=SOMETHING_NEW", 403, "SOMETHING_NEW");
			assertProblem(context, "/code?code=CALL_ALREADY_RUN", 409, "CALL_ALREADY_RUN");
			assertProblem(context, "/code?code=TOO_MANY_WAITS", 503, "TOO_MANY_WAITS");
			assertProblem(context, "/code?code=ATTRIBUTE_INVALID", 500, "ATTRIBUTE_INVALID");
		}
	}

	@Test
	void requestWhenNotSwitchedOnThenAnError() {
		try (ConfigurableApplicationContext context = start(WebApplicationType.SERVLET, "false")) {
			assertThat(send(context, "/status?status=denied").statusCode()).isEqualTo(500);
		}
	}

	private void assertProblem(ConfigurableApplicationContext context, String path, int status, String code) {
		HttpResponse<String> response = send(context, path);
		assertThat(response.statusCode()).as(path).isEqualTo(status);
		assertThat(response.headers().firstValue("Content-Type").orElse("")).as(path)
			.startsWith("application/problem+json");
		JsonNode problem = JsonMapper.shared().readTree(response.body());
		assertThat(problem.path("code").asString()).as(path).isEqualTo(code);
		assertThat(response.body()).as(path).doesNotContain("secret").doesNotContain("p-1");
	}

	private HttpResponse<String> send(ConfigurableApplicationContext context, String path) {
		try {
			return this.http.send(HttpRequest
				.newBuilder(URI
					.create("http://localhost:" + context.getEnvironment().getProperty("local.server.port") + path))
				.build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static ConfigurableApplicationContext start(WebApplicationType type, String problems) {
		return new SpringApplicationBuilder(Application.class).web(type)
			.run("--server.port=0", "--spring.main.banner-mode=off", "--agentotp.api-key=ak_test_0123456789",
					"--agentotp.base-url=http://localhost:1", "--agentotp.web.problem-details=" + problems);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Deeds.class)
	static class Application {

	}

	@RestController
	static class Deeds {

		@GetMapping("/status")
		String status(@RequestParam("status") String status) {
			try (AgentOtpClient client = AgentOtpClient.builder()
				.apiKey("ak_test_0123456789")
				.baseUrl("http://localhost:1")
				.retries(0)
				.transport(new Answering(status))
				.build()) {
				client.requestPermission(PermissionRequest.builder("act").waitForApproval(false).build()).orThrow();
				return "ran";
			}
		}

		@GetMapping("/withdrawn")
		String withdrawn() {
			try (AgentOtpClient client = AgentOtpClient.builder()
				.apiKey("ak_test_0123456789")
				.baseUrl("http://localhost:1")
				.retries(0)
				.transport(new Answering("pending"))
				.build()) {
				PermissionExchange.granted(
						client.requestPermission(PermissionRequest.builder("act").waitForApproval(false).build()),
						Duration.ofSeconds(1));
				return "ran";
			}
		}

		@GetMapping("/later")
		CompletableFuture<String> later(@RequestParam("status") String status) {
			return CompletableFuture.supplyAsync(() -> status(status));
		}

		@GetMapping("/code")
		String code(@RequestParam("code") String code) {
			throw new CallRefusedException(code, "secret", null);
		}

	}

	record Answering(String status) implements HttpTransport {

		@Override
		public TransportResponse send(TransportRequest request, Duration timeout) {
			if (this.status.equals("unauthorized")) {
				return new TransportResponse(401, Map.of(),
						"{\"success\":false,\"error\":{\"code\":\"INVALID_API_KEY\",\"message\":\"secret\"}}"
							.getBytes(StandardCharsets.UTF_8));
			}
			String data = this.status.equals("nonsense") ? "[\"secret\"]" : "{\"id\":\"p-1\",\"status\":\""
					+ this.status + "\",\"action\":\"act\",\"reason\":\"secret\",\"approvalUrl\":\"http://secret\"}";
			return new TransportResponse(200, Map.of(),
					("{\"success\":true,\"data\":" + data + "}").getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public void close() {
		}

	}

}
