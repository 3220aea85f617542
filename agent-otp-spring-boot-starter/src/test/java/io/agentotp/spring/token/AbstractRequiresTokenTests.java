package io.agentotp.spring.token;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.agentotp.Permission;
import io.agentotp.spring.RequiresToken;
import io.agentotp.spring.propagation.PermissionHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What reaches the handler. The permission service is a stub, because a real one would
 * not give most of the answers.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(OutputCaptureExtension.class)
abstract class AbstractRequiresTokenTests {

	private static final String TOKEN = "otp_secret-token";

	private static final String CARRIED = "p1 " + TOKEN;

	@RegisterExtension
	static final WireMockExtension service = WireMockExtension.newInstance().build();

	private final HttpClient http = HttpClient.newHttpClient();

	private final WebApplicationType type;

	private ConfigurableApplicationContext context;

	AbstractRequiresTokenTests(WebApplicationType type) {
		this.type = type;
	}

	@BeforeAll
	void start() {
		SpringApplication application = new SpringApplicationBuilder(Receiver.class).web(this.type)
			.properties("server.port=0", "agentotp.base-url=" + service.baseUrl(), "agentotp.api-key=ak_live_test",
					"agentotp.retries=0", "mail-action=email.send", "spring.main.banner-mode=off")
			.build();
		this.context = application.run();
	}

	@AfterAll
	void stop() {
		this.context.close();
	}

	@BeforeEach
	void grant() {
		runs().clear();
		permission("approved", "email.send", "account:7");
		verification("{\"valid\":true,\"usesRemaining\":1}");
		service.stubFor(post(urlPathEqualTo("/api/v1/permissions/p1/use"))
			.willReturn(okJson("{\"success\":true,\"data\":{\"success\":true,\"usesRemaining\":0}}")));
	}

	@Test
	void requestWhenThePermissionIsGoodThenTheHandlerRunsWithItAndTheTokenIsNotUsed(CapturedOutput output) {
		HttpResponse<String> response = send("POST", "/accounts/7/mails", CARRIED);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(runs()).containsExactly("mail 7 {max=3} false");
		service.verify(
				postRequestedFor(urlPathEqualTo("/api/v1/permissions/p1/verify")).withRequestBody(containing(TOKEN)));
		service.verify(0, postRequestedFor(urlPathEqualTo("/api/v1/permissions/p1/use")));
		assertThat(output).doesNotContain(TOKEN);
	}

	@Test
	void requestWhenTheAnnotationIsOnTheClassThenItCountsToo() {
		assertThat(send("GET", "/class", null).statusCode()).isEqualTo(401);
		assertThat(runs()).isEmpty();
		assertThat(send("GET", "/class", CARRIED).statusCode()).isEqualTo(200);
		assertThat(runs()).containsExactly("class");
	}

	@Test
	void requestWhenTheAnnotationIsOnTheInterfaceThenItCountsToo() {
		assertThat(send("GET", "/interface", null).statusCode()).isEqualTo(401);
		assertThat(runs()).isEmpty();
	}

	@Test
	void requestWhenTheHandlerDemandsNothingThenNobodyIsAsked() {
		assertThat(send("GET", "/open", null).statusCode()).isEqualTo(200);
		service.verify(0, anyRequestedFor(anyUrl()));
	}

	@Test
	void requestWhenAsynchronousThenItIsCheckedAndUsedOnce() {
		assertThat(send("POST", "/async", CARRIED).statusCode()).isEqualTo(200);
		assertThat(runs()).containsExactly("async");
		service.verify(1, postRequestedFor(urlPathEqualTo("/api/v1/permissions/p1/use")));
	}

	@Test
	void requestWhenTheTokenIsConsumedThenItIsUsedAndASecondOneIsRefused() {
		assertThat(send("POST", "/once", CARRIED).statusCode()).isEqualTo(200);
		service.verify(postRequestedFor(urlPathEqualTo("/api/v1/permissions/p1/use"))
			.withRequestBody(containing("sha256:of-the-call")));
		service.stubFor(post(urlPathEqualTo("/api/v1/permissions/p1/use")).willReturn(okJson(
				"{\"success\":true,\"data\":{\"success\":false,\"usesRemaining\":0,\"code\":\"TOKEN_USED\",\"reason\":\"x\"}}")));
		assertRefused(send("POST", "/once", CARRIED), 403, "PERMISSION_NOT_ACCEPTED");
		assertThat(runs()).containsExactly("once");
	}

