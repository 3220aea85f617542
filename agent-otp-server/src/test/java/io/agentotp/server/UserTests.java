package io.agentotp.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.server.token.Secrets;
import io.agentotp.server.user.UserChanges;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Users that are added, changed and ended by administrators, and by themselves.
 */
@ExtendWith(OutputCaptureExtension.class)
class UserTests {

	private static final String PASSWORD = "a long password of one's own";

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	@Tag("sql")
	void userWhenAddedThenChoosesThePasswordByTheLinkOnce() {
		Api.Answer made = server.admin().post("/users", draft("carol", "approver")).expect(201);
		assertThat(made.header("Cache-Control")).isEqualTo("no-store");
		String link = made.data().path("link").stringValue();
		assertThat(link).startsWith(server.url() + "/set-password#carol:ul_");
		assertThat(server.admin().get("/users/carol").body().toString()).doesNotContain(code(link), "\"link\"");
		assertThat(stored()).doesNotContain(code(link));
		Browser carol = new Browser(server.url());
		Browser.Page page = carol.get("/set-password");
		for (String bad : List.of("short", "x".repeat(73), " ".repeat(12), "carol")) {
			assertThat(choose(carol, page, link, bad, bad).status()).as(bad).isEqualTo(400);
		}
		assertThat(choose(carol, page, link, PASSWORD, PASSWORD + "x").status()).isEqualTo(400);
		assertThat(choose(carol, page, link, PASSWORD, PASSWORD).path()).endsWith("/sign-in?changed");
		assertThat(choose(carol, page, link, PASSWORD + "2", PASSWORD + "2").status()).isEqualTo(403);
		assertThat(carol.signIn("carol", PASSWORD).text()).contains("id=\"inbox\"");
		assertThat(server.admin().get("/users/carol").data().path("sessions").intValue()).isOne();
		String id = server.reader().pending("mail.send");
		assertThat(
				carol.submit(carol.get("/approvals/" + id), "/approvals/" + id, Map.of("decision", "approve")).status())
			.isEqualTo(200);
		assertThat(server.reader().status(id)).isEqualTo("approved");
		assertThat(events("carol")).contains("user_created", "link_made", "password_changed");
		assertThat(stored()).doesNotContain(PASSWORD);
		assertThat(problems()).isEmpty();
	}

	@Test
	void linkWhenLateOrReplacedOrMadeUpOrOfAnotherThenDoesNotWork() {
		String first = server.admin()
			.post("/users", draft("dora", "auditor"))
			.expect(201)
			.data()
			.path("link")
			.stringValue();
		String second = server.admin().post("/users/dora/link", "{}").expect(200).data().path("link").stringValue();
		server.admin().post("/users", draft("dorian", "auditor")).expect(201);
		Browser dora = new Browser(server.url());
		Browser.Page page = dora.get("/set-password");
		for (String bad : List.of(first, "#dora:ul_" + "x".repeat(43), "#nobody:" + code(second),
				"#dorian:" + code(second))) {
			Browser.Page refused = choose(dora, page, bad, PASSWORD, PASSWORD);
			assertThat(refused.status()).as(bad).isEqualTo(403);
			assertThat(refused.text()).contains("This link does not work, or no longer works");
			server.clock.move(Duration.ofMinutes(1));
		}
		server.clock.move(UserChanges.LINK_LIFE);
		assertThat(choose(dora, page, second, PASSWORD, PASSWORD).status()).isEqualTo(403);
		assertThat(server.admin().get("/users/dora").data().path("hasPassword").booleanValue()).isFalse();
	}

	@Test
	@Tag("sql")
	void linkWhenTheNameHasANulThenRefusedAsAnyOtherThatIsNone() {
		Browser stranger = new Browser(server.url());
		assertThat(choose(stranger, stranger.get("/set-password"), "#\u0000:ul_" + "x".repeat(43), PASSWORD, PASSWORD)
			.status()).isIn(400, 403);
	}

