package io.agentotp.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pages in a real browser: a question arrives in the inbox by itself and is decided.
 */
class BrowserTests {

	@TempDir
	private static Path profile;

	private static TestServer server;

	private static Chromium browser;

	private static WebDriver driver;

	@BeforeAll
	static void start() {
		Chromium.assume();
		server = TestServer.start("agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH);
		browser = Chromium.start(profile);
		driver = browser.driver();
		browser.signIn(server, "alice");
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

	@Test
	void inboxWhenQuestionArrivesThenShownByItselfAndApproved() {
		openInbox();
		String id = server.mailer().pending("browser.1");
		WebElement row = await(By.cssSelector("[data-permission-id='" + id + "'] a"));
		row.click();
		await(By.id("approve")).click();
		assertThat(await(By.id("result")).getAttribute("data-result")).isEqualTo("approved");
		assertThat(server.mailer().token(id)).startsWith("otp_");
	}

	@Test
	void inboxWhenDeniedWithReasonThenAgentGetsIt() {
		openInbox();
		String id = server.mailer().pending("browser.2");
		await(By.cssSelector("[data-permission-id='" + id + "'] a")).click();
		await(By.id("reason")).sendKeys("not this one");
		driver.findElement(By.id("deny")).click();
		await(By.cssSelector("#result[data-result='denied']"));
		assertThat(server.mailer().get("/permissions/" + id).data().path("reason").stringValue())
			.isEqualTo("not this one");
	}

	@Test
	void approvalWhenPendingThenOnlyItsStateHasTheColourOfTheState() {
		String id = server.mailer().pending("browser.colour");
		openInbox();
		driver.get(server.url() + "/approvals/" + id);
		String text = await(By.id("main")).getCssValue("color");
		assertThat(text).isEqualTo(driver.findElement(By.tagName("body")).getCssValue("color"));
		assertThat(driver.findElement(By.id("status")).getCssValue("color")).isNotEqualTo(text);
		driver.get("about:blank");
		server.alice().decide(id, false).expect(200);
	}

	@Test
	void reasonWhenKeptThenOfferedForTheNextRequest() {
		String first = server.mailer().pending("browser.kept");
		String next = server.mailer().pending("browser.kept.next");
		openInbox();
		driver.get(server.url() + "/approvals/" + first);
		await(By.id("reason")).sendKeys("Not without the <b>ticket</b>");
		clickOn(".reasons button[data-keep]");
		await(By.cssSelector(".reasons button[data-reason]"));
		driver.get(server.url() + "/approvals/" + next);
		assertThat(await(By.cssSelector(".reasons button[data-reason]")).getText())
			.isEqualTo("Not without the <b>ticket</b>");
		clickOn(".reasons button[data-reason]");
		assertThat(driver.findElement(By.id("reason")).getDomProperty("value"))
			.isEqualTo("Not without the <b>ticket</b>");
		driver.get(server.url() + "/account");
		clickOn("#reasons [value='remove']");
		driver.get(server.url() + "/approvals/" + next);
		await(By.cssSelector(".reasons button[data-keep]"));
		assertThat(driver.findElements(By.cssSelector(".reasons button[data-reason]"))).isEmpty();
		driver.get("about:blank");
		server.alice().decide(first, false).expect(200);
		server.alice().decide(next, false).expect(200);
	}

	@Test
	void approvalWhenNumbersStandAmongLettersFromRightToLeftThenInTheirOrder() {
		String id = server.mailer()
			.post("/permissions/request", "{\"action\":\"browser.rtl\",\"scope\":{\"pay\":\"5 \u05d0 1000\"}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		openInbox();
		driver.get(server.url() + "/approvals/" + id);
		await(By.id("facts"));
		Object places = ((JavascriptExecutor) driver).executeScript(
				"""
						const value = [...document.querySelectorAll("#named td .text")].find((text) => text.textContent.includes("1000"));
						const place = (text) => {
							const walker = document.createTreeWalker(value, NodeFilter.SHOW_TEXT);
							while (walker.nextNode()) {
								const at = walker.currentNode.data.indexOf(text);
								if (at >= 0) {
									const range = document.createRange();
									range.setStart(walker.currentNode, at);
									range.setEnd(walker.currentNode, at + text.length);
									return Math.round(range.getBoundingClientRect().left);
								}
							}
						};
						const found = ["5", "\u05d0", "1000"].map(place);
						return found.every((left, index) => index === 0 || left > found[index - 1]);
						""");
		assertThat(places).isEqualTo(true);
		driver.get("about:blank");
		server.alice().decide(id, false).expect(200);
	}

	private static void clickOn(String button) {
		((JavascriptExecutor) driver).executeScript("arguments[0].click()", await(By.cssSelector(button)));
	}

	@Test
	void inboxWhenDecidedElsewhereThenGoneByItself() {
		String id = server.mailer().pending("browser.3");
		openInbox();
		By row = By.cssSelector("[data-permission-id='" + id + "']");
		await(row);
		server.alice().decide(id, true).expect(200);
		assertThat(waiting().until(ExpectedConditions.invisibilityOfElementLocated(row))).isTrue();
	}

	@Test
	void inboxWhenEverythingIsFrozenThenBannerShowsByItself() {
		server.mailer().pending("mail.send");
		openInbox();
		server.admin().post("/freeze", "{\"reason\":\"stop it\"}").expect(200);
		try {
			assertThat(await(By.id("frozen")).getText()).contains("Everything is frozen", "stop it");
		}
		finally {
			server.admin().post("/unfreeze", "{}").expect(200);
		}
	}

	@Test
	void linkForAPasswordWhenOpenedThenInTheFormAndNotInTheAddress() {
		driver.get(server.admin()
			.post("/users", "{\"name\":\"new.one@example.com\",\"roles\":[\"approver\"]}")
			.expect(201)
			.data()
			.path("link")
			.stringValue());
		assertThat(await(By.id("username")).getDomProperty("value")).isEqualTo("new.one@example.com");
		assertThat(driver.getCurrentUrl()).isEqualTo(server.url() + "/set-password");
		driver.findElement(By.id("new-password")).sendKeys("a password of one's own");
		driver.findElement(By.id("repeated")).sendKeys("a password of one's own");
		driver.findElement(By.id("set-password")).click();
		await(By.id("password-changed"));
		assertThat(server.admin().get("/users/new.one@example.com").data().path("hasPassword").booleanValue()).isTrue();
	}

	@Test
	void detailWhenDecidedElsewhereThenShowsIt() {
		String id = server.mailer().pending("browser.4");
		driver.get(server.url() + "/approvals/" + id);
		await(By.id("approve"));
		server.alice().decide(id, false).expect(200);
		assertThat(await(By.cssSelector("#status[data-status='denied']")).getText()).isEqualTo("denied");
	}

	@Test
	void approveWhenPressedBeforeTheFactsWereOnScreenThenNotDecided() {
		String id = server.mailer().pending("browser.moment");
		String script = browser.driver().executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source", """
				const below = new CSSStyleSheet();
				below.replaceSync("#facts { position: fixed; top: 200vh }");
				document.adoptedStyleSheets = [below];""")).get("identifier").toString();
		driver.get(server.url() + "/approvals/" + id);
		browser.driver().executeCdpCommand("Page.removeScriptToEvaluateOnNewDocument", Map.of("identifier", script));
		driver.findElement(By.id("approve")).click();
		assertThat(driver.findElement(By.id("wait")).getText())
			.isEqualTo("Read what would happen first, then press again.");
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		browser.driver().executeScript("document.adoptedStyleSheets = []");
		await(By.id("approve")).click();
		assertThat(await(By.id("result")).getAttribute("data-result")).isEqualTo("approved");
	}

	@Test
	void denyWhenThereIsNoReasonThenAskedForOneOnce() {
		String id = server.mailer().pending("browser.nudge");
		driver.get(server.url() + "/approvals/" + id);
		await(By.cssSelector("main[data-read=true]"));
		await(By.id("deny")).click();
		assertThat(await(By.id("wait")).getText()).contains("Say why");
		assertThat(driver.switchTo().activeElement().getAttribute("id")).isEqualTo("reason");
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		driver.findElement(By.id("deny")).click();
		assertThat(await(By.id("result")).getAttribute("data-result")).isEqualTo("denied");
	}

	@Test
	void reasonWhenTypedThenKeptWhenSomebodyElseDecidesOrTheSessionEnds() {
		String id = server.mailer().pending("browser.typed");
		driver.get(server.url() + "/approvals/" + id);
		await(By.id("reason")).sendKeys("a long <thought>");
		driver.manage().deleteAllCookies();
		driver.findElement(By.id("deny")).click();
		await(By.id("to-sign-in"));
		browser.signIn(server, "alice");
		driver.get(server.url() + "/approvals/" + id);
		assertThat(await(By.id("reason")).getAttribute("value")).isEqualTo("a long <thought>");
		server.alice().decide(id, true).expect(200);
		assertThat(await(By.id("unsent")).getAttribute("value")).isEqualTo("a long <thought>");
		// Once it is sent, it is no longer kept.
		String other = server.mailer().pending("browser.typed");
		driver.get(server.url() + "/approvals/" + other);
		await(By.id("reason")).sendKeys("sent");
		driver.findElement(By.id("deny")).click();
		await(By.cssSelector("#result[data-result='denied']"));
		assertThat(driver.findElements(By.id("unsent"))).isEmpty();
	}

	@Test
	void timeLeftWhenTheClockOfTheServiceIsAheadThenItsClockCountsAndTheLastMinuteIsMarked() {
		String id = server.mailer().pending("browser.minute");
		// The page of what expires with this move would ask for itself again while
		// another one is opened.
		openInbox();
		server.clock.move(Duration.ofSeconds(570));
		driver.get(server.url() + "/approvals/" + id);
		WebElement left = await(By.cssSelector("#deadline.soon"));
		assertThat(left.getText()).matches("[12]?[0-9] s");
		assertThat(Long.parseLong(left.getDomAttribute("data-deadline"))).isBetween(1L, 30_000L);
	}

	@Test
	void inboxWhenIdenticalQuestionsArriveThenOneCardCountsThemAndKeepsTheFocus() {
		String id = server.mailer().pending("browser.twice");
		openInbox();
		By row = By.cssSelector("[data-permission-id='" + id + "']");
		WebElement link = await(row).findElement(By.tagName("a"));
		((JavascriptExecutor) driver).executeScript("arguments[0].focus()", link);
		server.clock.move(Duration.ofMillis(1));
		String second = server.mailer().pending("browser.twice");
		String third = server.mailer().pending("browser.twice");
		waiting().until(
				ExpectedConditions.textToBe(By.cssSelector("[data-permission-id='" + id + "'] .count"), "3 identical"));
		assertThat(driver.switchTo().activeElement().getAttribute("href")).endsWith("/approvals/" + id);
		driver.switchTo().activeElement().sendKeys(Keys.ENTER);
		await(By.id("approve-all"));
		String fourth = server.mailer().pending("browser.twice");
		await(By.id("more"));
		assertThat(driver.findElement(By.id("approve-all")).getText()).isEqualTo("Approve all 3");
		requireFitsPhone();
		driver.findElement(By.id("approve-all")).click();
		assertThat(await(By.id("batch")).getText()).contains("3 of the 3");
		assertThat(server.mailer().token(second)).isNotEqualTo(server.mailer().token(third));
		assertThat(server.mailer().status(fourth)).isEqualTo("pending");
	}

	@Test
	void keysWhenPressedThenOnlyMoveTheFocus() {
		String id = server.mailer()
			.post("/permissions/request", "{\"action\":\"browser.keys\",\"scope\":{\"max_emails\":10}}")
			.data()
			.path("id")
			.stringValue();
		openInbox();
		assertThat(await(By.id("keys")).getText()).contains("next");
		int rows = driver.findElements(By.cssSelector("#inbox a")).size();
		press("j".repeat(rows + 3));
		assertThat(driver.switchTo().activeElement().getAttribute("href"))
			.isEqualTo(driver.findElements(By.cssSelector("#inbox a")).get(rows - 1).getAttribute("href"));
		press("k".repeat(rows - 1));
		assertThat(driver.switchTo().activeElement().getAttribute("href"))
			.isEqualTo(driver.findElements(By.cssSelector("#inbox a")).get(0).getAttribute("href"));
		driver.get(server.url() + "/approvals/" + id);
		assertThat(await(By.id("keys")).getText()).contains("to approve");
		for (String key : new String[] { "a:approve", "d:deny", "A:deny", "n:n0" }) {
			press(key.substring(0, 1));
			assertThat(driver.switchTo().activeElement().getAttribute("id")).isEqualTo(key.substring(2));
		}
		// In a field the keys are text, and the end of the line decides nothing.
		driver.switchTo().activeElement().sendKeys("da", Keys.ENTER);
		assertThat(driver.switchTo().activeElement().getAttribute("value")).isEqualTo("da");
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		WebElement limit = driver.findElement(By.id("n0"));
		limit.clear();
		limit.sendKeys("4");
		((JavascriptExecutor) driver).executeScript("document.activeElement.blur()");
		press("a");
		// One can have read it by then.
		await(By.cssSelector("main[data-read=true]"));
		driver.switchTo().activeElement().sendKeys(Keys.ENTER);
		assertThat(await(By.id("result")).getAttribute("data-result")).isEqualTo("approved");
		assertThat(driver.findElement(By.id("facts")).getText()).contains("What was granted", "max_emails");
	}

	private static void press(String keys) {
		new Actions(driver).sendKeys(keys).perform();
	}

	@Test
	void detailWhenHostileThenNothingRuns() {
		String hostile = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>";
		String id = server.mailer()
			.post("/permissions/request",
					io.agentotp.server.json.Json.write(Map.of("action", "act", "resource", hostile, "context",
							Map.of("reason", hostile, "arguments", Map.of("a", hostile)))))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		driver.get(server.url() + "/approvals/" + id);
		assertThat(await(By.id("claims")).getText()).contains(hostile);
		assertThat(driver.findElement(By.id("facts")).getText()).contains(hostile);
		assertThat(driver.getTitle()).doesNotContain("owned");
		openInbox();
		assertThat(await(By.cssSelector("[data-permission-id='" + id + "']")).getText()).contains(hostile);
		assertThat(driver.getTitle()).doesNotContain("owned");
	}

	@Test
	void policiesWhenTriedThenSaysWhichPolicySpoke() {
		driver.get(server.url() + "/policies");
		await(By.cssSelector("#try summary")).click();
		await(By.id("action")).sendKeys("table.drop");
		driver.findElement(By.id("simulate")).click();
		assertThat(await(By.id("simulation")).getText()).contains("Denied", "no drops", "Tables are never dropped");
		assertThat(await(By.cssSelector("[data-applied='true'] .outcome")).getText()).isEqualTo("holds");
		requireFitsPhone();
	}

	@Test
	void auditWhenFilteredThenShownAndFitsPhone() {
		String id = server.mailer().pending("browser.5");
		driver.get(server.url() + "/audit?permissionId=" + id);
		assertThat(await(By.id("total")).getText()).isEqualTo("1 row");
		await(By.cssSelector("#rows summary")).click();
		assertThat(await(By.cssSelector("#rows li")).getText()).contains("requested", "browser.5");
		requireFitsPhone();
	}

	private static void requireFitsPhone() {
		browser.width(Chromium.PHONE);
		try {
			browser.requireFits();
		}
		finally {
			browser.width(1000);
		}
	}

	private static void openInbox() {
		driver.get(server.url() + "/");
		await(By.cssSelector("[data-live='on']"));
	}

	private static WebElement await(By element) {
		return browser.await(element);
	}

	private static WebDriverWait waiting() {
		return browser.waiting();
	}

}
