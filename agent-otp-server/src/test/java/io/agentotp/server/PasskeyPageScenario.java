package io.agentotp.server;

import java.nio.file.Path;
import java.time.Duration;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.passkey.Passkeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.openqa.selenium.By;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.virtualauthenticator.VirtualAuthenticator;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Passkeys in a real browser, wherever the service lives.
 */
abstract class PasskeyPageScenario {

	static final String POLICY = "- {name: fresh only, action: require_approval, stepUp: fresh,"
			+ " conditions: {action: {equals: invoice.pay}}}";

	private static TestServer server;

	private static Chromium browser;

	private static VirtualAuthenticator authenticator;

	@Parameter
	Form form;

	@BeforeParameterizedClassInvocation
	static void start(Form form, @TempDir Path directory, @TempDir Path profile) {
		Chromium.assume();
		server = form.start(directory, TestServer.policies(POLICY));
		browser = Chromium.start(profile);
		authenticator = browser.authenticator();
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		if (browser != null) {
			browser.close();
		}
		if (server != null) {
			server.close();
		}
	}

	private void enrol(String name) {
		authenticator.removeAllCredentials();
		server.bean(Passkeys.class).revokeAllOf("alice", Actor.SYSTEM);
		browser.signIn(server, "alice");
		browser.driver().get(server.url() + "/account");
		browser.await(By.id("to-passkeys")).click();
		browser.await(By.id("name")).clear();
		browser.driver().findElement(By.id("name")).sendKeys(name);
		browser.await(By.id("add-passkey")).click();
		assertThat(browser.await(By.cssSelector("#passkeys li")).getText()).contains(name);
	}

	private void signOut() {
		browser.scrollToAndClick(By.id("sign-out"));
		browser.await(By.id("sign-in"));
	}

	@Test
	void signInWhenPasskeyWasAddedThenItSaysWhoItIs() {
		enrol("Phone <b>");
		signOut();
		browser.await(By.id("use-passkey")).click();
		browser.await(By.id("sign-out"));
		assertThat(browser.await(By.id("account")).getText()).isEqualTo("alice");
		browser.driver().get(server.url() + "/account/passkeys");
		browser.await(By.cssSelector("#passkeys li button")).click();
		browser.await(By.id("no-passkeys"));
		signOut();
		browser.await(By.id("use-passkey")).click();
		browser.await(By.id("passkey-refused"));
	}

	@Test
	void addWhenDeviceHasOneOrDoesNotVerifyThenSaysSoAndAddsNone() {
		enrol("Laptop");
		browser.await(By.id("add-passkey")).click();
		assertThat(problem()).contains("has a passkey of yours");
		authenticator.removeAllCredentials();
		authenticator.setUserVerified(false);
		try {
			browser.await(By.id("add-passkey")).click();
			browser.waiting()
				.until(ExpectedConditions.textToBe(By.id("passkey-problem"), "No passkey was used. Try again."));
		}
		finally {
			authenticator.setUserVerified(true);
		}
		assertThat(server.bean(Passkeys.class).of("alice")).hasSize(1);
	}

	private static String problem() {
		return browser.await(By.id("passkey-problem")).getText();
	}

	@Test
	void approveWhenSessionIsOldThenPasskeyAndAllThatWasTypedStays() {
		enrol("Key");
		String id = server.mailer().pending("invoice.pay");
		server.clock.move(Duration.ofMinutes(6));
		browser.driver().get(server.url() + "/approvals/" + id);
		browser.await(By.id("reason")).sendKeys("it \"is\" <b>due</b>");
		browser.clickUntil(By.id("approve"), By.id("again-form"));
		browser.requireFits();
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		browser.await(By.id("use-passkey")).click();
		browser.await(By.cssSelector("#result[data-result=approved]"));
		assertThat(server.mailer().status(id)).isEqualTo("approved");
		assertThat(browser.driver().getPageSource()).contains("it \"is\" &lt;b&gt;due&lt;/b&gt;");
	}

	@Test
	void pagesWhenThereIsNoScriptThenSayWhatIsMissing() {
		enrol("Key");
		browser.script(false);
		try {
			browser.driver().get(server.url() + "/account/passkeys");
			assertThat(problem()).isEqualTo("Passkeys need JavaScript.");
			browser.scrollToAndClick(By.id("sign-out"));
			assertThat(browser.await(By.id("sign-in")).isDisplayed()).isTrue();
			assertThat(browser.driver().findElement(By.id("use-passkey")).isDisplayed()).isFalse();
		}
		finally {
			browser.script(true);
		}
	}

}
