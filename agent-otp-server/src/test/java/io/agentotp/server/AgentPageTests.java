package io.agentotp.server;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pages of the agents and their keys, without JavaScript.
 */
@ExtendWith(OutputCaptureExtension.class)
@Tag("sql")
class AgentPageTests {

	private static final Pattern KEY = Pattern.compile("ak_(live|test)_[A-Za-z0-9_-]{43}");

	private static final Pattern MARK = Pattern.compile("name=\"mark\" value=\"([0-9a-f]+)\"");

	private static final Pattern SEEN = Pattern.compile("name=\"(seen\\.[A-Za-z]+)\" value=\"([^\"]*)\"");

	private static final List<String> CONTROLS = List.of("id=\"create\"", "id=\"change\"", "id=\"rotate\"",
			"id=\"revoke\"", "id=\"freeze\"", "id=\"unfreeze\"", "id=\"freeze-all\"");

	private static TestServer server;

	private final Browser admin = new Browser(server.url()).signedIn("admin");

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void createWhenSentThenKeyIsOnThatAnswerAndNowhereElse(CapturedOutput output) {
		Browser.Page made = create("shop", Map.of("description", "Sells", "owner", "bob", "maxPending", "1"));
		assertThat(made.status()).isEqualTo(200);
		assertThat(made.header("Cache-Control")).isEqualTo("no-store");
		assertThat(made.raw().previousResponse()).isEmpty();
		String key = key(made);
		assertThat(key).startsWith("ak_live_");
		assertThat(made.path()).isEqualTo("/agent-otp/agents");
		server.api(key).request("mail.send").expect(202);
		server.api(key).request("mail.send").expect(429);
		String secret = key.substring(8);
		for (String path : List.of("/agents", "/agents/shop", "/audit?agentId=shop", "/history?agentId=shop")) {
			Browser.Page page = this.admin.get(path);
			assertThat(page.status()).isEqualTo(200);
			assertThat(page.text()).contains("shop").doesNotContain(secret);
		}
		assertThat(output.getAll()).doesNotContain(secret);
		assertThat(this.admin.get("/agents/shop").text()).contains("Sells", "bob", "1 of at most 1");
	}

	@Test
	void createWhenLoadedAgainThenRefusedAndNoKey() {
		create("twice", Map.of());
		Browser.Page again = create("twice", Map.of("description", "typed again"));
		assertThat(again.status()).isEqualTo(409);
		assertThat(again.text()).contains("id=\"problem\"", "There is or was an agent with this name", "typed again")
			.doesNotContain("id=\"key\"");
	}

	@Test
	void createWhenForTestsThenMarked() {
		assertThat(key(create("trial", Map.of("test", "on")))).startsWith("ak_test_");
		assertThat(this.admin.get("/agents/trial").text()).contains("test key");
	}

	@ParameterizedTest
	@CsvSource({ "name,a b,name must have", "requestsPerMinute,0,requestsPerMinute must be",
			"maxPending,many,maxPending must be", "owner,%0000,owner must not contain the NUL" })
	void createWhenNotValidThenSaysWhatAndKeepsTheForm(String field, String value, String message) {
		Map<String, String> form = new HashMap<>(Map.of("description", "kept"));
		form.put(field, value.replace("%0000", "\u0000"));
		Browser.Page page = create("invalid", form);
		assertThat(page.status()).isEqualTo(400);
		assertThat(page.text()).contains("id=\"problem\"", message, ">kept</textarea>").doesNotContain("id=\"key\"");
		server.admin().get("/agents/invalid").expect(404);
	}

