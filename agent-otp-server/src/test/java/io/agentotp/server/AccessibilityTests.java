package io.agentotp.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.agentotp.server.json.Json;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Delegations;
import io.agentotp.server.user.KeptReasons;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Each page against axe's rules for WCAG 2.2 A and AA: dark and light, wide and narrow,
 * all that can be opened open, in each language.
 */
@Tag("slow")
class AccessibilityTests {

	private static final String AXE = read("/axe.min.js");

	private static final String RUN = """
			const done = arguments[arguments.length - 1];
			axe.run(document, { runOnly: arguments[0], resultTypes: ["violations"] })
				.then((result) => done({ passes: result.passes.length, violations: result.violations.map((violation) =>
					violation.id + ": " + violation.nodes.map((node) => node.html + " " + node.failureSummary).join("; ")) }),
					(error) => done({ passes: 0, violations: [String(error)] }));
			""";

	private static final List<String> ALL = List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa");

	private static final List<String> COLOURS = List.of("color-contrast", "link-in-text-block");

	@TempDir
	private static Path profile;

	private static TestServer server;

	private static Chromium browser;

	private static String pending;

	private static String used;

	private static String named;

	private static String others;

	@BeforeAll
	static void start() {
		Chromium.assume();
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator",
				"agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.notifications.push.subject=mailto:ops@example.com",
				// Not sent there, which the page says.
				"agentotp.server.notifications.webhook.endpoints.ops.url=https://127.0.0.1/hook",
				"agentotp.server.notifications.webhook.endpoints.ops.secrets=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
				"agentotp.server.users.admin.addresses.sms=+43 1 2345", "agentotp.server.users.admin.groups=finance",
				TestServer.policies(ActionPageTests.ACTIONS));
		named = ActionPageTests.refund(server, "Ann");
		String request = Calls.bound(Json
			.write(Map.of("action", "mail.send", "resource", "to\u202eann", "scope", Map.of("max_emails", 3), "call",
					Map.of("target", Map.of("type", "com.example.Mails", "method", "send"), "arguments",
							List.of(Map.of("name", "body", "type", "String", "value",
									Map.of("@type", "com.example.Body", "text", "Hi\nAnn")),
									Map.of("name", "pin", "masked", true, "mac", "a".repeat(64)),
									Map.of("name", "file", "bytes", 100_000, "sha256", "b".repeat(64))),
							"notBound", List.of("stream")),
					"context", Map.of("reason", "She asked", "ticket", "T-1"))));
		used = server.mailer().post("/permissions/request", request).expect(202).data().path("id").stringValue();
		server.clock.move(Duration.ofSeconds(20));
		server.alice().post("/permissions/" + used + "/decide", "{\"approved\":true,\"reason\":\"fine\"}").expect(200);
		String token = server.mailer().token(used);
		server.mailer()
			.post("/permissions/" + used + "/use",
					"{\"token\":\"" + token + "\",\"callDigest\":\"" + Calls.digest(request) + "\"}")
			.expect(200);
		server.mailer().use(used, token);
		server.mailer().request("table.drop").expect(200);
		for (int i = 0; i < 6; i++) {
			server.mailer().request("read.page").expect(201);
		}
		server.admin()
			.post("/agents", "{\"name\":\"shop\",\"description\":\"Sells\",\"owner\":\"bob\",\"test\":true}")
			.expect(201);
		server.admin().post("/agents/shop/freeze", "{\"reason\":\"Too much\"}").expect(200);
		server.admin().post("/agents", "{\"name\":\"free\"}").expect(201);
		server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}").expect(201);
		server.admin()
			.send("PATCH", "/users/carol", "{\"groups\":[\"finance\"],\"issuer\":\"https://id\",\"subject\":\"c\"}")
			.expect(200);
		server.bean(Addresses.class).add("carol", "chat", "U-CAROL", null, Actor.SYSTEM);
		Instant tomorrow = server.clock.instant().plus(Duration.ofDays(1));
		server.bean(Delegations.class).create("admin", "alice", null, tomorrow, Actor.SYSTEM);
		server.bean(Delegations.class).create("carol", "admin", null, tomorrow, Actor.SYSTEM);
		server.admin().post("/policies", """
				{"name":"others","action":"require_approval","conditions":{"action":{"equals":"other.ask"}},
				"approvers":{"people":["bob"]}}""").expect(201);
		others = server.reader().pending("other.ask");
		server.bean(KeptReasons.class).keep("admin", "As agreed");
		pending = server.mailer().post("/permissions/request", request).expect(202).data().path("id").stringValue();
		browser = Chromium.start(profile);
		browser.driver().executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source", AXE));
		browser.signIn(server, "admin");
	}

	@AfterAll
	static void stop() {
		if (browser != null) {
			browser.close();
		}
		if (server != null) {
			server.close();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/", "/approvals/{pending}", "/approvals/{named}", "/approvals/{used}", "/history",
			"/similar?agent=mailer&action=similar.kind", "/?group=x", "/history?status=denied&action=table",
			"/history?action=nothing", "/agents", "/agents/free", "/agents/mailer", "/agents/shop", "/freeze",
			"/policies", "/audit", "/audit?event=approved", "/numbers", "/numbers?span=quarter", "/users",
			"/users/carol", "/users/auditor", "/approvals/{others}", "/account", "/account/away",
			"/account/notifications", "/account/notifications?done=sent#mail:a@example.com:code", "/notifications",
			"/set-password", "/nowhere", "/history?status=x", "/sign-in?error", "/sign-in?over", "/sign-in?changed",
			"/sign-in?passkey", "/account/passkeys" })
	void pagesWhenCheckedThenNoViolation(String path) {
		for (String language : List.of("en", "de")) {
			browser.language(language);
			open(path);
			assertThat(browser.driver().findElement(By.tagName("html")).getDomAttribute("lang")).isEqualTo(language);
			check(path + " " + language);
		}
		browser.language("en");
	}

	@Test
	void passkeysWhenThereAreSomeAndTheSessionIsOldThenNoViolation() {
		PasskeyDevice device = new PasskeyDevice(server.origin());
		device.enrol(server, "admin");
		device.enrol(server, "carol");
		try {
			open("/account/passkeys");
			check("passkeys");
			open("/users/carol");
			browser.driver().findElement(By.cssSelector("#revoke-passkeys summary")).click();
			check("passkeys of a user");
			server.clock.move(Duration.ofMinutes(6));
			open("/account/passkeys");
			browser.await(By.id("begin-add")).click();
			browser.await(By.id("again-form"));
			check("sign in again");
			browser.await(By.id("again-password")).sendKeys("wrong");
			browser.driver().findElement(By.id("sign-in-again")).click();
			browser.await(By.id("again-form"));
			check("sign in again with another password");
		}
		finally {
			server.bean(Passkeys.class)
				.all()
				.forEach(
						(each) -> server.bean(Passkeys.class).revoke(each.person(), each.credentialId(), Actor.SYSTEM));
		}
	}

	@Test
	void answersOfFormsWhenCheckedThenNoViolation() {
		open("/policies");
		browser.driver().findElement(By.cssSelector("#try summary")).click();
		browser.await(By.id("action")).sendKeys("table.drop");
		browser.driver().findElement(By.id("simulate")).click();
		browser.await(By.id("simulation"));
		check("simulated");
		open("/audit");
		browser.driver().findElement(By.id("verify")).click();
		browser.await(By.id("report"));
		check("verified");
		open("/agents");
		browser.driver().findElement(By.cssSelector("#add summary")).click();
		browser.await(By.id("name")).sendKeys("made-here");
		browser.driver().findElement(By.id("create-agent")).click();
		browser.await(By.id("key"));
		check("key");
	}

	@Test
	void conflictsWhenCheckedThenNoViolation() {
		server.admin().post("/agents", "{\"name\":\"shared\",\"owner\":\"bob\"}").expect(201);
		open("/agents/shared");
		browser.driver().findElement(By.cssSelector(".controls summary")).click();
		server.admin().send("PATCH", "/agents/shared", "{\"owner\":\"al\u202eice\"}").expect(200);
		browser.await(By.id("save")).click();
		browser.await(By.id("changes"));
		check("changed meanwhile");
		String twice = server.mailer().pending("asked.twice");
		String other = server.mailer().pending("asked.twice");
		open("/approvals/" + twice);
		server.alice().decide(other, false).expect(200);
		browser.await(By.id("approve-all")).click();
		browser.await(By.id("batch"));
		check("batch");
	}

	@Test
	void signedDecisionsWhenInEachStateThenNoViolation() {
		server.admin().post("/policies", """
				{"name":"signed","priority":60,"action":"require_approval","stepUp":"passkey",
				"conditions":{"action":{"equals":"sign.it"}}}""").expect(201);
		String id = server.mailer().pending("sign.it");
		String other = server.reader().pending("sign.it");
		open("/approvals/" + id);
		browser.await(By.cssSelector("#sign[data-passkey=false]"));
		check("no passkey");
		PasskeyDevice device = new PasskeyDevice(server.origin());
		device.enrol(server, "admin");
		for (String language : List.of("en", "de")) {
			browser.language(language);
			open("/approvals/" + id);
			browser.await(By.cssSelector("#sign[data-passkey=true]"));
			check("to sign " + language);
			browser.driver()
				.executeScript(
						"const form = document.getElementById('decision'); const choice = document.createElement('input');"
								+ "choice.name = 'decision'; choice.value = 'approve'; choice.type = 'hidden'; form.append(choice); form.submit();");
			browser.await(By.id("step-up-problem"));
			check("not signed " + language);
		}
		browser.language("en");
		for (String each : List.of(id, other)) {
			ObjectNode challenge = (ObjectNode) server.admin()
				.post("/permissions/" + each + "/challenge", "{\"approved\":true}")
				.expect(200)
				.data();
			server.admin()
				.post("/permissions/" + each + "/decide",
						"{\"approved\":true,\"assertion\":" + device.assertion(challenge) + "}")
				.expect(200);
		}
		open("/approvals/" + id);
		browser.await(By.id("signed"));
		check("signed");
	}

	@Test
	void stagesWhenOneHasApprovedThenNoViolation() {
		server.admin()
			.post("/policies",
					"""
							{"name":"staged","priority":60,"action":"require_approval","conditions":{"action":{"equals":"stage.it"}},
							"stages":[{"name":"first","people":["alice"]},{"name":"second","people":["admin","bob"]}]}""")
			.expect(201);
		String id = server.reader().pending("stage.it");
		for (String language : List.of("en", "de")) {
			browser.language(language);
			open("/approvals/" + id);
			browser.await(By.id("other-stage"));
			check("waits for another stage " + language);
		}
		browser.language("en");
		server.alice().decide(id, true).expect(200);
		for (String path : List.of("/", "/approvals/" + id)) {
			open(path);
			browser.await(By.cssSelector(path.equals("/") ? "[data-approvals]" : "#votes li"));
			check("one has approved " + path);
		}
	}

	@Test
	void bannerWhenFrozenThenNoViolation() {
		server.admin().post("/freeze", "{\"reason\":\"Mails \u200b nobody asked for\"}").expect(200);
		try {
			for (String path : List.of("/", "/freeze", "/agents")) {
				open(path);
				browser.await(By.id("frozen"));
				check("frozen " + path);
			}
		}
		finally {
			server.admin().post("/unfreeze", "{}").expect(200);
			pending = server.mailer().pending("mail.send");
		}
	}

	@Test
	void approvalsWhenInEachStateThenNoViolation() {
		try (TestServer corpus = TestServer.start(TestServer.policies(RequestCorpus.ACTIONS))) {
			browser.signIn(corpus, "alice");
			browser.driver().get(corpus.url() + "/");
			check("inbox with nothing");
			List<RequestCorpus.Asked> all = RequestCorpus.all();
			// One of each kind: a script, a list, a mail, a statement, scopes, unbound.
			for (int i = 0; i < all.size(); i += 6) {
				RequestCorpus.Asked asked = all.get(i);
				String id = corpus.mailer()
					.post("/permissions/request", asked.json())
					.expect(202)
					.data()
					.path("id")
					.stringValue();
				browser.driver().get(corpus.url() + "/approvals/" + id);
				browser.await(By.id("status"));
				// What is sent without what is asked for is answered with the same page.
				browser.driver()
					.executeScript("document.querySelectorAll('[required]').forEach((each) => each.required = false);"
							+ "document.getElementById('approve').click()");
				browser.await(By.id("status"));
				check("pending: " + asked.name());
			}
			Map<String, Function<String, Object>> ends = new LinkedHashMap<>();
			ends.put("approved", (id) -> corpus.alice().decide(id, true).expect(200));
			ends.put("denied", (id) -> corpus.alice().decide(id, false).expect(200));
			ends.put("revoked", (id) -> corpus.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200));
			ends.forEach((state, end) -> {
				String id = corpus.mailer().pending("file.move");
				Object unused = end.apply(id);
				browser.driver().get(corpus.url() + "/approvals/" + id);
				browser.await(By.cssSelector("#status[data-status='" + state + "']"));
				check(state);
			});
			for (int i = 0; i < 500; i++) {
				String unused = corpus.mailer().pending("mail.number" + i);
			}
			browser.driver().get(corpus.url() + "/");
			browser.await(By.id("inbox"));
			check("inbox with many");
		}
		finally {
			browser.signIn(server, "admin");
		}
	}

	@Test
	void similarWhenChosenAndDecidedThenNoViolation() {
		for (String language : List.of("en", "de")) {
			browser.language(language);
			open("/similar?agent=mailer&action=similar.kind");
			browser.driver()
				.executeScript(
						"document.querySelectorAll('#several [name=ids]').forEach((box, at) => box.checked = at < 2)");
			browser.await(By.id("choose-deny")).click();
			browser.await(By.id("deny"));
			check("chosen " + language);
			browser.driver().executeScript("document.getElementById('reason').value = 'no'");
			browser.scrollToAndClick(By.id("deny"));
			browser.await(By.id("batch"));
			check("several decided " + language);
		}
		browser.language("en");
	}

	@Test
	void formsWhenRefusedThenNoViolation() {
		for (String path : List.of("/agents", "/users")) {
			open(path);
			browser.driver()
				.executeScript(
						"document.querySelector('#add').open = true; const name = document.getElementById('name');"
								+ "name.removeAttribute('pattern'); name.value = 'a b'; name.form.requestSubmit()");
			browser.await(By.id("problem"));
			check("refused " + path);
		}
		open("/policies");
		browser.driver()
			.executeScript("document.getElementById('try').open = true; document.getElementById('action').value = 'x';"
					+ "document.getElementById('scope').value = '1'; document.getElementById('simulate').click()");
		browser.await(By.id("simulation-problem"));
		check("refused simulation");
	}

	@Test
	void checkWhenPageIsNotAccessibleThenFails() {
		open("/");
		browser.driver()
			.executeScript("document.querySelector('main').innerHTML += '<input><p class=\"faint\">faint</p>';"
					+ "document.querySelector('.faint').style.color = '#c8c8c8'");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> check("broken"))
			.withMessageContaining("label: <input>")
			.withMessageContaining("color-contrast: <p");
	}

	// Others may have ended those before.
	private static void askSimilar() {
		for (int i = 0; i < 6; i++) {
			String unused = server.mailer()
				.post("/permissions/request",
						Calls
							.bound("""
									{"action":"similar.kind","resource":"order:%d (as agreed)","scope":{"max_amount":%d,"currency":"EUR"},
									"call":{"target":{"tool":"t"},"arguments":[{"name":"to","value":"ann%d@example.com"}]}}"""
								.formatted(i, i, i)))
				.expect(202)
				.data()
				.path("id")
				.stringValue();
		}
	}

	private static void open(String path) {
		if (path.startsWith("/similar")) {
			askSimilar();
		}
		browser.driver()
			.get(server.url() + path.replace("{pending}", pending)
				.replace("{used}", used)
				.replace("{named}", named)
				.replace("{others}", others));
	}

	private static void check(String what) {
		browser.driver().executeScript("document.querySelectorAll('details').forEach((each) => each.open = true)");
		for (int width : new int[] { Chromium.DESKTOP, Chromium.PHONE }) {
			browser.width(width);
			browser.requireFits();
			// Where the bar covers nothing that can be scrolled from under it.
			browser.driver().executeScript("window.scrollTo(0, document.documentElement.scrollHeight)");
			for (boolean dark : new boolean[] { false, true }) {
				browser.dark(dark);
				// Nothing but the colours is different in the dark.
				Map<?, ?> result = (Map<?, ?>) browser.driver().executeAsyncScript(RUN, dark ? COLOURS : ALL);
				List<?> violations = (List<?>) result.get("violations");
				assertThat(violations)
					.as("%s, %d wide, %s: %s", what, width, dark ? "dark" : "light",
							violations.stream().map(String::valueOf).collect(Collectors.joining("\n")))
					.isEmpty();
				assertThat((Long) result.get("passes")).isGreaterThanOrEqualTo(dark ? 1 : 10);
			}
		}
	}

	private static String read(String resource) {
		try (InputStream in = Objects.requireNonNull(AccessibilityTests.class.getResourceAsStream(resource))) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
