package io.agentotp.server;

import java.nio.file.Path;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.support.ui.ExpectedConditions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What people do on each page, in a real browser with the keyboard alone: on a desktop
 * and on a phone, with the script and without it.
 */
@Tag("slow")
@ParameterizedClass
@MethodSource("looks")
class PageTasksTests {

	@TempDir
	private static Path profile;

	private static TestServer server;

	private static Chromium browser;

	@Parameter
	private Look look;

	static Stream<Look> looks() {
		return Stream.of(new Look(Chromium.DESKTOP, true), new Look(Chromium.DESKTOP, false),
				new Look(Chromium.PHONE, true), new Look(Chromium.PHONE, false));
	}

	@BeforeAll
	static void start() {
		Chromium.assume();
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator");
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

	@BeforeEach
	void signIn() {
		browser.width(this.look.width());
		browser.script(this.look.script());
		browser.driver().manage().deleteAllCookies();
		browser.driver().get(server.url() + "/sign-in");
		// The cursor stands in the first field.
		browser.await(By.id("username"));
		browser.press("admin", Keys.TAB, TestServer.PASSWORD, Keys.ENTER);
		browser.await(By.id("sign-out"));
		// The script takes away what is only needed without it.
		browser.waiting().until((driver) -> driver.findElement(By.id("refresh")).isDisplayed() != this.look.script());
	}

	@Test
	void inboxWhenDeniedWithReasonThenAgentGetsIt() {
		// No other question is the same, so it has a card of its own.
		String id = server.mailer().pending("mail.deny-" + this.look.width() + this.look.script());
		open("/");
		enter(By.cssSelector("[data-permission-id='" + id + "'] a"));
		browser.tabTo(By.id("reason"));
		browser.press("not this one");
		browser.requireFits();
		enter(By.id("deny"));
		browser.await(By.cssSelector("#status[data-status='denied']"));
		assertThat(server.mailer().get("/permissions/" + id).data().path("reason").stringValue())
			.isEqualTo("not this one");
	}

	@Test
	void approvalWhenApprovedThenAgentHasToken() {
		String id = server.mailer().pending("mail.approve-" + this.look.width() + this.look.script());
		open("/approvals/" + id);
		enter(By.id("approve"));
		browser.await(By.cssSelector("#status[data-status='approved']"));
		assertThat(server.mailer().token(id)).startsWith("otp_");
	}

	@Test
	void historyWhenFilteredThenOnlyThose() {
		String denied = server.mailer().request("table.drop").expect(200).data().path("id").stringValue();
		String used = server.mailer().request("read.page").expect(201).data().path("id").stringValue();
		open("/history");
		enter(By.cssSelector("details summary"));
		browser.tabTo(By.id("status"));
		browser.press("denied");
		browser.tabTo(By.id("action"));
		browser.press("table", Keys.ENTER);
		browser.waiting().until(ExpectedConditions.urlContains("status=denied"));
		browser.await(By.cssSelector("[data-permission-id='" + denied + "']"));
		assertThat(browser.driver().findElements(By.cssSelector("[data-permission-id='" + used + "']"))).isEmpty();
		browser.requireFits();
	}

	@Test
	void agentWhenMadeRotatedFrozenAndRevokedThenItsKeyFollows() {
		String name = "by-keys-" + this.look.width() + this.look.script();
		open("/agents");
		enter(By.cssSelector("#add summary"));
		browser.tabTo(By.id("name"));
		browser.press(name);
		browser.tabTo(By.id("owner"));
		browser.press("bob");
		enter(By.id("create-agent"));
		String key = browser.await(By.id("key")).getText();
		server.api(key).request("read.page").expect(201);
		browser.requireFits();
		browser.driver().navigate().refresh();
		assertThat(browser.driver().getPageSource()).doesNotContain(key);

		open("/agents/" + name);
		enter(By.xpath("//summary[starts-with(.,'Rotate')]"));
		enter(By.id("rotate-key"));
		String next = browser.await(By.id("key")).getText();
		assertThat(next).isNotEqualTo(key);
		assertThat(browser.driver().findElement(By.id("old-key")).getText()).contains("The key before ended");
		server.api(key).request("read.page").expect(401);
		server.api(next).request("read.page").expect(201);
		enter(By.id("done"));

		enter(By.xpath("//summary[starts-with(.,'Freeze')]"));
		browser.tabTo(By.id("reason"));
		browser.press("asks too much");
		enter(By.id("freeze-agent"));
		assertThat(browser.await(By.id("agent-frozen")).getText()).contains("asks too much");
		server.api(next).request("read.page").expect(403);
		browser.requireFits();
		enter(By.id("unfreeze"));
		browser.waiting().until(ExpectedConditions.invisibilityOfElementLocated(By.id("agent-frozen")));
		server.api(next).request("read.page").expect(201);

		enter(By.xpath("//summary[starts-with(.,'Revoke')]"));
		enter(By.id("revoke-agent"));
		browser.await(By.id("agents"));
		assertThat(browser.driver().findElements(By.cssSelector("[data-agent='" + name + "']"))).isEmpty();
		server.api(next).request("read.page").expect(401);
	}

	@Test
	void everythingWhenFrozenThenBannerUntilUnfrozen() {
		open("/agents");
		enter(By.id("freeze-all"));
		browser.tabTo(By.id("reason"));
		browser.press("stop it");
		server.mailer().request("read.page").expect(201);
		enter(By.id("freeze-everything"));
		try {
			assertThat(browser.await(By.id("frozen")).getText()).contains("Everything is frozen", "stop it");
			browser.requireFits();
			server.mailer().request("read.page").expect(403);
			enter(By.cssSelector("#frozen a"));
			enter(By.id("unfreeze-everything"));
			browser.waiting().until(ExpectedConditions.invisibilityOfElementLocated(By.id("frozen")));
		}
		finally {
			server.admin().post("/unfreeze", "{}").expect(200);
		}
		server.mailer().request("read.page").expect(201);
	}

	@Test
	void policiesWhenTriedThenSaysWhichSpoke() {
		open("/policies");
		enter(By.cssSelector("#try summary"));
		browser.tabTo(By.id("action"));
		browser.press("table.drop", Keys.ENTER);
		assertThat(browser.await(By.id("simulation")).getText()).contains("Denied", "no drops");
		browser.requireFits();
	}

	@Test
	void auditWhenFilteredAndVerifiedThenShown() {
		String id = server.mailer().pending("mail.send");
		open("/audit");
		enter(By.cssSelector("details summary"));
		browser.tabTo(By.id("permissionId"));
		browser.press(id, Keys.ENTER);
		browser.waiting().until(ExpectedConditions.textToBe(By.id("total"), "1 row"));
		browser.requireFits();
		enter(By.id("verify"));
		assertThat(browser.await(By.id("report")).getText()).contains("Nothing was tampered with");
		browser.requireFits();
	}

	@Test
	void numbersWhenSpanIsChosenThenChartsAndTable() {
		server.mailer().request("read.page").expect(201);
		open("/numbers");
		enter(By.linkText("30 days"));
		browser.waiting().until(ExpectedConditions.urlContains("span=month"));
		browser.await(By.cssSelector("#chart-requests rect"));
		assertThat(browser.driver().findElement(By.cssSelector(".tabs [aria-current]")).getText()).isEqualTo("30 days");
		// The table scrolls by itself, which the keyboard has to reach, too.
		browser.tabTo(By.cssSelector("[role='region']"));
		browser.requireFits();
	}

	@Test
	void signOutWhenPressedThenSignedOut() {
		enter(By.id("sign-out"));
		assertThat(browser.await(By.cssSelector("main .notice")).getText()).isEqualTo("You are signed out.");
	}

	private static void open(String path) {
		browser.driver().get(server.url() + path);
		browser.requireFits();
	}

	private static void enter(By element) {
		browser.tabTo(element);
		browser.press(Keys.ENTER);
	}

	record Look(int width, boolean script) {

	}

}
