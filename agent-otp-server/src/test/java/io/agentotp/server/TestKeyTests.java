package io.agentotp.server;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What keys for tests ask for is approved by itself, where that is wanted, and marked.
 */
@Tag("sql")
class TestKeyTests {

	private static final String TEST_KEY = "ak_test_tester-0123456789abcdefghij";

	private static final String TESTER = "agentotp.server.agents.tester.api-key=" + TEST_KEY;

	private static final String TAKEN = "agentotp.server.test-keys=true";

	@Test
	void keyWhenNotTakenThenRefusedClearlyAndNothingAsked() {
		try (TestServer server = TestServer.start(TESTER)) {
			Api.Answer answer = server.api(TEST_KEY).request("mail.send").expect(401);
			assertThat(answer.code()).isEqualTo("INVALID_API_KEY");
			assertThat(answer.message()).contains("test key", "agentotp.server.test-keys=true");
			String made = made(server);
			server.api(made).request("mail.send").expect(401);
			server.api(made).get("/permissions/decisions").expect(401);
			assertThat(server.jdbc().sql("SELECT COUNT(*) FROM agentotp_permission").query(Long.class).single())
				.isZero();
		}
	}

	@Test
	void requestWhenTakenThenApprovedByItselfMarkedAndUsable() {
		try (TestServer server = TestServer.start(TESTER, TAKEN)) {
			for (String key : new String[] { TEST_KEY, made(server) }) {
				Api tester = server.api(key);
				JsonNode permission = tester.request("mail.send").expect(201).data();
				assertThat(permission.path("status").stringValue()).isEqualTo("approved");
				assertThat(permission.path("decidedBy").stringValue()).isEqualTo("test-key");
				String id = permission.path("id").stringValue();
				assertThat(tester.use(id, permission.path("token").stringValue()).data().path("success").booleanValue())
					.isTrue();
				assertThat(server.auditor().get("/audit?permissionId=" + id).data().values()).hasSize(3)
					.allSatisfy((row) -> assertThat(row.path("details").path("test").booleanValue()).isTrue());
				assertThat(server.alice().get("/permissions").data().path(0).path("test").booleanValue()).isTrue();
				Browser alice = new Browser(server.url()).signedIn("alice");
				for (String page : new String[] { "/approvals/" + id, "/history", "/audit" }) {
					assertThat(alice.get(page).text()).as(page).contains("data-flag=\"test\"");
				}
				assertThat(alice.get("/approvals/" + id).text()).contains("id=\"test-key\"");
			}
		}
	}

	@Test
	void requestWhenPolicySpeaksThenItNarrowsAndDenies() {
		try (TestServer server = TestServer.start(TESTER, TAKEN)) {
			Api tester = server.api(TEST_KEY);
			assertThat(tester.request("table.drop").expect(200).data().path("status").stringValue())
				.isEqualTo("denied");
			assertThat(
					tester.post("/permissions/request", "{\"action\":\"mail.campaign\",\"scope\":{\"max_emails\":500}}")
						.expect(201)
						.data()
						.path("scope")
						.path("max_emails")
						.intValue())
				.isEqualTo(50);
		}
	}

	@Test
	void liveWhenTestKeysAreTakenThenAPersonIsAskedAndNothingIsMarked() {
		try (TestServer server = TestServer.start(TESTER, TAKEN)) {
			String id = server.mailer().pending("mail.send");
			server.alice().decide(id, true).expect(200);
			assertThat(server.auditor().get("/audit?permissionId=" + id).data().values())
				.allSatisfy((row) -> assertThat(row.path("details").has("test")).isFalse());
			// The one's permissions are nothing to the other.
			JsonNode test = server.api(TEST_KEY).request("mail.send").data();
			server.mailer().use(test.path("id").stringValue(), test.path("token").stringValue()).expect(404);
			server.api(TEST_KEY).use(id, server.mailer().token(id)).expect(404);
		}
	}

	@Test
	void budgetWhenTestKeyIsBusyThenThatOfALiveAgentIsUntouched() {
		try (TestServer server = TestServer.start(TESTER, TAKEN, "agentotp.server.limits.requests-per-minute=3",
				"agentotp.server.agents.tester.requests-per-minute=5", "agentotp.server.limits.max-pending=1")) {
			for (int i = 0; i < 5; i++) {
				server.api(TEST_KEY).request("mail.send").expect(201);
			}
			server.api(TEST_KEY).request("mail.send").expect(429);
			Api.Answer live = server.mailer().request("mail.send").expect(202);
			assertThat(live.header("X-RateLimit-Remaining")).isEqualTo("2");
		}
	}

	@Test
	void agentWhenItChangesItsKindThenNoStart() {
		TestDatabase database = TestDatabase.createLasting();
		TestServer.startOn(database).close();
		assertThatThrownBy(() -> TestServer.startOn(database, TAKEN,
				"agentotp.server.agents.mailer.api-key=ak_test_mailer-0123456789abcdefghij"))
			.rootCause()
			.hasMessageContaining("agents.mailer.api-key")
			.hasMessageContaining("another name");
	}

	private static String made(TestServer server) {
		String name = "tester-" + System.nanoTime();
		JsonNode agent = server.admin().post("/agents", "{\"name\":\"" + name + "\",\"test\":true}").expect(201).data();
		assertThat(agent.path("test").booleanValue()).isTrue();
		assertThat(agent.path("apiKey").stringValue()).startsWith("ak_test_");
		return agent.path("apiKey").stringValue();
	}

}