	@Test
	void linkWhenForOneselfThenRefusedSinceThePasswordIsNotAskedFor() {
		Browser root = new Browser(server.url());
		String link = server.admin()
			.post("/users", draft("root2", "administrator"))
			.expect(201)
			.data()
			.path("link")
			.stringValue();
		choose(root, root.get("/set-password"), link, PASSWORD, PASSWORD);
		root.signIn("root2", PASSWORD);
		Browser.Page page = root.get("/users/root2");
		assertThat(page.text()).doesNotContain("id=\"new-link\"");
		Browser.Page refused = root.submit(page, "/users/root2/link", Map.of());
		assertThat(refused.status()).isEqualTo(409);
		assertThat(refused.text()).contains("on your account page").doesNotContain("/set-password#");
		String key = find(root.submit(root.get("/account"), "/account/key", Map.of("present", PASSWORD)),
				"(uk_[A-Za-z0-9_-]+)");
		server.api(key).post("/users/root2/link", "{}").expect(409);
		assertThat(server.admin().get("/users/root2").data().path("linkExpiresAt").isNull()).isTrue();
		assertThat(root.get("/users/root2").status()).isEqualTo(200);
		server.admin().post("/users/root2/link", "{}").expect(200);
	}

	@Test
	void linkWhenTriedTooOftenThenLimitedBeforeItIsLookedAt() {
		try (TestServer own = TestServer.start("agentotp.server.limits.wrong-passwords-per-minute=5")) {
			String link = own.admin()
				.post("/users", draft("lea", "approver"))
				.expect(201)
				.data()
				.path("link")
				.stringValue();
			Browser lea = new Browser(own.url());
			Browser.Page page = lea.get("/set-password");
			for (int i = 0; i < 5; i++) {
				assertThat(choose(lea, page, "#lea:x", PASSWORD, PASSWORD).status()).isEqualTo(403);
			}
			assertThat(choose(lea, page, link, PASSWORD, PASSWORD).status()).isEqualTo(429);
			assertThat(own.auditor().get("/audit?event=sign_in_failed").data().toString()).contains("\"user\":\"lea\"");
			own.clock.move(Duration.ofMinutes(1));
			assertThat(choose(lea, page, link, PASSWORD, PASSWORD).path()).endsWith("/sign-in?changed");
		}
	}

	@Test
	void linkWhenItsRowIsWrittenByHandThenDoesNotWork() {
		try (TestServer own = TestServer.start()) {
			own.admin().post("/users", draft("mia", "approver")).expect(201);
			own.jdbc()
				.sql("UPDATE agentotp_user SET link_hash = ? WHERE name = 'mia'")
				.param(Secrets.sha256("ul_mine"))
				.update();
			Browser mia = new Browser(own.url());
			assertThat(choose(mia, mia.get("/set-password"), "#mia:ul_mine", PASSWORD, PASSWORD).status())
				.isEqualTo(403);
			own.admin().post("/users/mia/link", "{}").expect(409);
			own.admin().send("PATCH", "/users/mia", "{\"roles\":[\"approver\"]}").expect(409);
			assertThat(own.admin().get("/users/mia").data().path("changedInDatabase").booleanValue()).isTrue();
			own.admin().send("DELETE", "/users/mia", null).expect(200);
			assertThat(own.auditor().get("/audit/verify").data().path("problems")).isEmpty();
		}
	}

	@Test
	void formWhenSentWithoutTokenThenRefused() {
		String link = server.admin()
			.post("/users", draft("nina", "approver"))
			.expect(201)
			.data()
			.path("link")
			.stringValue();
		Browser nina = new Browser(server.url());
		assertThat(nina.post("/set-password", form(link, PASSWORD, PASSWORD)).status()).isEqualTo(403);
		assertThat(server.admin().get("/users/nina").data().path("hasPassword").booleanValue()).isFalse();
	}

