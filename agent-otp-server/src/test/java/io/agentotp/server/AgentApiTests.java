package io.agentotp.server;

import java.time.Instant;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.params.ParameterizedTest;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The routes of agents, from asking to the spent token.
 */
@Tag("sql")
class AgentApiTests {

	private static TestServer server;

	private final Api mailer = server.mailer();

	private final Api alice = server.alice();

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void requestWhenPolicyApprovesThenTokenAtOnce() {
		Api.Answer answer = this.mailer.post("/permissions/request",
				"{\"action\":\"read.file\",\"resource\":\"report.txt\",\"scope\":{\"max_files\":10},\"ttl\":60}");
		assertThat(answer.status()).isEqualTo(201);
		assertThat(answer.header("Cache-Control")).contains("no-store");
		JsonNode permission = answer.data();
		assertThat(permission.path("status").stringValue()).isEqualTo("approved");
		assertThat(permission.path("token").stringValue()).matches("otp_[A-Za-z0-9_-]{43}");
		assertThat(permission.path("scope").path("max_files").intValue()).isEqualTo(3);
		assertThat(permission.path("policyId").stringValue()).isEqualTo("reads");
		assertThat(permission.path("decidedBy").stringValue()).isEqualTo("policy:reads");
		assertThat(Instant.parse(permission.path("expiresAt").stringValue()))
			.isEqualTo(Instant.parse(permission.path("createdAt").stringValue()).plusSeconds(60));
	}

