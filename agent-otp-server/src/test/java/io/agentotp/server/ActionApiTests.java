package io.agentotp.server;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The action catalogue over the API: changed by administrators, versioned, recorded and
 * sealed as policies are.
 */
@Tag("sql")
class ActionApiTests {

	private static final String WIPE = "{\"action\":\"wipe\",\"title\":\"Wipe {resource}\",\"risk\":\"high\"}";

	private static final String FILE = TestServer.policies("actions: [{action: filed, title: F}]");

	private static final TestDatabase database = TestDatabase.createLasting();

	private static TestServer server;

	private static String id;

	private static StoredCopy untouched;

	@BeforeAll
	static void start() {
		server = TestServer.startOn(database, FILE);
		id = server.admin().post("/actions", WIPE).expect(201).data().path("id").stringValue();
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
	void createWhenAdministratorThenShownVersionedAndRecorded() {
		assertThat(page(wipe())).contains("Wipe", "high risk");
		JsonNode seen = server.alice().get("/actions/" + id).expect(200).data();
		assertThat(seen.path("createdBy").stringValue()).isEqualTo("user:admin");
		assertThat(seen.path("origin").stringValue()).isEqualTo("api");
		assertThat(server.alice().get("/actions").data()).extracting((entry) -> entry.path("action").stringValue())
			.containsExactlyInAnyOrder("filed", "wipe");
		JsonNode row = server.auditor().get("/audit?event=action_created").data().path(0);
		assertThat(row.path("actor").stringValue()).isEqualTo("user:admin");
		assertThat(row.path("details").path("after").path("title").stringValue()).isEqualTo("Wipe {resource}");
		long version = row.path("details").path("version").longValue();
		assertThat(server.admin().get("/policies/versions/" + version).data().path("actions")).hasSize(2);
		assertThat(new Browser(server.url()).signedIn("alice").get("/policies").text())
			.contains("data-action-entry=\"wipe\"", "data-action-entry=\"filed\"", "Wipe {resource}");
	}

	@Test
	void changeWhenAdministratorThenNewRequestsHaveItAndOldOnesKeepTheirs() {
		String before = wipe();
		Api.Answer got = server.admin().get("/actions/" + id);
		server.admin().send("PATCH", "/actions/" + id, "{\"title\":\"Erase {resource}\"}").expect(200);
		assertThat(page(before)).contains("Wipe").doesNotContain("Erase");
		assertThat(page(wipe())).contains("Erase", "high risk").doesNotContain("Wipe");
		assertThat(server.admin()
			.with("If-Match", got.header("ETag"))
			.send("PUT", "/actions/" + id, WIPE)
			.expect(409)
			.message()).contains("changed in the meantime");
		// What an answer shows can be sent back.
		JsonNode present = server.admin().get("/actions/" + id).data();
		server.admin().send("PUT", "/actions/" + id, present.toString()).expect(200);
		server.admin().send("DELETE", "/actions/" + id, null).expect(200);
		assertThat(page(wipe())).doesNotContain("Erase", "high risk");
		assertThat(page(before)).contains("Wipe", "high risk");
		server.admin().get("/actions/" + id).expect(404);
	}

	@Test
	void changeWhenNotAllowedOrNotUsableThenRefused() {
		server.alice().post("/actions", WIPE).expect(403);
		server.mailer().get("/actions").expect(403);
		server.admin().post("/actions", WIPE).expect(409);
		server.admin().send("DELETE", "/actions/filed", null).expect(409);
		server.admin().post("/actions", "{\"action\":\"filed\"}").expect(400);
		server.admin().send("DELETE", "/policies/" + id, null).expect(404);
		server.admin().send("PATCH", "/policies/" + id, "{\"priority\":1}").expect(404);
		assertThat(server.admin()
			.post("/actions", "{\"action\":\"x\",\"titles\":\"t\",\"risk\":\"hig\"}")
			.expect(400)
			.details()
			.toString()).contains("Did you mean title?", "Did you mean high?");
		// A policy may have the name of an action.
		server.admin().post("/policies", "{\"name\":\"wipe\",\"action\":\"deny\",\"shadow\":true}").expect(201);
	}

	@ParameterizedTest
	@ValueSource(strings = { "definition = REPLACE(definition, 'high', 'low')", "kind = 'policy'", "name = 'other'",
			"seal = ''" })
	void rowWhenChangedInTheDatabaseThenNothingIsDecidedUntilItIsDeleted(String change) {
		server.jdbc().sql("UPDATE agentotp_policy SET " + change + " WHERE id = ?").param(id).update();
		server.jdbc().sql("UPDATE agentotp_policy_state SET revision = revision + 1").update();
		assertThat(server.mailer().request("wipe").status()).isEqualTo(503);
		assertThat(server.auditor().get("/audit/verify").body().toString()).contains(id);
		server.admin().send("DELETE", "/actions/" + id, null).expect(200);
		server.mailer().request("wipe").expect(202);
	}

	@Test
	void rowWhenDeletedInTheDatabaseThenNothingIsDecided() {
		server.jdbc().sql("DELETE FROM agentotp_policy WHERE id = ?").param(id).update();
		server.jdbc().sql("UPDATE agentotp_policy_state SET revision = revision + 1").update();
		assertThat(server.mailer().request("wipe").status()).isEqualTo(503);
	}

	@Test
	void restartWhenEntriesAreStoredThenStillThere() {
		String permission = wipe();
		try (TestServer other = TestServer.startOn(database, FILE)) {
			assertThat(page(other, permission)).contains("Wipe", "high risk");
		}
	}

	private static String wipe() {
		return server.mailer()
			.post("/permissions/request", "{\"action\":\"wipe\",\"resource\":\"disk:1\"}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private static String page(String permission) {
		return page(server, permission);
	}

	private static String page(TestServer server, String permission) {
		String page = new Browser(server.url()).signedIn("alice").get("/approvals/" + permission).text();
		return page.substring(page.indexOf("<h1>"), page.indexOf("id=\"facts\""));
	}

}
