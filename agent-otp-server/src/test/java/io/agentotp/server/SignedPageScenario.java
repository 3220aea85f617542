package io.agentotp.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.agentotp.server.audit.AuditCheck;
import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.proof.DecisionProof;
import io.agentotp.server.proof.DecisionStatement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.openqa.selenium.By;
import org.openqa.selenium.virtualauthenticator.VirtualAuthenticator;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Decisions that a passkey signs, in a real browser, wherever the service lives.
 */
abstract class SignedPageScenario {

	private static TestServer server;

	private static Chromium browser;

	private static VirtualAuthenticator authenticator;

	@Parameter
	Form form;

	@BeforeParameterizedClassInvocation
	static void start(Form form, @TempDir Path directory, @TempDir Path profile) {
		Chromium.assume();
		server = form.start(directory, TestServer.policies(SignedDecisionTests.POLICIES),
				"agentotp.server.users.carol.password=" + TestServer.PASSWORD_HASH);
		browser = Chromium.start(profile);
		authenticator = browser.authenticator();
		browser.signIn(server, "alice");
		browser.driver().get(server.url() + "/account/passkeys");
		browser.await(By.id("add-passkey")).click();
		browser.await(By.cssSelector("#passkeys li"));
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

	@Test
	void approveWhenPolicyAsksForPasskeyThenTheBrowserSigns() {
		String id = pay("order-7");
		open("/approvals/" + id);
		browser.await(By.id("reason")).sendKeys("as <b>agreed</b>");
		press("approve");
		browser.await(By.cssSelector("#result[data-result=approved]"));
		DecisionStatement statement = DecisionStatement.read(proof(id).statement());
		assertThat(statement.permission()).isEqualTo(id);
		assertThat(statement.approver()).isEqualTo("alice");
		assertThat(statement.reason()).isEqualTo("as <b>agreed</b>");
		assertThat(server.mailer().token(id)).startsWith("otp_");
		requireIntact();
	}

	@Test
	void approveWhenPersonIsNotVerifiedThenNothingIsDecidedAndTypedTextStays() {
		String id = pay("order-8");
		open("/approvals/" + id);
		browser.await(By.id("reason")).sendKeys("fine");
		authenticator.setUserVerified(false);
		try {
			press("approve");
			assertThat(browser.await(By.id("wait")).getText()).contains("Your passkey was not used");
		}
		finally {
			authenticator.setUserVerified(true);
		}
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		assertThat(browser.driver().findElement(By.id("reason")).getDomProperty("value")).isEqualTo("fine");
		press("approve");
		browser.await(By.cssSelector("#result[data-result=approved]"));
		assertThat(DecisionStatement.read(proof(id).statement()).reason()).isEqualTo("fine");
	}

	@Test
	void approveWhenIdenticalThenAllAreSignedAtOnce() {
		List<String> ids = List.of(pay("order-9"), pay("order-9"));
		open("/approvals/" + ids.get(1));
		press("approve-all");
		browser.await(By.cssSelector("#result[data-result=approved]"));
		assertThat(ids).extracting((id) -> proof(id).signature()).containsOnly(proof(ids.get(0)).signature());
		assertThat(ids).extracting((id) -> DecisionStatement.read(proof(id).statement()).permission())
			.containsExactlyElementsOf(ids);
		requireIntact();
	}

	@Test
	void approveWhenSimilarThenAllAreSignedAtOnce() {
		List<String> ids = List.of(pay("order-10"), pay("order-11"));
		open("/similar?agent=mailer&action=pay");
		for (String id : ids) {
			browser.await(By.cssSelector("[data-row='" + id + "'] input")).click();
		}
		browser.driver().findElement(By.id("choose-approve")).click();
		browser.await(By.id("sign"));
		press("approve");
		browser.await(By.id("batch"));
		assertThat(ids).allSatisfy((id) -> assertThat(server.mailer().status(id)).isEqualTo("approved"));
		assertThat(ids).extracting((id) -> proof(id).signature()).containsOnly(proof(ids.get(0)).signature());
		requireIntact();
	}

	@Test
	void denyWhenPolicyAsksForPasskeyThenNeedsNone() {
		String id = pay("order-12");
		open("/approvals/" + id);
		browser.await(By.id("reason")).sendKeys("no");
		press("deny");
		browser.await(By.cssSelector("#result[data-result=denied]"));
	}

	@Test
	void pageWhenWithoutPasskeyThenSaysHowToAddOneAndApprovesNothing() {
		String id = pay("order-13");
		Browser carol = new Browser(server.url()).signedIn("carol");
		Browser.Page page = carol.get("/approvals/" + id);
		assertThat(page.text())
			.contains("data-passkey=\"false\"", this.form.path() + "/account/passkeys\"", "id=\"deny\"")
			.doesNotContain("id=\"approve\"");
		Browser.Page refused = carol.submit(page, "/approvals/" + id,
				Map.of("decision", "approve", "reason", "typed <i>text</i>"));
		assertThat(refused.status()).isEqualTo(403);
		assertThat(refused.text()).contains("id=\"step-up-problem\"", "typed &lt;i&gt;text");
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		assertThat(carol.submit(page, "/live/approvals/" + id + "/sign", Map.of("decision", "approve")).status())
			.isEqualTo(403);
	}

	@Test
	void approveWhenWithoutScriptThenRefusedAndPageSaysWhy() {
		String id = pay("order-14");
		browser.script(false);
		try {
			browser.driver().get(server.url() + "/approvals/" + id);
			browser.driver().findElement(By.id("approve")).click();
			assertThat(browser.await(By.id("step-up-problem")).getText()).contains("signature by a passkey");
		}
		finally {
			browser.script(true);
		}
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	@Test
	void approveWhenAssertionIsForgedThenRefusedAndPageShowsTheRequestAgain() {
		String id = pay("order-15");
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser.Page page = alice.get("/approvals/" + id);
		for (String forged : List.of("{}", "x", "[]")) {
			assertThat(
					alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "assertion", forged)).status())
				.isEqualTo(400);
		}
		Browser.Page refused = alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "reason", "typed",
				"assertion",
				"{\"challengeId\":\"x\",\"credentialId\":\"x\",\"authenticatorData\":\"x\",\"clientDataJSON\":\"x\",\"signature\":\"x\"}"));
		assertThat(refused.status()).isEqualTo(409);
		assertThat(refused.text()).contains("Nothing of yours waits for this signature", ">typed</textarea>");
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	private void open(String path) {
		browser.driver().get(server.url() + path);
	}

	private static void press(String button) {
		browser.await(By.id(button)).click();
	}

	private static String pay(String order) {
		return server.mailer()
			.post("/permissions/request",
					"{\"action\":\"pay\",\"resource\":\"" + order + "\",\"scope\":{\"max_amount\":20}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private static DecisionProof proof(String id) {
		JsonNode rows = server.alice().get("/audit?permissionId=" + id + "&event=approved").expect(200).data();
		return DecisionProof.read(rows.get(0).path("details").path("proof"));
	}

	private static void requireIntact() {
		server.bean(AuditSequencer.class).run();
		assertThat(server.bean(AuditCheck.class).verify().problems()).isEmpty();
	}

}