	@Test
	void rotateWhenSentThenNewKeyOnceAndEndOfOldAndNotAgainWhenLoadedAgain() {
		String old = key(create("rotated", Map.of()));
		Browser.Page page = this.admin.get("/agents/rotated");
		Map<String, String> form = Map.of("mark", mark(page));
		server.clock.move(Duration.ofSeconds(1));
		Browser.Page made = this.admin.submit(page, "/agents/rotated/rotate", form);
		String key = key(made);
		assertThat(made.header("Cache-Control")).isEqualTo("no-store");
		assertThat(made.text()).contains("id=\"old-key\"", server.clock.instant().toString().substring(0, 19));
		server.api(old).request("read.file").expect(401);
		server.api(key).request("read.file").expect(201);

		Browser.Page again = this.admin.submit(page, "/agents/rotated/rotate", form);
		assertThat(again.status()).isEqualTo(409);
		assertThat(again.text()).contains("another key in the meantime").doesNotContain("id=\"key\"");
		server.api(key).request("read.file").expect(201);
		assertThat(mark(this.admin.get("/agents/rotated"))).isNotEqualTo(form.get("mark"));
	}

	@Test
	void revokeWhenSentThenKeyIsRefusedAndPendingEnds() {
		String key = key(create("ended", Map.of()));
		String id = server.api(key).pending("mail.send");
		Browser.Page list = this.admin.submit(this.admin.get("/agents/ended"), "/agents/ended/revoke", Map.of());
		assertThat(list.path()).isEqualTo("/agent-otp/agents");
		assertThat(list.text()).doesNotContain("data-agent=\"ended\"");
		server.api(key).request("read.file").expect(401);
		assertThat(this.admin.get("/approvals/" + id).text()).contains("data-status=\"revoked\"");
		assertThat(this.admin.get("/agents/ended").status()).isEqualTo(404);
	}

	@Test
	void updateWhenSentThenChangedAndNotValidIsSaid() {
		create("changed", Map.of("owner", "bob"));
		Browser.Page page = this.admin.get("/agents/changed");
		Browser.Page saved = change(page, "changed",
				Map.of("description", "New", "owner", "", "requestsPerMinute", "7", "maxPending", ""));
		assertThat(saved.path()).isEqualTo("/agent-otp/agents/changed");
		assertThat(saved.text()).contains("New", "nobody", ">7</span>");
		Browser.Page wrong = change(saved, "changed", Map.of("description", "typed", "requestsPerMinute", "-1"));
		assertThat(wrong.status()).isEqualTo(400);
		assertThat(wrong.text()).contains("requestsPerMinute must be a whole number", ">typed</textarea>",
				"value=\"-1\"");
		assertThat(server.admin().get("/agents/changed").data().path("requestsPerMinute").intValue()).isEqualTo(7);
	}

	@Test
	void updateWhenChangedMeanwhileThenNothingSavedAndSaysWhatWasChanged() {
		create("shared", Map.of("owner", "bob", "description", "Sells\r\nthings \u202e", "maxPending", "3"));
		Browser.Page old = this.admin.get("/agents/shared");
		Map<String, String> form = Map.of("description", "Sells\r\nthings \u202e", "owner", "bob", "requestsPerMinute",
				"7", "maxPending", "3");
		server.admin().send("PATCH", "/agents/shared", "{\"owner\":\"alice\"}").expect(200);
		Browser.Page refused = change(old, "shared", form);
		assertThat(refused.status()).isEqualTo(409);
		assertThat(refused.text()).contains("changed in the meantime, so nothing was saved", "data-change=\"Owner\"",
				"value=\"7\"");
		String changes = refused.text().substring(refused.text().indexOf("data-change"));
		assertThat(changes.substring(0, changes.indexOf("</table>"))).contains("alice", "bob")
			.doesNotContain("Description", "Requests a minute", "may wait");
		JsonNode agent = server.admin().get("/agents/shared").data();
		assertThat(agent.path("owner").stringValue()).isEqualTo("alice");
		assertThat(agent.path("requestsPerMinute").isNull()).isTrue();
		// Who has seen it can save it all the same, and what nobody changed is the same.
		Browser.Page saved = change(refused, "shared", form);
		assertThat(saved.path()).isEqualTo("/agent-otp/agents/shared");
		assertThat(server.admin().get("/agents/shared").data().path("owner").stringValue()).isEqualTo("bob");
		// A form that does not say what it showed overwrites nothing.
		assertThat(this.admin.submit(saved, "/agents/shared", Map.of("owner", "")).status()).isEqualTo(409);
		assertThat(server.admin().get("/agents/shared").data().path("owner").stringValue()).isEqualTo("bob");
	}