	@Test
	void userWhenChangedOrEndedThenAtOnceAndNameStaysTaken() {
		Browser erin = signedIn("erin", "approver");
		String tag = server.admin().get("/users/erin").header("ETag");
		server.admin().with("If-Match", tag).send("PATCH", "/users/erin", "{\"roles\":[\"auditor\"]}").expect(200);
		server.admin().with("If-Match", tag).send("PATCH", "/users/erin", "{\"roles\":[\"approver\"]}").expect(409);
		assertThat(server.admin().get("/users/erin").data().path("roles").toString()).isEqualTo("[\"auditor\"]");
		assertThat(erin.get("/").path()).contains("/sign-in");
		erin.signIn("erin", PASSWORD);
		String id = server.reader().pending("mail.send");
		assertThat(erin.get("/approvals/" + id).text()).contains("You can read this, but not decide");
		server.admin().with("If-Match", tag).send("DELETE", "/users/erin", null).expect(409);
		server.admin().send("DELETE", "/users/erin", null).expect(200);
		assertThat(erin.get("/").path()).contains("/sign-in");
		assertThat(new Browser(server.url()).signIn("erin", PASSWORD).path()).contains("error");
		server.admin().get("/users/erin").expect(404);
		server.admin().post("/users", draft("Erin", "approver")).expect(409);
		server.admin().post("/users", draft("ALICE", "approver")).expect(409);
	}

	@Test
	void userWhenInputIsOddThenRefused() {
		assertThat(server.admin().post("/users", "{\"name\":\"x\"}").expect(400).details().has("roles")).isTrue();
		for (String roles : List.of("[]", "[\"root\"]", "\"approver\"", "[5]", "[\"APPROVER\"]")) {
			server.admin().post("/users", "{\"name\":\"x\",\"roles\":" + roles + "}").expect(400);
		}
		for (String name : List.of("", " x", "a/b", "<b>", "x".repeat(65))) {
			server.admin().post("/users", draft(name, "approver")).expect(400);
		}
		server.admin().get("/users/nobody").expect(404);
	}

	@Test
	void userWhenConfiguredThenOnlySessionsCanBeEndedHere() {
		Browser alice = new Browser(server.url()).signedIn("alice");
		server.admin().send("PATCH", "/users/alice", "{\"roles\":[\"auditor\"]}").expect(409);
		server.admin().send("DELETE", "/users/alice", null).expect(409);
		server.admin().send("DELETE", "/users/alice/key", null).expect(409);
		server.admin().post("/users/alice/link", "{}").expect(409);
		server.alice().post("/account/key", "{\"password\":\"x\"}").expect(409);
		assertThat(alice.get("/account").text()).contains("come from the configuration");
		server.admin().send("DELETE", "/users/alice/sessions", null).expect(200);
		assertThat(alice.get("/").text()).contains("id=\"session-over\"");
		assertThat(events("alice")).contains("sessions_ended");
	}

	@Test
	void routesWhenCalledByOthersThanAdministratorsThenRefused() {
		server.admin().post("/users", draft("frank", "approver")).expect(201);
		for (Api caller : List.of(server.mailer(), server.alice(), server.auditor())) {
			caller.post("/users", draft("mallory", "administrator")).expect(403);
			caller.send("PATCH", "/users/frank", "{\"roles\":[\"administrator\"]}").expect(403);
			caller.send("DELETE", "/users/frank", null).expect(403);
			caller.post("/users/frank/link", "{}").expect(403);
			caller.send("DELETE", "/users/frank/sessions", null).expect(403);
		}
		server.mailer().get("/users").expect(403);
		server.mailer().get("/account").expect(403);
		server.mailer().post("/account/key", "{}").expect(403);
		server.alice().get("/users").expect(403);
		server.auditor().get("/users").expect(200);
	}

	@Test
	void keyWhenMadeByTheUserThenWorksUntilAnotherOrRemoved() {
		Browser gina = signedIn("gina", "approver");
		Browser.Page page = gina.submit(gina.get("/account"), "/account/key", Map.of("present", PASSWORD));
		String key = find(page, "(uk_[A-Za-z0-9_-]+)");
		assertThat(page.header("Cache-Control")).contains("no-store");
		assertThat(gina.get("/account").text()).doesNotContain(key);
		assertThat(stored()).doesNotContain(key);
		server.api(key).decide(server.reader().pending("mail.send"), true).expect(200);
		String second = server.api(key)
			.post("/account/key", "{\"password\":\"" + PASSWORD + "\"}")
			.expect(200)
			.data()
			.path("apiKey")
			.stringValue();
		server.api(key).get("/account").expect(401);
		server.admin().send("DELETE", "/users/gina/key", null).expect(200);
		server.api(second).get("/account").expect(401);
		assertThat(events("gina")).contains("user_key_made", "user_key_removed");
	}

