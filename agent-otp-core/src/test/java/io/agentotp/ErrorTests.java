package io.agentotp;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.agentotp.Json.error;
import static io.agentotp.Json.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Each error of the protocol, on each verb, with both clients.
 */
class ErrorTests {

	@RegisterExtension
	static final WireMockExtension service = WireMockExtension.newInstance()
		.options(wireMockConfig().dynamicPort())
		.build();

	private static final Map<String, Function<AgentOtpClient, Object>> VERBS = verbs();

	private AgentOtpClient client;

	@BeforeEach
	void setUp() {
		this.client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl(service.baseUrl())
			.sleeper(new RecordingSleeper())
			.build();
	}

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	private static Map<String, Function<AgentOtpClient, Object>> verbs() {
		OtpToken token = OtpToken.of(Json.TOKEN);
		Map<String, Function<AgentOtpClient, Object>> verbs = new LinkedHashMap<>();
		verbs.put("request",
				(client) -> client.requestPermission(PermissionRequest.builder("email.send").resource("r").build()));
		verbs.put("get", (client) -> client.getPermission("p1"));
		verbs.put("verify", (client) -> client.verifyToken("p1", token));
		verbs.put("use", (client) -> client.useToken("p1", token, null, null));
		verbs.put("revoke", (client) -> client.revokeToken("p1", null));
		verbs.put("health", AgentOtpClient::health);
		return verbs;
	}

	record Case(String name, int status, String body, @Nullable String header, Class<?> type, String code,
			String message, int attempts) {

		@Override
		public String toString() {
			return this.status + " " + this.name;
		}

	}

