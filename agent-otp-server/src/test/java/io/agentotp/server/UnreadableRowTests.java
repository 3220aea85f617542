package io.agentotp.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.permission.PermissionExpiry;
import io.agentotp.server.web.Caller;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.dao.DataIntegrityViolationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Rows that cannot be read any more: they are shown as such, end like others, and take
 * nothing else with them.
 */
@Tag("sql")
class UnreadableRowTests {

	private static final String MARK = "cannot be read";

	private static TestServer server;

	private static StoredCopy untouched;

	private static Instant begin;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator",
				"agentotp.server.audit.checkpoint-interval=1h");
		untouched = StoredCopy.of(server);
		begin = server.clock.instant();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void restore() {
		server.clock.set(begin);
		untouched.restore(server);
	}

	private void spoil(String column, String text, String id) {
		assertThat(server.jdbc()
			.sql("UPDATE agentotp_permission SET " + column + " = ? WHERE id = ?")
			.params(text, id)
			.update()).isOne();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			scope           | garbage
			requested_scope | {"n":1e99999999999}
			scope | {"n":100e2147483647}
			context         | [1]
			policy_trace    | {"a":
			bound_call      | [1]
			scope           | null
			""")
	void pendingWhenUnreadableThenShownEverywhereAndOnlyDenied(String column, String text) {
		String id = server.mailer().pending("mail.send");
		String other = server.mailer().pending("mail.other");
		spoil(column, text, id);
		Browser admin = new Browser(server.url()).signedIn("admin");
		for (Route route : Route.all(server)) {
			// Neither policies nor actions of the catalogue have the id of a permission.
			if (route.method().equals("GET") && !route.path().matches(".*/(policies|actions)/\\{id}.*")) {
				String path = route.path()
					.replace("{id}", route.path().contains("/agents/") ? "mailer" : id)
					.replace("{version}", "1")
					.replace("{waiting}", "1")
					.replace("{name}", "admin") + (route.path().endsWith("/live/inbox") ? "?seen=x" : "");
				int status = !route.isApi() ? admin.get(path).status()
						: server.api(route.allows(Caller.AGENT) ? TestServer.MAILER_KEY : TestServer.ADMIN_KEY)
							.get(path.replace("/api/v1", ""))
							.status();
				// What was not used has none.
				assertThat(status).as(route.toString()).isEqualTo(route.path().endsWith("/receipt") ? 409 : 200);
			}
		}
		assertThat(admin.get("/").text()).contains(MARK + ": " + id).contains(other);
		assertThat(admin.get("/approvals/" + id).text()).contains("id=\"changed\"").contains(id);
		assertThat(admin.get("/approvals/" + other).text()).doesNotContain("id=\"changed\"");
		List<String> problems = server.alice()
			.get("/permissions?status=pending")
			.expect(200)
			.data()
			.valueStream()
			.map((permission) -> permission.path("problem").asString(""))
			.filter((problem) -> !problem.isEmpty())
			.toList();
		assertThat(problems).singleElement().asString().contains(MARK).contains(id);

		Api.Answer refused = server.alice().decide(id, true).expect(409);
		assertThat(refused.message()).contains(MARK).contains(id);
		server.alice().decide(other, true).expect(200);
		server.alice().decide(id, false).expect(200);
		assertThat(server.mailer().status(id)).isEqualTo("denied");
		assertThat(admin.get("/history").text()).contains(MARK + ": " + id).contains(other);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "APPROVED", "approved ", "nonsense" })
	void permissionWhenItsStatusIsUnknownThenShownAndWorthNothing(String status) {
		String id = server.mailer().pending("mail.send");
		server.jdbc().sql("UPDATE agentotp_permission SET status = ? WHERE id = ?").params(status, id).update();
		Browser browser = new Browser(server.url()).signedIn("alice");
		for (String path : List.of("/", "/history", "/approvals/" + id)) {
			assertThat(browser.get(path).status()).as(path).isEqualTo(200);
		}
		server.alice().get("/permissions").expect(200);
		server.alice().decide(id, true).expect(409);
		assertThat(server.mailer().get("/permissions/" + id).expect(200).data().has("token")).isFalse();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void timesWhenNoCalendarHasThemThenAllIsShown(boolean late) {
		String id = server.mailer().pending("mail.send");
		String decided = server.mailer().pending("mail.other");
		server.alice().decide(decided, true).expect(200);
		server.admin().post("/policies", "{\"name\":\"p\",\"action\":\"deny\",\"conditions\":{}}");
		String time = TestDatabase.isH2()
				? "TIMESTAMP WITH TIME ZONE '" + (late ? "" : "-") + "999999999-01-01 00:00:00+00'"
				: "'" + (late ? "" : "-") + "infinity'";
		server.jdbc()
			.sql("SELECT table_name, column_name FROM information_schema.columns WHERE data_type = 'TIMESTAMP WITH TIME ZONE' OR data_type = 'timestamp with time zone'")
			.query((row, index) -> Map.entry(row.getString(1), row.getString(2)))
			.list()
			.stream()
			.filter((column) -> column.getKey()
				.toLowerCase(Locale.ROOT)
				.matches("agentotp_(permission|audit|policy.*|agent)")
					&& !column.getValue().toLowerCase(Locale.ROOT).matches("deleted_at|frozen_at|details_removed_at"))
			.forEach((column) -> server.jdbc()
				.sql("UPDATE " + column.getKey() + " SET " + column.getValue() + " = " + time + " WHERE "
						+ column.getValue() + " IS NOT NULL")
				.update());
		Browser browser = new Browser(server.url()).signedIn("alice");
		for (String path : List.of("/", "/history", "/approvals/" + id, "/approvals/" + decided, "/agents",
				"/policies")) {
			assertThat(browser.get(path).status()).as(path).isLessThan(500);
		}
		for (String path : List.of("/permissions", "/audit/permissions/" + id, "/agents", "/policies", "/audit",
				"/audit/verify", "/policies/versions")) {
			assertThat(server.admin().get(path).status()).as(path).isLessThan(500);
		}
		assertThat(server.mailer().get("/permissions/" + decided).status()).isLessThan(500);
	}

	@Test
	void auditWhenARowIsForgedThenItIsMarkedWhereverItIsShown() {
		String id = server.mailer().pending("mail.send");
		server.jdbc()
			.sql("INSERT INTO agentotp_audit (at, permission_id, agent_id, event, actor, details, mac) VALUES (CURRENT_TIMESTAMP, ?, 'mailer', 'approved', 'user:alice', '{}', ?)")
			.params(id, "0123456789abcdef:another:" + "0".repeat(43))
			.update();
		List<JsonNode> rows = server.admin().get("/audit?permissionId=" + id).expect(200).data().valueStream().toList();
		assertThat(rows).filteredOn((row) -> row.has("forged"))
			.singleElement()
			.satisfies((row) -> assertThat(row.path("event").stringValue()).isEqualTo("approved"));
		assertThat(server.admin().get("/audit/permissions/" + id).expect(200).data().toString())
			.containsOnlyOnce("\"forged\":true");
		for (String query : List.of("", "?event=approved", "?permissionId=" + id)) {
			assertThat(server.admin().get("/audit/export" + query).expect(200).raw().body().lines())
				.filteredOn((line) -> line.contains("\"forged\":true"))
				.singleElement()
				.asString()
				.contains(id);
		}
		assertThat(server.admin().get("/audit/export?format=csv").expect(200).raw().body().lines())
			.filteredOn((line) -> line.endsWith(",true"))
			.singleElement()
			.asString()
			.contains(id);
		Browser browser = new Browser(server.url()).signedIn("admin");
		for (String path : List.of("/audit?permissionId=" + id, "/approvals/" + id)) {
			assertThat(browser.get(path).text()).containsOnlyOnce("forged or changed in the database");
		}
	}

	@Test
	void auditWhenTheEndOfTheChainIsRemovedThenFoundAndAllElseIsShown() {
		server.mailer().pending("mail.send");
		server.bean(AuditSequencer.class).seal();
		server.jdbc().sql("DELETE FROM agentotp_audit_head").update();
		for (String path : List.of("/audit/verify", "/audit/export")) {
			assertThat(server.admin().get(path).expect(200).raw().body()).contains("agentotp_audit_head is gone");
		}
		server.admin().get("/audit").expect(200);
		assertThat(new Browser(server.url()).signedIn("admin").get("/audit").status()).isEqualTo(200);
	}

	@Test
	void freezeWhenTheRowOfTheServiceIsRemovedThenFoundAndPagesAreShown() {
		Browser browser = new Browser(server.url()).signedIn("admin");
		server.jdbc().sql("DELETE FROM agentotp_instance").update();
		for (String path : List.of("/", "/history", "/agents", "/policies", "/audit", "/account")) {
			assertThat(browser.get(path).status()).as(path).isEqualTo(200);
		}
		assertThat(server.admin().get("/audit/verify").expect(200).raw().body()).contains("agentotp_instance");
	}

	@Test
	void policiesWhenTheirStateIsRemovedThenNothingIsDecidedUntilAnAdministratorChangesThem() {
		String id = server.admin()
			.post("/policies", "{\"name\":\"kept\",\"action\":\"deny\",\"conditions\":{\"action\":{\"equals\":\"x\"}}}")
			.expect(201)
			.data()
			.path("id")
			.stringValue();
		server.jdbc().sql("DELETE FROM agentotp_policy_state").update();
		server.mailer().request("mail.send").expect(503);
		server.admin().get("/policies").expect(200);
		assertThat(new Browser(server.url()).signedIn("admin").get("/policies").status()).isEqualTo(200);
		assertThat(server.admin().get("/audit/verify").expect(200).data().path("problems").toString())
			.contains("all together");
		server.admin().send("DELETE", "/policies/" + id, null).expect(200);
		server.mailer().request("mail.send").expect(202);
	}

	@Test
	void batchWhenOneIsUnreadableThenThePageShowsAndTheOthersAreDecided() {
		String id = server.mailer().pending("mail.send");
		String other = server.mailer().pending("mail.send");
		spoil("scope", "garbage", id);
		Api.Answer answer = server.alice()
			.post("/permissions/decide", "{\"approved\":true,\"ids\":[\"" + other + "\"]}")
			.expect(200);
		assertThat(answer.data().path("decided")).hasSize(1);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	@ParameterizedTest
	@ValueSource(strings = { "scope", "requested_scope", "context" })
	void approvedWhenUnreadableThenWorthNothing(String column) {
		String id = server.mailer().pending("mail.send");
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		spoil(column, "garbage", id);
		assertThat(server.mailer().get("/permissions/" + id).expect(200).data().has("token")).isFalse();
		Api.Answer verified = server.mailer().verify(id, token).expect(200);
		assertThat(verified.data().path("valid").booleanValue()).isFalse();
		assertThat(verified.data().path("reason").stringValue()).contains(MARK);
		Api.Answer used = server.mailer().use(id, token).expect(200);
		assertThat(used.data().path("success").booleanValue()).isFalse();
		assertThat(used.data().path("reason").stringValue()).contains(MARK);
		assertThat(server.mailer().status(id)).isEqualTo("approved");
		server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
	}

	@Test
	void sweepAndFeedWhenARowIsUnreadableThenGoOn() {
		String cursor = server.mailer().get("/permissions/decisions").expect(200).data().path("cursor").stringValue();
		String id = server.mailer().pending("mail.send");
		String other = server.mailer().pending("mail.other");
		spoil("scope", "garbage", id);
		server.clock.move(Duration.ofDays(2));
		server.bean(PermissionExpiry.class).sweep();
		assertThat(server.mailer().status(id)).isEqualTo("expired");
		assertThat(server.mailer().status(other)).isEqualTo("expired");
		assertThat(server.mailer().get("/permissions/decisions?after=" + cursor).expect(200).data().path("permissions"))
			.hasSize(2);
		server.admin().get("/stats").expect(200);
	}

	@Test
	void freezeWhenARowIsUnreadableThenEndsAll() {
		String id = server.mailer().pending("mail.send");
		String other = server.mailer().pending("mail.other");
		spoil("context", "garbage", id);
		server.admin().post("/agents/mailer/freeze", "{}").expect(200);
		assertThat(server.jdbc()
			.sql("SELECT COUNT(*) FROM agentotp_permission WHERE status = 'revoked' AND id IN (?, ?)")
			.params(id, other)
			.query(Integer.class)
			.single()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, -1, Long.MAX_VALUE })
	void decisionsWhenTheirPlaceInTheFeedWasChangedThenGoOnForAll(long place) {
		for (int i = 0; i < 3; i++) {
			server.alice().decide(server.mailer().pending("mail.send"), true).expect(200);
		}
		server.jdbc().sql("UPDATE agentotp_agent SET decision_seq = ? WHERE id = 'mailer'").param(place).update();
		String cursor = server.mailer().get("/permissions/decisions").data().path("cursor").stringValue();
		String id = server.mailer().pending("mail.send");
		server.alice().decide(id, true).expect(200);
		if (place == 0) {
			assertThat(server.mailer().get("/permissions/decisions?after=" + cursor).expect(200).data().toString())
				.contains(id);
		}
		String late = server.mailer().pending("mail.send");
		server.clock.move(Duration.ofDays(1));
		server.bean(PermissionExpiry.class).sweep();
		assertThat(server.mailer().status(late)).isEqualTo("expired");
	}

	@Test
	void sweepAndFreezeWhenOneCannotBeEndedThenAllOthersAre() {
		String bad = server.mailer().pending("mail.send");
		String cursor = server.reader().get("/permissions/decisions").data().path("cursor").stringValue();
		String other = server.reader().pending("mail.send");
		// Nothing has room for more.
		server.jdbc()
			.sql("UPDATE agentotp_permission SET decision_seq = ? WHERE id = ?")
			.params((1L << 60) + 1, server.mailer().pending("mail.gone"))
			.update();
		server.jdbc().sql("UPDATE agentotp_agent SET decision_seq = ? WHERE id = 'mailer'").param(1L << 60).update();
		server.clock.move(Duration.ofDays(1));
		server.bean(PermissionExpiry.class).sweep();
		assertThat(server.reader().get("/permissions/decisions?after=" + cursor).expect(200).data().toString())
			.contains(other);
		assertThat(server.mailer().status(bad)).isEqualTo("expired");
		Browser admin = new Browser(server.url()).signedIn("admin");
		for (String path : List.of("/", "/history", "/agents/mailer", "/approvals/" + bad)) {
			assertThat(admin.get(path).status()).as(path).isEqualTo(200);
		}
		String pending = server.reader().pending("mail.send");
		server.admin().post("/freeze", "{}").expect(200);
		assertThat(server.reader().status(pending)).isEqualTo("revoked");
	}

	@ParameterizedTest
	@ValueSource(strings = { "agentotp_instance (single, id) VALUES (FALSE, 'x')",
			"agentotp_policy_state (single, revision, seal) VALUES (FALSE, 0, '')",
			"agentotp_audit_head (single, seq, hash, last_id, gaps) VALUES (FALSE, 1, 'x', 1, '[]')",
			"agentotp_retention (single, ran_at) VALUES (FALSE, CURRENT_TIMESTAMP)" })
	void rowWhenThereIsToBeOneThenTheDatabaseTakesNoOther(String row) {
		assertThatExceptionOfType(DataIntegrityViolationException.class)
			.isThrownBy(() -> server.jdbc().sql("INSERT INTO " + row).update());
	}

	@Test
	void agentWhenItsKeyWasWrittenIntoAnotherRowThenGoesOnAndTheOtherCanDoNothing() {
		server.jdbc()
			.sql("UPDATE agentotp_agent SET key_hash = (SELECT m.key_hash FROM agentotp_agent m WHERE m.id = 'mailer') WHERE id = 'reader'")
			.update();
		server.mailer().request("read.file").expect(201);
		server.reader().request("read.file").expect(401);
		server.jdbc().sql("UPDATE agentotp_agent SET owner = 'x' WHERE id = 'mailer'").update();
		server.mailer().request("read.file").expect(401);
	}

	@Test
	void auditWhenDetailsOfOneRowAreUnreadableThenNamedAndAllOthersShown() {
		String id = server.mailer().pending("mail.send");
		server.mailer().pending("mail.other");
		server.bean(AuditSequencer.class).seal();
		assertThat(server.jdbc()
			.sql("UPDATE agentotp_audit SET details = 'garbage' WHERE permission_id = ?")
			.param(id)
			.update()).isOne();
		int rows = server.jdbc().sql("SELECT COUNT(*) FROM agentotp_audit").query(Integer.class).single();
		Api.Answer verified = server.admin().get("/audit/verify").expect(200);
		assertThat(verified.data().path("rows").intValue()).isEqualTo(rows);
		assertThat(verified.data().path("problems")).singleElement()
			.satisfies((problem) -> assertThat(problem.path("kind").stringValue()).isEqualTo("edited"));
		String export = server.admin().get("/audit/export").raw().body();
		assertThat(export.lines()).hasSize(rows)
			.filteredOn((line) -> line.contains(MARK))
			.singleElement()
			.asString()
			.contains("garbage")
			.contains(id);
		assertThat(server.admin().get("/audit/export?format=csv").raw().body()).contains(MARK);
		assertThat(server.admin().get("/audit").expect(200).raw().body()).contains(MARK);
		Browser admin = new Browser(server.url()).signedIn("admin");
		assertThat(admin.get("/audit").text()).contains(MARK);
		assertThat(admin.get("/approvals/" + id).text()).contains(MARK);
	}

	@Test
	void chainWhenARowIsUnreadableBeforeItIsLinkedThenGoesOnAndVerifyNamesTheRow() {
		String id = server.mailer().pending("mail.send");
		server.bean(AuditSequencer.class).seal();
		server.jdbc()
			.sql("""
					INSERT INTO agentotp_audit (at, permission_id, agent_id, event, actor, details, mac)
					SELECT at, permission_id, agent_id, event, actor, 'garbage', 'x' FROM agentotp_audit WHERE permission_id = ?""")
			.param(id)
			.update();
		server.mailer().pending("mail.other");
		server.bean(AuditSequencer.class).seal();
		Api.Answer verified = server.admin().get("/audit/verify").expect(200);
		assertThat(verified.data().path("problems")).singleElement()
			.satisfies((problem) -> assertThat(problem.path("kind").stringValue()).isEqualTo("forged"));
		assertThat(verified.data().path("unlinked").intValue()).isOne();
	}

}
