package io.agentotp.server;

import java.util.List;
import java.util.Map;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who owns an agent decides on its requests only where a policy says so. Bob owns the
 * mailer.
 */
class SelfApprovalTests {

	private static final String POLICY = """
			{"name":"own mail","action":"require_approval","allowSelfApproval":true,"priority":1,
			"conditions":{"action":{"equals":"own.mail"}}}""";

	private static TestServer server;

	private static StoredCopy untouched;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator");
		untouched = StoredCopy.of(server);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void restore() {
		untouched.restore(server);
	}

	@Test
	void decideWhenPolicyAllowsSelfApprovalThenDecidedAndFlagged() {
		JsonNode policy = server.admin().post("/policies", POLICY).expect(201).data();
		assertThat(policy.path("allowSelfApproval").booleanValue()).isTrue();
		String id = server.mailer().pending("own.mail");
		JsonNode permission = server.bob().decide(id, true).expect(200).data();
		assertThat(permission.path("status").stringValue()).isEqualTo("approved");
		assertThat(permission.path("decidedByOwner").booleanValue()).isTrue();
		JsonNode row = server.auditor().get("/audit?event=approved&permissionId=" + id).data().path(0);
		assertThat(row.path("actor").stringValue()).isEqualTo("user:bob");
		assertThat(row.path("details").path("byOwner").booleanValue()).isTrue();
		// The flag is under the hash chain.
		server.bean(AuditSequencer.class).run();
		assertThat(server.auditor().get("/audit/verify").data().path("valid").booleanValue()).isTrue();
		server.jdbc()
			.sql("UPDATE agentotp_audit SET details = REPLACE(details, '\"byOwner\":true', '\"byOwner\":null') "
					+ "WHERE permission_id = ?")
			.param(id)
			.update();
		assertThat(server.auditor().get("/audit/verify").data().path("valid").booleanValue()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "BOB", " bob ", "b\u200bob", "\uff42\uff4f\uff42", "bob\ufe0f" })
	void decideWhenOwnerIsWrittenInAnotherWayThenStillTheOwner(String owner) {
		String key = server.admin()
			.post("/agents", Json.write(Json.object().put("name", "spelled").put("owner", owner)))
			.expect(201)
			.data()
			.path("apiKey")
			.stringValue();
		String id = server.api(key).pending("mail.send");
		server.bob().decide(id, true).expect(403);
		assertThat(server.api(key).status(id)).isEqualTo("pending");
	}

	@Test
	void decideWhenOwnerDeniesThenFlaggedToo() {
		server.admin().post("/policies", POLICY).expect(201);
		String id = server.mailer().pending("own.mail");
		assertThat(server.bob().decide(id, false).expect(200).data().path("decidedByOwner").booleanValue()).isTrue();
		String other = server.mailer().pending("own.mail");
		assertThat(server.alice().decide(other, true).expect(200).data().path("decidedByOwner").booleanValue())
			.isFalse();
		assertThat(server.auditor()
			.get("/audit?event=approved&permissionId=" + other)
			.data()
			.path(0)
			.path("details")
			.has("byOwner")).isFalse();
	}

	@Test
	void decideWhenOwnerIsSpelledOtherwiseThenStillTheOwner() {
		String id = server.api(helperOf(server, " BOB \\t")).pending("mail.send");
		server.bob().decide(id, true).expect(403);
		server.alice().decide(id, true).expect(200);
	}

	@Test
	void decideWhenOwnerHandedTheAgentOverAfterItAskedThenStillTheOwner() {
		String key = helperOf(server, " Admin");
		String id = server.api(key).pending("mail.send");
		for (String owner : List.of("null", "\"alice\"")) {
			server.admin().send("PATCH", "/agents/helper", "{\"owner\":" + owner + "}").expect(200);
			assertThat(server.admin().decide(id, true).expect(403).message()).contains("You owned the agent 'helper'");
			server.admin().decide(id, false).expect(403);
			server.admin().post("/permissions/decide", "{\"ids\":[\"" + id + "\"],\"approved\":true}").expect(403);
		}
		// Nor does the owner now.
		server.alice().decide(id, true).expect(403);
		Browser.Page page = new Browser(server.url()).signedIn("admin").get("/approvals/" + id);
		assertThat(page.text()).contains("You owned this agent when it asked. Somebody else has to")
			.doesNotContain("id=\"decision\"");
		assertThat(server.api(key).status(id)).isEqualTo("pending");
		// What it asks from now on is another matter, on which the record has the
		// change of owner.
		server.bob().decide(server.api(key).pending("mail.send"), true).expect(200);
		JsonNode asked = server.auditor().get("/audit?event=requested&permissionId=" + id).data().path(0);
		assertThat(asked.path("details").path("owner").stringValue()).isEqualTo(" Admin");
		server.bob().decide(id, true).expect(200);
	}

	@Test
	void decideWhenPolicyLetsTheOwnerOfThenThenFlagged() {
		server.admin().post("/policies", POLICY).expect(201);
		String id = server.api(helperOf(server, "admin")).pending("own.mail");
		server.admin().send("PATCH", "/agents/helper", "{\"owner\":null}").expect(200);
		assertThat(server.admin().decide(id, true).expect(200).data().path("decidedByOwner").booleanValue()).isTrue();
	}

