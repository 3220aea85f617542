package io.agentotp.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import io.agentotp.server.Browser.Page;
import io.agentotp.server.proof.DecisionProof;
import io.agentotp.server.proof.DecisionStatement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openqa.selenium.By;
import org.openqa.selenium.virtualauthenticator.VirtualAuthenticator;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The way of a passkey through all pages that use it, in a real browser, where the
 * service lives alone. {@link PasskeyPageFormsTests} and {@link SignedPageFormsTests} do
 * all there that {@link PasskeyPageTests} and {@link SignedPageTests} do.
 */
class PasskeyFormsTests {

	@TempDir
	private static Path profile;

	private static Chromium browser;

	private static VirtualAuthenticator authenticator;

	@BeforeAll
	static void start() {
		Chromium.assume();
		browser = Chromium.start(profile);
		authenticator = browser.authenticator();
	}

	@AfterAll
	static void stop() {
		if (browser != null) {
			browser.close();
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH" })
	void passkeyWhenAddedThenSignsInConfirmsAndSigns(Form form, @TempDir Path directory) {
		authenticator.removeAllCredentials();
		String policies = PasskeyPageScenario.POLICY + "\n" + SignedDecisionTests.POLICIES;
		try (TestServer server = form.start(directory, TestServer.policies(policies))) {
			withoutPasskey(form, server);
			browser.signIn(server, "alice");
			browser.driver().get(server.url() + "/account");
			browser.await(By.id("to-passkeys")).click();
			browser.await(By.id("add-passkey")).click();
			browser.await(By.cssSelector("#passkeys li"));
			browser.scrollToAndClick(By.id("sign-out"));
			browser.await(By.id("use-passkey")).click();
			browser.await(By.id("sign-out"));
			assertThat(browser.await(By.id("account")).getText()).isEqualTo("alice");
			confirm(server);
			sign(server);
		}
	}

	private static void withoutPasskey(Form form, TestServer server) {
		String id = server.mailer().pending("pay");
		Browser alice = new Browser(server.url()).signedIn("alice");
		Page page = alice.get("/approvals/" + id);
		assertThat(page.text()).contains("data-passkey=\"false\"", form.path() + "/account/passkeys\"")
			.doesNotContain("id=\"approve\"");
		assertThat(alice.submit(page, "/approvals/" + id, Map.of("decision", "approve")).status()).isEqualTo(403);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	private static void confirm(TestServer server) {
		String id = server.mailer().pending("invoice.pay");
		server.clock.move(Duration.ofMinutes(6));
		browser.driver().get(server.url() + "/approvals/" + id);
		browser.await(By.id("reason")).sendKeys("it \"is\" <b>due</b>");
		browser.clickUntil(By.id("approve"), By.id("again-form"));
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		browser.await(By.id("use-passkey")).click();
		browser.await(By.cssSelector("#result[data-result=approved]"));
		assertThat(browser.driver().getPageSource()).contains("it \"is\" &lt;b&gt;due&lt;/b&gt;");
		assertThat(server.mailer().status(id)).isEqualTo("approved");
	}

	private static void sign(TestServer server) {
		String id = server.mailer().pending("pay");
		browser.driver().get(server.url() + "/approvals/" + id);
		browser.await(By.id("approve")).click();
		browser.await(By.cssSelector("#result[data-result=approved]"));
		DecisionProof proof = DecisionProof.read(server.alice()
			.get("/audit?permissionId=" + id + "&event=approved")
			.expect(200)
			.data()
			.path(0)
			.path("details")
			.path("proof"));
		assertThat(DecisionStatement.read(proof.statement()).permission()).isEqualTo(id);
		assertThat(server.mailer().token(id)).startsWith("otp_");
	}

}
