package io.agentotp.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.permission.Retention;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is over goes after its time, and the record stays.
 */
@Tag("sql")
class RetentionTests {

	private static final String DETAILS = "agentotp.server.retention.details=7d";

	private static final String PERMISSIONS = "agentotp.server.retention.permissions=30d";

	@Test
	void runWhenNotConfiguredThenEverythingIsKept() {
		try (TestServer server = TestServer.start()) {
			ask(server.reader(), "read.file");
			server.clock.move(Duration.ofDays(4000));
			run(server);
			assertThat(count(server, "agentotp_permission")).isEqualTo(1);
			assertThat(server.jdbc().sql("SELECT context FROM agentotp_permission").query(String.class).single())
				.contains("kept for a time");
		}
	}

	@Test
	void runWhenDetailsAreDueThenArgumentsAndClaimsGoAndTheRestStays() {
		try (TestServer server = TestServer.start(DETAILS)) {
			String denied = ask(server.mailer(), "mail.send");
			server.alice().decide(denied, false).expect(200);
			String used = ask(server.reader(), "read.file");
			String token = server.reader().token(used);
			server.reader().use(used, token).expect(200);
			server.clock.move(Duration.ofDays(7).minusSeconds(1));
			run(server);
			assertThat(removed(server, denied)).isFalse();
			server.clock.move(Duration.ofHours(2));
			String open = ask(server.mailer(), "mail.send");
			run(server);
			for (String id : List.of(denied, used)) {
				assertThat(removed(server, id)).isTrue();
				assertThat(server.jdbc()
					.sql("SELECT context, policy_trace FROM agentotp_permission WHERE id = ?")
					.param(id)
					.query()
					.singleRow()).containsEntry("context", "{}").containsEntry("policy_trace", null);
			}
			assertThat(removed(server, open)).isFalse();
			JsonNode view = server.mailer().get("/permissions/" + denied).expect(200).data();
			assertThat(view.path("status").stringValue()).isEqualTo("denied");
			assertThat(view.path("detailsRemovedAt").stringValue()).isNotEmpty();
			assertThat(server.reader().use(used, token).data().path("code").stringValue()).isEqualTo("TOKEN_USED");
			assertThat(server.alice()
				.post("/policies/simulate", "{\"permissionId\":\"" + denied + "\"}")
				.expect(400)
				.details()
				.path("permissionId")
				.stringValue()).contains("made-up request");
			String page = new Browser(server.url()).signedIn("alice").get("/approvals/" + denied).text();
			assertThat(page).contains("id=\"removed\"")
				.contains("They were removed")
				.doesNotContain("kept for a time:");
			requireIntact(server);
		}
	}

	@Test
	void runWhenPermissionsAreDueThenTheyGoAndTheRecordStays() {
		try (TestServer server = TestServer.start(PERMISSIONS, "agentotp.server.approval-window=100d")) {
			String expired = ask(server.reader(), "read.file");
			String pending = ask(server.mailer(), "mail.send");
			String withdrawn = ask(server.mailer(), "mail.send");
			server.mailer().post("/permissions/" + withdrawn + "/revoke", "{}").expect(200);
			String cursor = server.mailer().get("/permissions/decisions").data().path("cursor").stringValue();
			server.clock.move(Duration.ofDays(1));
			assertThat(server.reader().status(expired)).isEqualTo("expired");
			server.bean(AuditSequencer.class).seal();
			long rows = count(server, "agentotp_audit");
			server.clock.move(Duration.ofDays(30));
			run(server);

			assertThat(count(server, "agentotp_permission")).isEqualTo(1);
			assertThat(count(server, "agentotp_audit")).isEqualTo(rows + 1);
			assertThat(server.mailer().status(pending)).isEqualTo("pending");
			server.reader().get("/permissions/" + expired).expect(404);
			server.mailer().get("/permissions/decisions?after=" + cursor).expect(200);
			assertThat(server.auditor().get("/audit/permissions/" + expired).expect(200).data().values())
				.extracting((entry) -> entry.path("event").stringValue())
				.containsExactly("requested", "approved", "expired");
			server.auditor().get("/audit/permissions/never-was").expect(404);
			Browser.Page page = new Browser(server.url()).signedIn("alice").get("/approvals/" + expired);
			assertThat(page.status()).isEqualTo(200);
			assertThat(page.text()).contains("This permission was removed").contains("data-event=\"expired\"");
			requireIntact(server);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "UPDATE agentotp_retention SET ran_at = TIMESTAMP '9999-01-01 00:00:00'",
			"DELETE FROM agentotp_retention" })
	void runWhenItsRowWasChangedByHandThenRemovedAllTheSame(String change) {
		try (TestServer server = TestServer.start(DETAILS)) {
			String denied = ask(server.mailer(), "mail.send");
			server.alice().decide(denied, false).expect(200);
			server.clock.move(Duration.ofDays(8));
			server.jdbc().sql(change).update();
			server.bean(Retention.class).run();
			assertThat(removed(server, denied)).isTrue();
		}
	}

