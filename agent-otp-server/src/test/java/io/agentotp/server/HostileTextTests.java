package io.agentotp.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.sun.net.httpserver.HttpServer;
import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.NoAlertPresentException;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Hostile text in a real browser, wherever people or agents can put some: it does
 * nothing, is whole, and what one would not see in it is marked.
 */
@Tag("slow")
class HostileTextTests {

	// Written down apart from the code under test.
	private static final Pattern UNSEEN = Pattern.compile(
			"[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Co}\\p{Cn}\\x{a0}\\x{2003}\\x{34f}\\x{115f}\\x{1160}\\x{2800}\\x{3164}"
					+ "\\x{ffa0}\\x{fe00}-\\x{fe0f}\\x{e0100}-\\x{e01ef}\\x{180b}-\\x{180f}]");

	private static final Pattern MARK = Pattern.compile("[\\p{Mn}\\p{Me}]");

	// What no text may bring into a page.
	private static final String FIND = """
			const base = arguments[0];
			const found = [];
			const no = "iframe, object, embed, base, style, video, audio, math, template, marquee, meta[http-equiv], h1 ~ h1";
			document.querySelectorAll(no).forEach((each) => found.push(each.outerHTML));
			document.querySelectorAll("script").forEach((each) => {
				const own = ["agent-otp.js", "passkey.js"].some((name) => each.src.endsWith(base + "assets/" + name));
				if (!own || each.textContent) { found.push(each.outerHTML); }
			});
			document.querySelectorAll("link, img, a, form").forEach((each) => {
				const address = each.getAttribute("href") || each.getAttribute("src") || each.getAttribute("action");
				if (!address.startsWith(base) && address !== "#main") { found.push(each.outerHTML); }
			});
			document.querySelectorAll("*").forEach((each) => {
				for (const name of each.getAttributeNames()) {
					if (name.startsWith("on") || name === "style" || name === "srcdoc") { found.push(each.outerHTML); }
				}
			});
			if (window.hostile) { found.push("A script ran"); }
			performance.getEntriesByType("resource").forEach((each) => {
				if (new URL(each.name).host !== location.host) { found.push(each.name); }
			});
			const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
			while (walker.nextNode()) {
				const parent = walker.currentNode.parentElement;
				const text = parent.closest("input, textarea, option") ? "" : walker.currentNode.data;
				const unseen = text.match(/[^\\P{C}\\n\\t]|[\\u2028\\u2029\\u00a0\\u3164\\u2800\\ufe0f]/u);
				if (unseen) { found.push("U+" + unseen[0].codePointAt(0).toString(16) + " in " + text); }
			}
			return found;
			""";

	private static final ConcurrentLinkedQueue<String> CALLS = new ConcurrentLinkedQueue<>();

	@TempDir
	private static Path profile;

	private static HttpServer elsewhere;

	private static TestServer server;

	private static Chromium browser;

	private static List<String> texts;

	@BeforeAll
	static void start() throws IOException {
		Chromium.assume();
		elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		elsewhere.createContext("/", (exchange) -> {
			CALLS.add(String.valueOf(exchange.getRequestURI()));
			exchange.sendResponseHeaders(200, -1);
			exchange.close();
		});
		elsewhere.start();
		texts = HostileText.ALL.stream()
			.map((text) -> text.replace("HOST", "127.0.0.1:" + elsewhere.getAddress().getPort()))
			.toList();
		// Calls would be seen.
		Browser control = new Browser("http://127.0.0.1:" + elsewhere.getAddress().getPort());
		assertThat(control.get("/control").status()).isEqualTo(200);
		assertThat(CALLS).containsExactly("/control");
		CALLS.clear();
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator");
		browser = Chromium.start(profile);
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
		if (elsewhere != null) {
			elsewhere.stop(0);
		}
	}

	@AfterEach
	void nothingWasCalledElsewhere() {
		assertThat(CALLS).isEmpty();
	}