	@Test
	void passwordWhenChangedThenAllSessionsEnd() {
		Browser hugo = signedIn("hugo", "approver");
		Browser other = new Browser(server.url());
		other.signIn("hugo", PASSWORD);
		Browser.Page page = hugo.get("/account");
		String next = PASSWORD + " 2";
		Map<String, String> form = Map.of("present", "wrong", "password", next, "repeated", next);
		assertThat(hugo.submit(page, "/account/password", form).text()).contains("The present password is wrong");
		form = Map.of("present", PASSWORD, "password", PASSWORD, "repeated", PASSWORD);
		assertThat(hugo.submit(page, "/account/password", form).status()).isEqualTo(400);
		form = Map.of("present", PASSWORD, "password", next, "repeated", next);
		assertThat(hugo.submit(page, "/account/password", form).path()).endsWith("/sign-in?changed");
		assertThat(other.get("/").path()).contains("/sign-in");
		assertThat(new Browser(server.url()).signIn("hugo", PASSWORD).path()).contains("error");
		assertThat(new Browser(server.url()).signIn("hugo", next).text()).contains("id=\"inbox\"");
	}

	@Test
	void sessionWhenStoredWhileThePasswordChangesThenOver() {
		Browser otto = signedIn("otto", "approver");
		Browser other = new Browser(server.url());
		other.signIn("otto", PASSWORD);
		// As if it were stored once the others have ended.
		Runnable change = () -> {
			String link = server.admin().post("/users/otto/link", "{}").expect(200).data().path("link").stringValue();
			Browser stranger = new Browser(server.url());
			choose(stranger, stranger.get("/set-password"), link, PASSWORD + " 2", PASSWORD + " 2");
		};
		hidden("otto", change);
		assertThat(otto.get("/").path()).contains("/sign-in");
		assertThat(other.get("/live/inbox?seen=x").status()).isEqualTo(401);
		otto.signIn("otto", PASSWORD + " 2");
		other.signIn("otto", PASSWORD + " 2");
		hidden("otto", () -> otto.submit(otto.get("/account"), "/account/password",
				Map.of("present", PASSWORD + " 2", "password", PASSWORD, "repeated", PASSWORD)));
		assertThat(other.get("/").path()).contains("/sign-in");
		assertThat(otto.signIn("otto", PASSWORD).text()).contains("id=\"inbox\"");
	}

	@Test
	void firstUserWhenSignedInThenChoosesAPasswordBeforeAnythingElse(CapturedOutput output) {
		try (TestServer own = TestServer.startBareOn(TestDatabase.createLasting())) {
			String first = firstPassword(output);
			Browser admin = new Browser(own.url());
			assertThat(admin.signIn("admin", first).path()).endsWith("/account");
			for (String path : List.of("/", "/agents", "/users", "/approvals/x")) {
				assertThat(admin.get(path).status()).as(path).isEqualTo(403);
				assertThat(admin.get(path).text()).as(path).contains("href=\"/agent-otp/account\">Choose a password");
			}
			Browser.Page page = admin.get("/account");
			assertThat(page.text()).contains("id=\"temporary\"");
			assertThat(admin.submit(page, "/account/key", Map.of("present", first)).status()).isEqualTo(403);
			assertThat(admin.submit(page, "/agents", Map.of("name", "x")).status()).isEqualTo(403);
			admin.submit(page, "/account/password",
					Map.of("present", first, "password", PASSWORD, "repeated", PASSWORD));
			assertThat(admin.signIn("admin", first).path()).contains("error");
			assertThat(admin.signIn("admin", PASSWORD).text()).contains("id=\"inbox\"");
			// The last administrator stays one.
			Browser.Page self = admin.get("/users/admin");
			assertThat(admin.submit(self, "/users/admin/end", Map.of()).text())
				.contains("There would be no administrator");
			assertThat(admin.submit(self, "/users/admin", Map.of("roles", "approver")).status()).isEqualTo(409);
			// Somebody who has not chosen a password is not one yet.
			Browser.Page link = admin.submit(admin.get("/users"), "/users",
					Map.of("name", "second", "roles", "administrator"));
			assertThat(admin.submit(self, "/users/admin/end", Map.of()).status()).isEqualTo(409);
			String address = find(link, "(http://[^<]+/set-password#[A-Za-z0-9_:-]+)");
			Browser second = new Browser(own.url());
			choose(second, second.get("/set-password"), address, PASSWORD, PASSWORD);
			assertThat(admin.submit(admin.get("/users/admin"), "/users/admin/end", Map.of()).path())
				.contains("/sign-in");
			assertThat(second.signIn("second", PASSWORD).text()).contains("id=\"inbox\"");
			assertThat(second.get("/users").text()).contains("data-user=\"second\"")
				.doesNotContain("data-user=\"admin\"");
		}
	}