	@Test
	void runWhenThereAreMoreThanABatchThenAllGo() {
		try (TestServer server = TestServer.start(DETAILS, PERMISSIONS)) {
			String first = ask(server.reader(), "read.file");
			String columns = "agent_id, action, requested_scope, scope, context, ttl_seconds, max_uses, uses, nonce, "
					+ "created_at, pending_until, expires_at, decided_at, shown_hash, seal";
			server.jdbc()
				.sql("INSERT INTO agentotp_permission (id, status, " + columns
						+ ") SELECT CAST(n AS VARCHAR(36)), 'used', " + columns + " FROM agentotp_permission, "
						+ (TestDatabase.isH2() ? "SYSTEM_RANGE(1, 1200)" : "generate_series(1, 1200)") + " AS s(n)"
						+ " WHERE id = ?")
				.param(first)
				.update();
			server.clock.move(Duration.ofDays(8));
			run(server);
			assertThat(server.jdbc()
				.sql("SELECT COUNT(*) FROM agentotp_permission WHERE details_removed_at IS NOT NULL")
				.query(Long.class)
				.single()).isGreaterThanOrEqualTo(1200);
			server.clock.move(Duration.ofDays(30));
			server.reader().status(first);
			run(server);
			assertThat(count(server, "agentotp_permission")).isLessThanOrEqualTo(1);
		}
	}

	@Test
	void runWhenAnotherNodeHasJustRunThenLeftToIt() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 2, DETAILS)) {
			String first = ask(server.mailer(), "mail.send");
			server.alice().decide(first, false).expect(200);
			server.clock.move(Duration.ofDays(8));
			String second = ask(server.mailer(), "mail.send");
			server.bean(0, Retention.class).run();
			assertThat(removed(server, first)).isTrue();
			server.jdbc()
				.sql("UPDATE agentotp_permission SET details_removed_at = NULL WHERE id = ?")
				.param(first)
				.update();
			server.bean(1, Retention.class).run();
			assertThat(removed(server, first)).isFalse();
			server.clock.move(Duration.ofHours(1));
			server.bean(1, Retention.class).run();
			assertThat(removed(server, first)).isTrue();
			assertThat(removed(server, second)).isFalse();
		}
	}

	private static String ask(Api agent, String action) {
		return agent
			.post("/permissions/request",
					"{\"action\":\"" + action + "\",\"context\":{\"reason\":\"kept for a time: hunter2\"}}")
			.data()
			.path("id")
			.stringValue();
	}

	private static void run(TestServer server) {
		for (int node = 0; node < server.size(); node++) {
			server.bean(node, Retention.class).run();
		}
	}

	private static boolean removed(TestServer server, String id) {
		Map<String, Object> row = server.jdbc()
			.sql("SELECT details_removed_at FROM agentotp_permission WHERE id = ?")
			.param(id)
			.query()
			.singleRow();
		return row.get("details_removed_at") != null;
	}

	private static long count(TestServer server, String table) {
		return server.jdbc().sql("SELECT COUNT(*) FROM " + table).query(Long.class).single();
	}

	private static void requireIntact(TestServer server) {
		server.bean(AuditSequencer.class).seal();
		JsonNode report = server.auditor().get("/audit/verify").expect(200).data();
		assertThat(report.path("valid").booleanValue()).as(report.toString()).isTrue();
	}

}