	@Test
	void corpusWhenCountedThenLargeAndEachOnce() {
		assertThat(HostileText.ALL).hasSizeGreaterThanOrEqualTo(50).doesNotHaveDuplicates();
	}

	@Test
	void requestsWhenHostileThenInertVisibleAndWholeWhereverTheyShow() {
		List<String> ids = new ArrayList<>();
		for (String text : texts) {
			ids.add(ask(Map.of("action", text, "resource", text, "scope", Map.of(text, text), "context",
					Map.of("reason", text, text, text))));
		}
		open("/");
		requireShown("#inbox .what", texts);
		requireShown("#inbox .on", texts);

		// One page that has all of them as arguments and claims, as names and values.
		Map<String, String> all = new LinkedHashMap<>();
		texts.forEach((text) -> all.put(text, text));
		List<String> names = texts.stream().filter((text) -> !text.isBlank()).toList();
		List<Map<String, String>> arguments = names.stream()
			.map((text) -> Map.of("name", text, "type", text, "value", text))
			.toList();
		String id = ask(Map.of(
				"action", "act", "call", Map.of("target", Map.of("tool", names.get(0)), "arguments", arguments,
						"notBound", names.stream().map((text) -> "not " + text).toList()),
				"context", Map.of("claims", all)));
		open("/approvals/" + id);
		requireShown("#target td", names.subList(0, 1));
		requireShown("#arguments th > .text", names);
		requireShown("#arguments td .of", names);
		requireShown("#arguments td", names.stream().map((text) -> '"' + text + '"').toList());
		requireShown("#not-bound-names code", names.stream().map((text) -> "not " + text).toList());

		// A page of each kind of text for its title, reason and scope.
		for (int i = 0; i < texts.size(); i += 10) {
			String text = texts.get(i);
			open("/approvals/" + ids.get(i));
			requireShown("h1", List.of(text));
			requireShown("#facts td", List.of(text, '"' + text + '"'));
			requireShown("#facts th", List.of(text));
			requireShown("#claims blockquote", List.of(text));
			requireShown("#claims td", List.of('"' + text + '"'));
		}

		for (int i = 0; i < texts.size(); i++) {
			server.alice()
				.post("/permissions/" + ids.get(i) + "/decide",
						Json.write(Map.of("approved", false, "reason", texts.get(i))))
				.expect(200);
		}
		for (int page = 1; page <= pages(texts.size(), 25); page++) {
			open("/history?agentId=mailer&status=denied&page=" + page);
			List<String> shown = texts.subList(Math.max(0, texts.size() - 25 * page), texts.size() - 25 * (page - 1));
			requireShown("#history .what", shown);
			requireShown("#history .on", shown);
		}
		open("/approvals/" + ids.get(0));
		requireShown("#result", List.of(texts.get(0)));
		for (int page = 1; page <= pages(texts.size(), 50); page++) {
			open("/audit?agentId=mailer&event=denied&page=" + page);
			browser.driver().executeScript("document.querySelectorAll('details').forEach((each) => each.open = true)");
			List<String> shown = texts.subList(Math.max(0, texts.size() - 50 * page), texts.size() - 50 * (page - 1));
			requireShown("#rows td", shown.stream().map((text) -> '"' + text + '"').toList());
		}
		open("/numbers");
		open("/agents/mailer");
		requireShown("#requests .what", List.of("act"));
	}

	@Test
	void approvalPageWhenReasonIsTypedThenShown() {
		String text = texts.get(0) + texts.get(1);
		String id = server.reader().pending("mail.send");
		open("/approvals/" + id);
		browser.await(By.id("reason")).sendKeys(text);
		browser.driver().findElement(By.id("deny")).click();
		browser.await(By.cssSelector("#status[data-status='denied']"));
		requireClean();
		requireShown("#result", List.of(text));
	}

