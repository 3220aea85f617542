package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.policy.PolicyFileWatch;
import io.agentotp.server.token.Tokens;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Policies that somebody writes into the database: they decide nothing, and those that
 * somebody changes there are not left out either.
 */
@Tag("sql")
class PolicySealTests {

	private static final String RENAMED = "ak_live_renamed-0123456789abcdefghijk";

	private static final String STRICTER = "{\"name\":\"stricter\",\"action\":\"deny\",\"priority\":999,\"conditions\":{}}";

	private static final TestDatabase database = TestDatabase.createLasting();

	private static TestServer server;

	private static String id;

	private static StoredCopy untouched;

	@BeforeAll
	static void start() {
		server = TestServer.startOn(database);
		id = server.admin()
			.post("/policies",
					"{\"name\":\"no-wires\",\"action\":\"deny\",\"priority\":999,\"conditions\":{\"action\":{\"equals\":\"wire.send\"}}}")
			.expect(201)
			.data()
			.path("id")
			.stringValue();
		server.mailer().request("wire.send").expect(200);
		untouched = StoredCopy.of(server);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void restore() {
		untouched.restore(server);
		server.mailer().request("wire.send").expect(200);
		assertThat(problems()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "definition = REPLACE(definition, 'deny', 'auto_approve')",
			"definition = REPLACE(definition, 'wire.send', 'wire.sent')", "definition = 'garbage'", "name = 'other'",
			"created_by = 'user:bob'", "updated_at = updated_at + INTERVAL '1' SECOND", "seal = ''" })
	void policyWhenItsRowWasChangedThenNothingIsDecidedAndItIsNamed(String change) {
		server.jdbc().sql("UPDATE agentotp_policy SET " + change + " WHERE id = ?").param(id).update();
		requireNothingDecided(id);
		// Also after a restart, where all else can still be looked at.
		server.close();
		server = TestServer.startOn(database);
		server.stopMaintenance();
		requireNothingDecided(id);
		server.admin().post("/policies", "{\"name\":\"more\",\"action\":\"deny\",\"conditions\":{}}").expect(400);
		server.admin().send("DELETE", "/policies/" + id, null).expect(200);
		server.mailer().request("mail.send").expect(202);
		assertThat(problems()).isEmpty();
	}

	@Test
	void policyWhenInsertedByHandThenApprovesNothing() {
		server.jdbc()
			.sql("INSERT INTO agentotp_policy (id, kind, name, definition, created_at, created_by, updated_at, updated_by, seal) "
					+ "SELECT 'forged', kind, 'forged', REPLACE(REPLACE(definition, 'deny', 'auto_approve'), '999', '9999'), created_at, created_by, updated_at, updated_by, seal FROM agentotp_policy")
			.update();
		requireNothingDecided("forged");
	}

	@Test
	void policyWhenDeletedByHandThenNothingIsDecidedUntilAnAdministratorDeletesIt() {
		server.jdbc().sql("DELETE FROM agentotp_policy").update();
		forgeLog("policy_deleted", null);
		requireNothingDecided(id);
		server.close();
		server = TestServer.startOn(database);
		server.stopMaintenance();
		requireNothingDecided(id);
		server.admin().post("/policies", "{\"name\":\"more\",\"action\":\"deny\",\"conditions\":{}}").expect(400);
		assertThat(server.admin().send("PUT", "/policies/" + id, STRICTER).expect(409).message()).contains(id);
		server.admin().send("DELETE", "/policies/" + id, null).expect(200);
		server.mailer().request("mail.send").expect(202);
		server.admin().post("/policies", STRICTER).expect(201);
		server.mailer().request("mail.send").expect(200);
		assertThat(problems()).doesNotContain(id);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void policyWhenItsOldRowIsPutBackThenNothingIsDecidedUntilTheNewOneIsBack(boolean deleted) {
		Map<String, Object> old = row();
		server.admin().send("PUT", "/policies/" + id, STRICTER).expect(200);
		server.mailer().request("mail.send").expect(200);
		Map<String, Object> present = row();
		if (deleted) {
			server.admin().send("DELETE", "/policies/" + id, null).expect(200);
			server.mailer().request("mail.send").expect(202);
			server.admin().post("/policies", STRICTER).expect(201);
		}
		put(old);
		forgeLog("policy_changed", old.get("SEAL"));
		requireNothingDecided(id);
		server.admin().send("PUT", "/policies/" + id, STRICTER).expect(409);
		server.jdbc().sql("DELETE FROM agentotp_policy WHERE id = ?").param(id).update();
		if (!deleted) {
			put(present);
		}
		server.jdbc().sql("UPDATE agentotp_policy_state SET revision = revision + 1").update();
		server.mailer().request("mail.send").expect(200);
	}

	@Test
	void policiesWhenTheirCommonSealWasChangedThenNothingIsDecidedUntilOneIsSavedAgain() {
		server.jdbc().sql("UPDATE agentotp_policy_state SET seal = ''").update();
		requireNothingDecided("all together");
		server.admin().send("PUT", "/policies/" + id, STRICTER).expect(200);
		server.mailer().request("mail.send").expect(200);
		assertThat(problems()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void policiesWhenAllIsTakenAwayByHandThenNothingIsDecided(boolean restarted) {
		server.bean(AuditSequencer.class).seal();
		server.jdbc().sql("DELETE FROM agentotp_policy").update();
		server.jdbc().sql("DELETE FROM agentotp_policy_version").update();
		server.jdbc().sql("UPDATE agentotp_policy_state SET seal = '', revision = revision + 1").update();
		if (restarted) {
			server.close();
			server = TestServer.startOn(database);
			server.stopMaintenance();
		}
		requireNothingDecided(id);
		server.admin().send("DELETE", "/policies/" + id, null).expect(200);
		server.mailer().request("mail.send").expect(202);
	}

	@Test
	void versionWhenDeletedByHandThenFoundAndItsNumberIsNotUsedAgain() {
		long newest = server.jdbc().sql("SELECT MAX(version) FROM agentotp_policy_version").query(Long.class).single();
		server.jdbc().sql("DELETE FROM agentotp_policy_version WHERE version >= ?").param(newest - 1).update();
		assertThat(problems()).contains("Version " + (newest - 1) + " of the policies is gone",
				"Version " + newest + " of the policies is gone");
		server.admin().post("/policies", STRICTER).expect(201);
		assertThat(server.jdbc().sql("SELECT MAX(version) FROM agentotp_policy_version").query(Long.class).single())
			.isEqualTo(newest + 1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "DELETE FROM agentotp_policy_version", "UPDATE agentotp_policy_version SET cause = 'x'" })
	void approveWhenTheVersionOfTheRequestWasChangedThenOnlyDenied(String change) {
		String pending = server.reader().pending("mail.send");
		server.admin().post("/policies", STRICTER).expect(201);
		server.jdbc().sql(change).update();
		// A node that has read the version before goes by what it has read.
		boolean unread = TestDatabase.nodes() == 1;
		assertThat(server.alice().decide(pending, true).expect(409).message()).containsAnyOf("can only be denied",
				unread ? "can only be denied" : "'stricter'");
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser.Page page = alice.get("/approvals/" + pending);
		if (unread) {
			assertThat(page.text()).contains("can only be denied").doesNotContain("id=\"approve\"");
		}
		assertThat(alice.submit(page, "/approvals/" + pending, Map.of("decision", "approve")).status()).isEqualTo(409);
		assertThat(server.reader().status(pending)).isEqualTo("pending");
		server.alice().decide(pending, false).expect(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "UPDATE agentotp_policy SET created_by = 'user:bob'", "DELETE FROM agentotp_policy" })
	void policiesWhenSeveralWereChangedThenDeletedOneAfterTheOther(String change) {
		String other = server.admin().post("/policies", STRICTER).expect(201).data().path("id").stringValue();
		server.jdbc().sql(change).update();
		requireNothingDecided(other);
		server.admin().send("DELETE", "/policies/" + id, null).expect(200);
		requireNothingDecided(other);
		server.admin().send("DELETE", "/policies/" + other, null).expect(200);
		server.mailer().request("mail.send").expect(202);
		assertThat(problems()).isEmpty();
	}

	@Test
	void healthAndListWhenNothingIsDecidedThenSayWhy() {
		server.jdbc().sql("UPDATE agentotp_policy SET created_by = 'user:bob'").update();
		assertThat(health()).isEqualTo("healthy");
		requireNothingDecided(id);
		assertThat(health()).isEqualTo("degraded");
		assertThat(server.admin().get("/policies").expect(200).body().path("meta").path("problem").stringValue())
			.contains(id, "Delete it");
		assertThat(new Browser(server.url()).signedIn("alice").get("/policies").text()).contains(id);
		server.admin().send("DELETE", "/policies/" + id, null).expect(200);
		for (int i = 0; i < TestDatabase.nodes(); i++) {
			server.mailer().request("mail.send").expect(202);
		}
		assertThat(health()).isEqualTo("healthy");
	}

	private static String health() {
		return server.api(0, TestServer.ADMIN_KEY).get("/health").expect(200).data().path("status").stringValue();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void policiesWhenTheirSecretIsLostThenDecidedOnceTheStoredOnesAreDeleted(int stored, @TempDir Path directory) {
		String auditKey = "agentotp.server.audit.key-file=" + directory.resolve("audit.key");
		TestDatabase own = TestDatabase.createLasting();
		List<String> ids = new ArrayList<>();
		String lost = "lost-0123456789abcdefghijklmnopqrstuvwxyz";
		try (TestServer before = TestServer.startOn(own, auditKey, "agentotp.server.secret=" + lost)) {
			before.mailer().request("mail.send").expect(202);
			for (int i = 0; i < stored; i++) {
				ids.add(before.admin()
					.post("/policies", STRICTER.replace("stricter", "p" + i))
					.expect(201)
					.data()
					.path("id")
					.stringValue());
			}
		}
		try (TestServer after = TestServer.startOn(own, auditKey,
				"agentotp.server.secret=other-0123456789abcdefghijklmnopqrstuvwxyz",
				"agentotp.server.lost-secret=" + Tokens.idOf(lost),
				"agentotp.server.agents.renamed.api-key=" + RENAMED)) {
			for (String policy : ids) {
				assertThat(after.api(RENAMED).request("mail.send").status()).isEqualTo(503);
				after.admin().send("DELETE", "/policies/" + policy, null).expect(200);
			}
			after.api(RENAMED).request("mail.send").expect(202);
		}
	}

	@Test
	void filesWhenChangedWhileNothingIsDecidedThenInForceAfterwards(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("policies.yml"), "policies: []\n");
		TestDatabase own = TestDatabase.createLasting();
		try (TestServer server = TestServer.startNodes(own, 1, "agentotp.server.policies.files=" + file,
				"agentotp.server.policies.reload-interval=0")) {
			String policy = server.admin().post("/policies", STRICTER).expect(201).data().path("id").stringValue();
			server.jdbc().sql("UPDATE agentotp_policy SET created_by = 'user:bob'").update();
			server.jdbc().sql("UPDATE agentotp_policy_state SET revision = revision + 1").update();
			assertThat(server.mailer().request("mail.send").status()).isEqualTo(503);
			Files.writeString(file,
					"policies:\n- {name: no mail, action: deny, conditions: {action: {equals: mail.send}}}\n");
			PolicyFileWatch watch = server.bean(PolicyFileWatch.class);
			watch.check();
			server.admin().send("DELETE", "/policies/" + policy, null).expect(200);
			watch.check();
			assertThat(server.mailer().request("mail.send").expect(200).data().path("status").stringValue())
				.isEqualTo("denied");
			assertThat(server.admin().get("/policies").body().path("meta").has("problem")).isFalse();
		}
	}

	@Test
	void policyWhenDeletedOrPutBackThenFound() {
		String old = server.jdbc().sql("SELECT definition FROM agentotp_policy").query(String.class).single();
		String seal = server.jdbc().sql("SELECT seal FROM agentotp_policy").query(String.class).single();
		server.admin()
			.send("PUT", "/policies/" + id,
					"{\"name\":\"no-wires\",\"action\":\"deny\",\"priority\":999,\"conditions\":{}}");
		assertThat(problems()).isEmpty();
		server.jdbc().sql("UPDATE agentotp_policy SET definition = ?, seal = ?").params(old, seal).update();
		assertThat(problems()).contains(id);
		server.jdbc().sql("DELETE FROM agentotp_policy").update();
		assertThat(problems()).contains(id, "is gone");
	}

	@ParameterizedTest
	@ValueSource(strings = { "content = REPLACE(content, 'deny', 'none')", "content_hash = 'x'", "cause = 'x'",
			"created_by = 'x'", "seal = 'x'" })
	void versionWhenItsRowWasChangedThenNamed(String change) {
		server.jdbc().sql("UPDATE agentotp_policy_version SET " + change + " WHERE version = 2").update();
		assertThat(problems()).contains("Version of the policies 2");
	}

	@ParameterizedTest
	@ValueSource(strings = { "content = '{}'", "content = 'x'", "content = ''", "cause = 'x'", "seal = 'x'" })
	void versionWhenItsRowWasChangedThenItsPoliciesAreNotShownAndItIsSaid(String change) {
		server.jdbc().sql("UPDATE agentotp_policy_version SET " + change + " WHERE version = 2").update();
		JsonNode version = server.admin().get("/policies/versions/2").expect(200).data();
		assertThat(version.path("problem").asString("")).contains("was changed in the database");
		assertThat(version.has("policies")).isFalse();
		assertThat(server.admin().get("/policies/versions").expect(200).data().toString())
			.containsOnlyOnce("was changed in the database");
		assertThat(new Browser(server.url()).signedIn("alice").get("/policies").text())
			.containsOnlyOnce("was changed in the database");
		JsonNode other = server.admin().get("/policies/versions/1").expect(200).data();
		assertThat(other.has("problem")).isFalse();
		assertThat(other.path("policies").isArray()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "9223372036854775807", "MAX(version) + 1", "-1" })
	void versionWhenInsertedByHandThenNamedAndTheNextChangeAndStartGoOn(String number) {
		long present = server.admin().get("/policies").body().path("meta").path("policyVersion").asLong();
		// With the hash of the policies in force, so that it could pass for them.
		server.jdbc()
			.sql("INSERT INTO agentotp_policy_version (version, content_hash, content, cause, created_at, created_by, seal) SELECT ("
					+ "SELECT " + number.replace("MAX(version)", present + "")
					+ "), content_hash, content, cause, created_at, created_by, seal FROM agentotp_policy_version WHERE version = ?")
			.param(present)
			.update();
		assertThat(problems()).contains("Version of the policies").contains("agentotp_policy_version");
		server.close();
		server = TestServer.startOn(database);
		server.stopMaintenance();
		assertThat(server.admin().get("/policies").body().path("meta").path("policyVersion").asLong())
			.isEqualTo(present);
		server.mailer().request("wire.send").expect(200);
		server.admin().send("PUT", "/policies/" + id, STRICTER).expect(200);
		long next = server.admin().get("/policies").body().path("meta").path("policyVersion").asLong();
		assertThat(next).isBetween(present + 1, present + 2);
		assertThat(server.admin().get("/policies/versions/" + next).expect(200).data().has("problem")).isFalse();
		server.mailer().request("mail.send").expect(200);
	}

	@Test
	void verifyWhenOneCheckFailsThenSaidAndTheOthersStillFind() {
		server.jdbc().sql("ALTER TABLE agentotp_policy_version RENAME COLUMN cause TO other").update();
		server.jdbc().sql("UPDATE agentotp_policy SET seal = ''").update();
		assertThat(problems()).contains("PolicyVersionSeals failed", "unchecked", id);
		server.jdbc().sql("ALTER TABLE agentotp_policy_version RENAME COLUMN other TO cause").update();
	}

	private static Map<String, Object> row() {
		Map<String, Object> row = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		row.putAll(server.jdbc().sql("SELECT * FROM agentotp_policy").query().singleRow());
		return row;
	}

	private static void put(Map<String, Object> row) {
		server.jdbc().sql("DELETE FROM agentotp_policy WHERE id = ?").param(row.get("id")).update();
		server.jdbc()
			.sql("INSERT INTO agentotp_policy (" + String.join(", ", row.keySet()) + ") VALUES ("
					+ String.join(", ", Collections.nCopies(row.size(), "?")) + ")")
			.params(List.copyOf(row.values()))
			.update();
	}

	// Who can write the policies can write into the log as well.
	private static void forgeLog(String event, Object seal) {
		server.jdbc()
			.sql("INSERT INTO agentotp_audit (at, event, actor, details, seal, mac) VALUES (CURRENT_TIMESTAMP, ?, 'user:admin', ?, ?, 'x')")
			.params(Arrays.asList(event, "{\"policyId\":\"" + id + "\"}", seal))
			.update();
	}

	private static void requireNothingDecided(String named) {
		server.jdbc().sql("UPDATE agentotp_policy_state SET revision = revision + 1").update();
		for (String action : new String[] { "wire.send", "mail.send", "read.file" }) {
			assertThat(server.mailer().request(action).status()).isEqualTo(503);
		}
		server.alice().get("/permissions").expect(200);
		assertThat(problems()).contains(named);
	}

	private static String problems() {
		JsonNode problems = server.admin().get("/audit/verify").expect(200).data().path("problems");
		return problems.isEmpty() ? "" : problems.toString();
	}

}