	@Test
	void requestWhenItCarriesNothingThenUnauthorized() {
		HttpResponse<String> response = send("POST", "/accounts/7/mails", null);
		assertRefused(response, 401, "PERMISSION_MISSING");
		assertThat(response.headers().firstValue("WWW-Authenticate")).hasValue("Agent-OTP");
		assertNotRun();
	}

	@ParameterizedTest
	@ValueSource(strings = { "p1", "p1  " + TOKEN, "Bearer " + TOKEN + " x", "p%31 " + TOKEN })
	void requestWhenWhatItCarriesCannotBeReadThenUnauthorizedWithoutEcho(String header, CapturedOutput output) {
		HttpResponse<String> response = send("POST", "/accounts/7/mails", header);
		assertRefused(response, 401, "PERMISSION_UNREADABLE");
		assertNotRun();
		assertThat(output).doesNotContain(TOKEN);
	}

	@Test
	void requestWhenItCarriesTwoPermissionsThenUnauthorized() {
		assertRefused(send("POST", "/accounts/7/mails", CARRIED, CARRIED), 401, "PERMISSION_UNREADABLE");
		assertNotRun();
	}

	@ParameterizedTest
	@ValueSource(strings = { "pending", "denied", "expired", "used", "revoked", "brand-new-status" })
	void requestWhenThePermissionIsNotApprovedThenForbidden(String status) {
		permission(status, "email.send", "account:7");
		assertRefused(send("POST", "/accounts/7/mails", CARRIED), 403, "PERMISSION_NOT_ACCEPTED");
		assertNotRun();
	}

	@Test
	void requestWhenThePermissionIsForAnotherActionThenForbidden() {
		permission("approved", "email.send.all", "account:7");
		assertRefused(send("POST", "/accounts/7/mails", CARRIED), 403, "PERMISSION_NOT_ACCEPTED");
		assertNotRun();
	}

	@ParameterizedTest
	@ValueSource(strings = { "account:8", "account:77", "Account:7", "account:{id}", "" })
	void requestWhenThePermissionIsForAnotherResourceThenForbidden(String resource) {
		permission("approved", "email.send", resource);
		assertRefused(send("POST", "/accounts/7/mails", CARRIED), 403, "PERMISSION_NOT_ACCEPTED");
		assertNotRun();
	}

	@Test
	void requestWhenTheTokenIsAnotherPermissionsThenForbidden() {
		permission("approved", "email.send", "account:7", "otp_other");
		assertRefused(send("POST", "/accounts/7/mails", CARRIED), 403, "PERMISSION_NOT_ACCEPTED");
		assertNotRun();
	}

	@Test
	void requestWhenTheServiceSaysTheTokenIsNotValidThenForbidden() {
		verification("{\"valid\":false,\"reason\":\"Unknown token\"}");
		assertRefused(send("POST", "/accounts/7/mails", CARRIED), 403, "PERMISSION_NOT_ACCEPTED");
		assertNotRun();
	}

	@Test
	void requestWhenTheServiceDoesNotKnowThePermissionThenForbidden() {
		service.stubFor(get(urlPathEqualTo("/api/v1/permissions/p1")).willReturn(aResponse().withStatus(404)
			.withBody("{\"success\":false,\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"No\"}}")));
		assertRefused(send("POST", "/accounts/7/mails", CARRIED), 403, "PERMISSION_NOT_ACCEPTED");
		assertNotRun();
	}

	@ParameterizedTest
	@ValueSource(ints = { 200, 302, 401, 403, 429, 500, 503 })
	void requestWhenTheServiceGivesNoClearAnswerThenRefused(int status) {
		service.stubFor(post(urlPathEqualTo("/api/v1/permissions/p1/verify"))
			.willReturn(aResponse().withStatus(status).withBody("nonsense " + TOKEN)));
		assertRefused(send("POST", "/accounts/7/mails", CARRIED), 503, "PERMISSION_NOT_VERIFIED");
		assertThat(runs()).isEmpty();
	}