	@Test
	void decideWhenPolicyDoesNotSpeakOrNoMoreOrOnlyReportsThenRefused() {
		String policy = server.admin().post("/policies", POLICY).expect(201).data().path("id").stringValue();
		String unmatched = server.mailer().pending("mail.send");
		server.bob().decide(unmatched, true).expect(403);
		String id = server.mailer().pending("own.mail");
		server.admin().send("PATCH", "/policies/" + policy, "{\"shadow\":true}").expect(200);
		server.bob().decide(id, true).expect(403);
		server.admin().send("PATCH", "/policies/" + policy, "{\"shadow\":false,\"active\":false}").expect(200);
		server.bob().decide(id, true).expect(403);
		server.admin()
			.send("PATCH", "/policies/" + policy, "{\"active\":true,\"allowSelfApproval\":false}")
			.expect(200);
		assertThat(server.bob().decide(id, true).expect(403).message()).contains("no policy lets its owner decide");
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		assertThat(server.mailer().status(unmatched)).isEqualTo("pending");
		// A stricter policy applies before it.
		server.admin().send("PATCH", "/policies/" + policy, "{\"allowSelfApproval\":true}").expect(200);
		server.admin()
			.post("/policies",
					POLICY.replace("own mail", "stricter")
						.replace("\"allowSelfApproval\":true,\"priority\":1", "\"priority\":2"))
			.expect(201);
		server.bob().decide(id, true).expect(403);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	@Test
	void decideWhenPolicyDoesNotEvaluateThenRefused() {
		server.admin()
			.post("/policies",
					POLICY.replace("{\"equals\":\"own.mail\"}",
							"{\"equals\":\"own.mail\"},\"scope.n\":{\"lessThan\":5}"))
			.expect(201);
		String id = server.mailer()
			.post("/permissions/request", "{\"action\":\"own.mail\",\"scope\":{\"n\":1}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		server.admin().post("/policies", """
				{"name":"broken","action":"require_approval","allowSelfApproval":true,"priority":9,
				"conditions":{"action":{"lessThan":5}}}""").expect(201);
		server.bob().decide(id, true).expect(403);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	@Test
	void policyWhenItCannotMeanItThenRefused() {
		assertThat(server.admin()
			.post("/policies", POLICY.replace("require_approval", "auto_approve"))
			.expect(400)
			.details()
			.path("allowSelfApproval")
			.stringValue()).contains("require_approval");
		assertThat(server.admin()
			.post("/policies",
					POLICY.replace("\"conditions\":{\"action\":{\"equals\":\"own.mail\"}}", "\"conditions\":{}"))
			.expect(400)
			.details()
			.path("conditions")
			.stringValue()).contains("every owner");
		server.admin().post("/policies", POLICY.replace(":true", ":\"yes\"")).expect(400);
	}

	@Test
	void policyWhenItBelievesTheAgentThenMarked() {
		JsonNode policy = server.admin()
			.post("/policies", POLICY.replace("\"action\":{\"equals\"", "\"context.ticket\":{\"equals\""))
			.expect(201)
			.data();
		assertThat(policy.path("trustsAgentsWord").booleanValue()).isTrue();
	}

	@Test
	void pageWhenPolicyAllowsSelfApprovalThenSaysSoBeforeAndAfter() {
		server.admin().post("/policies", POLICY).expect(201);
		String id = server.mailer().pending("own.mail");
		Browser bob = new Browser(server.url()).signedIn("bob");
		Browser.Page page = bob.get("/approvals/" + id);
		assertThat(page.text()).contains("id=\"own\"", "id=\"approve\"");
		Browser.Page done = bob.submit(page, "/approvals/" + id, Map.of("decision", "approve"));
		assertThat(done.text()).contains("id=\"by-owner\"", "data-flag=\"owner\"");
		assertThat(bob.get("/history").text()).contains("data-flag=\"owner\"");
		assertThat(bob.get("/audit").text()).contains("data-flag=\"owner\"");
		assertThat(bob.get("/policies").text()).contains("data-self-approval");
	}

	@Test
	void ruleWhenConfiguredThenCounts() {
		try (TestServer configured = TestServer.startBare(TestServer.Host.class,
				"agentotp.server.agents.mailer.api-key=" + TestServer.MAILER_KEY,
				"agentotp.server.agents.mailer.owner=bob", "agentotp.server.users.bob.api-key=" + TestServer.BOB_KEY,
				TestServer.policies("""
						- name: own
						  action: require_approval
						  allowSelfApproval: true
						  conditions: {action: {equals: own.mail}}
						"""))) {
			configured.bob().decide(configured.mailer().pending("own.mail"), true).expect(200);
			configured.bob().decide(configured.mailer().pending("other"), true).expect(403);
		}
	}

	/**
	 * The key of an agent that a person owns.
	 */
	private static String helperOf(TestServer server, String owner) {
		return server.admin()
			.post("/agents", "{\"name\":\"helper\",\"owner\":\"" + owner + "\"}")
			.expect(201)
			.data()
			.path("apiKey")
			.stringValue();
	}

}
