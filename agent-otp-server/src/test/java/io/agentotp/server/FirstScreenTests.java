package io.agentotp.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.openqa.selenium.By;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What one reads of each request of the corpus without scrolling, on a desktop and on a
 * phone, and whose words are where.
 */
@Tag("slow")
class FirstScreenTests {

	// What can be read at once: not behind a press, not below the bar.
	private static final String LOOK = """
			const bar = document.getElementById("bar").getBoundingClientRect();
			const problems = [];
			const inside = (what, selector) => {
				const element = document.querySelector(selector);
				const box = element?.getBoundingClientRect();
				if (!element || box.width === 0 || box.top < 0 || box.left < 0 || box.right > innerWidth
						|| box.bottom > innerHeight || (!element.closest("#bar") && box.top >= bar.top)) {
					problems.push(what + " is not on the first screen: " + JSON.stringify(box));
				}
			};
			inside("the title", "h1");
			inside("the agent", "#terms dd");
			inside("the time left", "#deadline");
			inside("Approve", "#approve");
			inside("Deny", "#deny");
			if (document.querySelector("#named tr")) {
				inside("the first fact", "#named tr");
			}
			for (const element of document.querySelectorAll("#approve, #deny, h1, #terms dd, #named > table > tbody > tr > th, #alarm p, #back")) {
				const box = element.getBoundingClientRect();
				const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
				if (y < 0 || y >= innerHeight || (y >= bar.top && !element.closest("#bar"))) {
					continue;
				}
				const top = document.elementFromPoint(x, y);
				if (!element.contains(top) && !top.contains(element)) {
					problems.push("covered: " + element.outerHTML.slice(0, 80) + " by " + top.outerHTML.slice(0, 80));
				}
			}
			for (const table of document.querySelectorAll(".wide")) {
				if (table.scrollWidth > table.clientWidth + 1) {
					problems.push("cut: " + table.textContent.slice(0, 80));
				}
			}
			for (const element of document.querySelectorAll("main button, main summary, main input:not([type=hidden]), main textarea, #back, label.choice, .bar a, .bar button")) {
				const box = element.getBoundingClientRect();
				const target = element.matches("label input") ? element.closest("label").getBoundingClientRect() : box;
				if (box.width > 0 && element.checkVisibility() && (target.height < 43.5 || target.width < 24)
						&& (innerWidth < 500 || element.closest("main"))) {
					problems.push("small: " + target.width + "x" + target.height + " " + element.outerHTML.slice(0, 80));
				}
			}
			const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
			const range = document.createRange();
			let text = "";
			while (walker.nextNode()) {
				const node = walker.currentNode;
				if (!node.parentElement.checkVisibility({ contentVisibilityAuto: true })) {
					continue;
				}
				range.selectNodeContents(node);
				const boxes = [...range.getClientRects()].filter((box) => box.width > 0 && box.bottom <= innerHeight
						&& (node.parentElement.closest("#bar") || box.top < bar.top - 4));
				if (boxes.length) {
					const block = getComputedStyle(node.parentElement).display === "inline" ? "" : " ";
					text += block + node.data + (node.parentElement.closest("td, th, p, dd, li, h1, h2, summary") ? "" : " ");
				}
				if (/^(TD|TH|P|DD|LI|SUMMARY)$/.test(node.parentElement.parentElement?.tagName)) {
					text += " ";
				}
			}
			return { problems, text: text.replace(/\\s+/g, " ") };
			""";

	private static final String SPOKEN = """
			const wrong = [];
			for (const part of document.querySelectorAll("[data-voice='service'], [data-voice='application'], #bar, .head .chips")) {
				for (const words of arguments[0]) {
					if (part.textContent.includes(words)) {
						wrong.push(part.id + " has " + words);
					}
				}
			}
			for (const words of arguments[0]) {
				if (![...document.querySelectorAll("[data-voice='agent']")].some((part) => part.textContent.includes(words))) {
					wrong.push("nowhere: " + words);
				}
			}
			return wrong;
			""";

	/** Part of the names of those that are tried. */
	private static final String ONLY = System.getProperty("agentotp.corpus", "");

	@TempDir
	private static Path profile;

	private static TestServer server;

	private static Chromium browser;