	private void assertNotRun() {
		assertThat(runs()).isEmpty();
		service.verify(0, postRequestedFor(urlPathEqualTo("/api/v1/permissions/p1/use")));
	}

	private static void assertRefused(HttpResponse<String> response, int status, String code) {
		assertThat(response.statusCode()).isEqualTo(status);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
		assertThat(response.headers().firstValue("Cache-Control")).hasValue("no-store");
		JsonNode problem = JsonMapper.shared().readTree(response.body());
		assertThat(problem.path("status").asInt()).isEqualTo(status);
		assertThat(problem.path("code").asString()).isEqualTo(code);
		assertThat(response.body()).doesNotContain("otp_", "p1");
	}

	private List<String> runs() {
		return this.context.getBean(Mails.class).runs;
	}

	private HttpResponse<String> send(String method, String path, String... headers) {
		String port = this.context.getEnvironment().getProperty("local.server.port");
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
			.method(method, HttpRequest.BodyPublishers.noBody());
		if (headers != null) {
			for (String header : headers) {
				request.header(PermissionHeader.DEFAULT_NAME.toLowerCase(Locale.ROOT), header);
			}
		}
		try {
			return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void permission(String status, String action, String resource) {
		permission(status, action, resource, TOKEN);
	}

	private static void permission(String status, String action, String resource, String token) {
		service.stubFor(get(urlPathEqualTo("/api/v1/permissions/p1")).willReturn(okJson("""
				{"success":true,"data":{"id":"p1","status":"%s","action":"%s","resource":"%s",%s\
				"scope":{"max":3},"callDigest":"sha256:of-the-call"}}""".formatted(status, action, resource,
				status.equals("approved") ? "\"expiresAt\":\"2099-01-01T00:00:00Z\",\"token\":\"" + token + "\","
						: ""))));
	}

	private static void verification(String data) {
		service.stubFor(post(urlPathEqualTo("/api/v1/permissions/p1/verify"))
			.willReturn(okJson("{\"success\":true,\"data\":" + data + "}")));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Receiver {

		@Bean
		Mails mails() {
			return new Mails();
		}

		@Bean
		OnClass onClass(Mails mails) {
			return new OnClass(mails);
		}

		@Bean
		OnInterface onInterface(Mails mails) {
			return new OnInterface(mails);
		}

	}

	@RestController
	static class Mails {

		final List<String> runs = new CopyOnWriteArrayList<>();

		@PostMapping("/accounts/{id}/mails")
		@RequiresToken(action = "${mail-action}", resource = "account:{id}")
		String send(@PathVariable String id, @RequestAttribute(RequiresToken.PERMISSION) Permission permission,
				@RequestHeader Map<String, String> headers) {
			this.runs.add("mail " + id + " " + permission.scope() + " " + headers.toString().contains(TOKEN));
			return "sent";
		}

		@PostMapping("/once")
		@RequiresToken(action = "email.send", consume = true)
		String once() {
			this.runs.add("once");
			return "sent";
		}

		@PostMapping("/async")
		@RequiresToken(action = "email.send", consume = true)
		CompletableFuture<String> async() {
			return CompletableFuture.supplyAsync(() -> {
				this.runs.add("async");
				return "sent";
			});
		}

		@GetMapping("/open")
		String open() {
			return "open";
		}

	}

	@RestController
	@RequiresToken(action = "email.send")
	static class OnClass {

		private final Mails mails;

		OnClass(Mails mails) {
			this.mails = mails;
		}

		@GetMapping("/class")
		String handle() {
			this.mails.runs.add("class");
			return "done";
		}

	}

	interface Contract {

		@GetMapping("/interface")
		@RequiresToken(action = "email.send")
		String handle();

	}

	@RestController
	static class OnInterface implements Contract {

		private final Mails mails;

		OnInterface(Mails mails) {
			this.mails = mails;
		}

		@Override
		public String handle() {
			this.mails.runs.add("interface");
			return "done";
		}

	}

}
