package io.agentotp.server;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who may decide, on what, and until when.
 */
class AuthorityTests {

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void decideWhenAdministratorWithoutApproverThenRefused() {
		String id = server.reader()
			.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_emails\":9}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		server.admin().decide(id, true).expect(403);
		server.admin().decide(id, false).expect(403);
		server.admin()
			.post("/permissions/" + id + "/decide", "{\"approved\":true,\"scopeModifications\":{\"max_emails\":1}}")
			.expect(403);
		server.admin().post("/permissions/decide", "{\"ids\":[\"" + id + "\"],\"approved\":true}").expect(403);
		Browser admin = new Browser(server.url()).signedIn("admin");
		Browser.Page page = admin.get("/approvals/" + id);
		assertThat(page.text()).contains("You can read this, but not decide").doesNotContain("id=\"decision\"");
		for (String decision : List.of("approve", "deny", "approve-all", "deny-all")) {
			assertThat(admin.submit(page, "/approvals/" + id, Map.of("decision", decision, "ids", id)).status())
				.isEqualTo(403);
		}
		assertThat(server.reader().status(id)).isEqualTo("pending");
	}

	@Test
	void decideWhenApproverAndAdministratorThenDecides() {
		try (TestServer own = TestServer.start("agentotp.server.users.admin.roles=administrator,approver")) {
			own.admin().decide(own.reader().pending("mail.send"), true).expect(200);
		}
	}

	@Test
	void decideWhenFirstUserWasMadeThenItDecides() {
		try (TestServer own = TestServer.startBare(TestServer.Host.class)) {
			assertThat(own.jdbc().sql("SELECT roles FROM agentotp_user").query(String.class).single())
				.isEqualTo("APPROVER,ADMINISTRATOR");
		}
	}