	@ParameterizedTest
	@EnumSource
	@Tag("slow")
	void firstUserWhenOffOnceThenBackOnlyWithoutAdministratorAndWithAnotherPassword(Form form, @TempDir Path directory,
			CapturedOutput output) {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer own = form.startOn(directory, database, false)) {
			String first = firstPassword(output);
			Browser admin = new Browser(own.url());
			admin.signIn("admin", first);
			admin.submit(admin.get("/account"), "/account/password",
					Map.of("present", first, "password", PASSWORD, "repeated", PASSWORD));
		}
		try (TestServer own = form.startOn(directory, database, false)) {
			assertThat(new Browser(own.url()).signIn("admin", PASSWORD).text()).contains("id=\"inbox\"");
		}
		String key = "uk_op-0123456789-0123456789-0123456789";
		String[] configured = { "agentotp.server.users.op.api-key=" + key,
				"agentotp.server.users.op.roles=administrator" };
		try (TestServer own = form.startOn(directory, database, false, configured)) {
			assertThat(new Browser(own.url()).signIn("admin", PASSWORD).path()).contains("error");
		}
		String again;
		try (TestServer own = form.startOn(directory, database, false)) {
			again = firstPassword(output);
			Browser admin = new Browser(own.url());
			assertThat(admin.signIn("admin", PASSWORD).path()).contains("error");
			assertThat(admin.signIn("admin", again).path()).endsWith("/account");
			assertThat(admin.get("/users").status()).isEqualTo(403);
		}
		try (TestServer own = form.startOn(directory, database, false, configured)) {
			String link = own.api(key)
				.post("/users", draft("boss", "administrator"))
				.expect(201)
				.data()
				.path("link")
				.stringValue();
			Browser boss = new Browser(own.url());
			choose(boss, boss.get("/set-password"), link, PASSWORD, PASSWORD);
		}
		try (TestServer own = form.startOn(directory, database, false)) {
			assertThat(firstPassword(output)).isEqualTo(again);
			Browser boss = new Browser(own.url());
			assertThat(boss.signIn("admin", again).path()).contains("error");
			boss.signIn("boss", PASSWORD);
			assertThat(boss.get("/users").status()).isEqualTo(200);
			assertThat(boss.submit(boss.get("/users/admin"), "/users/admin/end", Map.of()).status()).isEqualTo(200);
		}
	}

	@Test
	@Tag("sql")
	void administratorsWhenTheyEndEachOtherAtOnceThenOneStays(CapturedOutput output) throws Exception {
		try (TestServer own = TestServer.startBareOn(TestDatabase.create())) {
			String first = firstPassword(output);
			Browser admin = new Browser(own.url());
			admin.signIn("admin", first);
			admin.submit(admin.get("/account"), "/account/password",
					Map.of("present", first, "password", PASSWORD, "repeated", PASSWORD));
			admin.signIn("admin", PASSWORD);
			Browser.Page page = admin.submit(admin.get("/account"), "/account/key", Map.of("present", PASSWORD));
			Api one = own.api(find(page, "(uk_[A-Za-z0-9_-]+)"));
			String link = one.post("/users", draft("other", "administrator"))
				.expect(201)
				.data()
				.path("link")
				.stringValue();
			Browser browser = new Browser(own.url());
			choose(browser, browser.get("/set-password"), link, PASSWORD, PASSWORD);
			browser.signIn("other", PASSWORD);
			page = browser.submit(browser.get("/account"), "/account/key", Map.of("present", PASSWORD));
			Api other = own.api(find(page, "(uk_[A-Za-z0-9_-]+)"));
			List<Integer> statuses = AtOnce.run(2, (i) -> (i == 0) ? one.send("DELETE", "/users/other", null).status()
					: other.send("DELETE", "/users/admin", null).status());
			assertThat(statuses).containsOnlyOnce(200);
			assertThat(List.of(one.get("/users").status(), other.get("/users").status())).containsOnlyOnce(200);
		}
	}

	@Test
	void sessionsWhenEndedOnOneNodeThenOverOnTheOther() {
		try (TestServer own = TestServer.startNodes(TestDatabase.createLasting(), 2)) {
			Browser alice = new Browser(own.url()).signedIn("alice");
			assertThat(own.api(1, TestServer.AUDITOR_KEY).get("/users/alice").data().path("sessions").intValue())
				.isOne();
			own.api(1, TestServer.ADMIN_KEY).send("DELETE", "/users/alice/sessions", null).expect(200);
			assertThat(alice.get("/").path()).contains("/sign-in");
		}
	}

	@ParameterizedTest
	@EnumSource
	@Tag("slow")
	void userWhenAddedInEachPlaceThenSignsInThere(Form form, @TempDir Path directory) {
		try (TestServer own = form.start(directory)) {
			Browser olga = new Browser(own.url());
			Browser.Page page = olga.get("/set-password");
			String link = own.admin()
				.post("/users", draft("olga", "auditor"))
				.expect(201)
				.data()
				.path("link")
				.stringValue();
			assertThat(link).startsWith(own.url() + "/set-password#olga:");
			choose(olga, page, link, PASSWORD, PASSWORD);
			assertThat(olga.signIn("olga", PASSWORD).text()).contains("id=\"inbox\"");
			assertThat(olga.get("/users").text()).contains("data-user=\"olga\"").doesNotContain("id=\"create\"");
			assertThat(olga.get("/users/olga").text()).doesNotContain("id=\"end\"");
			Browser.Page account = olga.get("/account");
			assertThat(olga.submit(account, "/account/key", Map.of("present", "wrong")).status()).isEqualTo(403);
			account = olga.submit(account, "/account/key", Map.of("present", PASSWORD));
			Api key = own.api(find(account, "(uk_[A-Za-z0-9_-]+)"));
			key.get("/audit").expect(200);
			key.post("/users", draft("mallory", "administrator")).expect(403);
			assertThat(olga.submit(olga.get("/account"), "/account/remove-key", Map.of()).path()).endsWith("/account");
			key.get("/audit").expect(401);
		}
	}

	@Test
	@Tag("sql")
	void userWhenConfigurationHasTheNameThenThatCounts() {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer own = TestServer.startOn(database)) {
			own.admin().post("/users", draft("ines", "administrator")).expect(201);
			own.admin().post("/users", draft("jan", "approver")).expect(201);
		}
		try (TestServer own = TestServer.startOn(database,
				"agentotp.server.users.ines.password=" + TestServer.PASSWORD_HASH)) {
			JsonNode ines = own.admin().get("/users/ines").data();
			assertThat(ines.path("readOnly").booleanValue()).isTrue();
			assertThat(ines.path("roles").toString()).isEqualTo("[\"approver\"]");
			assertThat(ines.path("linkExpiresAt").isNull()).isTrue();
			assertThat(own.admin().get("/users/jan").data().path("active").booleanValue()).isTrue();
		}
		try (TestServer own = TestServer.startOn(database)) {
			// Who is configured no more has ended, and the name stays taken.
			own.admin().get("/users/ines").expect(404);
			own.admin().post("/users", draft("ines", "approver")).expect(409);
			assertThat(new Browser(own.url()).signIn("ines", TestServer.PASSWORD).path()).contains("error");
			assertThat(own.admin().get("/audit/verify").data().path("valid").booleanValue()).isTrue();
		}
		try (TestServer own = TestServer.startOn(database,
				"agentotp.server.users.ines.password=" + TestServer.PASSWORD_HASH)) {
			assertThat(own.admin().get("/users/ines").data().path("active").booleanValue()).isTrue();
			assertThat(new Browser(own.url()).signedIn("ines").get("/").status()).isEqualTo(200);
		}
	}

	@Test
	void pageWhenOfAnAdministratorThenChangesRolesUnlessTheyWereChangedMeanwhile() {
		server.admin().post("/users", draft("kim", "approver")).expect(201);
		Browser admin = new Browser(server.url()).signedIn("admin");
		Browser.Page page = admin.get("/users/kim");
		admin.submit(page, "/users/kim", Map.of("seen", "approver", "roles", "auditor"));
		assertThat(server.admin().get("/users/kim").data().path("roles").toString()).isEqualTo("[\"auditor\"]");
		assertThat(admin.submit(page, "/users/kim", Map.of("seen", "approver", "roles", "administrator")).status())
			.isEqualTo(409);
		assertThat(admin.submit(page, "/users/kim", Map.of("seen", "auditor")).text()).contains("at least one of");
		assertThat(admin.get("/users").text()).contains("data-user=\"kim\"", "no password yet");
		assertThat(new Browser(server.url()).signedIn("alice").get("/users").status()).isEqualTo(403);
	}

	// While its sessions are not found, as if they were not stored yet.
	private static void hidden(String user, Runnable change) {
		own(user, "alice");
		change.run();
		own("alice", user);
	}

	private static void own(String from, String to) {
		assertThat(server.jdbc()
			.sql("UPDATE agentotp_session SET principal_name = ? WHERE principal_name = ?")
			.params(to, from)
			.update()).isPositive();
	}

	@Test
	void createWhenTheNameLooksLikeACredentialThenRefusedAndOthersAreNot() {
		for (String name : List.of("otp_" + "A".repeat(16), "x.uk_" + "b".repeat(20), "ul_" + "0".repeat(16))) {
			assertThat(server.admin().post("/users", draft(name, "approver")).expect(400).details().toString())
				.contains("look like no token or key");
		}
		for (String name : List.of("luuk_jansen-van-den-berg", "uk_short", "paul_maria-magdalena-von")) {
			server.admin().post("/users", draft(name, "approver")).expect(201);
		}
		assertThat(server.admin().get("/audit/verify").data().path("valid").booleanValue()).isTrue();
	}

	private static String firstPassword(CapturedOutput output) {
		Matcher password = Pattern.compile("password: {2}(\\S+)").matcher(output.getOut());
		String last = "";
		while (password.find()) {
			last = password.group(1);
		}
		return last;
	}

	private static Browser signedIn(String name, String role) {
		String link = server.admin().post("/users", draft(name, role)).expect(201).data().path("link").stringValue();
		Browser browser = new Browser(server.url());
		choose(browser, browser.get("/set-password"), link, PASSWORD, PASSWORD);
		assertThat(browser.signIn(name, PASSWORD).text()).contains("id=\"inbox\"");
		return browser;
	}

	private static Browser.Page choose(Browser browser, Browser.Page page, String link, String password,
			String repeated) {
		return browser.submit(page, "/set-password", form(link, password, repeated));
	}

	private static Map<String, String> form(String link, String password, String repeated) {
		String[] parts = link.substring(link.indexOf('#') + 1).split(":", 2);
		return Map.of("username", parts[0], "code", parts[1], "password", password, "repeated", repeated);
	}

	private static String draft(String name, String role) {
		return "{\"name\":\"" + name + "\",\"roles\":[\"" + role + "\"]}";
	}

	private static String code(String link) {
		return link.substring(link.lastIndexOf(':') + 1);
	}

	private static String problems() {
		JsonNode problems = server.auditor().get("/audit/verify").expect(200).data().path("problems");
		return problems.isEmpty() ? "" : problems.toString();
	}

	private static String find(Browser.Page page, String pattern) {
		Matcher matcher = Pattern.compile(pattern).matcher(page.text());
		assertThat(matcher.find()).as(page.text()).isTrue();
		return matcher.group(1);
	}

	private static List<String> events(String user) {
		return server.jdbc()
			.sql("SELECT event FROM agentotp_audit WHERE details LIKE ?")
			.param("%\"user\":\"" + user + "\"%")
			.query(String.class)
			.list();
	}

	private static String stored() {
		return server.jdbc().sql("SELECT * FROM agentotp_user").query((row, index) -> {
			StringBuilder text = new StringBuilder();
			for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
				text.append(row.getString(column)).append('|');
			}
			return text.toString();
		}).list().toString() + server.jdbc().sql("SELECT details FROM agentotp_audit").query(String.class).list();
	}

}
