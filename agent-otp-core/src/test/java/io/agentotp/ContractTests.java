package io.agentotp;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.agentotp.Json.data;
import static io.agentotp.Json.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What goes over the wire on each route and how each answer is read.
 */
class ContractTests {

	/** One for each test: a client may still read while the next test begins. */
	@RegisterExtension
	final WireMockExtension service = WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

	private static final String KEY = "ak_test_0123456789";

	private static final OtpToken TOKEN = OtpToken.of(Json.TOKEN);

	private final RecordingSleeper sleeper = new RecordingSleeper();

	private AgentOtpClient client;

	@BeforeEach
	void setUp() {
		this.client = AgentOtpClient.builder()
			.apiKey(KEY)
			.baseUrl(this.service.baseUrl() + "/")
			.sleeper(this.sleeper)
			.build();
	}

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	private void answer(int status, String body) {
		this.service.stubFor(any(anyUrl()).willReturn(response(status, body)));
	}

	private static ResponseDefinitionBuilder response(int status, String body) {
		return aResponse().withStatus(status).withHeader("Content-Type", "application/json").withBody(body);
	}

	private LoggedRequest sent() {
		List<LoggedRequest> requests = this.service.findAll(anyRequestedFor(anyUrl()));
		assertThat(requests).hasSize(1);
		return requests.get(0);
	}

	private static void assertHeaders(LoggedRequest request) {
		assertThat(request.header("Authorization").values()).containsExactly("Bearer " + KEY);
		assertThat(request.header("Accept").values()).containsExactly("application/json");
		assertThat(request.getHeader("User-Agent")).matches("agent-otp-java/\\S+ \\(java/\\d+\\)");
		assertThat(request.containsHeader("Upgrade")).isFalse();
		assertThat(request.containsHeader("HTTP2-Settings")).isFalse();
		if (request.getMethod().getName().equals("POST")) {
			assertThat(request.header("Content-Type").values()).containsExactly("application/json");
			assertThat(request.getHeader("Idempotency-Key")).matches("[0-9a-f-]{36}");
		}
		else {
			assertThat(request.containsHeader("Content-Type")).isFalse();
			assertThat(request.containsHeader("Idempotency-Key")).isFalse();
			assertThat(request.getBody()).isEmpty();
		}
	}

