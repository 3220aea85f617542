package io.agentotp.server;

import org.junit.jupiter.api.AfterEach;
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

	private final TestDatabase database = TestDatabase.createLasting();

	private TestServer server;

	private String id;

	@BeforeEach
	void start() {
		this.server = TestServer.startOn(this.database, TestServer.policies("actions: [{action: filed, title: F}]"));
		this.id = this.server.admin().post("/actions", WIPE).expect(201).data().path("id").stringValue();
	}

	@AfterEach
	void stop() {
		this.server.close();
	}

	@Test
	void createWhenAdministratorThenShownVersionedAndRecorded() {
		assertThat(page(wipe())).contains("Wipe", "high risk");
		JsonNode seen = this.server.alice().get("/actions/" + this.id).expect(200).data();
		assertThat(seen.path("createdBy").stringValue()).isEqualTo("user:admin");
		assertThat(seen.path("origin").stringValue()).isEqualTo("api");
		assertThat(this.server.alice().get("/actions").data()).extracting((entry) -> entry.path("action").stringValue())
			.containsExactlyInAnyOrder("filed", "wipe");
		JsonNode row = this.server.auditor().get("/audit?event=action_created").data().path(0);
		assertThat(row.path("actor").stringValue()).isEqualTo("user:admin");
		assertThat(row.path("details").path("after").path("title").stringValue()).isEqualTo("Wipe {resource}");
		long version = row.path("details").path("version").longValue();
		assertThat(this.server.admin().get("/policies/versions/" + version).data().path("actions")).hasSize(2);
		assertThat(new Browser(this.server.url()).signedIn("alice").get("/policies").text())
			.contains("data-action-entry=\"wipe\"", "data-action-entry=\"filed\"", "Wipe {resource}");
	}

	@Test
	void changeWhenAdministratorThenNewRequestsHaveItAndOldOnesKeepTheirs() {
		String before = wipe();
		Api.Answer got = this.server.admin().get("/actions/" + this.id);
		this.server.admin().send("PATCH", "/actions/" + this.id, "{\"title\":\"Erase {resource}\"}").expect(200);
		assertThat(page(before)).contains("Wipe").doesNotContain("Erase");
		assertThat(page(wipe())).contains("Erase", "high risk").doesNotContain("Wipe");
		assertThat(this.server.admin()
			.with("If-Match", got.header("ETag"))
			.send("PUT", "/actions/" + this.id, WIPE)
			.expect(409)
			.message()).contains("changed in the meantime");
		// What an answer shows can be sent back.
		JsonNode present = this.server.admin().get("/actions/" + this.id).data();
		this.server.admin().send("PUT", "/actions/" + this.id, present.toString()).expect(200);
		this.server.admin().send("DELETE", "/actions/" + this.id, null).expect(200);
		assertThat(page(wipe())).doesNotContain("Erase", "high risk");
		assertThat(page(before)).contains("Wipe", "high risk");
		this.server.admin().get("/actions/" + this.id).expect(404);
	}

	@Test
	void changeWhenNotAllowedOrNotUsableThenRefused() {
		this.server.alice().post("/actions", WIPE).expect(403);
		this.server.mailer().get("/actions").expect(403);
		this.server.admin().post("/actions", WIPE).expect(409);
		this.server.admin().send("DELETE", "/actions/filed", null).expect(409);
		this.server.admin().post("/actions", "{\"action\":\"filed\"}").expect(400);
		this.server.admin().send("DELETE", "/policies/" + this.id, null).expect(404);
		this.server.admin().send("PATCH", "/policies/" + this.id, "{\"priority\":1}").expect(404);
		assertThat(this.server.admin()
			.post("/actions", "{\"action\":\"x\",\"titles\":\"t\",\"risk\":\"hig\"}")
			.expect(400)
			.details()
			.toString()).contains("Did you mean title?", "Did you mean high?");
		// A policy may have the name of an action.
		this.server.admin().post("/policies", "{\"name\":\"wipe\",\"action\":\"deny\",\"shadow\":true}").expect(201);
	}

	@ParameterizedTest
	@ValueSource(strings = { "definition = REPLACE(definition, 'high', 'low')", "kind = 'policy'", "name = 'other'",
			"seal = ''" })
	void rowWhenChangedInTheDatabaseThenNothingIsDecidedUntilItIsDeleted(String change) {
		this.server.jdbc().sql("UPDATE agentotp_policy SET " + change + " WHERE id = ?").param(this.id).update();
		this.server.jdbc().sql("UPDATE agentotp_policy_state SET revision = revision + 1").update();
		assertThat(this.server.mailer().request("wipe").status()).isEqualTo(503);
		assertThat(this.server.auditor().get("/audit/verify").body().toString()).contains(this.id);
		this.server.admin().send("DELETE", "/actions/" + this.id, null).expect(200);
		this.server.mailer().request("wipe").expect(202);
	}

	@Test
	void rowWhenDeletedInTheDatabaseThenNothingIsDecided() {
		this.server.jdbc().sql("DELETE FROM agentotp_policy WHERE id = ?").param(this.id).update();
		this.server.jdbc().sql("UPDATE agentotp_policy_state SET revision = revision + 1").update();
		assertThat(this.server.mailer().request("wipe").status()).isEqualTo(503);
	}

	@Test
	void restartWhenEntriesAreStoredThenStillThere() {
		this.server.close();
		this.server = TestServer.startOn(this.database, TestServer.policies("actions: [{action: filed, title: F}]"));
		assertThat(page(wipe())).contains("Wipe", "high risk");
	}

	private String wipe() {
		return this.server.mailer()
			.post("/permissions/request", "{\"action\":\"wipe\",\"resource\":\"disk:1\"}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private String page(String permission) {
		String page = new Browser(this.server.url()).signedIn("alice").get("/approvals/" + permission).text();
		return page.substring(page.indexOf("<h1>"), page.indexOf("id=\"facts\""));
	}

}
