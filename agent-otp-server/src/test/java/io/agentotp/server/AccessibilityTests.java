package io.agentotp.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.agentotp.server.json.Json;
import io.agentotp.server.user.KeptReasons;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;

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

	@BeforeAll
	static void start() {
		Chromium.assume();
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator",
				"agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH,
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
			"/users/carol", "/users/auditor", "/account", "/set-password", "/nowhere", "/history?status=x",
			"/sign-in?error", "/sign-in?over", "/sign-in?changed" })
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
			.get(server.url() + path.replace("{pending}", pending).replace("{used}", used).replace("{named}", named));
	}

	private static void check(String what) {
		browser.driver().executeScript("document.querySelectorAll('details').forEach((each) => each.open = true)");
		for (int width : new int[] { Chromium.DESKTOP, Chromium.PHONE }) {
			browser.width(width);
			browser.requireFits();
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