	@Test
	void requestWhenOf64KilobytesThenNothingIsCut() {
		String text = "begin " + "<b>&amp;\u200b</b> ".repeat(3350) + "end";
		String id = ask(Map.of("action", "long", "context", Map.of("reason", text)));
		open("/approvals/" + id);
		requireShown("#claims blockquote", List.of(text));
		browser.width(Chromium.PHONE);
		browser.requireFits();
		browser.width(Chromium.DESKTOP);
	}

	@Test
	void policiesWhenHostileThenInertVisibleAndWhole() {
		List<String> names = new ArrayList<>();
		for (String text : texts) {
			if (text.length() <= 128 && server.admin()
				.post("/policies",
						Json.write(Map.of("name", text, "description", text, "agentId", text, "action", "deny",
								"conditions", Map.of("context." + names.size(), Map.of("equals", text)),
								"scopeTemplate", Map.of(text, text))))
				.status() == 201) {
				names.add(text);
			}
		}
		assertThat(names).hasSizeGreaterThanOrEqualTo(50);
		open("/policies");
		requireShown("section.card > h2 > .text", names);
		requireShown("section.card > p > .text", names);
		requireShown("section.card th", names);
		requireShown("section.card > p.muted", names);

		browser.driver().findElement(By.cssSelector("#try summary")).click();
		browser.await(By.id("action")).sendKeys(texts.get(1));
		browser.driver().findElement(By.id("resource")).sendKeys(texts.get(0));
		browser.driver().findElement(By.id("context")).sendKeys(Json.write(Map.of("a", texts.get(0))));
		browser.driver().findElement(By.id("simulate")).click();
		browser.await(By.id("simulation"));
		requireClean();
		requireShown("#simulation summary b", names);
		assertThat(browser.driver().findElement(By.id("action")).getDomProperty("value")).isEqualTo(texts.get(1));
	}