	@Test
	void configuredAgentWhenShownThenOnlyFreezing() {
		Browser.Page page = this.admin.get("/agents/mailer");
		assertThat(page.text()).contains("agentotp.server.agents.mailer", "id=\"freeze\"")
			.doesNotContain("id=\"change\"", "id=\"rotate\"", "id=\"revoke\"");
		for (String what : List.of("", "/rotate", "/revoke")) {
			assertThat(this.admin.submit(page, "/agents/mailer" + what, Map.of("mark", "x")).status()).isEqualTo(409);
		}
		server.mailer().request("read.file").expect(201);
	}

	@Test
	void freezeWhenOneAgentThenStoppedAndGoesOnAfterwards() {
		String id = server.reader().pending("mail.send");
		Browser.Page page = this.admin.submit(this.admin.get("/agents/reader"), "/agents/reader/freeze",
				Map.of("reason", "It <b>asks</b> too much"));
		assertThat(page.text()).contains("id=\"agent-frozen\"", "It &lt;b&gt;asks&lt;/b&gt; too much", "user:admin",
				"id=\"unfreeze\"");
		server.reader().request("read.file").expect(403);
		server.mailer().request("read.file").expect(201);
		assertThat(this.admin.get("/approvals/" + id).text()).contains("data-status=\"revoked\"");
		assertThat(this.admin.get("/agents").text()).contains(">frozen<");
		page = this.admin.submit(page, "/agents/reader/unfreeze", Map.of());
		assertThat(page.text()).doesNotContain("id=\"agent-frozen\"");
		server.reader().request("read.file").expect(201);
		assertThat(this.admin.submit(page, "/agents/reader/freeze", Map.of("reason", "x".repeat(2001))).status())
			.isEqualTo(400);
		server.reader().request("read.file").expect(201);
	}

	@Test
	void freezeWhenEverythingThenConfirmedFirstAndSaidOnEveryPage() {
		assertThat(this.admin.get("/agents").text()).contains("id=\"freeze-all\"").doesNotContain("id=\"frozen\"");
		Browser.Page confirm = this.admin.get("/freeze");
		assertThat(confirm.text()).contains("Freeze everything?", "ends for good");
		server.mailer().request("read.file").expect(201);
		this.admin.submit(confirm, "/freeze", Map.of("reason", "Mails <i>nobody</i> asked for"));
		try {
			server.mailer().request("read.file").expect(403);
			Browser alice = new Browser(server.url()).signedIn("alice");
			for (String path : List.of("/", "/history", "/agents", "/agents/mailer", "/policies", "/audit", "/numbers",
					"/nowhere", "/history?status=x")) {
				for (Browser browser : List.of(this.admin, alice)) {
					assertThat(browser.get(path).text()).as(path)
						.contains("id=\"frozen\"", "Mails &lt;i&gt;nobody&lt;/i&gt; asked for", "user:admin");
				}
				assertThat(alice.get(path).text()).doesNotContain("/freeze\"");
			}
			// Strangers are not told.
			assertThat(new Browser(server.url()).get("/sign-in").text()).doesNotContain("id=\"frozen\"");
			assertThat(this.admin.get("/freeze").text()).contains("Unfreeze everything?");
		}
		finally {
			this.admin.submit(this.admin.get("/freeze"), "/unfreeze", Map.of());
		}
		server.mailer().request("read.file").expect(201);
		assertThat(this.admin.get("/").text()).doesNotContain("id=\"frozen\"");
	}