	@Test
	void narrowWhenNotKnownToBeALimitThenRefusedAndPageOffersNone() {
		String id = server.reader()
			.post("/permissions/request",
					"{\"action\":\"mail.send\",\"scope\":{\"min\":10,\"read_only\":true,\"list\":[1]}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		for (String modifications : List.of("{\"min\":5}", "{\"read_only\":false}", "{\"admin\":true}")) {
			JsonNode problems = server.alice()
				.post("/permissions/" + id + "/decide",
						"{\"approved\":true,\"scopeModifications\":" + modifications + "}")
				.expect(400)
				.details();
			assertThat(problems.propertyNames()).hasSize(1)
				.allMatch((name) -> name.matches("scopeModifications\\.(min|read_only|admin)"));
		}
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser.Page page = alice.get("/approvals/" + id);
		assertThat(page.text()).doesNotContain("id=\"narrow\"", "untick for false");
		// What no field has changes nothing.
		alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "n0", "5", "n1.shown", "1"));
		assertThat(server.reader().get("/permissions/" + id).data().path("scope").toString())
			.isEqualTo("{\"min\":10,\"read_only\":true,\"list\":[1]}");
	}

	@Test
	void revokeWhenApproverOrAdministratorThenTokenIsRefusedOnAllNodes() {
		for (Api person : List.of(server.alice(), server.admin())) {
			String id = server.mailer()
				.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_uses\":2}}")
				.expect(202)
				.data()
				.path("id")
				.stringValue();
			server.alice().decide(id, true).expect(200);
			String token = server.mailer().token(id);
			assertThat(server.mailer().use(id, token).data().path("success").booleanValue()).isTrue();
			assertThat(person.post("/permissions/" + id + "/revoke", "{}").expect(400).details().has("reason"))
				.isTrue();
			JsonNode revoked = person.post("/permissions/" + id + "/revoke", "{\"reason\":\"a mistake\"}")
				.expect(200)
				.data();
			assertThat(revoked.path("success").booleanValue()).isTrue();
			assertThat(revoked.has("revokedAt")).isTrue();
			JsonNode used = server.mailer().use(id, token).expect(200).data();
			assertThat(used.path("success").booleanValue()).isFalse();
			assertThat(used.path("code").stringValue()).isEqualTo("TOKEN_REVOKED");
			assertThat(server.mailer().verify(id, token).data().path("valid").booleanValue()).isFalse();
			JsonNode permission = server.mailer().get("/permissions/" + id).expect(200).data();
			assertThat(permission.path("status").stringValue()).isEqualTo("revoked");
			assertThat(permission.path("reason").stringValue()).isEqualTo("a mistake");
			assertThat(permission.has("token")).isFalse();
			// Once more is no failure.
			person.post("/permissions/" + id + "/revoke", "{\"reason\":\"again\"}").expect(200);
			JsonNode rows = server.auditor().get("/audit?event=revoked&permissionId=" + id).data();
			assertThat(rows.size()).isEqualTo(1);
			assertThat(rows.path(0).path("actor").stringValue()).startsWith("user:a");
			assertThat(rows.path(0).path("details").path("reason").stringValue()).isEqualTo("a mistake");
		}
	}

	@Test
	void revokeWhenOwnerOrAuditorOrAnotherAgentThenRefused() {
		String id = server.mailer().pending("mail.send");
		server.alice().decide(id, true).expect(200);
		String body = "{\"reason\":\"because\"}";
		// Bob owns the agent, and so may not decide.
		server.bob().post("/permissions/" + id + "/revoke", body).expect(403);
		server.auditor().post("/permissions/" + id + "/revoke", body).expect(403);
		server.reader().post("/permissions/" + id + "/revoke", body).expect(404);
		server.alice().post("/permissions/unknown/revoke", body).expect(404);
		assertThat(server.mailer().status(id)).isEqualTo("approved");
	}

	@Test
	void revokeWhenPendingThenNobodyCanDecideAnyMore() {
		String id = server.mailer().pending("mail.send");
		server.admin().post("/permissions/" + id + "/revoke", "{\"reason\":\"not now\"}").expect(200);
		assertThat(server.alice().decide(id, true).expect(409).message()).isEqualTo("The request was withdrawn");
		assertThat(server.mailer().status(id)).isEqualTo("revoked");
	}

	@Test
	void revokeWhenUsedUpThenSaysSo() {
		String id = server.mailer().pending("mail.send");
		server.alice().decide(id, true).expect(200);
		server.mailer().use(id, server.mailer().token(id)).expect(200);
		JsonNode answer = server.alice()
			.post("/permissions/" + id + "/revoke", "{\"reason\":\"too late\"}")
			.expect(200)
			.data();
		assertThat(answer.path("success").booleanValue()).isFalse();
		assertThat(answer.path("code").stringValue()).isEqualTo("TOKEN_USED");
		assertThat(server.mailer().status(id)).isEqualTo("used");
	}

	@Test
	void revokeWhenOnThePageThenRevokedWithItsReason() {
		String id = server.mailer().pending("mail.send");
		Browser alice = new Browser(server.url()).signedIn("alice");
		assertThat(alice.get("/approvals/" + id).text()).doesNotContain("id=\"revoke\"");
		// An administrator who does not decide can withdraw it.
		assertThat(new Browser(server.url()).signedIn("admin").get("/approvals/" + id).text()).contains("id=\"revoke\"",
				"Withdraw the request");
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		for (String reader : List.of("bob", "auditor")) {
			Browser other = new Browser(server.url()).signedIn(reader);
			Browser.Page page = other.get("/approvals/" + id);
			assertThat(page.text()).doesNotContain("id=\"revoke\"");
			assertThat(other.submit(page, "/approvals/" + id + "/revoke", Map.of("reason", "x")).status())
				.isEqualTo(403);
		}
		Browser.Page page = alice.get("/approvals/" + id);
		assertThat(page.text()).contains("id=\"revoke\"");
		assertThat(alice.submit(page, "/approvals/" + id + "/revoke", Map.of("reason", "  ")).status()).isEqualTo(400);
		Browser.Page done = alice.submit(page, "/approvals/" + id + "/revoke", Map.of("reason", "wrong <one>"));
		assertThat(done.text()).contains("data-status=\"revoked\"", "wrong &lt;one&gt;")
			.doesNotContain("id=\"revoke\"");
		assertThat(server.mailer().use(id, token).data().path("code").stringValue()).isEqualTo("TOKEN_REVOKED");
	}

	@Test
	void decideWhenTheKeyWasSeenThenCountsAsOwner() {
		try (TestServer own = TestServer.start("agentotp.server.users.admin.roles=approver,administrator",
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.alice.roles=approver,administrator")) {
			JsonNode made = own.admin().post("/agents", "{\"name\":\"helper\"}").expect(201).data();
			assertThat(made.path("keySeenBy").stringValue()).isEqualTo("admin");
			Api helper = own.api(made.path("apiKey").stringValue());
			String first = helper.pending("mail.send");
			assertThat(own.admin().decide(first, true).expect(403).message())
				.contains("You have seen the key of the agent 'helper'");
			own.admin().decide(first, false).expect(403);
			own.admin().post("/permissions/decide", "{\"ids\":[\"" + first + "\"],\"approved\":true}").expect(403);
			Browser admin = new Browser(own.url()).signedIn("admin");
			Browser.Page page = admin.get("/approvals/" + first);
			assertThat(page.text()).contains("You have seen the key of this agent. Somebody else has to decide")
				.doesNotContain("id=\"decision\"");
			assertThat(admin.submit(page, "/approvals/" + first, Map.of("decision", "approve")).status())
				.isEqualTo(403);
			assertThat(admin.get("/agents/helper").text()).contains("id=\"key-seen-by\"",
					"who therefore does not decide");
			// Who rotates it sees the next one; what was asked with the one before stays.
			JsonNode rotated = own.alice().post("/agents/helper/rotate", "{}").expect(200).data();
			assertThat(rotated.path("keySeenBy").stringValue()).isEqualTo("alice");
			assertThat(own.admin().decide(first, true).expect(403).message())
				.contains("You had seen the key of the agent 'helper' when it asked");
			assertThat(own.alice().decide(first, true).expect(403).message()).contains("You have seen the key");
			own.bob().decide(first, true).expect(200);
			helper = own.api(rotated.path("apiKey").stringValue());
			String second = helper.pending("mail.send");
			own.alice().decide(second, true).expect(403);
			own.admin().decide(second, true).expect(200);
			// The same on the page that shows the key.
			Browser.Page agent = admin.get("/agents/helper");
			assertThat(admin.submit(agent, "/agents/helper/rotate", Map.of("mark", mark(agent))).text())
				.contains("You have seen it");
			assertThat(own.alice().get("/agents/helper").data().path("keySeenBy").stringValue()).isEqualTo("admin");
			JsonNode rows = own.auditor().get("/audit?event=key_rotated&agentId=helper").data();
			assertThat(rows.values()).extracting((row) -> row.path("details").path("keySeenBy").stringValue())
				.containsExactlyInAnyOrder("alice", "admin");
			assertThat(own.auditor()
				.get("/audit?event=requested&permissionId=" + first)
				.data()
				.path(0)
				.path("details")
				.path("keySeenBy")
				.stringValue()).isEqualTo("admin");
		}
	}

	private static String mark(Browser.Page page) {
		Matcher mark = Pattern.compile("name=\"mark\" value=\"([0-9a-f]+)\"").matcher(page.text());
		assertThat(mark.find()).isTrue();
		return mark.group(1);
	}

}
