package io.agentotp.sample;

import java.time.Duration;
import java.util.function.BooleanSupplier;

import io.agentotp.sample.RunningSample.Approver;
import io.agentotp.sample.mail.InProcessMailServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The whole loop as people see it: the agent's page in one tab, the inbox in another.
 */
@SpringBootTest(webEnvironment = WebEnvironment.DEFINED_PORT)
@DirtiesContext
class SampleBrowserTests {

	@LocalServerPort
	private int port;

	@Autowired
	private InProcessMailServer mailServer;

	private Approver approver;

	// One for all tests: a browser starts for seconds.
	private static WebDriver browser;

	private static String agentTab;

	private static String inboxTab;

	@DynamicPropertySource
	static void settings(DynamicPropertyRegistry registry) {
		RunningSample.settings().forEach((name, value) -> registry.add(name, () -> value));
		registry.add("spring.datasource.url", () -> "jdbc:h2:mem:browser");
	}

	@BeforeEach
	void openBothTabs() {
		this.approver = RunningSample.approver(this.port);
		if (browser == null) {
			openAndSignIn();
		}
		browser.switchTo().window(inboxTab);
		browser.get("http://localhost:" + this.port + "/agent-otp/");
		browser.switchTo().window(agentTab);
		browser.get("http://localhost:" + this.port + "/");
	}

	private void openAndSignIn() {
		browser = Browser.open();
		browser.get("http://localhost:" + this.port + "/");
		agentTab = browser.getWindowHandle();
		String inbox = browser.findElement(By.id("inbox")).getDomProperty("href");
		browser.switchTo().newWindow(WindowType.TAB);
		inboxTab = browser.getWindowHandle();
		browser.get(inbox);
		browser.findElement(By.id("username")).sendKeys("approver");
		browser.findElement(By.id("password")).sendKeys("approver");
		browser.findElement(By.id("sign-in")).click();
	}

	@AfterAll
	static void close() {
		if (browser != null) {
			browser.quit();
		}
	}

	@Test
	void pickTheMailTaskWhenApprovedThenTheMailArrives() {
		int mails = this.mailServer.received().size();
		String id = askAndOpenTheApproval();
		assertThat(browser.findElement(By.tagName("main")).getText()).contains("email.send", "email:client@example.com",
				"agent-otp-sample", "Invoice 42", "find invoice 42 over 99.00 EUR");
		assertThat(this.mailServer.received()).hasSize(mails);
		click("approve");
		browser.switchTo().window(agentTab);
		waitFor("article[data-state='DONE']");
		assertThat(this.mailServer.received()).hasSize(mails + 1);
		assertThat(textOf(".mail .to")).isEqualTo("client@example.com");
		until(() -> this.approver.auditOf(id).size() == 3);
		assertThat(this.approver.auditOf(id)).containsExactly("requested", "approved", "used");
	}

	@Test
	void pickTheMailTaskWhenDeniedThenNoMailAndTheReasonIsText() {
		int mails = this.mailServer.received().size();
		String id = askAndOpenTheApproval();
		browser.findElement(By.id("reason")).sendKeys("<script>document.title = 'attacked'</script>");
		click("deny");
		browser.switchTo().window(agentTab);
		assertThat(textOf("article[data-state='DENIED']")).contains("<script>document.title = 'attacked'</script>");
		assertThat(browser.getTitle()).isEqualTo("A small agent at work");
		browser.switchTo().window(inboxTab);
		browser.get("http://localhost:" + this.port + "/agent-otp/approvals/" + id);
		assertThat(browser.findElement(By.tagName("main")).getText())
			.contains("<script>document.title = 'attacked'</script>");
		assertThat(browser.getTitle()).isNotEqualTo("attacked");
		assertThat(this.mailServer.received()).hasSize(mails);
		assertThat(this.approver.auditOf(id)).containsExactly("requested", "denied");
	}

	@Test
	void askInTheChatWhenApprovedThenTheMailArrivesAndTheModelSaysSo() {
		int mails = this.mailServer.received().size();
		browser.get("http://localhost:" + this.port + "/chat");
		browser.findElement(By.id("question")).sendKeys("Please send the invoice");
		click("send");
		waitFor("a.approval");
		browser.switchTo().window(inboxTab);
		String id = openTheApproval();
		assertThat(browser.findElement(By.tagName("main")).getText()).contains("email.send", "email:client@example.com",
				"find invoice 42 over 99.00 EUR", "conversation", "\"chat\"");
		assertThat(this.mailServer.received()).hasSize(mails);
		click("approve");
		browser.switchTo().window(agentTab);
		until(() -> text().contains("Mail sent to client@example.com, approved by"));
		assertThat(this.mailServer.received()).hasSize(mails + 1);
		until(() -> this.approver.auditOf(id).size() == 3);
		assertThat(this.approver.auditOf(id)).containsExactly("requested", "approved", "used");
	}

	@Test
	void askInTheChatWhenAPolicyDeniesThenTheModelReadsThatAndNothingHappens() {
		browser.get("http://localhost:" + this.port + "/chat");
		browser.findElement(By.id("question")).sendKeys("Delete all customers");
		click("send");
		until(() -> text().contains("Permission denied: "));
		browser.get("http://localhost:" + this.port + "/");
		assertThat(textOf("#customers")).isEqualTo("3 customers.");
	}

	/** The inbox is not reloaded: the question must appear by itself. */
	private String askAndOpenTheApproval() {
		click("send-invoice");
		waitFor("article[data-state='WAITING'] a.approval");
		browser.switchTo().window(inboxTab);
		return openTheApproval();
	}

	private String openTheApproval() {
		String id = waiting().until((page) -> {
			WebElement card = page.findElement(By.cssSelector("[data-permission-id]"));
			String asked = card.getDomAttribute("data-permission-id");
			card.findElement(By.tagName("a")).click();
			return asked;
		});
		// A decision counts a moment after its facts came into sight.
		waitFor("main[data-read='true']");
		return id;
	}

	private String text() {
		return String.valueOf(browser.findElement(By.tagName("main")).getDomProperty("innerText"));
	}

	private void click(String id) {
		browser.findElement(By.id(id)).click();
	}

	private void waitFor(String selector) {
		waiting().until(ExpectedConditions.presenceOfElementLocated(By.cssSelector(selector)));
	}

	private String textOf(String selector) {
		return waiting().until((page) -> page.findElement(By.cssSelector(selector)).getText());
	}

	private void until(BooleanSupplier condition) {
		waiting().until((page) -> condition.getAsBoolean());
	}

	/** Pages replace what they show by themselves, also while it is read. */
	private WebDriverWait waiting() {
		WebDriverWait waiting = new WebDriverWait(browser, Duration.ofMinutes(1));
		waiting.ignoring(StaleElementReferenceException.class);
		return waiting;
	}

}
