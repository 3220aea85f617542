package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;

import io.agentotp.server.token.Secrets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Users and agents that somebody writes into the database: they are nobody, and can do
 * nothing.
 */
@Tag("sql")
class UserSealTests {

	private static final String STOLEN = "ak_live_stolen-0123456789abcdefghijk";

	private static final String OWN_KEY = "uk_mallory-0123456789abcdefghijklm";

	private static final TestDatabase database = TestDatabase.createLasting();

	private static TestServer server;

	private static StoredCopy untouched;

	@BeforeAll
	static void start() {
		server = startAgain();
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

	private static TestServer startAgain() {
		return TestServer.startOn(database, "agentotp.server.test-keys=true");
	}

	@Test
	void agentWhenItsForgedNameHasSlashesThenNoLinkLeadsElsewhere() {
		server.jdbc().sql("UPDATE agentotp_agent SET id = 'a/../../users/x' WHERE id = 'reader'").update();
		String page = new Browser(server.url()).signedIn("alice").get("/agents").text();
		assertThat(page).contains("/agents/a%2F..%2F..%2Fusers%2Fx\"").doesNotContain("/agents/a/");
	}

	@Test
	void userWhenInsertedByHandThenNobodyAndFound() {
		server.jdbc()
			.sql("INSERT INTO agentotp_user (name, password_hash, key_hash, roles, generated, active, created_at, seal) "
					+ "SELECT 'mallory', password_hash, ?, 'ADMINISTRATOR,APPROVER', generated, active, created_at, seal FROM agentotp_user WHERE name = 'alice'")
			.param(Secrets.sha256(OWN_KEY))
			.update();
		server.api(OWN_KEY).get("/agents").expect(401);
		assertThat(problems(server)).contains("User mallory");
	}

	@ParameterizedTest
	@ValueSource(strings = { "roles = 'ADMINISTRATOR,APPROVER'", "password_hash = '{noop}x'",
			"active = TRUE, key_hash = 'x'", "created_at = created_at + INTERVAL '1' SECOND", "generated = TRUE",
			"seal = ''", "time_zone = 'Mars/X', language = '!!', quiet_from = '99:99', quiet_until = 'x'" })
	void userWhenItsRowWasChangedThenNobodyAndFoundUntilTheConfigurationPutsItBack(String change) {
		server.auditor().get("/agents").expect(200);
		server.jdbc().sql("UPDATE agentotp_user SET " + change + " WHERE name = 'auditor'").update();
		server.auditor().get("/agents").expect(401);
		assertThat(problems(server)).contains("User auditor");
		server.close();
		server = startAgain();
		server.stopMaintenance();
		server.auditor().get("/agents").expect(200);
		assertThat(problems(server)).isEmpty();
		JsonNode user = server.admin().get("/users/auditor").expect(200).data();
		assertThat(user.path("timeZone").isNull()).as(user.toString()).isTrue();
		assertThat(user.path("quietFrom").isNull()).as(user.toString()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "owner = NULL", "test = TRUE", "max_pending = 1000000", "requests_per_minute = -1",
			"description = 'x'", "seal = ''" })
	void agentWhenItsRowWasChangedThenFrozenAndFound(String change) {
		JsonNode approved = server.mailer().request("read.file").expect(201).data();
		server.jdbc().sql("UPDATE agentotp_agent SET " + change + " WHERE id = 'mailer'").update();
		assertThat(server.mailer().request("mail.send").status()).isEqualTo(403);
		assertThat(server.mailer()
			.use(approved.path("id").stringValue(), approved.path("token").stringValue())
			.expect(200)
			.data()
			.path("success")
			.booleanValue()).isFalse();
		int rows = events(server, "agent_unfrozen").size();
		assertThat(server.admin().post("/agents/mailer/unfreeze", "{}").expect(409).message())
			.contains("Give it another key", "One of the configuration has to be taken out of it first");
		server.admin().post("/agents/nobody/unfreeze", "{}").expect(404);
		assertThat(events(server, "agent_unfrozen")).hasSize(rows);
		assertThat(server.mailer().request("mail.send").status()).isEqualTo(403);
		server.reader().request("read.file").expect(201);
		assertThat(server.alice().get("/agents/mailer").expect(200).data().toString())
			.contains("changed in the database");
		assertThat(problems(server)).contains("Agent mailer");
	}

	@Test
	void agentWhenItsRowSaysThatItsKeyIsForTestsThenTheNextStartPutsItBack() {
		server.jdbc().sql("UPDATE agentotp_agent SET test = TRUE WHERE id = 'mailer'").update();
		server.close();
		server = startAgain();
		server.stopMaintenance();
		server.mailer().request("read.file").expect(201);
		assertThat(problems(server)).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	@Tag("slow")
	void agentWhenItsRowSaysThatItIsConfiguredThenOnlyTheConfigurationCounts(Form form, @TempDir Path directory) {
		try (TestServer server = form.start(directory)) {
			for (String name : List.of("shop", "gone")) {
				server.admin().post("/agents", "{\"name\":\"" + name + "\"}").expect(201);
				server.jdbc()
					.sql("UPDATE agentotp_agent SET owner = 'alice', configured = TRUE WHERE id = ?")
					.param(name)
					.update();
			}
			server.jdbc()
				.sql("UPDATE agentotp_agent SET owner = 'alice', configured = FALSE WHERE id = 'mailer'")
				.update();
			String key = server.admin()
				.post("/agents/shop/rotate", "{}")
				.expect(200)
				.data()
				.path("apiKey")
				.stringValue();
			server.api(key).request("read.file").expect(403);
			server.admin().post("/agents/shop/unfreeze", "{}").expect(200);
			server.api(key).request("read.file").expect(201);
			server.admin().send("DELETE", "/agents/gone", null).expect(200);
			for (Api.Answer refused : List.of(server.admin().post("/agents/mailer/rotate", "{}"),
					server.admin().send("DELETE", "/agents/mailer", null))) {
				assertThat(refused.expect(409).message()).contains("comes from the configuration");
			}
			assertThat(problems(server)).contains("Agent mailer").doesNotContain("shop", "gone");
		}
	}

	@ParameterizedTest
	@EnumSource
	@Tag("slow")
	void agentWhenItsRowWasChangedThenComesBackWithAnotherKeyOrGoes(Form form, @TempDir Path directory) {
		try (TestServer server = form.start(directory,
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH)) {
			String key = server.admin()
				.post("/agents", "{\"name\":\"shop\",\"owner\":\"bob\"}")
				.expect(201)
				.data()
				.path("apiKey")
				.stringValue();
			String pending = server.api(key).pending("mail.send");
			JsonNode approved = server.api(key).request("read.file").expect(201).data();
			server.admin().post("/agents", "{\"name\":\"gone\"}").expect(201);
			server.jdbc()
				.sql("UPDATE agentotp_agent SET owner = 'alice', test = TRUE, max_pending = 9999, key_hash = ? WHERE id = 'shop'")
				.param(Secrets.sha256(STOLEN))
				.update();
			server.jdbc().sql("UPDATE agentotp_agent SET owner = 'alice' WHERE id = 'gone'").update();
			assertThat(problems(server)).contains("Agent shop", "Agent gone");
			assertThat(server.admin().send("PATCH", "/agents/shop", "{\"owner\":\"bob\"}").expect(409).message())
				.contains("Give it another key");
			assertThat(server.admin().post("/agents/shop/unfreeze", "{}").expect(409).message())
				.contains("Give it another key");
			Browser admin = new Browser(server.url()).signedIn("admin");
			Browser.Page page = admin.get("/agents/shop");
			assertThat(page.text()).contains("changed in the database", "Give it another key");
			String mark = find(page, "name=\"mark\" value=\"(\\w+)\"");
			String renewed = find(admin.submit(page, "/agents/shop/rotate", Map.of("mark", mark)),
					"(ak_\\w+?_[A-Za-z0-9_-]{43})");
			assertThat(renewed).startsWith("ak_live_");
			for (String each : List.of(key, STOLEN)) {
				server.api(each).request("read.file").expect(401);
			}
			// Until somebody has looked at it.
			server.api(renewed).request("read.file").expect(403);
			assertThat(admin.get("/agents/shop").text()).contains("Check its owner");
			assertThat(server.api(renewed).status(pending)).isEqualTo("revoked");
			assertThat(server.api(renewed)
				.use(approved.path("id").stringValue(), approved.path("token").stringValue())
				.data()
				.path("success")
				.booleanValue()).isFalse();
			assertThat(server.admin().get("/audit?event=key_rotated").data().path(0).path("details").toString())
				.contains("\"changedInDatabase\":true", "\"owner\":\"alice\"", "\"keySeenBy\":\"admin\"");
			server.admin().send("PATCH", "/agents/shop", "{\"owner\":\"bob\",\"maxPending\":null}").expect(200);
			admin.submit(admin.get("/agents/shop"), "/agents/shop/unfreeze", Map.of());
			server.api(renewed).request("read.file").expect(201);
			server.bob().decide(server.api(renewed).pending("mail.send"), true).expect(403);
			server.admin().send("DELETE", "/agents/gone", null).expect(200);
			assertThat(server.admin().get("/audit?event=agent_deleted").data().path(0).path("details").toString())
				.contains("\"changedInDatabase\":true");
			assertThat(problems(server)).isEmpty();
		}
	}

	@ParameterizedTest
	@EnumSource
	@Tag("slow")
	void userWhenItsRowWasChangedThenEndsByTheRemedyThatIsNamed(Form form, @TempDir Path directory) {
		TestDatabase own = TestDatabase.createLasting();
		List<String> changed = List.of("configured = TRUE", "ended_at = created_at",
				"active = FALSE, password_hash = 'x'", "generated = TRUE, configured = TRUE, ended_at = created_at");
		try (TestServer server = form.startOn(directory, own, true)) {
			for (int i = 0; i < changed.size(); i++) {
				server.admin().post("/users", "{\"name\":\"u" + i + "\",\"roles\":[\"approver\"]}").expect(201);
				server.admin().post("/users", "{\"name\":\"v" + i + "\",\"roles\":[\"approver\"]}").expect(201);
				server.jdbc()
					.sql("UPDATE agentotp_user SET " + changed.get(i) + " WHERE name IN ('u" + i + "', 'v" + i + "')")
					.update();
				assertThat(
						server.admin().send("PATCH", "/users/u" + i, "{\"roles\":[\"auditor\"]}").expect(409).message())
					.contains("End it");
				server.admin().send("DELETE", "/users/u" + i, null).expect(200);
				server.admin().get("/users/u" + i).expect(404);
				assertThat(server.auditor().get("/audit?event=user_ended").data().path(0).path("details").toString())
					.contains("\"changedInDatabase\":true");
			}
			server.jdbc()
				.sql("INSERT INTO agentotp_user (name, roles, generated, configured, active, created_at, seal) "
						+ "SELECT 'mallory', 'ADMINISTRATOR', FALSE, TRUE, TRUE, created_at, seal FROM agentotp_user WHERE name = 'alice'")
				.update();
			assertThat(problems(server)).contains("User v0", "User mallory").doesNotContain("User u");
		}
		try (TestServer server = form.startOn(directory, own, true,
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH)) {
			Browser admin = new Browser(server.url()).signedIn("admin");
			for (String name : List.of("v0", "v1", "v2", "v3", "mallory")) {
				Browser.Page page = admin.get("/users/" + name);
				assertThat(page.text()).as(name).contains("changed in the database", "End it, and add another one");
				admin.submit(page, "/users/" + name + "/end", Map.of());
				assertThat(admin.get("/users/" + name).status()).isEqualTo(404);
			}
			assertThat(problems(server)).isEmpty();
			server.jdbc().sql("UPDATE agentotp_user SET configured = FALSE WHERE name = 'bob'").update();
			assertThat(admin.get("/users/bob").text()).contains("The next start puts it back")
				.doesNotContain("End it, and add", "id=\"end\"");
			assertThat(server.admin().send("DELETE", "/users/bob", null).expect(409).message())
				.contains("comes from the configuration", "the next start puts it back");
		}
	}

	@ParameterizedTest
	@EnumSource
	@Tag("slow")
	void agentWhenItsRowSaysThatItWasDeletedThenComesBackOrGoes(Form form, @TempDir Path directory) {
		try (TestServer server = form.start(directory,
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH)) {
			for (String name : List.of("back", "gone")) {
				server.admin().post("/agents", "{\"name\":\"" + name + "\"}").expect(201);
			}
			server.admin().post("/agents", "{\"name\":\"old\"}").expect(201);
			server.admin().send("DELETE", "/agents/old", null).expect(200);
			server.jdbc()
				.sql("UPDATE agentotp_agent SET deleted_at = created_at WHERE id IN ('back', 'gone')")
				.update();
			server.jdbc().sql("UPDATE agentotp_agent SET description = 'x' WHERE id = 'old'").update();
			assertThat(problems(server)).contains("Agent back", "Agent gone", "Agent old");
			Browser admin = new Browser(server.url()).signedIn("admin");
			assertThat(admin.get("/agents/back").text()).contains("changed in the database")
				.doesNotContain("id=\"unfreeze\"");
			String key = server.admin()
				.post("/agents/back/rotate", "{}")
				.expect(200)
				.data()
				.path("apiKey")
				.stringValue();
			assertThat(admin.get("/agents/back").text()).contains("Check its owner", "id=\"unfreeze\"");
			server.api(key).request("read.file").expect(403);
			server.admin().post("/agents/back/unfreeze", "{}").expect(200);
			server.api(key).request("read.file").expect(201);
			assertThat(admin.get("/agents").text()).contains("/agents/back");
			for (String name : List.of("gone", "old")) {
				server.admin().send("DELETE", "/agents/" + name, null).expect(200);
				server.admin().get("/agents/" + name).expect(404);
			}
			assertThat(problems(server)).isEmpty();
		}
	}

	private static String find(Browser.Page page, String pattern) {
		Matcher matcher = Pattern.compile(pattern).matcher(page.text());
		assertThat(matcher.find()).as(page.text()).isTrue();
		return matcher.group(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "user", "agent" })
	void rowWhenItWasPutBackBeforeTheSecretChangesThenStaysFound(String kind, @TempDir Path directory)
			throws IOException {
		TestDatabase database = TestDatabase.createLasting();
		Path secret = directory.resolve("secret");
		String[] settings = Stream
			.concat(database.settings().stream().filter((setting) -> !setting.startsWith("agentotp.server.secret=")),
					Stream.of("agentotp.server.secret-file=" + secret))
			.toArray(String[]::new);
		String table = "agentotp_" + kind;
		try (TestServer server = TestServer.startOn(database, settings)) {
			server.admin().post("/agents", "{\"name\":\"kim\"}").expect(201);
			server.admin().post("/users", "{\"name\":\"kim\",\"roles\":[\"approver\"]}").expect(201);
			String id = kind.equals("user") ? "name" : "id";
			Map<String, Object> before = server.jdbc()
				.sql("SELECT * FROM " + table + " WHERE " + id + " = 'kim'")
				.query()
				.singleRow();
			server.admin().send("DELETE", "/agents/kim", null).expect(200);
			server.admin().send("DELETE", "/users/kim", null).expect(200);
			assertThat(problems(server)).isEmpty();
			server.jdbc().sql("DELETE FROM " + table + " WHERE " + id + " = 'kim'").update();
			List<String> columns = List.copyOf(before.keySet());
			server.jdbc()
				.sql("INSERT INTO " + table + " (" + String.join(", ", columns) + ") VALUES ("
						+ String.join(", ", Collections.nCopies(columns.size(), "?")) + ")")
				.params(columns.stream().map(before::get).toList())
				.update();
			assertThat(problems(server)).contains("kim is not in the state");
		}
		Files.writeString(secret, "secret-of-now-0123456789-0123456789-0123\n" + Files.readString(secret));
		try (TestServer server = TestServer.startOn(database, settings)) {
			assertThat(problems(server)).contains("kim is not in the state").doesNotContain("mailer", "alice");
		}
	}

	@Test
	void agentWhenAnotherKeyIsPutIntoItsRowThenThatGetsNoTokenAndNobodyCanApprove() {
		JsonNode approved = server.mailer().request("read.file").expect(201).data();
		String id = approved.path("id").stringValue();
		String pending = server.mailer().pending("mail.send");
		server.jdbc()
			.sql("UPDATE agentotp_agent SET key_hash = ? WHERE id = 'mailer'")
			.param(Secrets.sha256(STOLEN))
			.update();
		Api thief = server.api(STOLEN);
		assertThat(thief.get("/permissions/" + id).expect(200).data().has("token")).isFalse();
		assertThat(thief.post("/permissions/query", "{\"ids\":[\"" + id + "\"]}")
			.expect(200)
			.data()
			.path("permissions")
			.path(0)
			.has("token")).isFalse();
		assertThat(thief.verify(id, approved.path("token").stringValue()).data().path("valid").booleanValue())
			.isFalse();
		assertThat(server.alice().decide(pending, true).expect(409).message()).contains("changed in the database");
		server.alice().decide(pending, false).expect(200);
	}

	@Test
	void agentWhenAChangeWaitsUntilAnAdministratorChangesTheRowThenStaysChanged() throws Exception {
		try (Connection thief = server.bean(DataSource.class).getConnection()) {
			thief.setAutoCommit(false);
			try (Statement statement = thief.createStatement()) {
				statement.executeUpdate("UPDATE agentotp_agent SET max_pending = 1000000 WHERE id = 'mailer'");
				CompletableFuture<Api.Answer> freeze = CompletableFuture
					.supplyAsync(() -> server.admin().post("/agents/mailer/freeze", "{}"));
				assertThat(freeze).isNotDone();
				Await.until("the administrator's change waits for the row", () -> server.isRowAwaited());
				thief.commit();
				freeze.join().expect(200);
			}
			server.admin().post("/agents/mailer/unfreeze", "{}").expect(409);
			assertThat(server.mailer().request("mail.send").status()).isEqualTo(403);
			assertThat(problems(server)).contains("Agent mailer");
		}
	}

	@Test
	void userWhenAChangeWaitsUntilAnAdministratorChangesTheRowThenStaysChanged() throws Exception {
		try (Connection thief = server.bean(DataSource.class).getConnection()) {
			server.admin().post("/users", "{\"name\":\"sam\",\"roles\":[\"approver\"]}").expect(201);
			thief.setAutoCommit(false);
			try (Statement statement = thief.createStatement()) {
				statement.executeUpdate("UPDATE agentotp_user SET link_hash = 'x' WHERE name = 'sam'");
				CompletableFuture<Api.Answer> change = CompletableFuture
					.supplyAsync(() -> server.admin().send("PATCH", "/users/sam", "{\"roles\":[\"auditor\"]}"));
				Await.until("the administrator's change waits for the row", () -> server.isRowAwaited());
				thief.commit();
				change.join().expect(409);
			}
			assertThat(problems(server)).contains("User sam");
		}
	}

	@Test
	void agentWhenUnfrozenByHandThenStaysFrozenAndFound() {
		server.admin().post("/agents/mailer/freeze", "{}").expect(200);
		assertThat(problems(server)).isEmpty();
		server.jdbc()
			.sql("UPDATE agentotp_agent SET frozen_at = NULL, frozen_by = NULL, frozen_reason = NULL WHERE id = 'mailer'")
			.update();
		assertThat(server.mailer().request("mail.send").status()).isEqualTo(403);
		assertThat(problems(server)).contains("Agent mailer");
	}

	@Test
	void configurationWhenItChangesUsersAndAgentsThenRowsSaySo() {
		TestDatabase own = TestDatabase.createLasting();
		try (TestServer one = TestServer.startOn(own)) {
			assertThat(events(one, "user_created")).hasSize(4);
			assertThat(events(one, "agent_created")).hasSize(2);
		}
		try (TestServer one = TestServer.startOn(own)) {
			assertThat(events(one, "user_changed")).isEmpty();
			assertThat(events(one, "agent_changed")).isEmpty();
		}
		try (TestServer one = TestServer.startOn(own, "agentotp.server.agents.mailer.owner=alice",
				"agentotp.server.agents.reader.api-key=ak_live_reader-0123456789another",
				"agentotp.server.users.bob.api-key=" + OWN_KEY,
				"agentotp.server.users.auditor.roles=auditor,approver")) {
			assertThat(events(one, "agent_changed").toString()).contains("\"owner\":\"alice\"", "\"otherKey\":true");
			assertThat(events(one, "user_changed").toString()).contains("\"user\":\"bob\"", "\"otherKey\":true",
					"APPROVER,AUDITOR");
			assertThat(problems(one)).isEmpty();
		}
	}

	private static JsonNode events(TestServer server, String event) {
		return server.admin().get("/audit?event=" + event).expect(200).data();
	}

	private static String problems(TestServer server) {
		JsonNode problems = server.admin().get("/audit/verify").expect(200).data().path("problems");
		return problems.isEmpty() ? "" : problems.toString();
	}

}