	static Stream<Case> table() {
		String details = json("{'success':false,'error':{'code':'VALIDATION_ERROR','message':'Invalid',"
				+ "'details':{'action':'too long','ttl':['too big','odd']}}}");
		return Stream.of(
				new Case("validation", 400, details, null, ValidationException.class, "VALIDATION_ERROR",
						"action=too long", 1),
				new Case("validation", 422, details, null, ValidationException.class, "VALIDATION_ERROR", "Invalid", 1),
				new Case("key reused", 422, error("IDEMPOTENCY_KEY_REUSED", "other body"), null,
						ValidationException.class, "IDEMPOTENCY_KEY_REUSED", "other body", 1),
				new Case("too large", 413, error("PAYLOAD_TOO_LARGE", "64 KiB at most"), null,
						ValidationException.class, "PAYLOAD_TOO_LARGE", "64 KiB", 1),
				new Case("no body", 400, "", null, ValidationException.class, "VALIDATION_ERROR", "refused", 1),
				new Case("unauthorized", 401, error("UNAUTHORIZED", "x"), null, AuthenticationException.class,
						"UNAUTHORIZED", "agentotp.api-key", 1),
				new Case("invalid key", 401, error("INVALID_API_KEY", "x"), null, AuthenticationException.class,
						"INVALID_API_KEY", "agentotp.api-key", 1),
				new Case("expired key", 401, error("EXPIRED_API_KEY", "x"), null, AuthenticationException.class,
						"EXPIRED_API_KEY", "agentotp.api-key", 1),
				new Case("missing key", 401, error("MISSING_API_KEY", "x"), null, AuthenticationException.class,
						"MISSING_API_KEY", "agentotp.api-key", 1),
				new Case("html", 401, "<html>", null, AuthenticationException.class, "UNAUTHORIZED", "agentotp.api-key",
						1),
				new Case("forbidden", 403, error("FORBIDDEN", "not yours"), null, ForbiddenException.class, "FORBIDDEN",
						"not yours", 1),
				new Case("html", 403, "<html>", null, ForbiddenException.class, "FORBIDDEN", "may not", 1),
				new Case("not found", 404, error("NOT_FOUND", "no such permission"), null, NotFoundException.class,
						"NOT_FOUND", "no such permission", 1),
				new Case("no such route", 404, "<html>", null, NotFoundException.class, "NOT_FOUND",
						"agentotp.base-url", 1),
				new Case("no such route", 404, "<html>", null, NotFoundException.class, "NOT_FOUND",
						"agentotp.api-path", 1),
				new Case("other base path", 404,
						json("{'success':false,'error':{'code':'NOT_FOUND','message':'nothing here',"
								+ "'details':{'api':'/agent-otp/api/v1'}}}"),
						null, NotFoundException.class, "NOT_FOUND", "agentotp.base-url and agentotp.api-path", 1),
				new Case("another program", 404, json("{'status':404,'error':'Not Found','path':'/api/v1'}"), null,
						NotFoundException.class, "NOT_FOUND", "agentotp.base-url and agentotp.api-path", 1),
				new Case("other method", 405, "<html>", null, ProtocolException.class, "PROTOCOL_ERROR",
						"agentotp.base-url and agentotp.api-path", 1),
				new Case("html", 403, "<html>", null, ForbiddenException.class, "FORBIDDEN",
						"agentotp.base-url and agentotp.api-path", 1),
				new Case("html", 401, "<html>", null, AuthenticationException.class, "UNAUTHORIZED",
						"agentotp.base-url and agentotp.api-path", 1),
				new Case("proxy", 407, "<html>", null, NetworkException.class, "PROXY_AUTHENTICATION_REQUIRED",
						"proxyCredentials", 1),
				new Case("conflict", 409, error("CONFLICT", "already decided"), null, ConflictException.class,
						"CONFLICT", "already decided", 1),
				new Case("first still running", 409, error("IDEMPOTENCY_IN_PROGRESS", "wait"), null,
						ConflictException.class, "IDEMPOTENCY_IN_PROGRESS", "wait", 4),
				new Case("expired", 410, error("TOKEN_EXPIRED", "over"), null, TokenException.class, "TOKEN_EXPIRED",
						"over", 1),
				new Case("used", 410, error("TOKEN_USED", "used up"), null, TokenException.class, "TOKEN_USED",
						"used up", 1),
				new Case("revoked", 410, error("TOKEN_REVOKED", "taken back"), null, TokenException.class,
						"TOKEN_REVOKED", "taken back", 1),
				new Case("rate limit", 429, error("RATE_LIMITED", "slow down"), "7", RateLimitException.class,
						"RATE_LIMITED", "slow down", 4),
				new Case("rate limit without body", 429, "", null, RateLimitException.class, "RATE_LIMITED", "Too many",
						4),
				new Case("failure", 500, error("INTERNAL_ERROR", "oops"), null, ServerException.class, "INTERNAL_ERROR",
						"oops", 1),
				new Case("html", 502, "<html>bad gateway</html>", null, ServerException.class, "SERVER_ERROR", "failed",
						4),
				new Case("unavailable", 503, error("UNAVAILABLE", "starting"), "7", ServerException.class,
						"UNAVAILABLE", "starting", 4),
				new Case("gateway timeout", 504, "", null, ServerException.class, "SERVER_ERROR", "failed", 4),
				new Case("not implemented", 501, "", null, ServerException.class, "SERVER_ERROR", "failed", 1),
				new Case("request timeout", 408, "", null, ProtocolException.class, "PROTOCOL_ERROR", "HTTP 408", 4),
				new Case("redirect", 302, "", null, ProtocolException.class, "PROTOCOL_ERROR", "agentotp.base-url", 1),
				new Case("teapot", 418, error("TEAPOT", "short and stout"), null, ProtocolException.class,
						"PROTOCOL_ERROR", "short and stout", 1),
				new Case("empty", 200, "", null, ProtocolException.class, "PROTOCOL_ERROR", "agentotp.base-url", 4),
				new Case("html", 200, "<html>hello</html>", null, ProtocolException.class, "PROTOCOL_ERROR",
						"agentotp.base-url", 4),
				new Case("cut off", 201, "{\"success\":true,\"da", null, ProtocolException.class, "PROTOCOL_ERROR",
						"JSON", 4),
				new Case("no content", 204, "", null, ProtocolException.class, "PROTOCOL_ERROR", "JSON", 4),
				new Case("array", 200, "[]", null, ProtocolException.class, "PROTOCOL_ERROR", "JSON", 4),
				new Case("two values", 200, "{}{}", null, ProtocolException.class, "PROTOCOL_ERROR", "JSON", 4),
				new Case("twice the same field", 200, json("{'status':'denied','status':'approved'}"), null,
						ProtocolException.class, "PROTOCOL_ERROR", "JSON", 4),
				new Case("empty object", 200, "{}", null, ProtocolException.class, "PROTOCOL_ERROR", "has no", 1),
				new Case("empty data", 200, json("{'success':true,'data':{}}"), null, ProtocolException.class,
						"PROTOCOL_ERROR", "has no", 1),
				new Case("null data", 200, json("{'success':true,'data':null}"), null, ProtocolException.class,
						"PROTOCOL_ERROR", "envelope", 1),
				new Case("failure with data", 200, json("{'success':false,'data':{'success':true}}"), null,
						ProtocolException.class, "PROTOCOL_ERROR", "envelope", 1),
				new Case("error under 200", 200, error("ODD", "no error status"), null, ProtocolException.class,
						"PROTOCOL_ERROR", "no error status", 1));
	}

