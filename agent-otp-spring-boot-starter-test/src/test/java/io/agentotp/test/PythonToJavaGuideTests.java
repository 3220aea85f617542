package io.agentotp.test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentotp.AgentOtpClient;
import io.agentotp.OtpToken;
import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionRequest;
import io.agentotp.PermissionStatus;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Runs the Java code of the page {@code docs/python-to-java.md} and sees to it that the
 * page shows that code.
 */
class PythonToJavaGuideTests {

	private final List<String> sent = new ArrayList<>();

	private final PythonToJavaGuide guide = new PythonToJavaGuide((recipient, token) -> this.sent.add(recipient));

	private final FakeAgentOtp agentOtp = FakeAgentOtp.approving();

	private final AgentOtpClient client = this.agentOtp.client();

	@AfterEach
	void close() {
		this.client.close();
	}

	@Test
	void pageWhenReadThenShowsTheCodeThatIsRunHere() throws IOException {
		GuidePage.assertShows(Path.of("../docs/python-to-java.md"),
				Path.of("src/test/java/io/agentotp/test/PythonToJavaGuide.java"));
	}

	@Test
	void pageWhenReadThenHasEachPieceOfTheReference() throws IOException {
		String page = Files.readString(Path.of("../docs/python-to-java.md"));
		assertThat(page).contains("`AgentOTPClient(...)`", "`AsyncAgentOTPClient(...)`", "`PermissionResponse`",
				"`request_permission(", "`use_token(id, token)`", "`AgentOTPError`", "`AuthenticationError`",
				"`ValidationError`", "`RateLimitError`", "`NetworkError`", "type hints", "(langchain4j.md)");
		assertThat(page.substring(page.indexOf("## Differences"))).contains("**The base URL", "**Retries");
	}

	@Test
	void configureWhenBuiltThenReachesTheService() throws IOException {
		try (Http http = new Http(this.agentOtp);
				AgentOtpClient configured = this.guide.configure("ak_test", http.baseUrl())) {
			configured.checkAccess();
		}
	}

	@Test
	void closeWhenRunThenAsksTheService() throws IOException {
		try (Http http = new Http(this.agentOtp)) {
			this.guide.close("ak_test", http.baseUrl());
		}
		assertThat(this.agentOtp.asked()).singleElement()
			.satisfies((asked) -> assertThat(asked.scope()).isEqualTo(Map.of("max_size", 1_048_576)));
	}

	@Test
	void askWhenGrantedThenSentAndUsed() {
		this.guide.ask(this.client);
		assertThat(this.sent).containsExactly("client@example.com");
		assertThat(this.agentOtp.asked().get(0).status()).isEqualTo(PermissionStatus.USED);
	}

	@Test
	void askWhenDeniedThenNothingIsSent() {
		this.agentOtp.deny("email.send", "No");
		assertThat(this.guide.ask(this.client).reason()).hasValue("No");
		assertThat(this.sent).isEmpty();
	}

	@Test
	void askWithoutWaitingWhenDecidedThenPickedUp() throws Exception {
		this.agentOtp.leavePending("report.publish");
		CompletableFuture<List<Permission>> asking = CompletableFuture
			.supplyAsync(() -> this.guide.askWithoutWaiting(this.client));
		this.agentOtp.awaitPending(1);
		this.agentOtp.decidePending(true, null);
		List<Permission> permissions = asking.get();
		assertThat(permissions.get(0).status()).isEqualTo(PermissionStatus.PENDING);
		assertThat(permissions.get(2).isGranted()).isTrue();
	}

	@Test
	void askWhenAnythingGoesWrongThenSaysWhat() {
		assertThat(this.guide.ask(this.client, "email.send")).isEqualTo("approved");
		assertThat(this.guide.ask(this.client, " ")).startsWith("Invalid request: {action=must have");
		this.agentOtp.rejectKey();
		assertThat(this.guide.ask(this.client, "email.send")).startsWith("Invalid API key: ");
		this.agentOtp.unreachable();
		assertThat(this.guide.ask(this.client, "email.send")).startsWith("Network error: ");
		try (AgentOtpClient limited = failing(429, Map.of("Retry-After", List.of("7")))) {
			assertThat(this.guide.ask(limited, "email.send")).isEqualTo("Rate limited, retry after 7s");
		}
		try (AgentOtpClient broken = failing(500, Map.of())) {
			assertThat(this.guide.ask(broken, "email.send")).startsWith("API error: SERVER_ERROR - ");
		}
	}

	@Test
	void useWhenRejectedThenException() {
		Permission permission = this.client.requestPermission(PermissionRequest.builder("email.send").build());
		OtpToken token = permission.token().orElseThrow();
		assertThat(this.guide.use(this.client, permission, token)).isTrue();
		assertThat(this.guide.use(this.client, permission, token)).isFalse();
	}