	@Test
	void requestWhenPolicyDeniesThenDeniedWithItsReason() {
		Api.Answer answer = this.mailer.request("table.drop");
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.data().path("status").stringValue()).isEqualTo("denied");
		assertThat(answer.data().path("reason").stringValue()).isEqualTo("Tables are never dropped");
		assertThat(answer.data().has("token")).isFalse();
	}

	@Test
	void requestWhenNoPolicyMatchesThenPendingUntilDecidedAndUsedOnce() {
		Api.Answer asked = this.mailer.request("mail.send").expect(202);
		String id = asked.data().path("id").stringValue();
		assertThat(asked.data().path("status").stringValue()).isEqualTo("pending");
		assertThat(asked.data().path("approvalUrl").stringValue()).isEqualTo(server.url() + "/approvals/" + id);
		assertThat(asked.data().has("token")).isFalse();

		Api.Answer decided = this.alice.decide(id, true).expect(200);
		assertThat(decided.data().path("decidedBy").stringValue()).isEqualTo("user:alice");
		assertThat(decided.raw().body()).doesNotContain("otp_");

		String token = this.mailer.token(id);
		assertThat(this.mailer.token(id)).isEqualTo(token);
		assertThat(this.mailer.verify(id, token).data().path("valid").booleanValue()).isTrue();
		Api.Answer used = this.mailer.use(id, token).expect(200);
		assertThat(used.data().path("success").booleanValue()).isTrue();
		assertThat(used.data().path("usesRemaining").intValue()).isZero();
		assertThat(this.mailer.status(id)).isEqualTo("used");
		assertThat(this.mailer.get("/permissions/" + id).data().has("token")).isFalse();

		Api.Answer again = this.mailer.use(id, token).expect(200);
		assertThat(again.data().path("success").booleanValue()).isFalse();
		assertThat(again.data().path("usesRemaining").intValue()).isZero();
		assertThat(again.data().path("reason").stringValue()).isEqualTo("Token has been fully consumed");
		assertThat(again.data().path("code").stringValue()).isEqualTo("TOKEN_USED");
	}

	@Test
	void healthWhenNoKeyThenAnswers() {
		Api.Answer answer = new Api(server.url(), (String) null).get("/health").expect(200);
		assertThat(answer.data().path("status").stringValue()).isEqualTo("healthy");
	}

	@Test
	void getWhenPreferWaitThenParkedUntilDecided() {
		String id = this.mailer.pending("mail.send");
		var parked = this.mailer.with("Prefer", "wait=20").getLater("/permissions/" + id);
		this.alice.decide(id, false).expect(200);
		Api.Answer answer = parked.join();
		assertThat(answer.header("Preference-Applied")).isEqualTo("wait=20");
		assertThat(answer.data().path("status").stringValue()).isEqualTo("denied");
	}

	@Test
	void decideWhenDeniedThenReasonReachesTheAgent() {
		String id = this.mailer.pending("mail.send");
		this.alice.post("/permissions/" + id + "/decide", "{\"approved\":false,\"reason\":\"wrong customer\"}")
			.expect(200);
		JsonNode permission = this.mailer.get("/permissions/" + id).expect(200).data();
		assertThat(permission.path("status").stringValue()).isEqualTo("denied");
		assertThat(permission.path("reason").stringValue()).isEqualTo("wrong customer");
		assertThat(permission.path("decisionReason").stringValue()).isEqualTo("wrong customer");
	}

	@Test
	void decideWhenDecidedBeforeThenConflictNamesWhoWasFirst() {
		String id = this.mailer.pending("mail.send");
		this.alice.decide(id, true).expect(200);
		Api.Answer second = this.alice.decide(id, false).expect(409);
		assertThat(second.code()).isEqualTo("CONFLICT");
		assertThat(second.message()).startsWith("Already approved by user:alice");
		assertThat(second.details().path("status").stringValue()).isEqualTo("approved");
		assertThat(this.mailer.status(id)).isEqualTo("approved");
	}

	@Test
	void decideWhenScopeIsNarrowedThenGrantedScopeIsTheNarrowOne() {
		String id = this.mailer
			.post("/permissions/request",
					"{\"action\":\"mail.campaign\",\"scope\":{\"max_emails\":80,\"allowed_lists\":[\"a\",\"b\"]}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		Api.Answer wider = this.alice
			.post("/permissions/" + id + "/decide", "{\"approved\":true,\"scopeModifications\":{\"max_emails\":60}}")
			.expect(400);
		assertThat(wider.code()).isEqualTo("VALIDATION_ERROR");
		assertThat(wider.details().has("scopeModifications.max_emails")).isTrue();
		this.alice
			.post("/permissions/" + id + "/decide",
					"{\"approved\":true,\"scopeModifications\":{\"max_emails\":5,\"allowed_lists\":[\"b\"]}}")
			.expect(200);
		assertThat(this.mailer.get("/permissions/" + id).data().path("scope")).isEqualTo(Json.mapper()
			.readTree("{\"max_emails\":5,\"allowed_lists\":[\"b\"],\"blocked_domains\":[\"example.org\"]}"));
	}

	@Test
	void useWhenMaxUsesThenThatOften() {
		JsonNode permission = this.mailer
			.post("/permissions/request", "{\"action\":\"read.file\",\"scope\":{\"max_uses\":2}}")
			.expect(201)
			.data();
		String id = permission.path("id").stringValue();
		String token = permission.path("token").stringValue();
		assertThat(this.mailer.use(id, token).data().path("usesRemaining").intValue()).isEqualTo(1);
		assertThat(this.mailer.status(id)).isEqualTo("approved");
		assertThat(this.mailer.token(id)).isEqualTo(token);
		assertThat(this.mailer.use(id, token).data().path("usesRemaining").intValue()).isZero();
		assertThat(this.mailer.status(id)).isEqualTo("used");
		assertThat(this.mailer.use(id, token).data().path("code").stringValue()).isEqualTo("TOKEN_USED");
	}

	@DisplayName("attack A6: a token of one permission is nothing to another")
	@Test
	void useWhenTokenOfAnotherPermissionThenRejectedAndNothingChanged() {
		JsonNode one = this.mailer.request("read.one").data();
		JsonNode other = this.mailer.request("read.other").data();
		String id = one.path("id").stringValue();
		JsonNode result = this.mailer.use(id, other.path("token").stringValue()).expect(200).data();
		assertThat(result.path("success").booleanValue()).isFalse();
		assertThat(result.path("reason").stringValue()).isEqualTo("Token belongs to another permission");
		assertThat(result.path("code").stringValue()).isEqualTo("TOKEN_INVALID");
		assertThat(this.mailer.use(id, "otp_nonsense").data().path("code").stringValue()).isEqualTo("TOKEN_INVALID");
		assertThat(this.mailer.status(id)).isEqualTo("approved");
		assertThat(this.mailer.use(id, one.path("token").stringValue()).data().path("success").booleanValue()).isTrue();
	}

	@DisplayName("attack A1: a token runs no call but the one that was approved")
	@Test
	void useWhenDigestDiffersOrIsMissingThenRejected() {
		JsonNode permission = this.mailer
			.post("/permissions/request", "{\"action\":\"read.file\",\"callDigest\":\"" + Calls.DIGEST + "\"}")
			.expect(201)
			.data();
		assertThat(permission.path("callDigest").stringValue()).isEqualTo(Calls.DIGEST);
		String path = "/permissions/" + permission.path("id").stringValue() + "/use";
		String token = "\"token\":\"" + permission.path("token").stringValue() + "\"";
		assertThat(this.mailer.post(path, "{" + token + "}").data().path("code").stringValue())
			.isEqualTo("DIGEST_MISMATCH");
		assertThat(this.mailer.post(path, "{" + token + ",\"callDigest\":\"" + Calls.OTHER_DIGEST + "\"}")
			.data()
			.path("code")
			.stringValue()).isEqualTo("DIGEST_MISMATCH");
		assertThat(this.mailer.post(path, "{" + token + ",\"callDigest\":\"" + Calls.DIGEST + "\"}")
			.data()
			.path("success")
			.booleanValue()).isTrue();
	}

	@Test
	void useWhenPendingThenRejected() {
		String id = this.mailer.pending("mail.send");
		JsonNode result = this.mailer.use(id, "otp_guess").expect(200).data();
		assertThat(result.path("success").booleanValue()).isFalse();
		assertThat(result.path("code").stringValue()).isEqualTo("TOKEN_INVALID");
	}

	@Test
	void useWhenActionDetailsThenKeptInAuditWithoutCredentials() {
		JsonNode permission = this.mailer.request("read.file").data();
		String id = permission.path("id").stringValue();
		String token = permission.path("token").stringValue();
		this.mailer
			.post("/permissions/" + id + "/use",
					"{\"token\":\"" + token + "\",\"actionDetails\":{\"outcome\":\"succeeded\",\"note\":\"used " + token
							+ "\"}}")
			.expect(200);
		Api.Answer audit = this.alice.get("/audit/permissions/" + id).expect(200);
		assertThat(audit.data().values()).extracting((entry) -> entry.path("event").stringValue())
			.containsExactly("requested", "approved", "used");
		JsonNode used = audit.data().path(2).path("details").path("actionDetails");
		assertThat(used.path("outcome").stringValue()).isEqualTo("succeeded");
		assertThat(used.path("note").stringValue()).isEqualTo("used otp_(hidden)");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "", "x", "7", "q_", "\\n", "x\\n", "\\t", "\\r", "\\u0001", "\\u2028", "\\\\", "\\\"", "(" })
	void useWhenACredentialStandsBehindAnythingThenNotKeptInAudit(String before) {
		JsonNode permission = this.mailer.request("read.file").data();
		String id = permission.path("id").stringValue();
		String token = permission.path("token").stringValue();
		String details = "{\"note\":\"%1$s%2$s %1$s%3$s\",\"%1$s%3$s\":1}".formatted(before, token,
				TestServer.MAILER_KEY);
		this.mailer
			.post("/permissions/" + id + "/use", "{\"token\":\"%s\",\"actionDetails\":%s}".formatted(token, details))
			.expect(200);
		String audit = this.alice.get("/audit/permissions/" + id).expect(200).body().toString();
		assertThat(audit).contains("otp_(hidden)", "ak_live_(hidden)")
			.doesNotContain(token.substring(4), TestServer.MAILER_KEY.substring(8));
	}

	@Test
	void revokeWhenApprovedThenTokenIsWorthless() {
		JsonNode permission = this.mailer.request("read.file").data();
		String id = permission.path("id").stringValue();
		String token = permission.path("token").stringValue();
		JsonNode revoked = this.mailer.post("/permissions/" + id + "/revoke", "{\"reason\":\"done\"}")
			.expect(200)
			.data();
		assertThat(revoked.path("success").booleanValue()).isTrue();
		assertThat(revoked.path("revokedAt").stringValue()).isNotBlank();
		assertThat(this.mailer.use(id, token).data().path("code").stringValue()).isEqualTo("TOKEN_REVOKED");
		assertThat(this.mailer.verify(id, token).data().path("code").stringValue()).isEqualTo("TOKEN_REVOKED");
		assertThat(this.mailer.status(id)).isEqualTo("revoked");
		assertThat(this.mailer.send("POST", "/permissions/" + id + "/revoke", null).data()).isEqualTo(revoked);
	}

	@Test
	void revokeWhenPendingThenQuestionIsWithdrawn() {
		String id = this.mailer.pending("mail.send");
		this.mailer.send("POST", "/permissions/" + id + "/revoke", null).expect(200);
		assertThat(this.mailer.status(id)).isEqualTo("revoked");
		assertThat(this.alice.decide(id, true).expect(409).message()).contains("withdrawn");
	}

	@Test
	void revokeWhenUsedOrTokenIsWrongThenNothingChanges() {
		JsonNode permission = this.mailer.request("read.file").data();
		String id = permission.path("id").stringValue();
		JsonNode wrong = this.mailer.post("/permissions/" + id + "/revoke", "{\"token\":\"otp_wrong\"}")
			.expect(200)
			.data();
		assertThat(wrong.path("success").booleanValue()).isFalse();
		assertThat(wrong.path("code").stringValue()).isEqualTo("TOKEN_INVALID");
		this.mailer.use(id, permission.path("token").stringValue());
		JsonNode late = this.mailer.post("/permissions/" + id + "/revoke", "{}").expect(200).data();
		assertThat(late.path("success").booleanValue()).isFalse();
		assertThat(late.path("code").stringValue()).isEqualTo("TOKEN_USED");
		assertThat(this.mailer.status(id)).isEqualTo("used");
	}

	@Test
	void queryWhenIdsOfOthersThenOnlyOwn() {
		String mine = this.mailer.pending("mail.send");
		String theirs = server.reader().pending("mail.send");
		Api.Answer answer = this.mailer
			.post("/permissions/query", "{\"ids\":[\"" + mine + "\",\"" + theirs + "\",\"unknown\"]}")
			.expect(200);
		assertThat(answer.data().path("permissions").values())
			.extracting((permission) -> permission.path("id").stringValue())
			.containsExactly(mine);
	}

	@Test
	void getWhenWaitRunsOutThenStillPending() {
		String id = this.mailer.pending("mail.send");
		Api.Answer answer = this.mailer.with("Prefer", "respond-async, wait=1").get("/permissions/" + id).expect(200);
		assertThat(answer.data().path("status").stringValue()).isEqualTo("pending");
		assertThat(answer.header("Preference-Applied")).isEqualTo("wait=1");
		assertThat(this.mailer.with("Prefer", "wait=soon").get("/permissions/" + id).header("Preference-Applied"))
			.isNull();
	}

	@Test
	void anyWhenAnsweredThenRequestId() {
		assertThat(this.mailer.get("/permissions/unknown").header("X-Request-Id")).isNotBlank();
		assertThat(this.mailer.with("X-Request-Id", "run-42").get("/health").header("X-Request-Id"))
			.isEqualTo("run-42");
		assertThat(this.mailer.with("X-Request-Id", "a b").get("/health").header("X-Request-Id")).isNotEqualTo("a b");
	}

	@Test
	void approvalUrlWhenForgedHostThenNotInIt() {
		Api.Answer asked = this.mailer.with("X-Forwarded-Host", "evil.example")
			.with("Forwarded", "host=evil.example;proto=https")
			.request("mail.send");
		assertThat(asked.data().path("approvalUrl").stringValue()).startsWith(server.url() + "/approvals/");
	}

}