	@Test
	void agentsWhenHostileThenInertVisibleAndWhole() {
		List<String> owners = new ArrayList<>();
		for (int i = 0; i < texts.size(); i++) {
			String text = texts.get(i);
			ObjectNode agent = Json.object().put("name", "a" + String.format("%03d", i)).put("description", text);
			if (text.length() <= 64) {
				agent.put("owner", text);
				owners.add(text);
			}
			server.admin().post("/agents", Json.write(agent)).expect(201);
			server.admin().post("/agents", Json.write(Json.object().put("name", text + "\u00e9"))).expect(400);
		}
		List<String> descriptions = new ArrayList<>();
		List<String> shownOwners = new ArrayList<>();
		for (int page = 1; page <= pages(texts.size() + 2, 25); page++) {
			open("/agents?page=" + page);
			descriptions.addAll(shown("#agents .on"));
			shownOwners.addAll(shown("#agents .meta b"));
		}
		requireContained(descriptions, texts);
		requireContained(shownOwners, owners);

		String text = String.join(" ", texts.subList(0, 8)) + "\u202e\u200b";
		server.admin().post("/agents/a000/freeze", Json.write(Map.of("reason", text))).expect(200);
		open("/agents/a000");
		requireShown("#agent-frozen", List.of(text));
		requireShown("#facts td", List.of(texts.get(0)));
		assertThat(browser.driver().findElement(By.id("description")).getDomProperty("value")).isEqualTo(texts.get(0));
		server.admin().post("/freeze", Json.write(Map.of("reason", text))).expect(200);
		try {
			open("/");
			requireShown("#frozen", List.of(text));
		}
		finally {
			server.admin().post("/unfreeze", "{}").expect(200);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\\u0000", "\\ud800", "\\udc00x", "a\\ud83db" })
	void requestWhenItCannotBeKeptAsItIsThenRefused(String escape) {
		long before = server.jdbc().sql("SELECT COUNT(*) FROM agentotp_permission").query(Long.class).single();
		for (String body : List.of("{\"action\":\"x%s\"}", "{\"action\":\"x\",\"resource\":\"%s\"}",
				"{\"action\":\"x\",\"scope\":{\"%s\":1}}", "{\"action\":\"x\",\"scope\":{\"a\":\"%s\"}}",
				"{\"action\":\"x\",\"context\":{\"reason\":\"%s\"}}",
				"{\"action\":\"x\",\"context\":{\"arguments\":{\"a\":[\"%s\"]}}}",
				"{\"action\":\"x\",\"callDigest\":\"" + Calls.DIGEST
						+ "\",\"call\":{\"target\":{\"tool\":\"t\"},\"arguments\":[{\"name\":\"a\",\"value\":\"%s\"}]}}")) {
			server.mailer().post("/permissions/request", body.formatted(escape)).expect(400);
		}
		server.admin().post("/agents", "{\"name\":\"x\",\"description\":\"" + escape + "\"}").expect(400);
		server.admin()
			.post("/policies", "{\"name\":\"x" + escape + "\",\"action\":\"deny\",\"conditions\":{}}")
			.expect(400);
		assertThat(server.jdbc().sql("SELECT COUNT(*) FROM agentotp_permission").query(Long.class).single())
			.isEqualTo(before);
	}

	private static int pages(int length, int ofPage) {
		return (length + ofPage - 1) / ofPage;
	}

	private static String ask(Map<String, ?> request) {
		// So that lists are in the order of the questions.
		server.clock.move(Duration.ofMillis(1));
		return server.mailer()
			.post("/permissions/request", Calls.bound(Json.write(request)))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private static void open(String path) {
		browser.driver().get(server.url() + path);
		requireClean();
	}

	private static void requireClean() {
		assertThatExceptionOfType(NoAlertPresentException.class)
			.isThrownBy(() -> browser.driver().switchTo().alert().getText());
		assertThat((List<?>) browser.driver().executeScript(FIND, URI.create(server.url()).getPath() + "/"))
			.as(browser.driver().getCurrentUrl())
			.isEmpty();
		assertThat(browser.driver().getCurrentUrl()).startsWith(server.url());
		assertThat(browser.driver().getTitle()).endsWith("Agent OTP");
	}

	private static void requireShown(String selector, List<String> expected) {
		requireContained(shown(selector), expected);
	}

	private static void requireContained(List<String> shown, List<String> expected) {
		assertThat(expected).isNotEmpty().allSatisfy((text) -> {
			Pattern marked = marked(text);
			assertThat(shown).as(text).anyMatch((each) -> marked.matcher(each).find());
		});
	}

	// Of many marks in a row the title of the last one names the rest.
	private static final String SHOWN = """
			return [...document.querySelectorAll(arguments[0])].map((each) => {
				const copy = each.cloneNode(true);
				copy.querySelectorAll(".special").forEach((mark) => {
					if (/^[+]\\d+$/.test(mark.textContent)) { mark.textContent = mark.title.replaceAll(" ", ""); }
				});
				return copy.textContent;
			});
			""";

	@SuppressWarnings("unchecked")
	private static List<String> shown(String selector) {
		return (List<String>) Objects.requireNonNull(browser.driver().executeScript(SHOWN, selector));
	}

	// Whether a character that can be seen gets its code, too, is for other tests to say.
	private static Pattern marked(String text) {
		StringBuilder marked = new StringBuilder();
		text.codePoints().forEach((c) -> {
			String character = Character.toString(c);
			String code = "U\\+%04X".formatted(c);
			if (c == '\n' || c == '\t') {
				marked.append((c == '\n') ? "\u21b5\n" : "\u21e5");
			}
			else if (UNSEEN.matcher(character).matches()) {
				marked.append(code);
			}
			else if (c < 0x80) {
				marked.append(Character.isLetterOrDigit(c) ? character : "\\" + character);
			}
			else if (MARK.matcher(character).matches()) {
				marked.append("(").append(character).append("|").append(code).append(")");
			}
			else {
				marked.append(character).append("(").append(code).append(")?");
			}
		});
		return Pattern.compile(marked.toString());
	}

}
