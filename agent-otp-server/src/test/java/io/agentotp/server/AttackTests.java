package io.agentotp.server;

import java.util.List;
import java.util.Map;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ways in which services of this kind were attacked or failed, as far as no other test
 * has them; a test elsewhere carries the number in its display name. A1 arguments changed
 * after the approval, A2 approval forged by the client, A3 two calls with one hash, A4
 * double spend, A5 denied but done, A6 approval of another call, A7 who asks decides, A8
 * confused deputy, A9 words that mislead, A10 payload cut off, A11 markup in pages, A12
 * clickjacking and forged forms, A13 links that approve, A14 approval on timeout, A15
 * fatigue, A17 leaked tokens, A18 shadowed attributes, A19 regular expressions without
 * end, A20 approval consumed and nothing run, A21 the world changed since, A23 policies
 * edited to be approved, A24 forged record, A25 lost votes, A26 approvers by display
 * name. Remembered approvals (A16) and keys of effects (A22) do not exist here, and ways
 * around the guard (A27) are the application's.
 */
@Tag("sql")
class AttackTests {

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	@DisplayName("attack A2: a decision that the client sends along is none")
	void requestWhenItClaimsADecisionThenStillPending() {
		JsonNode permission = server.mailer().post("/permissions/request", """
				{"action":"mail.send","status":"approved","approved":true,"decision":"approve","token":"otp_x",
				"decidedBy":"user:alice","decidedAt":"2026-01-01T00:00:00Z","policyId":"reads","agentId":"reader",
				"autoApprove":true,"context":{"approved":true,"decidedBy":"user:alice"}}""").expect(202).data();
		assertThat(permission.path("status").stringValue()).isEqualTo("pending");
		assertThat(permission.has("token")).isFalse();
		assertThat(permission.has("decidedBy")).isFalse();
		String id = permission.path("id").stringValue();
		assertThat(server.mailer().use(id, "otp_x").data().path("success").booleanValue()).isFalse();
		server.reader().get("/permissions/" + id).expect(404);
	}

	@Test
	@DisplayName("attack A3: text that moves from one field to the next is another call")
	void idempotencyAndInboxWhenTextMovesBetweenFieldsThenAnother() {
		String one = "{\"action\":\"mail\",\"resource\":\"send|x\",\"scope\":{},\"callDigest\":\"" + Calls.DIGEST
				+ "\"}";
		String other = "{\"action\":\"mail|send\",\"resource\":\"x\",\"scope\":{},\"callDigest\":\"" + Calls.DIGEST
				+ "\"}";
		Api mailer = server.mailer().with("Idempotency-Key", "moves");
		String first = mailer.post("/permissions/request", one).expect(202).data().path("id").stringValue();
		assertThat(mailer.post("/permissions/request", other).expect(422).code()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
		String second = server.mailer().post("/permissions/request", other).data().path("id").stringValue();
		assertThat(server.alice()
			.post("/permissions/decide", Json.write(Map.of("ids", List.of(first, second), "approved", true)))
			.expect(400)
			.code()).isEqualTo("VALIDATION_ERROR");
		assertThat(List.of(server.mailer().status(first), server.mailer().status(second))).containsOnly("pending");
	}

	@Test
	@DisplayName("attack A5: what is denied has no token, and none is good for it")
	void useWhenDeniedThenRejectedWithAnyToken() {
		String id = server.mailer().pending("mail.send");
		server.alice().decide(id, false).expect(200);
		JsonNode denied = server.mailer().get("/permissions/" + id).data();
		assertThat(denied.has("token")).isFalse();
		JsonNode granted = server.mailer().request("read.file").data();
		for (String token : List.of("otp_x", granted.path("token").stringValue(), id)) {
			assertThat(server.mailer().use(id, token).data().path("success").booleanValue()).isFalse();
			assertThat(server.mailer().verify(id, token).data().path("valid").booleanValue()).isFalse();
		}
		server.alice().decide(id, true).expect(409);
		assertThat(server.mailer().status(id)).isEqualTo("denied");
	}

	@Test
	@DisplayName("attack A8: another agent does nothing with a permission and its right token")
	void useWhenTokenIsInTheHandsOfAnotherAgentThenUnknown() {
		JsonNode granted = server.mailer().request("read.file").data();
		String id = granted.path("id").stringValue();
		String token = granted.path("token").stringValue();
		server.reader().use(id, token).expect(404);
		server.reader().verify(id, token).expect(404);
		server.reader().post("/permissions/" + id + "/revoke", "{\"token\":\"" + token + "\"}").expect(404);
		String own = server.reader().request("read.file").data().path("id").stringValue();
		assertThat(server.reader().use(own, token).data().path("success").booleanValue()).isFalse();
		assertThat(server.mailer().use(id, token).data().path("success").booleanValue()).isTrue();
	}

	@Test
	@DisplayName("attack A18: names in scope and context stand for nothing but themselves")
	void requestWhenAttributesAreShadowedThenPoliciesLookAtTheRealOnes() {
		// Reads are approved, small payments of the reader, and drops are denied.
		assertThat(server.mailer().post("/permissions/request", """
				{"action":"mail.send","scope":{"action":"read.file","agentId":"reader","scope":{"action":"read.file"}},
				"context":{"action":"read.file","agentId":"reader","agent_id":"reader","resource":"x"}}""").status())
			.isEqualTo(202);
		assertThat(server.mailer()
			.post("/permissions/request",
					"""
							{"action":"pay","agentId":"reader","scope":{"max_amount":5},"context":{"ticket":"T-1","agentId":"reader"}}""")
			.status()).isEqualTo(202);
		assertThat(server.reader().post("/permissions/request", """
				{"action":"pay","scope":{"context.ticket":"T-1","max_amount":5},"context":{}}""").status())
			.isEqualTo(202);
		assertThat(server.mailer()
			.post("/permissions/request", """
					{"action":"table.drop","scope":{"action":"read.file"},"context":{"action":"read.file"}}""")
			.data()
			.path("status")
			.stringValue()).isEqualTo("denied");
	}

	@Test
	@DisplayName("attack A26: who decides is who is signed in, whatever the request says")
	void decideWhenItNamesAnotherThenTheSignedInPersonIsRecorded() {
		String id = server.mailer().pending("mail.send");
		Api alice = server.alice().with("X-User-ID", "admin").with("X-Forwarded-User", "admin");
		assertThat(alice
			.post("/permissions/" + id + "/decide",
					"{\"approved\":true,\"decidedBy\":\"user:admin\",\"user\":\"admin\",\"actor\":\"admin\"}")
			.expect(400)
			.details()
			.propertyNames()).containsExactlyInAnyOrder("decidedBy", "user", "actor");
		JsonNode permission = alice.post("/permissions/" + id + "/decide", "{\"approved\":true}").expect(200).data();
		assertThat(permission.path("decidedBy").stringValue()).isEqualTo("user:alice");
		assertThat(server.auditor()
			.get("/audit?event=approved&permissionId=" + id)
			.data()
			.path(0)
			.path("actor")
			.stringValue()).isEqualTo("user:alice");
		// Bob owns the mailer, by whatever name he goes.
		String own = server.mailer().pending("mail.send");
		Api bob = server.bob().with("X-User-ID", "alice");
		bob.post("/permissions/" + own + "/decide", "{\"approved\":true,\"decidedBy\":\"user:alice\"}").expect(400);
		bob.post("/permissions/" + own + "/decide", "{\"approved\":true}").expect(403);
		assertThat(server.mailer().status(own)).isEqualTo("pending");
	}

}