	@Test
	void sendEmailWhenDecidedThenAnswersWhatHasHappened() {
		assertThat(this.guide.sendEmail(this.client, "a@example.com")).isEqualTo("Email sent successfully");
		assertThat(this.guide.sendApprovedEmail(this.client, "b@example.com")).isEqualTo("Email sent successfully");
		this.agentOtp.deny("email.send", "Not today");
		assertThat(this.guide.sendEmail(this.client, "c@example.com")).isEqualTo("Permission denied: Not today");
		assertThat(this.guide.sendApprovedEmail(this.client, "d@example.com"))
			.isEqualTo("Permission denied: Not today");
		assertThat(this.sent).containsExactly("a@example.com", "b@example.com");
	}

	@Test
	void guardedToolWhenDecidedThenSendsOrThrows() {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.run()) {
			PythonToJavaGuide.EmailTool tool = context.getBean(PythonToJavaGuide.EmailTool.class);
			assertThat(tool.send("a@example.com", null)).isEqualTo("Email sent successfully");
			context.getBean(FakeAgentOtp.class).deny("email.send", "Not today");
			assertThatExceptionOfType(PermissionDeniedException.class)
				.isThrownBy(() -> tool.send("b@example.com", null))
				.withMessageContaining("Not today");
			assertThat(context.getBean(Application.class).sent).containsExactly("a@example.com");
		}
	}

	@Test
	void askAsyncWhenDecidedThenUsedOrNot() {
		assertThat(this.guide.askAsync(this.client).join()).isTrue();
		assertThat(this.agentOtp.asked().get(0).status()).isEqualTo(PermissionStatus.USED);
		this.agentOtp.deny("file.read", "No");
		assertThat(this.guide.askAsync(this.client).join()).isFalse();
	}

	@Test
	void executeAsyncWhenGrantedThenTheBodysResult() {
		PermissionRequest request = PermissionRequest.builder("file.read").build();
		assertThat(this.guide.executeAsync(this.client.async(), request).join())
			.isEqualTo("processed with OtpToken[***]");
		assertThat(this.agentOtp.asked().get(0).outcome()).isEqualTo("succeeded");
	}

	@Test
	void cancelWhenWaitingThenEndsAtOnce() {
		this.agentOtp.leavePending("file.read");
		PermissionRequest request = PermissionRequest.builder("file.read").build();
		assertThat(this.guide.cancel(this.client.async(), request)).isCancelled();
	}

	@Test
	void besidesWhenRunThenVerifiedAndRevoked() {
		Permission permission = this.client.requestPermission(PermissionRequest.builder("email.send").build());
		assertThat(this.guide.besides(this.client, permission)).hasSize(2);
		assertThat(this.agentOtp.asked().get(0).status()).isEqualTo(PermissionStatus.REVOKED);
	}

	@Test
	void testWhenRunThenPasses() throws InterruptedException {
		this.guide.test();
	}

	private AgentOtpClient failing(int status, Map<String, List<String>> headers) {
		return AgentOtpClient.builder()
			.apiKey("ak_test")
			.baseUrl("http://localhost")
			.retries(0)
			.transport(new TappedTransport(this.agentOtp.transport(),
					(request, exchange) -> new TransportResponse(status, headers,
							"{\"success\":false,\"error\":{}}".getBytes(StandardCharsets.UTF_8))))
			.build();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@AutoConfigureAgentOtp
	static class Application {

		private final List<String> sent = new ArrayList<>();

		@Bean
		PythonToJavaGuide.EmailTool emailTool() {
			return new PythonToJavaGuide.EmailTool((recipient, token) -> this.sent.add(recipient));
		}

	}

	/**
	 * The fake service at a real address, for code that makes its own client.
	 */
	private static final class Http implements AutoCloseable {

		private final FakeAgentOtp agentOtp;

		private final HttpServer server;

		Http(FakeAgentOtp agentOtp) throws IOException {
			this.agentOtp = agentOtp;
			this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
			this.server.createContext("/", this::handle);
			this.server.start();
		}

		String baseUrl() {
			return "http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
					+ this.server.getAddress().getPort();
		}

		private void handle(HttpExchange exchange) throws IOException {
			try (exchange) {
				byte[] body = exchange.getRequestBody().readAllBytes();
				Map<String, String> headers = new HashMap<>();
				exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
				URI uri = URI.create(baseUrl()).resolve(exchange.getRequestURI());
				TransportResponse response = this.agentOtp.transport()
					.send(new TransportRequest(exchange.getRequestMethod(), uri, headers,
							(body.length > 0) ? body : null), Duration.ofSeconds(30));
				exchange.getResponseHeaders().set("Content-Type", "application/json");
				exchange.sendResponseHeaders(response.status(), response.body().length);
				exchange.getResponseBody().write(response.body());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		@Override
		public void close() {
			this.server.stop(0);
		}

	}

}