	@ParameterizedTest
	@MethodSource("table")
	void callWhenAnswerIsErrorThenItsException(Case expected) {
		ResponseDefinitionBuilder response = aResponse().withStatus(expected.status())
			.withBody(expected.body())
			.withHeader("X-Request-Id", "req-1")
			.withHeader("Location", "/elsewhere");
		if (expected.header() != null) {
			response.withHeader("Retry-After", expected.header());
		}
		service.stubFor(any(anyUrl()).willReturn(response));
		for (Mode mode : Mode.values()) {
			VERBS.forEach((operation, verb) -> {
				service.resetRequests();
				// A client of its own, because the retries of all verbs share a budget.
				tearDown();
				setUp();
				Throwable thrown = catchThrowable(() -> verb.apply(mode.of(this.client)));
				assertThat(thrown).as(mode + " " + operation).isExactlyInstanceOf(expected.type());
				AgentOtpException ex = (AgentOtpException) thrown;
				assertThat(ex.code()).isEqualTo(expected.code());
				assertThat(ex.status()).isEqualTo(expected.status());
				assertThat(ex.operation()).isEqualTo(operation);
				assertThat(ex.attempts()).isEqualTo(expected.attempts());
				// Health is looked for in two places.
				assertThat(service.findAll(anyRequestedFor(urlPathMatching(".*/api/v1/.*"))))
					.hasSize(expected.attempts());
				assertThat(ex.requestId()).contains("req-1");
				assertThat(ex.retryAfter())
					.isEqualTo((expected.header() != null) ? Optional.of(Duration.ofSeconds(7)) : Optional.empty());
				assertThat(ex.getMessage()).startsWith("[" + operation + "] HTTP " + expected.status())
					.contains(expected.message(), "(" + expected.code() + ")", "[request-id: req-1]");
				assertThat(ex.details()).isEqualTo(expected.body().contains("too long")
						? Map.of("action", "too long", "ttl", "[\"too big\",\"odd\"]") : Map.of());
			});
		}
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenOriginalReportsIssuesThenDetailsByPath(Mode mode) {
		answer(400,
				json("{'success':false,'error':{'issues':[{'code':'too_small','message':'Too short','path':['action']},"
						+ "{'message':'Odd','path':['scope','list',0]},{'message':{'x':1},'path':[{'y':2}]},'text',"
						+ "{'path':'text'}],'name':'ZodError'}}"));
		assertThatExceptionOfType(ValidationException.class)
			.isThrownBy(() -> VERBS.get("request").apply(mode.of(this.client)))
			.satisfies((ex) -> {
				assertThat(ex.code()).isEqualTo("VALIDATION_ERROR");
				assertThat(ex.details()).containsEntry("action", "Too short").containsEntry("scope.list.0", "Odd");
				assertThat(ex.getMessage()).contains("action=Too short");
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "null", "[]", "'text'", "{'code':5,'message':[]}", "{'code':'two words','details':7}",
			"{'details':null,'issues':{'a':'b'}}" })
	void requestWhenErrorObjectIsOddThenStillTyped(String error) {
		answer(400, json("{'success':false,'error':" + error + "}"));
		assertThatExceptionOfType(ValidationException.class).isThrownBy(() -> VERBS.get("request").apply(this.client))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("VALIDATION_ERROR"));
	}

	@Test
	void requestWhenTheServiceSaysWhyItRejectsTheKeyThenThatIsSaid() {
		answer(401, error("INVALID_API_KEY", "This is a test key, which this service does not accept"));
		assertThatExceptionOfType(AuthenticationException.class)
			.isThrownBy(() -> VERBS.get("request").apply(this.client))
			.withMessageContaining("check agentotp.api-key. This is a test key, which this service does not accept");
	}

	@Test
	void requestWhenMessageHasLineBreaksAndIsLongThenOneShortLine() {
		answer(500, error("X", "first\\r\\n2026-01-01 ERROR forged\\u202e" + "x".repeat(5000)));
		assertThatExceptionOfType(ServerException.class).isThrownBy(() -> VERBS.get("request").apply(this.client))
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("\n", "\r", "\u202e")
				.hasSizeLessThan(600)
				.contains("first 2026-01-01 ERROR forged"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "has space", "ünïcode", "otp_s3cr3tT0ken" })
	void requestWhenRequestIdIsOddThenNone(String requestId) {
		service.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(500).withHeader("X-Request-Id", requestId)));
		assertThatExceptionOfType(ServerException.class).isThrownBy(() -> VERBS.get("request").apply(this.client))
			.satisfies((ex) -> assertThat(ex.requestId()).isEmpty());
	}

	@Test
	void requestWhenApprovedButFieldIsOfWrongTypeThenProtocolException() {
		for (String field : List.of("'expiresAt':'soon'", "'scope':[]", "'scope':'x'", "'id':5", "'status':null",
				"'status':['approved']", "'token':5", "'token':''", "'token':null", "'decidedAt':'2026-13-01'",
				"'scope':" + "{'a':".repeat(31) + "1" + "}".repeat(31))) {
			String name = field.substring(0, field.indexOf(':'));
			Map<String, String> fields = new LinkedHashMap<>(Map.of("'id'", "'id':'p1'", "'status'",
					"'status':'approved'", "'token'", "'token':'" + Json.TOKEN + "'"));
			fields.put(name, field);
			answer(201, json("{" + String.join(",", fields.values()) + "}"));
			assertThatExceptionOfType(ProtocolException.class).as(field)
				.isThrownBy(() -> VERBS.get("request").apply(this.client))
				.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain(Json.TOKEN));
		}
	}

	private static void answer(int status, String body) {
		service.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(status).withBody(body)));
	}

}
