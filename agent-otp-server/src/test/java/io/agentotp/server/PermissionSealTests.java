package io.agentotp.server;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.permission.Retention;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What somebody who can write the database makes of permissions: nothing that is approved
 * or used, and nothing that verification does not find.
 */
@Tag("sql")
class PermissionSealTests {

	private static final String REQUEST = """
			{"action":"mail.send","resource":"inbox","scope":{"max_emails":3},"context":{"reason":"1249.5 to pay"},
			"ttl":600,"call":{"target":{"type":"Mails","method":"send"},"arguments":[{"name":"to","value":"ann"}]}}""";

	// What tests before have left.
	private static final Set<String> KNOWN = new HashSet<>();

	private static TestServer server;

	@BeforeEach
	void start() {
		if (server == null) {
			server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH);
		}
	}

	@AfterAll
	static void stop() {
		if (server != null) {
			server.close();
			server = null;
			KNOWN.clear();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "max_uses = 5", "agent_id = 'reader'", "bound_call = NULL",
			"bound_call = REPLACE(bound_call, 'ann', 'bob')", "expires_at = expires_at + INTERVAL '1' DAY",
			"expires_at = expires_at + INTERVAL '0.001' SECOND", "scope = '{\"max_emails\":30}'",
			"scope = scope || ' '", "action = 'mail.other'", "resource = NULL",
			"context = REPLACE(context, '1249.5', '12.5')", "call_digest = NULL",
			"call_digest = NULL, bound_call = NULL", "requested_scope = '{}'", "ttl_seconds = 601",
			"decided_by = 'user:carol'", "reason = 'because'", "by_owner = TRUE", "test = TRUE",
			"asked_owner = 'carol'", "policy_name = 'other'", "policy_version = 999", "policy_trace = '{}'",
			"created_at = created_at - INTERVAL '1' SECOND", "pending_until = pending_until + INTERVAL '1' SECOND",
			"decided_at = decided_at + INTERVAL '1' SECOND", "nonce = 'x'", "secret_id = 'x'", "shown_hash = 'x'",
			"salt = 'x'", "salt = NULL", "seal = 'x'", "seal = REPLACE(seal, ':', ';')", "seal = ''",
			"revoked_at = created_at", "details_removed_at = created_at" })
	void grantWhenItsRowWasChangedThenWorthNothingAndFound(String change) {
		String id = ask();
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		update(change, id);
		requireWorthless(change.contains("agent_id") ? server.reader() : server.mailer(), id, token);
		requireFound(id);
	}

	@ParameterizedTest
	@ValueSource(strings = { "pending", "denied", "revoked", "expired" })
	void permissionWhenTheDatabaseSaysItIsApprovedThenWorthNothing(String status) {
		String id = ask();
		String token = "otp_0123456789abcdefghijklmnopqrstuvwxyz";
		switch (status) {
			case "denied" -> server.alice().decide(id, false).expect(200);
			case "revoked" -> server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
			case "expired" -> server.clock.move(Duration.ofHours(1));
			default -> {
			}
		}
		server.mailer().status(id);
		String secret = server.bean(Tokens.class).currentSecretId();
		server.jdbc()
			.sql("UPDATE agentotp_permission SET status = 'approved', token_hash = ?, secret_id = ?, "
					+ "decided_by = 'user:alice', decided_at = created_at, max_uses = 1, "
					+ "expires_at = created_at + INTERVAL '9' DAY WHERE id = ?")
			.params(Secrets.sha256(token), secret, id)
			.update();
		requireWorthless(server.mailer(), id, token);
		requireFound(id);
	}

	@ParameterizedTest
	@ValueSource(strings = { "used", "revoked" })
	void tokenWhenItsPermissionWasOverThenWorthNothingAgain(String status) {
		String id = ask();
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		if (status.equals("used")) {
			assertThat(use(server.mailer(), id, token).path("success").booleanValue()).isTrue();
		}
		else {
			server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
		}
		update("status = 'approved', uses = 0, revoked_at = NULL", id);
		requireWorthless(server.mailer(), id, token);
		requireFound(id);
	}

	// Where the secret and the whole row of before were stolen, only the log knows.
	@Test
	void tokenWhenTheWholeRowOfBeforeIsPutBackThenFound() {
		String id = ask();
		server.alice().decide(id, true).expect(200);
		String seal = seal(id);
		server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
		server.jdbc()
			.sql("UPDATE agentotp_permission SET status = 'approved', revoked_at = NULL, reason = NULL, seal = ? WHERE id = ?")
			.params(seal, id)
			.update();
		requireFound(id);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 2 })
	void usesWhenChangedThenFound(int uses) {
		String id = server.mailer()
			.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_uses\":3}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		server.alice().decide(id, true).expect(200);
		use(server.mailer(), id, server.mailer().token(id));
		assertThat(found()).isEmpty();
		update("uses = " + uses, id);
		requireFound(id);
	}

	@Test
	void pendingWhenItsContextWasChangedThenThePageSaysSoAndNobodyCanApprove() {
		String id = ask();
		update("context = REPLACE(context, '1249.5', '12.5')", id);
		Browser alice = new Browser(server.url()).signedIn("alice");
		assertThat(alice.get("/approvals/" + id).text()).contains("id=\"changed\"", "was changed in the database")
			.doesNotContain("id=\"approve\"", "tag good", "The token is bound to this call");
		assertThat(server.alice().decide(id, true).expect(409).message()).contains("was changed in the database");
		requireFound(id);
		server.alice().decide(id, false).expect(200);
		assertThat(server.mailer().status(id)).isEqualTo("denied");
		KNOWN.clear();
		assertThat(found()).anyMatch((problem) -> problem.contains(id));
	}

	@Test
	void permissionWhenInsertedOrCopiedThenWorthNothingAndFound() {
		String id = ask();
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		String columns = "agent_id, status, action, resource, requested_scope, scope, context, call_digest, bound_call, "
				+ "ttl_seconds, max_uses, uses, nonce, token_hash, secret_id, created_at, pending_until, expires_at, "
				+ "decided_at, decided_by, reason, policy_id, policy_name, policy_version, policy_trace, by_owner, test, "
				+ "asked_owner, salt, shown_hash, seal";
		server.jdbc()
			.sql("INSERT INTO agentotp_permission (id, " + columns + ") SELECT 'forged', " + columns
					+ " FROM agentotp_permission WHERE id = ?")
			.param(id)
			.update();
		requireWorthless(server.mailer(), "forged", token);
		requireFound("forged");
	}

	@Test
	void permissionWhenRemovedThenFound() {
		String id = ask();
		server.jdbc().sql("DELETE FROM agentotp_permission WHERE id = ?").param(id).update();
		requireFound(id);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3 })
	void tokenWhenItsRowIsPutBackAfterEachUseThenFound(int allowed) {
		String id = server.mailer()
			.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_uses\":" + allowed + "}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		String seal = seal(id);
		for (int i = 0; i <= allowed; i++) {
			putBack(id, seal);
			assertThat(use(server.mailer(), id, token).path("success").booleanValue()).isTrue();
		}
		update("uses = " + (allowed + 1), id);
		requireFound(id);
	}

	@Test
	void tokenWhenItsRowIsPutBackAfterARevocationAndUsedThenFound() {
		String id = ask();
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		String seal = seal(id);
		server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
		putBack(id, seal);
		assertThat(use(server.mailer(), id, token).path("success").booleanValue()).isTrue();
		requireFound(id);
	}

	@Test
	void decisionWhenItsRowIsPutBackAndDecidedAgainThenFound() {
		for (boolean first : new boolean[] { true, false }) {
			String id = ask();
			String seal = seal(id);
			int maxUses = server.jdbc()
				.sql("SELECT max_uses FROM agentotp_permission WHERE id = ?")
				.param(id)
				.query(Integer.class)
				.single();
			server.alice().decide(id, first).expect(200);
			update("status = 'pending', decided_at = NULL, decided_by = NULL, reason = NULL, token_hash = NULL, "
					+ "secret_id = NULL, expires_at = NULL, max_uses = " + maxUses + ", seal = '" + seal + "'", id);
			server.alice().decide(id, true).expect(200);
			requireFound(id);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"garbage\"", "5", "{}", "null", "\"+1000000000-12-31T00:00:00Z\"",
			"\"-1000000000-01-01T00:00:00Z\"", "\"+999999999-12-31T23:59:59Z\"" })
	void verifyWhenARowOfRetentionWasForgedThenForgedAndWhatIsGoneIsFound(String endedBefore) {
		String id = ask();
		server.jdbc()
			.sql("INSERT INTO agentotp_audit (at, event, actor, details, mac) VALUES (?, 'removed', 'system', ?, ?)")
			.params(OffsetDateTime.ofInstant(server.clock.instant(), ZoneOffset.UTC),
					"{\"endedBefore\":" + endedBefore + "}",
					// As if by a secret that is not known any more.
					id.substring(id.length() - 16) + ":0123456789abcdef:x")
			.update();
		server.jdbc().sql("DELETE FROM agentotp_permission WHERE id = ?").param(id).update();
		assertThat(found()).anyMatch((problem) -> problem.contains(id)).anyMatch((problem) -> !problem.contains(id));
		assertThat(server.admin().get("/audit/export").expect(200).raw().body()).contains(id + " is gone");
	}

	@ParameterizedTest
	@ValueSource(strings = { "used", "approved", "denied", "requested" })
	void verifyWhenARowOfAPermissionWasForgedThenOnlyTheRowIsFound(String event) {
		String id = ask();
		server.alice().decide(id, true).expect(200);
		server.mailer().use(id, server.mailer().token(id)).expect(200);
		server.bean(AuditSequencer.class).seal();
		for (String permission : List.of(id, "gone-" + event)) {
			server.jdbc()
				.sql("INSERT INTO agentotp_audit (at, permission_id, agent_id, event, actor, details, seal, mac) "
						+ "VALUES (?, ?, 'mailer', ?, 'user:alice', '{}', 'x', ?)")
				.params(OffsetDateTime.ofInstant(server.clock.instant(), ZoneOffset.UTC), permission, event,
						(event.equals("used") ? "" : "0123456789abcdef:") + Secrets.sha256(permission + event))
				.update();
		}
		assertThat(found()).hasSize(2)
			.allSatisfy((problem) -> assertThat(problem).contains("was not written by the service"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "[5,{\"path\":{}}]", "{\"a\":[]}", "5", "[null,{\"operator\":[1],\"actual\":{}}]" })
	void pageWhenTheTraceOfItsPolicyWasChangedThenSaysSo(String conditions) {
		String id = ask();
		update("policy_trace = '{\"conditions\":" + conditions + "}'", id);
		Browser alice = new Browser(server.url()).signedIn("alice");
		assertThat(alice.get("/approvals/" + id).text()).contains("id=\"changed\"", "was changed in the database");
		requireFound(id);
	}

	@Test
	void exportWhenARowWasChangedThenSaysSo() {
		String id = ask();
		String other = ask();
		server.bean(AuditSequencer.class).seal();
		update("context = '{}'", id);
		assertThat(server.admin().get("/audit/export").raw().body().lines())
			.filteredOn((line) -> line.contains("problem") && line.contains(id))
			.singleElement()
			.asString()
			.contains("was changed in the database")
			.doesNotContain(other);
		requireFound(id);
	}

	@Test
	void verifyWhenRetentionTookAwayThenOnlyWhatSomebodyElseTook() {
		stop();
		KNOWN.clear();
		server = TestServer.start("agentotp.server.retention.details=1h", "agentotp.server.retention.permissions=1d");
		String first = ask();
		String second = ask();
		server.alice().decide(first, false).expect(200);
		server.clock.move(Duration.ofHours(2));
		server.mailer().status(second);
		server.bean(Retention.class).run();
		assertThat(server.mailer().get("/permissions/" + first).expect(200).data().has("detailsRemovedAt")).isTrue();
		assertThat(verify().path("valid").booleanValue()).as(verify().toString()).isTrue();
		server.clock.move(Duration.ofDays(2));
		server.bean(Retention.class).run();
		server.mailer().get("/permissions/" + first).expect(404);
		assertThat(verify().path("valid").booleanValue()).as(verify().toString()).isTrue();
		String third = ask();
		server.jdbc().sql("DELETE FROM agentotp_permission WHERE id = ?").param(third).update();
		requireFound(third);
		stop();
	}

	@Test
	void verifyWhenDetailsWereTakenByHandThenFound() {
		String id = ask();
		server.alice().decide(id, false).expect(200);
		server.jdbc()
			.sql("UPDATE agentotp_permission SET context = '{}', bound_call = NULL, policy_trace = NULL, salt = NULL, "
					+ "details_removed_at = CURRENT_TIMESTAMP WHERE id = ?")
			.param(id)
			.update();
		requireFound(id);
	}

	@Test
	void permissionWhenItsSecretIsNoLongerKnownThenNotApprovedAndSaid() {
		String id = ask();
		String seal = seal(id);
		update("seal = '0123456789abcdef" + seal.substring(seal.indexOf(':')) + "'", id);
		assertThat(server.alice().decide(id, true).expect(409).message()).contains("secret");
		assertThat(found()).singleElement().asString().contains("0123456789abcdef", "secret-file");
	}

	private static String ask() {
		return server.mailer()
			.post("/permissions/request", Calls.bound(REQUEST))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private static String seal(String id) {
		return server.jdbc()
			.sql("SELECT seal FROM agentotp_permission WHERE id = ?")
			.param(id)
			.query(String.class)
			.single();
	}

	private static void update(String change, String id) {
		assertThat(server.jdbc().sql("UPDATE agentotp_permission SET " + change + " WHERE id = ?").param(id).update())
			.isOne();
	}

	private static void putBack(String id, String seal) {
		update("status = 'approved', uses = 0, revoked_at = NULL, reason = NULL, seal = '" + seal + "'", id);
	}

	private static JsonNode use(Api agent, String id, String token) {
		return agent
			.post("/permissions/" + id + "/use",
					"{\"token\":\"" + token + "\",\"callDigest\":\"" + Calls.digest(REQUEST) + "\"}")
			.expect(200)
			.data();
	}

	private static void requireWorthless(Api agent, String id, String token) {
		JsonNode seen = agent.get("/permissions/" + id).expect(200).data();
		assertThat(seen.has("token")).isFalse();
		assertThat(agent.verify(id, token).expect(200).data().path("valid").booleanValue()).isFalse();
		assertThat(use(agent, id, token).path("success").booleanValue()).isFalse();
		assertThat(agent.use(id, token).expect(200).data().path("success").booleanValue()).isFalse();
	}

	private static JsonNode verify() {
		server.bean(AuditSequencer.class).seal();
		return server.admin().get("/audit/verify").expect(200).data();
	}

	private static List<String> found() {
		return verify().path("problems")
			.valueStream()
			.map((problem) -> problem.path("message").stringValue())
			.filter(KNOWN::add)
			.toList();
	}

	private static void requireFound(String id) {
		// One that an earlier test has put back ends when the clock moves.
		assertThat(found()).filteredOn((problem) -> !problem.contains("was expired after"))
			.isNotEmpty()
			.allMatch((problem) -> problem.contains(id));
	}

}