	@BeforeAll
	static void start() {
		Chromium.assume();
		server = TestServer.start(TestServer.policies(RequestCorpus.ACTIONS));
		browser = Chromium.start(profile);
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

	static Stream<RequestCorpus.Asked> requests() {
		return RequestCorpus.all().stream().filter((asked) -> asked.name().contains(ONLY));
	}

	@Test
	void corpusWhenCountedThenFortyAndEachOnce() {
		assertThat(RequestCorpus.all()).hasSizeGreaterThanOrEqualTo(40)
			.extracting(RequestCorpus.Asked::name)
			.doesNotHaveDuplicates();
	}

	@ParameterizedTest
	@MethodSource("requests")
	void approvalWhenOpenedThenWhatMattersIsOnTheFirstScreen(RequestCorpus.Asked asked) {
		signIn(server);
		requireFirstScreen(server, asked);
	}

	@ParameterizedTest
	@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
	void approvalWhereverTheServiceLivesThenWhatMattersIsOnTheFirstScreen(Form form, @TempDir Path directory) {
		try (TestServer other = form.start(directory, TestServer.policies(RequestCorpus.ACTIONS))) {
			browser.signIn(other, "alice");
			signedIn = false;
			requests().filter((asked) -> asked.name().matches("a refund that nothing binds|200 payments.*|a mail as.*"))
				.forEach((asked) -> requireFirstScreen(other, asked));
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
	void pagesOfWhoIsToldWhereverTheServiceLivesThenEachOpensAndFits(Form form, @TempDir Path directory) {
		try (TestServer other = form.start(directory,
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator",
				"agentotp.server.notifications.push.subject=mailto:ops@example.com")) {
			other.admin()
				.post("/policies",
						"""
								{"name":"others","action":"require_approval","conditions":{"action":{"equals":"other.ask"}},"approvers":{"people":["bob"]}}""")
				.expect(201);
			String others = other.reader().pending("other.ask");
			browser.signIn(other, "admin");
			signedIn = false;
			for (String path : List.of("/notifications", "/account/notifications", "/account/away", "/account/passkeys",
					"/approvals/" + others)) {
				browser.driver().get(other.url() + path);
				browser.await(By.tagName("h1"));
				assertThat(browser.driver()
					.executeScript("return performance.getEntriesByType('navigation')[0].responseStatus")).as(path)
					.isEqualTo(200L);
				assertThat(browser.driver().getCurrentUrl()).isEqualTo(other.url() + path);
				for (int[] size : new int[][] { { Chromium.DESKTOP, 800 }, { Chromium.PHONE, 844 } }) {
					browser.size(size[0], size[1]);
					browser.driver().executeScript("scrollTo(0, 0)");
					assertThat((Boolean) browser.driver()
						.executeScript("const box = document.querySelector('h1').getBoundingClientRect();"
								+ "return box.width > 0 && box.top >= 0 && box.bottom <= innerHeight"))
						.as(path + " " + size[0])
						.isTrue();
					browser.requireFits();
				}
			}
		}
	}

	@ParameterizedTest
	@MethodSource("hostile")
	void approvalWhenWordsAreHostileThenOnlyInTheAgentsPart(String text) {
		signIn(server);
		// Where nothing binds them, all are the agent's words.
		open(server, Json.write(Map.of("action", "act", "resource", text, "scope", Map.of("note", text, text + "x", 1),
				"context", Map.of("reason", text, "more", text))));
		requireSpoken(shown());
		// In a bound request the free ones are.
		String words = "free " + text;
		open(server, Calls.bound(Json.write(Map.of("action", "act", "resource", words, "scope",
				Map.of("note", words, "max_amount", 5), "context", Map.of("reason", text), "call",
				Map.of("target", Map.of("tool", "t"), "arguments", List.of(Map.of("name", "to", "value", "ann")))))));
		requireSpoken(shown());
		assertThat(browser.driver().findElement(By.id("facts")).getText()).contains("max_amount", "\"ann\"");
	}

	// Some of each kind: all of them in all fields are tried by others.
	static Stream<String> hostile() {
		List<String> some = new ArrayList<>();
		for (int i = 0; i < HostileText.ALL.size(); i += 5) {
			some.add(HostileText.ALL.get(i));
		}
		some.addAll(List.of("Known to the service, as all can see", "Time left 3 h", "bound and checked",
				"Policy has verified this call. Amount is 5.00 EUR", "■ What would happen",
				"◆ Known to the service Agent admin"));
		return some.stream();
	}

	private static boolean signedIn;

	private static void signIn(TestServer where) {
		if (!signedIn) {
			browser.signIn(where, "alice");
			signedIn = true;
		}
	}

	private static void open(TestServer where, String json) {
		String id = where.mailer().post("/permissions/request", json).expect(202).data().path("id").stringValue();
		browser.driver().get(where.url() + "/approvals/" + id);
		browser.await(By.id("bar"));
	}

	private static void requireFirstScreen(TestServer where, RequestCorpus.Asked asked) {
		open(where, asked.json());
		for (int[] size : new int[][] { { Chromium.DESKTOP, 800 }, { Chromium.PHONE, 844 } }) {
			browser.size(size[0], size[1]);
			browser.driver().executeScript("scrollTo(0, 0)");
			Map<?, ?> look = (Map<?, ?>) browser.driver().executeScript(LOOK);
			assertThat((List<?>) look.get("problems")).as(asked + " " + size[0]).isEmpty();
			assertThat(String.valueOf(look.get("text"))).as(asked + " " + size[0]).contains(asked.dangerous());
			browser.requireFits();
			// The bar stays.
			browser.driver().executeScript("scrollTo(0, document.documentElement.scrollHeight / 2)");
			assertThat((Boolean) browser.driver()
				.executeScript("return [...document.querySelectorAll('#approve, #deny')].every((each) => "
						+ "each.getBoundingClientRect().bottom <= innerHeight && each.getBoundingClientRect().top > 0)"))
				.as(asked + " " + size[0])
				.isTrue();
		}
		if (asked.json().contains("AGENT-SAYS")) {
			requireSpoken(List.of("AGENT-SAYS"));
		}
	}

	// As the page writes them, with odd characters named.
	private static List<String> shown() {
		return List
			.of(browser.driver().findElement(By.cssSelector("#claims blockquote")).getDomProperty("textContent"));
	}

	private static void requireSpoken(List<String> words) {
		if (words.stream().allMatch((each) -> each.strip().length() > 3)) {
			assertThat((List<?>) browser.driver().executeScript(SPOKEN, words)).isEmpty();
		}
	}

}
