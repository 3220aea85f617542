package io.agentotp.server;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What each page says when there is nothing to show, or when it cannot be shown.
 */
class PageStatesTests {

	private static final List<String> PAGES = List.of("/", "/history", "/agents", "/agents/mailer", "/freeze",
			"/policies", "/audit", "/numbers");

	@Test
	void pagesWhenThereIsNothingThenSaySo() {
		try (TestServer server = TestServer.startBare(TestServer.Host.class,
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator")) {
			Browser admin = new Browser(server.url()).signedIn("admin");
			Map.of("/", "No pending requests.", "/history", "No decisions yet.", "/agents", "There is no agent yet.",
					"/policies", "There are no policies", "/numbers", "No agent asked for anything",
					"/audit?event=approved", "No matching rows.")
				.forEach((path, text) -> assertThat(admin.get(path).text()).as(path).contains(text));
		}
	}

	@Test
	void pagesWhenSessionIsOverThenSignInAndBack() {
		try (TestServer server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator")) {
			String id = server.mailer().pending("mail.send");
			for (String path : PAGES) {
				Browser admin = new Browser(server.url()).signedIn("admin");
				Browser.Page page = admin.get("/approvals/" + id);
				admin.forgetSession();
				Browser.Page signIn = admin.get(path);
				assertThat(signIn.text()).as(path).contains("id=\"session-over\"", "id=\"username\"");
				assertThat(
						admin.submit(signIn, "/sign-in", Map.of("username", "admin", "password", TestServer.PASSWORD))
							.path())
					.isEqualTo("/agent-otp" + path);

				admin.forgetSession();
				Browser.Page refused = admin.submit(page, "/approvals/" + id, Map.of("decision", "approve"));
				assertThat(refused.status()).isEqualTo(403);
				assertThat(refused.text()).contains("Nothing was changed: your session is over", "id=\"to-sign-in\"")
					.doesNotContain("To the inbox");
				assertThat(admin.signIn("admin", TestServer.PASSWORD).path()).isEqualTo("/agent-otp/approvals/" + id);
			}
			assertThat(server.mailer().status(id)).isEqualTo("pending");
			assertThat(new Browser(server.url()).get("/").text()).doesNotContain("id=\"session-over\"");
		}
	}

	@Test
	void pagesWhenDatabaseIsGoneThen503AndTryAgain() {
		TestDatabase database = TestDatabase.createPostgres();
		try (TestServer server = TestServer.startOn(database,
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator")) {
			Browser admin = new Browser(server.url()).signedIn("admin");
			Browser.Page before = admin.get("/agents");
			database.goAway();
			try {
				for (String path : List.of("/audit?event=approved")) {
					Browser.Page page = admin.get(path);
					assertThat(page.status()).as(path).isEqualTo(503);
					assertThat(page.header("Retry-After")).isNotNull();
					assertThat(page.text()).contains("Not available at the moment", "href=\"/agent-otp" + path + "\"",
							"id=\"sign-out\"");
				}
				Browser.Page sent = admin.submit(before, "/agents", Map.of("name", "lost"));
				assertThat(sent.status()).isEqualTo(503);
				assertThat(sent.text()).contains("Not available at the moment").doesNotContain("id=\"again\"");
				Browser.Page signIn = new Browser(server.url()).signIn("admin", TestServer.PASSWORD);
				assertThat(signIn.status()).isEqualTo(503);
				assertThat(signIn.text()).contains("Not available at the moment", "id=\"to-sign-in\"");
			}
			finally {
				database.comeBack();
			}
		}
	}

	@Test
	void pagesWhenServiceFailsThen500AndNoMoreThanTheRequest() {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer server = TestServer.startOn(database,
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator")) {
			Browser admin = new Browser(server.url()).signedIn("admin");
			database.execute("ALTER TABLE agentotp_audit RENAME TO somewhere");
			for (String path : List.of("/audit", "/numbers")) {
				Browser.Page page = admin.get(path);
				assertThat(page.status()).isEqualTo(500);
				assertThat(page.text())
					.contains("Something went wrong", "To the inbox", page.header("X-Request-Id"), "id=\"sign-out\"")
					.doesNotContain("SELECT", "agentotp_audit", "Exception");
			}
			assertThat(admin.get("/history").status()).isEqualTo(200);
			database.execute("ALTER TABLE somewhere RENAME TO agentotp_audit");
		}
	}

	@Test
	void errorsWhenSignedInThenTheWayOnIsThere() {
		try (TestServer server = TestServer.start()) {
			Browser alice = new Browser(server.url()).signedIn("alice");
			Map.of("/nowhere", 404, "/agents/nobody", 404, "/approvals/unknown", 404, "/freeze", 403,
					"/history?status=x", 400, "/audit/verify", 405)
				.forEach((path, status) -> {
					Browser.Page page = alice.get(path);
					assertThat(page.status()).as(path).isEqualTo(status);
					assertThat(page.header("Content-Type")).startsWith("text/html");
					assertThat(page.text()).contains("data-error=\"" + status + "\"", "To the inbox", ">History</a>",
							"id=\"sign-out\"");
				});
		}
	}

}
