package io.agentotp.server;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The routes of agents, from asking to the spent token.
 */
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
		Api.Answer answer = parked.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join();
		assertThat(answer.header("Preference-Applied")).isEqualTo("wait=20");
		assertThat(answer.data().path("status").stringValue()).isEqualTo("denied");
	}

	@Test
	void requestWhenWindowPassesThenExpiredAndNotDecidable() {
		String id = this.mailer.pending("mail.send");
		server.clock.move(Duration.ofMinutes(10));
		assertThat(this.mailer.status(id)).isEqualTo("expired");
		assertThat(this.alice.decide(id, true).expect(409).code()).isEqualTo("CONFLICT");
	}

}
