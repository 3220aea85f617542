package io.agentotp.spring.boot.actuate;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static io.agentotp.spring.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The endpoint over HTTP: what an operator sees, and what nobody can do there.
 */
class AgentOtpEndpointTests {

	private static final String TOKEN = "otp_secret-token";

	@RegisterExtension
	static final WireMockExtension service = WireMockExtension.newInstance().build();

	private final HttpClient http = HttpClient.newHttpClient();

	private ConfigurableApplicationContext context;

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void readWhenACallRunsThenTheGuardedMethodsAndNeitherTokenNorArgument() {
		start("management.endpoints.web.exposure.include=agentotp");
		answer("approved", "\"resource\":\"account:secret-account\",\"token\":\"" + TOKEN
				+ "\",\"expiresAt\":\"2099-01-01T00:00:00Z\"");
		Bank bank = this.context.getBean(Bank.class);
		bank.runs(() -> send("GET").body());
		String seenByTheBody = bank.pay("secret-account").join();
		assertThat(seenByTheBody).doesNotContain(TOKEN).doesNotContain("secret-account").doesNotContain("ak_live_test");
		JsonNode method = JsonMapper.shared().readTree(seenByTheBody).path("methods").path(0);
		assertThat(method.path("bean").asString()).isEqualTo("bank");
		assertThat(method.path("method").asString()).endsWith("Bank.pay(java.lang.String)");
		assertThat(method.path("action").asString()).isEqualTo("pay");
		assertThat(method.path("resource").asString()).isEqualTo("account:#{#account}");
		assertThat(method.path("advisors").toString()).contains("PermissionMethodInterceptor (650)");
	}

	@Test
	void readWhenACallWaitsThenItIsListedWithItsApprovalPage() {
		start("management.endpoints.web.exposure.include=agentotp");
		answer("pending", "\"approvalUrl\":\"http://localhost/approve/p1\"");
		CompletableFuture<String> waiting = this.context.getBean(Bank.class).pay("secret-account");
		await().until(() -> waits().size() == 1);
		assertThat(waits().path(0).path("permission").asString()).isEqualTo("p1");
		assertThat(waits().path(0).path("approvalUrl").asString()).isEqualTo("http://localhost/approve/p1");
		assertThat(waits().toString()).doesNotContain("secret-account");
		waiting.cancel(true);
		await().until(() -> waits().isEmpty());
	}

	@ParameterizedTest
	@ValueSource(strings = { "POST", "PUT", "PATCH", "DELETE" })
	void writeWhenTriedThenThereIsNoSuchOperation(String method) {
		start("management.endpoints.web.exposure.include=agentotp");
		assertThat(send("GET").statusCode()).isEqualTo(200);
		assertThat(send(method).statusCode()).isEqualTo(405);
	}

	@Test
	void readWhenNotExposedThenNotFound() {
		start("some.other=true");
		assertThat(send("GET").statusCode()).isEqualTo(404);
	}

	private void start(String property) {
		this.context = new SpringApplicationBuilder(Application.class).web(WebApplicationType.SERVLET)
			.properties("server.port=0", "agentotp.base-url=" + service.baseUrl(), "agentotp.api-key=ak_live_test",
					"agentotp.retries=0", "spring.main.banner-mode=off", property)
			.run();
	}

	private static void answer(String status, String fields) {
		String permission = "{\"success\":true,\"data\":{\"id\":\"p1\",\"action\":\"pay\",\"status\":\"" + status
				+ "\"," + fields + "}}";
		service.stubFor(any(anyUrl()).willReturn(okJson(permission)));
		service.stubFor(post(urlPathEqualTo("/api/v1/permissions/request")).willReturn(okJson(permission)));
		service.stubFor(post(urlPathMatching(".*/use"))
			.willReturn(okJson("{\"success\":true,\"data\":{\"success\":true,\"usesRemaining\":0}}")));
	}

	private JsonNode waits() {
		return JsonMapper.shared().readTree(send("GET").body()).path("waits");
	}

	private HttpResponse<String> send(String method) {
		URI uri = URI.create("http://localhost:" + this.context.getEnvironment().getProperty("local.server.port")
				+ "/actuator/agentotp");
		return this.http
			.sendAsync(HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody()).build(),
					BodyHandlers.ofString())
			.join();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Bank bank() {
			return new Bank();
		}

	}

	public static class Bank {

		private Supplier<String> body = () -> "";

		public void runs(Supplier<String> body) {
			this.body = body;
		}

		@RequiresPermission(action = "pay", resource = "account:#{#account}")
		public CompletableFuture<String> pay(String account) {
			return CompletableFuture.completedFuture(this.body.get());
		}

	}

}