	@ParameterizedTest
	@ValueSource(strings = { "alice", "auditor" })
	void pagesWhenNotAdministratorThenReadAndNothingToChangeWith(String user) {
		String key = key(create("kept-from-" + user, Map.of()));
		Browser browser = new Browser(server.url()).signedIn(user);
		Browser.Page page = browser.get("/agents/kept-from-" + user);
		assertThat(page.status()).isEqualTo(200);
		assertThat(page.text() + browser.get("/agents").text()).contains("kept-from-" + user)
			.doesNotContain(CONTROLS.toArray(String[]::new));
		assertThat(browser.get("/freeze").status()).isEqualTo(403);
		for (String path : List.of("/agents", "/agents/kept-from-" + user, "/agents/kept-from-" + user + "/rotate",
				"/agents/kept-from-" + user + "/revoke", "/agents/kept-from-" + user + "/freeze",
				"/agents/kept-from-" + user + "/unfreeze", "/freeze", "/unfreeze")) {
			Browser.Page refused = browser.submit(page, path, Map.of("name", "sneaky", "mark", "x"));
			assertThat(refused.status()).as(path).isEqualTo(403);
			assertThat(refused.text()).contains("Your role does not allow this", "To the inbox");
		}
		server.api(key).request("read.file").expect(201);
		server.admin().get("/agents/sneaky").expect(404);
	}

	@Test
	void postWhenWithoutCsrfTokenOrFromAnotherSiteThenRefused() {
		String key = key(create("forged", Map.of()));
		for (String path : List.of("/agents/forged/revoke", "/agents/forged/freeze", "/freeze")) {
			assertThat(this.admin.post(path, Map.of()).status()).isEqualTo(403);
			assertThat(this.admin
				.submit(this.admin.get("/agents"), path, Map.of(), Map.of("Origin", "https://evil.example"))
				.status()).isEqualTo(403);
			assertThat(this.admin.get(path).status()).isIn(200, 404, 405);
		}
		server.api(key).request("read.file").expect(201);
	}

	@Test
	void getAndHeadWhenRouteChangesSomethingThenNothingChanges() {
		String key = key(create("looked-at", Map.of()));
		for (String method : List.of("GET", "HEAD")) {
			for (String path : List.of("/freeze?reason=x", "/freeze", "/unfreeze", "/agents?name=by-get",
					"/agents/looked-at", "/agents/looked-at/rotate", "/agents/looked-at/revoke",
					"/agents/looked-at/freeze")) {
				assertThat(this.admin.send(method, path, null, Map.of("Sec-Purpose", "prefetch")).status()).as(path)
					// 400: what is read has no such parameter.
					.isIn(200, 400, 405);
			}
		}
		server.api(key).request("read.file").expect(201);
		server.admin().get("/agents/by-get").expect(404);
	}

	@Test
	void ownerWhenThereIsNoSuchUserThenWarned() {
		create("owned", Map.of("owner", "Bob"));
		create("orphan", Map.of("owner", "b\u043eb"));
		assertThat(this.admin.get("/agents/owned").text()).doesNotContain("id=\"owner-unknown\"");
		assertThat(this.admin.get("/agents/orphan").text()).contains("id=\"owner-unknown\"", "U+043E");
	}

	@Test
	void lastRequestsWhenAskedThenOnlyItsOwn() {
		String id = server.reader().pending("mail.send");
		assertThat(this.admin.get("/agents/reader").text()).contains("data-permission-id=\"" + id + "\"");
		assertThat(this.admin.get("/agents/mailer").text()).doesNotContain(id);
	}

	private Browser.Page create(String name, Map<String, String> fields) {
		Map<String, String> form = new HashMap<>(fields);
		form.putIfAbsent("name", name);
		return this.admin.submit(this.admin.get("/agents"), "/agents", form);
	}

	/**
	 * Sends the form of an agent's page, with what the page showed.
	 */
	private Browser.Page change(Browser.Page page, String name, Map<String, String> fields) {
		Map<String, String> form = new HashMap<>(fields);
		Matcher seen = SEEN.matcher(page.text());
		while (seen.find()) {
			form.put(seen.group(1), seen.group(2));
		}
		assertThat(form).hasSize(fields.size() + 4);
		return this.admin.submit(page, "/agents/" + name, form);
	}

	private static String key(Browser.Page page) {
		Matcher key = KEY.matcher(page.text());
		assertThat(key.find()).as(page.text()).isTrue();
		return key.group();
	}

	private static String mark(Browser.Page page) {
		Matcher mark = MARK.matcher(page.text());
		assertThat(mark.find()).isTrue();
		return mark.group(1);
	}

}