	private static PermissionRequest question() {
		return PermissionRequest.builder("email.send").waitForApproval(false).build();
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenEverythingIsSetThenAllIsSent(Mode mode) {
		answer(201, data(Json.APPROVED));
		mode.of(this.client)
			.requestPermission(PermissionRequest.builder("email.send")
				.resource("email:a@b.c")
				.scope("max_emails", 1)
				.scope("nothing", null)
				.context("invoice", List.of(42, "ü"))
				.reason("monthly")
				.ttl(Duration.ofMinutes(10))
				.callDigest("sha256:abc")
				.timeout(Duration.ofSeconds(5))
				.build());
		LoggedRequest sent = sent();
		assertHeaders(sent);
		assertThat(sent.getMethod().getName()).isEqualTo("POST");
		assertThat(sent.getUrl()).isEqualTo("/api/v1/permissions/request");
		assertThat(sent.getBodyAsString()).isEqualTo(json("{'action':'email.send','resource':'email:a@b.c',"
				+ "'scope':{'max_emails':1,'nothing':null},'context':{'invoice':[42,'ü'],'reason':'monthly'},"
				+ "'ttl':600,'callDigest':'sha256:abc'}"));
	}

	@Test
	void requestWhenOnlyActionIsSetThenNothingElseIsSentButTheRequiredScope() {
		answer(202, data(Json.PENDING));
		this.client.requestPermission(question());
		assertThat(sent().getBodyAsString()).isEqualTo(json("{'action':'email.send','scope':{}}"));
	}

	@Test
	void decisionsWhenReadThenWithoutWhatCannotBeRead() {
		answer(200, data(json("{'permissions':[{'id':'p1'},") + Json.APPROVED + json("],'cursor':'c2'}")));
		DecisionPage page = this.client.decisionsAfter("c 1", Duration.ofSeconds(7));
		assertThat(page.permissions()).singleElement().satisfies(ContractTests::assertApproved);
		assertThat(page.cursor()).isEqualTo("c2");
		assertHeaders(sent());
		assertThat(sent().getUrl()).isEqualTo("/api/v1/permissions/decisions?after=c+1");
		assertThat(sent().getHeader("Prefer")).isEqualTo("wait=7");
	}

	@Test
	void decisionsWhenSinceAMomentThenItIsSentAndDoesNotWait() {
		answer(200, data(json("{'permissions':[],'cursor':'c2'}")));
		DecisionPage page = this.client.decisionsSince(Instant.parse("2026-01-31T12:00:00Z"));
		assertThat(page).isEqualTo(new DecisionPage(List.of(), "c2"));
		assertThat(sent().getUrl()).isEqualTo("/api/v1/permissions/decisions?since=2026-01-31T12%3A00%3A00Z");
		assertThat(sent().containsHeader("Prefer")).isFalse();
	}

	@Test
	void decisionsWhenTheCursorIsGoneThenTokenException() {
		answer(410, Json.error("CURSOR_GONE", "gone"));
		assertThatExceptionOfType(TokenException.class)
			.isThrownBy(() -> this.client.decisionsAfter("c1", Duration.ZERO))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CURSOR_GONE"));
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenApprovedThenEverythingIsRead(Mode mode) {
		answer(201, data(Json.APPROVED));
		assertApproved(mode.of(this.client).requestPermission(question()));
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenApprovedInSnakeCaseWithoutEnvelopeThenEverythingIsRead(Mode mode) {
		answer(201, json("{'id':'p1','status':'approved','action':'email.send','resource':'email:a@b.c',"
				+ "'scope':{'max_emails':1},'token':'" + Json.TOKEN + "','expires_at':'2026-01-01T00:05:00.250Z',"
				+ "'reason':'fine','decided_by':'user:alice','decided_at':'2026-01-01T00:00:30Z',"
				+ "'created_at':'2026-01-01T00:00:00Z','policy_id':'pol_1','call_digest':'sha256:abc'}"));
		assertApproved(mode.of(this.client).requestPermission(question()));
	}

	private static void assertApproved(Permission permission) {
		assertThat(permission.isGranted()).isTrue();
		assertThat(permission.orThrow()).isSameAs(permission);
		assertThat(permission.id()).isEqualTo("p1");
		assertThat(permission.status()).isEqualTo(PermissionStatus.APPROVED);
		assertThat(permission.action()).isEqualTo("email.send");
		assertThat(permission.resource()).contains("email:a@b.c");
		assertThat(permission.scope()).isEqualTo(Map.of("max_emails", 1));
		assertThat(permission.context()).isEmpty();
		assertThat(permission.token()).contains(TOKEN);
		assertThat(permission.expiresAt()).contains(Instant.parse("2026-01-01T00:05:00.250Z"));
		assertThat(permission.reason()).contains("fine");
		assertThat(permission.decidedBy()).contains("user:alice");
		assertThat(permission.decidedAt()).contains(Instant.parse("2026-01-01T00:00:30Z"));
		assertThat(permission.createdAt()).contains(Instant.parse("2026-01-01T00:00:00Z"));
		assertThat(permission.policyId()).contains("pol_1");
		assertThat(permission.callDigest()).contains("sha256:abc");
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenPendingAndNotWaitingThenPendingWithApprovalUrl(Mode mode) {
		answer(202, data(Json.PENDING));
		Permission permission = mode.of(this.client).requestPermission(question());
		assertThat(permission.status()).isEqualTo(PermissionStatus.PENDING);
		assertThat(permission.isGranted()).isFalse();
		assertThat(permission.token()).isEmpty();
		assertThat(permission.approvalUrl()).contains("https://otp.example/approve/p1");
		assertThat(permission.context()).containsEntry("reason", "monthly");
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(permission::orThrow).satisfies((ex) -> {
			assertThat(ex.permission()).isSameAs(permission);
			assertThat(ex.approvalUrl()).contains("https://otp.example/approve/p1");
			assertThat(ex.getMessage()).contains("p1", "https://otp.example/approve/p1");
		});
	}

	@ParameterizedTest
	@CsvSource({ "200, true", "403, true", "200, false", "403, false" })
	void requestWhenDeniedThenDeniedPermission(int status, boolean envelope) {
		answer(status, envelope ? data(Json.DENIED) : Json.DENIED);
		for (Mode mode : Mode.values()) {
			Permission permission = mode.of(this.client).requestPermission(question());
			assertThat(permission.status()).isEqualTo(PermissionStatus.DENIED);
			assertThat(permission.isGranted()).isFalse();
			assertThat(permission.reason()).contains("not today");
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(permission::orThrow)
				.withMessageContaining("not today")
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("PERMISSION_DENIED"));
		}
	}

	@Test
	void requestWhenDeniedWithFailureEnvelopeAndData403ThenDeniedPermission() {
		answer(403, json("{'success':false,'data':" + Json.DENIED + ",'error':{'code':'FORBIDDEN'}}"));
		assertThat(this.client.requestPermission(question()).status()).isEqualTo(PermissionStatus.DENIED);
	}

	@ParameterizedTest
	@ValueSource(strings = { "approved", "APPROVED" })
	void requestWhenStatusIsApprovedWithHttp403ThenNoGrant(String status) {
		answer(403, data(Json.APPROVED.replace("approved", status)));
		assertThatExceptionOfType(ForbiddenException.class).isThrownBy(() -> this.client.requestPermission(question()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "false", "null", "'yes'", "0" })
	void requestWhenApprovalSaysThatItHasFailedThenNoGrant(String success) {
		String approved = json(Json.APPROVED.replaceFirst("\\{", "{'success':" + success + ","));
		for (String body : List.of(approved, data(approved))) {
			answer(201, body);
			assertThatExceptionOfType(ProtocolException.class)
				.isThrownBy(() -> this.client.requestPermission(question()));
		}
		answer(200, json("{'success':" + success + ",'valid':true}"));
		assertThatExceptionOfType(ProtocolException.class)
			.isThrownBy(() -> this.client.verifyToken("p1", OtpToken.of(Json.TOKEN)));
	}

	@Test
	void requestWhenPathOfApiIsSetThenItIsUsed() {
		answer(202, data(Json.PENDING));
		try (AgentOtpClient other = AgentOtpClient.builder()
			.apiKey(KEY)
			.baseUrl(this.service.baseUrl())
			.apiPath("v1/")
			.build()) {
			other.requestPermission(question());
		}
		assertThat(sent().getUrl()).isEqualTo("/v1/permissions/request");
	}

	@ParameterizedTest
	@EnumSource
	void getWhenFoundThenPermission(Mode mode) {
		answer(200, data(Json.APPROVED));
		assertApproved(mode.of(this.client).getPermission("p1"));
		LoggedRequest sent = sent();
		assertHeaders(sent);
		assertThat(sent.getMethod().getName()).isEqualTo("GET");
		assertThat(sent.getUrl()).isEqualTo("/api/v1/permissions/p1");
		assertThat(sent.containsHeader("Prefer")).isFalse();
	}

	@ParameterizedTest
	@EnumSource
	void getWhenAnswerIsAboutAnotherPermissionThenProtocolException(Mode mode) {
		answer(200, data(Json.APPROVED));
		assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> mode.of(this.client).getPermission("p2"));
		assertThatExceptionOfType(ProtocolException.class)
			.isThrownBy(() -> mode.of(this.client).awaitDecision("p2", Duration.ofMinutes(1)));
	}

	@Test
	void getWhenIdHasSpecialCharactersThenOneSegment() {
		answer(200, data(Json.PENDING.replace("\"p1\"", "\"a/../b?c=d e+f#ü\"")));
		this.client.getPermission("a/../b?c=d e+f#ü");
		assertThat(sent().getUrl()).isEqualTo("/api/v1/permissions/a%2F..%2Fb%3Fc%3Dd%20e%2Bf%23%C3%BC");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", ".", ".." })
	void callsWhenIdIsNoIdThenNothingIsSent(String id) {
		for (Mode mode : Mode.values()) {
			AgentOtpClient caller = mode.of(this.client);
			assertInvalidId("get", () -> caller.getPermission(id));
			assertInvalidId("verify", () -> caller.verifyToken(id, TOKEN));
			assertInvalidId("use", () -> caller.useToken(id, TOKEN, null, null));
			assertInvalidId("revoke", () -> caller.revokeToken(id, null));
		}
		assertThat(this.service.findAll(anyRequestedFor(anyUrl()))).isEmpty();
	}

	private static void assertInvalidId(String operation, Runnable call) {
		assertThatExceptionOfType(ValidationException.class).isThrownBy(call::run).satisfies((ex) -> {
			assertThat(ex.operation()).isEqualTo(operation);
			assertThat(ex.details()).containsOnlyKeys("id");
			assertThat(ex.attempts()).isZero();
		});
	}

	@ParameterizedTest
	@EnumSource
	void verifyWhenValidThenScopeAndUses(Mode mode) {
		answer(200, data(json(
				"{'valid':true,'scope':{'max_emails':1},'usesRemaining':1," + "'expiresAt':'2026-01-01T00:05:00Z'}")));
		TokenVerification verification = mode.of(this.client).verifyToken("p1", TOKEN);
		assertThat(verification).isEqualTo(
				new TokenVerification(true, Map.of("max_emails", 1), 1, Instant.parse("2026-01-01T00:05:00Z"), null));
		LoggedRequest sent = sent();
		assertHeaders(sent);
		assertThat(sent.getUrl()).isEqualTo("/api/v1/permissions/p1/verify");
		assertThat(sent.getBodyAsString()).isEqualTo(json("{'token':'" + Json.TOKEN + "'}"));
	}

	@ParameterizedTest
	@EnumSource
	void verifyWhenInvalidInSnakeCaseThenReason(Mode mode) {
		answer(200, json("{'valid':false,'scope':{'max_emails':1},'uses_remaining':0,'reason':'expired'}"));
		assertThat(mode.of(this.client).verifyToken("p1", TOKEN))
			.isEqualTo(new TokenVerification(false, Map.of(), 0, null, "expired"));
	}

	@ParameterizedTest
	@EnumSource
	void useWhenAcceptedThenUsesRemaining(Mode mode) {
		answer(200, data(json("{'success':true,'usesRemaining':2}")));
		assertThat(mode.of(this.client).useToken("p1", TOKEN, Map.of("sent", 1), "sha256:abc").usesRemaining())
			.isEqualTo(2);
		LoggedRequest sent = sent();
		assertHeaders(sent);
		assertThat(sent.getUrl()).isEqualTo("/api/v1/permissions/p1/use");
		assertThat(sent.getBodyAsString())
			.isEqualTo(json("{'token':'" + Json.TOKEN + "','actionDetails':{'sent':1},'callDigest':'sha256:abc'}"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{'success':true,'usesRemaining':0}", "{'success':true,'uses_remaining':0}",
			"{'success':true}", "{'success':true,'usesRemaining':'many'}" })
	void useWhenAcceptedWithoutEnvelopeThenUse(String body) {
		answer(200, json(body));
		assertThat(this.client.useToken("p1", TOKEN, null, null).usesRemaining()).isZero();
		assertThat(sent().getBodyAsString()).isEqualTo(json("{'token':'" + Json.TOKEN + "'}"));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{'success':false,'usesRemaining':0,'reason':'Token has been fully consumed'}  | TOKEN_USED      | fully consumed
					{'success':false,'usesRemaining':0,'reason':'Token has expired'}              | TOKEN_EXPIRED   | has expired
					{'success':false,'usesRemaining':0,'reason':'Token not found'}                | TOKEN_INVALID   | not found
					{'success':false,'reason':'wrong call','code':'DIGEST_MISMATCH'}              | DIGEST_MISMATCH | wrong call
					{'success':false,'code':'TOKEN_EXPIRED'}                                      | TOKEN_EXPIRED   | rejected
					""")
	void useWhenRejectedThenTokenException(String body, String code, String message) {
		for (String answer : List.of(data(json(body)), json(body))) {
			answer(200, answer);
			for (Mode mode : Mode.values()) {
				assertThatExceptionOfType(TokenException.class)
					.isThrownBy(() -> mode.of(this.client).useToken("p1", TOKEN, null, null))
					.withMessageContaining(message)
					.satisfies((ex) -> {
						assertThat(ex.code()).isEqualTo(code);
						assertThat(ex.operation()).isEqualTo("use");
						assertThat(ex.status()).isEqualTo(200);
					});
			}
		}
		assertThat(this.sleeper.delays).isEmpty();
	}

	@Test
	void useWhenArgumentsAreLeftOutThenTheSame() {
		answer(200, data(Json.USED));
		AsyncAgentOtpClient async = this.client.async();
		this.client.useToken("p1", TOKEN);
		async.useToken("p1", TOKEN).join();
		this.client.useToken("p1", TOKEN, Map.of("sent", 1));
		async.useToken("p1", TOKEN, Map.of("sent", 1)).join();
		assertThat(this.service.findAll(anyRequestedFor(anyUrl()))).extracting(LoggedRequest::getBodyAsString)
			.containsExactlyInAnyOrder(json("{'token':'" + Json.TOKEN + "'}"), json("{'token':'" + Json.TOKEN + "'}"),
					json("{'token':'" + Json.TOKEN + "','actionDetails':{'sent':1}}"),
					json("{'token':'" + Json.TOKEN + "','actionDetails':{'sent':1}}"));
	}

	@Test
	void useWhenOnlyThePermissionIsGivenThenItsTokenAndDigestAreSent() {
		answer(201, data(Json.APPROVED));
		Permission permission = this.client.requestPermission(question());
		this.service.resetAll();
		answer(200, data(Json.USED));
		this.client.useToken(permission);
		this.client.async().useToken(permission).join();
		this.client.async().useToken(permission, Map.of()).join();
		assertThat(this.service.findAll(anyRequestedFor(anyUrl()))).extracting(LoggedRequest::getBodyAsString)
			.hasSize(3)
			.containsOnly(json("{'token':'" + Json.TOKEN + "','actionDetails':{},'callDigest':'sha256:abc'}"));
	}

	@Test
	void useWhenThePermissionIsNoGrantThenNothingIsSent() {
		answer(200, data(Json.DENIED));
		Permission permission = this.client.requestPermission(question());
		this.service.resetAll();
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> this.client.useToken(permission));
		assertThat(this.client.async().useToken(permission)).isCompletedExceptionally();
		assertThat(this.service.findAll(anyRequestedFor(anyUrl()))).isEmpty();
	}

	@Test
	void useWhenPermissionIsGrantedThenItsTokenAndDigestAreSent() {
		answer(201, data(Json.APPROVED));
		Permission permission = this.client.requestPermission(question());
		this.service.resetAll();
		answer(200, data(Json.USED));
		this.client.useToken(permission, Map.of());
		assertThat(sent().getBodyAsString())
			.isEqualTo(json("{'token':'" + Json.TOKEN + "','actionDetails':{},'callDigest':'sha256:abc'}"));
	}

	@Test
	void useWhenDetailsHaveNoJsonFormThenNothingIsSent() {
		assertThatExceptionOfType(ValidationException.class)
			.isThrownBy(() -> this.client.useToken("p1", TOKEN, Map.of("file", new Object()), null))
			.satisfies((ex) -> {
				assertThat(ex.operation()).isEqualTo("use");
				assertThat(ex.details()).containsOnlyKeys("details.file");
			});
		assertThat(this.service.findAll(anyRequestedFor(anyUrl()))).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void revokeWhenDoneThenRevocation(Mode mode) {
		answer(200, data(Json.REVOKED));
		assertThat(mode.of(this.client).revokeToken("p1", "not needed").revokedAt())
			.isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
		LoggedRequest sent = sent();
		assertHeaders(sent);
		assertThat(sent.getUrl()).isEqualTo("/api/v1/permissions/p1/revoke");
		assertThat(sent.getBodyAsString()).isEqualTo(json("{'reason':'not needed'}"));
	}

	@Test
	void revokeWhenNoReasonAndSnakeCaseThenRevocation() {
		answer(200, json("{'success':true,'revoked_at':'2026-01-01T00:00:00Z'}"));
		assertThat(this.client.revokeToken("p1", null).revokedAt()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
		assertThat(sent().getBodyAsString()).isEqualTo("{}");
	}

	@Test
	void revokeWhenTooLateThenTokenException() {
		answer(200, data(json("{'success':false,'code':'TOKEN_USED','reason':'already used'}")));
		assertThatExceptionOfType(TokenException.class).isThrownBy(() -> this.client.revokeToken("p1", null))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("TOKEN_USED"));
	}

	@ParameterizedTest
	@EnumSource
	void healthWhenUpThenStatusAndVersion(Mode mode) {
		answer(200, json("{'status':'ok','version':'0.1.1','timestamp':'2026-01-01T00:00:00Z'}"));
		assertThat(mode.of(this.client).health()).isEqualTo(new ServiceHealth("ok", "0.1.1"));
		LoggedRequest sent = sent();
		assertHeaders(sent);
		assertThat(sent.getMethod().getName()).isEqualTo("GET");
		assertThat(sent.getUrl()).isEqualTo("/api/v1/health");
		answer(200, data(json("{'status':'ok'}")));
		assertThat(mode.of(this.client).health()).isEqualTo(new ServiceHealth("ok", null));
	}

	@ParameterizedTest
	@EnumSource
	void healthWhenItIsBesideTheApiThenFoundThere(Mode mode) {
		asOriginal();
		assertThat(mode.of(this.client).health()).isEqualTo(new ServiceHealth("healthy", "0.1.1"));
		mode.of(this.client).checkAccess();
	}

	@ParameterizedTest
	@EnumSource
	void checkAccessWhenTheOriginalRefusesTheKeyThenAuthenticationException(Mode mode) {
		asOriginal();
		this.service.stubFor(get(urlPathEqualTo("/api/v1/permissions/decisions"))
			.willReturn(response(401, Json.error("UNAUTHORIZED", "Invalid API key"))));
		assertThatExceptionOfType(AuthenticationException.class).isThrownBy(mode.of(this.client)::checkAccess);
	}

	private void asOriginal() {
		this.service.stubFor(any(anyUrl()).atPriority(9).willReturn(response(404, Json.error("NOT_FOUND", "none"))));
		this.service.stubFor(get("/health").willReturn(response(200,
				data(json("{'status':'healthy','timestamp':'2026-01-01T00:00:00Z','version':'0.1.1'}")))));
	}

	@Test
	void checkAccessWhenServiceHasFeedThenOneCheapRequest() {
		answer(200, data(json("{'permissions':[],'cursor':'c1'}")));
		this.client.checkAccess();
		LoggedRequest sent = sent();
		assertHeaders(sent);
		assertThat(sent.getUrl()).isEqualTo("/api/v1/permissions/decisions");
		assertThat(sent.containsHeader("Prefer")).isFalse();
	}

	@ParameterizedTest
	@ValueSource(ints = { 404, 405, 501 })
	void checkAccessWhenServiceHasNoFeedThenHealthDecides(int status) {
		this.service.stubFor(get(urlPathEqualTo("/api/v1/permissions/decisions"))
			.willReturn(response(status, Json.error("NOT_FOUND", "none"))));
		this.service.stubFor(get("/api/v1/health").willReturn(response(200, json("{'status':'ok'}"))));
		this.client.checkAccess();
		this.service.stubFor(get("/api/v1/health").willReturn(response(404, "<html>")));
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(this.client::checkAccess)
			.withMessageContaining("agentotp.base-url");
	}

	@Test
	void checkAccessWhenKeyIsWrongThenAuthenticationException() {
		answer(401, Json.error("INVALID_API_KEY", "no"));
		assertThatExceptionOfType(AuthenticationException.class).isThrownBy(this.client::checkAccess);
	}

	@ParameterizedTest
	@EnumSource
	void awaitWhenDecidedThenFeedIsReadFromTheCursor(Mode mode) {
		this.service.stubFor(get("/api/v1/permissions/p1").willReturn(response(200, data(Json.PENDING))));
		this.service.stubFor(get("/api/v1/permissions/decisions")
			.willReturn(response(200, data(json("{'permissions':[],'cursor':'c 1&/'}")))));
		this.service.stubFor(post("/api/v1/permissions/query")
			.willReturn(response(200, data("{\"permissions\":[" + Json.PENDING + "]}"))));
		this.service.stubFor(get(urlEqualTo("/api/v1/permissions/decisions?after=c+1%26%2F"))
			.willReturn(response(200, data("{\"permissions\":[" + Json.APPROVED + "],\"cursor\":\"c2\"}"))));
		assertApproved(mode.of(this.client).awaitDecision("p1", Duration.ofSeconds(20)));
		List<LoggedRequest> requests = this.service.findAll(anyRequestedFor(anyUrl()));
		assertThat(requests).allSatisfy(ContractTests::assertHeaders);
		LoggedRequest first = find(requests, "/api/v1/permissions/decisions");
		assertThat(first.getMethod().getName()).isEqualTo("GET");
		assertThat(first.containsHeader("Prefer")).isFalse();
		LoggedRequest parked = find(requests, "/api/v1/permissions/decisions?after=c+1%26%2F");
		assertThat(parked.header("Prefer").values()).containsExactly("wait=25");
		assertThat(find(requests, "/api/v1/permissions/query").getBodyAsString()).isEqualTo(json("{'ids':['p1']}"));
	}

	private static LoggedRequest find(List<LoggedRequest> requests, String url) {
		return requests.stream().filter((request) -> request.getUrl().equals(url)).findFirst().orElseThrow();
	}

	/**
	 * The original service: no feed, the reason under another name, denied by a human.
	 */
	@ParameterizedTest
	@EnumSource
	void awaitWhenServiceHasNoFeedThenPolled(Mode mode) {
		this.service.stubFor(any(anyUrl()).atPriority(9).willReturn(response(404, Json.error("NOT_FOUND", "none"))));
		String id = "0b8e2f0a-6c1d-4a55-9c0e-1f6f5a2b7d11";
		String pending = data(json("{'id':'" + id + "','status':'pending','webhookUrl':'https://x/y',"
				+ "'expiresAt':'2026-01-01T00:05:00.000Z','scope':{}}"));
		this.service.stubFor(post("/api/v1/permissions/request").willReturn(response(202, pending)));
		this.service.stubFor(get("/api/v1/permissions/" + id).willReturn(response(200, pending)));
		this.sleeper.meanwhile = () -> this.service.stubFor(get("/api/v1/permissions/" + id)
			.willReturn(response(200, data(json("{'id':'" + id + "','status':'denied','action':'email.send','scope':{},"
					+ "'decisionReason':'never','decidedBy':'u1'}")))));
		Permission permission = mode.of(this.client).requestPermission(PermissionRequest.builder("email.send").build());
		assertThat(permission.status()).isEqualTo(PermissionStatus.DENIED);
		assertThat(permission.reason()).contains("never");
		assertThat(this.service.findAll(anyRequestedFor(urlPathEqualTo("/api/v1/permissions/decisions")))).hasSize(1);
		assertThat(this.service.findAll(anyRequestedFor(urlPathEqualTo("/api/v1/permissions/query")))).isEmpty();
		// Never faster than the original's 60 requests a minute allow.
		assertThat(this.sleeper.delays).isNotEmpty()
			.allSatisfy((delay) -> assertThat(delay).isGreaterThanOrEqualTo(Duration.ofSeconds(1)));
	}

	/** Nothing tells that time is over: who polls must look then. */
	@ParameterizedTest
	@EnumSource
	void awaitWhenTheOriginalsWindowEndsThenLookedAtThen(Mode mode) {
		asOriginal();
		Instant end = Instant.now().plusSeconds(3);
		String pending = data(json("{'id':'p1','status':'pending','expiresAt':'" + end + "','scope':{}}"));
		this.service.stubFor(post("/api/v1/permissions/request").willReturn(response(202, pending)));
		this.service.stubFor(get("/api/v1/permissions/p1").willReturn(response(200, pending)));
		this.sleeper.meanwhile = () -> {
			if (this.sleeper.delays.size() == 40) {
				this.service.stubFor(
						get("/api/v1/permissions/p1").willReturn(response(200, pending.replace("pending", "expired"))));
			}
		};
		Permission permission = mode.of(this.client).requestPermission(PermissionRequest.builder("email.send").build());
		assertThat(permission.status()).isEqualTo(PermissionStatus.EXPIRED);
		assertThat(this.sleeper.delays).allSatisfy((delay) -> assertThat(delay).isLessThan(Duration.ofSeconds(4)));
	}

	@ParameterizedTest
	@EnumSource
	void awaitWhenApprovedWithoutTokenThenProtocolException(Mode mode) {
		this.service.stubFor(any(anyUrl()).atPriority(9).willReturn(response(404, Json.error("NOT_FOUND", "none"))));
		this.service.stubFor(post("/api/v1/permissions/request").willReturn(response(202, data(Json.PENDING))));
		this.service.stubFor(get("/api/v1/permissions/p1")
			.willReturn(response(200, data(json("{'id':'p1','status':'approved','action':'email.send'}")))));
		assertThatExceptionOfType(ProtocolException.class)
			.isThrownBy(() -> mode.of(this.client).requestPermission(PermissionRequest.builder("email.send").build()))
			.withMessageContaining("p1")
			.withMessageContaining("no token");
	}

	@Test
	void revokeWhenServiceIsTheOriginalThenNotFound() {
		answer(404, Json.error("NOT_FOUND", "none"));
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> this.client.revokeToken("p1", null));
	}

}
