package io.agentotp.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.ExpectedConditions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pages in a real browser, wherever the service lives: what happens elsewhere shows
 * without a reload.
 */
@Tag("slow")
class LivePagesTests {

	@TempDir
	private static Path profile;

	private static Chromium browser;

	@BeforeAll
	static void start() {
		Chromium.assume();
		browser = Chromium.start(profile);
	}

	@AfterAll
	static void stop() {
		if (browser != null) {
			browser.close();
		}
	}

	@ParameterizedTest
	@EnumSource
	void approvalWhenThereIsACallThenItAndTheDecisionAreOnTheFirstScreen(Form form, @TempDir Path directory) {
		try (TestServer server = form.start(directory)) {
			String id = server.mailer().post("/permissions/request", Calls.bound("""
					{"action":"pay","context":{"arguments":{"iban":"FORGED"}},"call":{
					"target":{"bean":"bank","type":"com.example.Bank","method":"pay(com.example.Payment)"},"arguments":[
					{"name":"payment","type":"com.example.Payment","value":{"@type":"com.example.Sepa","iban":"DE11",
						"to":{"@type":"com.example.Id","@value":7},"odd":{"@type":"no type: 5"},
						"form":{"@type":"com.example.Doc","@form":"docForm","@value":[1]}}},
					{"name":"pin","masked":true,"mac":"%1$s"},{"name":"file","bytes":1258291,"sha256":"%1$s"}],
					"notBound":["trace"]}}""".formatted("b".repeat(64)))).expect(202).data().path("id").stringValue();
			browser.width(Chromium.DESKTOP);
			browser.signIn(server, "alice");
			browser.driver().get(server.url() + "/approvals/" + id);
			String facts = browser.await(By.id("facts")).getText();
			assertThat(facts)
				.contains("payment › iban", "\"DE11\"", "payment › to", "bound, but hidden",
						"Not shown: too large. 1.2 MiB")
				.doesNotContain("FORGED", "@value", "@form", "com.example");
			assertThat(browser.await(By.id("not-bound")).getText()).contains("any value: trace");
			for (String part : List.of("#named", "#left-out", "#not-bound", "#approve", "#deny")) {
				assertThat((Boolean) browser.driver()
					.executeScript("return document.querySelector(arguments[0]).getBoundingClientRect().top"
							+ " < window.innerHeight", part))
					.as(part)
					.isTrue();
			}
			browser.scrollToAndClick(By.cssSelector("#technical > summary"));
			String call = browser.await(By.id("call")).getText();
			assertThat(call).contains("com.example.Bank", "pay(com.example.Payment)", "bank", "com.example.Sepa {",
					"\"iban\": \"DE11\"", "\"to\": com.example.Id(7)", "\"@type\": \"no type: 5\"",
					"com.example.Doc as \"docForm\" ([ 1 ])", "bound, but hidden", "Not shown: too large",
					"1,258,291 bytes", "b".repeat(64));
			assertThat(call).doesNotContain("FORGED", "@value", "@form");
			assertThat(browser.driver().findElement(By.id("claims")).getText()).contains("FORGED");
			assertThat(browser.driver().findElements(By.cssSelector("#arguments .type")))
				.extracting(WebElement::getText)
				.containsExactly("com.example.Sepa", "com.example.Id", "com.example.Doc");
			browser.width(Chromium.PHONE);
			browser.requireFits();
			browser.await(By.id("approve")).click();
			// Not before one has said that one has not seen the file.
			browser.await(By.cssSelector("#unseen input:invalid")).click();
			browser.await(By.id("approve")).click();
			assertThat(browser.await(By.id("result")).getAttribute("data-result")).isEqualTo("approved");
			browser.width(Chromium.DESKTOP);
			browser.driver().get(server.url() + "/history");
			assertThat(browser.await(By.cssSelector("[data-permission-id='" + id + "']")).getText())
				.contains("com.example.Bank.pay(com.example.Payment)");
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
	void pagesWhenTheCatalogueHasTheActionThenTitleRiskAndFactsAreOnTheFirstScreen(Form form, @TempDir Path directory) {
		try (TestServer server = form.start(directory, TestServer.policies(ActionPageTests.ACTIONS))) {
			String id = ActionPageTests.refund(server, "Ann \u202eevil");
			browser.signIn(server, "alice");
			for (int width : new int[] { Chromium.DESKTOP, Chromium.PHONE }) {
				browser.width(width);
				browser.driver()
					.executeCdpCommand("Emulation.setTimezoneOverride", Map.of("timezoneId", "America/New_York"));
				browser.driver().get(server.url() + "/");
				assertThat(browser.await(By.cssSelector("[data-permission-id='" + id + "']")).getText())
					.contains("Refund 1,250.50 EUR to Ann U+202Eevil", "high risk", "At most 1,250.50 EUR");
				browser.requireFits();
				browser.driver().get(server.url() + "/approvals/" + id);
				assertThat(browser.await(By.tagName("h1")).getText())
					.isEqualTo("Refund 1,250.50 EUR to Ann U+202Eevil");
				for (String part : List.of("h1", "[data-risk='high'].status", "#named tr")) {
					assertThat((Boolean) browser.driver()
						.executeScript("return document.querySelector(arguments[0]).getBoundingClientRect().bottom"
								+ " < window.innerHeight", part))
						.as(part)
						.isTrue();
				}
				assertThat((Long) browser.driver()
					.executeScript("return document.querySelector('#named caption').clientHeight")).as("in one line")
					.isLessThan(30);
				// In the zone of the reader, who is told which.
				assertThat(browser.await(By.id("named")).getText()).contains("Nov 28, 2026", "08:36:47", "EST",
						"Sum 1,250.50 EUR");
				assertThat(browser.driver().findElement(By.cssSelector("#named details .text")).isDisplayed())
					.isFalse();
				browser.scrollToAndClick(By.cssSelector("#named summary"));
				assertThat(browser.driver().findElement(By.id("named")).getText()).contains("Dear customer");
				browser.scrollToAndClick(By.cssSelector("#technical summary"));
				assertThat(browser.driver().findElement(By.id("technical")).getText())
					.contains("\"2026-11-29T01:36:47Z\"");
				browser.requireFits();
			}
			browser.driver().executeCdpCommand("Emulation.setTimezoneOverride", Map.of("timezoneId", ""));
			browser.width(Chromium.DESKTOP);
		}
	}

	// As often as it was told, and what was said, in this browser.
	private static final String EARS = """
			window.told = [];
			window.Notification = class {
				static permission = "granted";
				static async requestPermission() { return "granted"; }
				constructor(title, options) { window.told.push(title + ": " + options.body); }
			};
			window.AudioContext = class {
				state = "running"; currentTime = 0; destination = {};
				createOscillator() {
					return { connect: (next) => next, frequency: {}, start: () => window.told.push("beep"), stop() {} };
				}
				createGain() {
					return { connect: (next) => next,
						gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} } };
				}
			};
			""";

	private static void everyPageTells(TestServer server) {
		WebDriver driver = browser.driver();
		Object ears = browser.driver()
			.executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source", EARS))
			.get("identifier");
		driver.get(server.url() + "/account");
		for (String what : List.of("sound", "notification")) {
			assertThat(browser.await(By.name(what)).isSelected()).isFalse();
			driver.findElement(By.name(what)).click();
		}
		for (String page : List.of("/account", "/agents", "/policies", "/audit", "/numbers", "/history")) {
			driver.get(server.url() + page);
			assertThat(driver.getTitle()).as(page).doesNotStartWith("(");
			String id = server.mailer().pending("secret.action");
			browser.waiting().until((ready) -> driver.getTitle().startsWith("(1) "));
			assertThat(icon()).as(page).isEqualTo(server.url() + "/assets/icon-1.svg");
			browser.waiting().until((ready) -> told().size() == 2);
			assertThat(told()).as(page).containsExactly("beep", "New permission request: Pending requests: 1");
			server.admin().post("/freeze", "{\"reason\":\"stop it\"}").expect(200);
			assertThat(browser.await(By.id("frozen")).getText()).as(page).contains("stop it");
			browser.waiting().until((ready) -> !driver.getTitle().startsWith("("));
			assertThat(icon()).as(page).isEqualTo(server.url() + "/assets/icon.svg");
			server.admin().post("/unfreeze", "{}").expect(200);
			browser.waiting().until(ExpectedConditions.invisibilityOfElementLocated(By.id("frozen")));
			if (page.equals("/history")) {
				browser.await(By.cssSelector("[data-permission-id='" + id + "']"));
			}
		}
		driver.get(server.url() + "/account");
		driver.findElement(By.name("sound")).click();
		driver.findElement(By.name("notification")).click();
		browser.driver().executeCdpCommand("Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", ears));
	}

	private static String icon() {
		return browser.driver().findElement(By.cssSelector("link[rel=icon]")).getAttribute("href");
	}

	@SuppressWarnings("unchecked")
	private static List<String> told() {
		return (List<String>) browser.driver().executeScript("return window.told");
	}

	@ParameterizedTest
	@EnumSource
	void pagesWhenSomethingHappensElsewhereThenShowIt(Form form, @TempDir Path directory) {
		try (TestServer server = form.start(directory)) {
			WebDriver driver = browser.driver();
			assertThat(server.url()).endsWith(form.path());
			browser.signIn(server, "alice");
			assertThat(driver.getCurrentUrl()).isEqualTo(server.url() + "/");
			browser.await(By.cssSelector("[data-live='on']"));
			String id = server.mailer().pending("mail.send");
			By card = By.cssSelector("[data-permission-id='" + id + "']");
			browser.await(card);
			assertThat(driver.findElement(By.id("notice")).isDisplayed()).isFalse();

			server.admin().post("/freeze", "{\"reason\":\"stop it\"}").expect(200);
			assertThat(browser.await(By.id("frozen")).getText()).contains("stop it");
			browser.waiting().until(ExpectedConditions.invisibilityOfElementLocated(card));
			server.admin().post("/unfreeze", "{}").expect(200);

			String next = server.mailer().pending("mail.send");
			browser.await(By.cssSelector("[data-permission-id='" + next + "'] a")).click();
			browser.await(By.id("approve"));
			server.alice().decide(next, false).expect(200);
			browser.await(By.cssSelector("#status[data-status='denied']"));

			String last = server.mailer().pending("mail.send");
			driver.get(server.url() + "/approvals/" + last);
			browser.clickUntil(By.id("approve"), By.id("result"));
			assertThat(browser.await(By.id("result")).getAttribute("data-result")).isEqualTo("approved");
			assertThat(server.mailer().token(last)).startsWith("otp_");

			everyPageTells(server);
			driver.findElement(By.id("sign-out")).click();
			browser.await(By.id("username"));
			assertThat(driver.getCurrentUrl()).startsWith(server.url() + "/sign-in");
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
	void storyWhenUsedElsewhereThenShownInPlace(Form form, @TempDir Path directory) {
		try (TestServer server = form.start(directory)) {
			WebDriver driver = browser.driver();
			browser.signIn(server, "alice");
			String id = server.mailer()
				.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_uses\":2}}")
				.expect(202)
				.data()
				.path("id")
				.stringValue();
			server.alice().decide(id, true).expect(200);
			String token = server.mailer().token(id);
			driver.get(server.url() + "/approvals/" + id);
			browser.scrollToAndClick(By.cssSelector("#revoke > summary"));
			browser.await(By.id("revoke-reason")).sendKeys("too m");
			browser.waiting().until((ready) -> !driver.findElement(By.id("story-uses")).getText().isEmpty());
			server.mailer().use(id, token).expect(200);
			By uses = By.id("story-uses");
			browser.waiting().until(ExpectedConditions.textToBePresentInElementLocated(uses, "Used once of 2"));
			assertThat(driver.findElements(By.cssSelector("#trail [data-event='used']"))).hasSize(1);
			assertThat(driver.findElement(By.id("revoke-reason")).getDomProperty("value")).isEqualTo("too m");
			server.mailer().use(id, token).expect(200);
			browser.waiting().until(ExpectedConditions.textToBePresentInElementLocated(uses, "Used 2 times of 2"));
			browser.await(By.cssSelector("#status[data-status='used']"));

			String other = server.mailer().pending("mail.send");
			server.alice().decide(other, true).expect(200);
			driver.get(server.url() + "/history");
			String card = "[data-permission-id='" + other + "'] .status[data-status='%s']";
			browser.await(By.cssSelector(card.formatted("approved")));
			server.mailer().post("/permissions/" + other + "/revoke", "{}").expect(200);
			browser.await(By.cssSelector(card.formatted("revoked")));
			String byPolicy = server.mailer().request("table.drop").expect(200).data().path("id").stringValue();
			browser.await(By.cssSelector("[data-permission-id='" + byPolicy + "']"));
		}
	}

}
