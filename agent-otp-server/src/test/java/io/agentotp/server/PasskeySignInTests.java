package io.agentotp.server;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentotp.server.PasskeyDevice.Signed;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.json.Json;
import io.agentotp.server.passkey.Passkey;
import io.agentotp.server.passkey.Passkeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

@Tag("sql")
class PasskeySignInTests {

	private static final String POLICY = """
			- {name: fresh only, action: require_approval, stepUp: fresh, conditions: {action: {equals: invoice.pay}}}
			""";

	private final TestServer server = TestServer.start(TestServer.policies(POLICY));

	private final PasskeyDevice device = new PasskeyDevice(this.server.origin());

	@AfterEach
	void stop() {
		this.server.close();
	}

	private static ObjectNode options(Browser browser) {
		return Json.readObject(browser.get("/sign-in/passkey").text());
	}

	private static Browser.Page signIn(Browser browser, String assertion) {
		return browser.submit(browser.get("/sign-in"), "/sign-in", Map.of("passkey", assertion));
	}

	private void signedIn(Browser.Page page, String user) {
		assertThat(page.path()).isEqualTo(page.path().replaceAll("sign-in.*", ""));
		assertThat(page.text()).contains("id=\"sign-out\"").contains(">" + user + "</a>");
	}

	private void notSignedIn(Browser browser, Browser.Page page) {
		assertThat(page.path()).endsWith("/sign-in?passkey");
		assertThat(page.text()).contains("id=\"passkey-refused\"");
		assertThat(browser.get("/").path()).contains("/sign-in");
	}

	private String lastEvent() {
		return this.server.jdbc()
			.sql("SELECT event || ' ' || actor || ' ' || details FROM agentotp_audit ORDER BY id DESC LIMIT 1")
			.query(String.class)
			.single();
	}

	@Test
	void signInWhenPasskeySignsThenSignedInOnceAndOnRecord() {
		this.device.enrol(this.server, "alice");
		Browser browser = new Browser(this.server.url());
		ObjectNode options = options(browser);
		// Whom the service knows, it says to nobody.
		assertThat(options.path("allowCredentials")).isEmpty();
		String assertion = this.device.sign(options).json();
		signedIn(signIn(browser, assertion), "alice");
		assertThat(lastEvent()).startsWith("signed_in user:alice ").contains("\"by\":\"passkey\"");
		Browser other = new Browser(this.server.url(this.server.size() - 1));
		notSignedIn(other, signIn(other, assertion));
		assertThat(lastEvent()).startsWith("sign_in_failed stranger").contains("\"user\":\"alice\"");
		// Of somebody who is signed in, only the own ones are asked for.
		assertThat(options(browser).path("allowCredentials")).hasSize(1);
	}

	@Test
	void signInWhenForgedThenRefused() {
		Passkey passkey = this.device.enrol(this.server, "alice");
		Browser browser = new Browser(this.server.url());
		ObjectNode late = options(browser);
		this.server.clock.move(Duration.ofMinutes(6));
		notSignedIn(browser, signIn(browser, this.device.sign(late).json()));
		ObjectNode own = options(browser).put("challenge", "AAAA");
		notSignedIn(browser, signIn(browser, this.device.sign(own).json()));
		ObjectNode unverified = options(browser).put("userVerification", "discouraged");
		notSignedIn(browser, signIn(browser, this.device.sign(unverified).json()));
		ObjectNode options = options(browser);
		notSignedIn(browser, signIn(browser, this.device.at("http://localhost.example").sign(options).json()));
		Signed good = this.device.at(this.server.origin()).sign(options);
		notSignedIn(browser, signIn(browser, "{}"));
		notSignedIn(browser, signIn(browser, "x"));
		notSignedIn(browser, signIn(browser,
				new Signed("AAAA", good.authenticatorData(), good.clientDataJson(), good.signature()).json()));
		// A password beside a passkey that is wrong does not count.
		Map<String, String> both = Map.of("passkey", "x", "username", "alice", "password", TestServer.PASSWORD);
		notSignedIn(browser, browser.submit(browser.get("/sign-in"), "/sign-in", both));
		this.server.bean(Passkeys.class).revoke("alice", passkey.credentialId(), Actor.SYSTEM);
		notSignedIn(browser, signIn(browser, good.json()));
	}

	@Test
	void signInWhenOthersWereWrongThenStillPossibleElsewhere() {
		try (TestServer strict = TestServer.start("agentotp.server.limits.wrong-passwords-per-minute=2")) {
			this.device.at(strict.origin()).enrol(strict, "alice");
			Browser browser = new Browser(strict.url());
			for (int i = 0; i < 2; i++) {
				notSignedIn(browser, signIn(browser, "x"));
			}
			Browser.Page limited = signIn(browser, "x");
			assertThat(limited.status()).isEqualTo(429);
			// Passwords have an own budget.
			assertThat(browser.signIn("alice", TestServer.PASSWORD).text()).contains("id=\"sign-out\"");
		}
	}

	@Test
	void passkeysWhenSessionIsOldThenSignInAgainFirst() {
		Browser browser = new Browser(this.server.url()).signedIn("alice");
		Browser.Page page = browser.get("/account/passkeys");
		assertThat(page.text()).contains("data-passkey-options").contains("id=\"no-passkeys\"");
		String made = this.device.create(optionsOf(page)).json();
		this.server.clock.move(Duration.ofMinutes(6));
		assertThat(browser.get("/account/passkeys").text()).doesNotContain("data-passkey-options")
			.contains("id=\"begin-add\"");
		Browser.Page again = browser.submit(page, "/account/passkeys", Map.of("name", "Phone", "attestation", made));
		requireAgain(again);
		assertThat(this.server.bean(Passkeys.class).of("alice")).isEmpty();
		again = browser.submit(again, "/account/passkeys/begin", Map.of("_password", "wrong"));
		requireAgain(again);
		assertThat(again.text()).contains("password is wrong");
		assertThat(lastEvent()).startsWith("sign_in_failed").contains("\"user\":\"alice\"");
		page = browser.submit(again, "/account/passkeys/begin", Map.of("_password", TestServer.PASSWORD));
		assertThat(page.path()).endsWith("/account/passkeys");
		assertThat(lastEvent()).startsWith("signed_in user:alice").contains("\"again\":true");
		// The first form came too late.
		Browser.Page late = browser.submit(page, "/account/passkeys", Map.of("name", "Phone", "attestation", made));
		assertThat(late.status()).isEqualTo(403);
		assertThat(late.text()).contains("open for too long");
		made = this.device.create(optionsOf(page)).json();
		page = browser.submit(page, "/account/passkeys", Map.of("name", "Phone <b>", "attestation", made));
		assertThat(page.text()).contains("Phone &lt;b&gt;");
		assertThat(lastEvent()).startsWith("passkey_added user:alice");
	}

	private static void requireAgain(Browser.Page page) {
		assertThat(page.status()).isEqualTo(403);
		assertThat(page.text()).contains("id=\"again-form\"");
	}

	private static ObjectNode optionsOf(Browser.Page page) {
		String text = page.text();
		int begin = text.indexOf("data-passkey-options=\"") + "data-passkey-options=\"".length();
		return Json.readObject(text.substring(begin, text.indexOf('"', begin)).replace("&quot;", "\""));
	}

	@Test
	void revokeWhenOwnThenRefusedFromThenOnAndOfOthersNeverFound() {
		Passkey passkey = this.device.enrol(this.server, "alice");
		Map<String, String> id = Map.of("id", passkey.credentialId());
		Browser bob = new Browser(this.server.url()).signedIn("bob");
		assertThat(bob.submit(bob.get("/account/passkeys"), "/account/passkeys/revoke", id).status()).isEqualTo(404);
		Browser alice = new Browser(this.server.url()).signedIn("alice");
		Browser.Page page = alice.submit(alice.get("/account/passkeys"), "/account/passkeys/revoke", id);
		assertThat(page.text()).contains("id=\"no-passkeys\"");
		assertThat(lastEvent()).startsWith("passkey_revoked user:alice");
	}

	@Test
	void revokeWhenAdministratorThenOnRecordAndAfterSigningInAgain() {
		this.server.close();
		try (TestServer own = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH)) {
			Passkey passkey = this.device.at(own.origin()).enrol(own, "alice");
			Browser admin = new Browser(own.url()).signedIn("admin");
			own.clock.move(Duration.ofMinutes(6));
			Browser.Page page = admin.get("/users/alice");
			Map<String, String> form = new LinkedHashMap<>(Map.of("id", passkey.credentialId()));
			page = admin.submit(page, "/users/alice/passkeys/revoke", form);
			requireAgain(page);
			assertThat(own.bean(Passkeys.class).has("alice")).isTrue();
			form.put("_password", TestServer.PASSWORD);
			page = admin.submit(page, "/users/alice/passkeys/revoke", form);
			assertThat(page.path()).endsWith("/users/alice");
			assertThat(own.bean(Passkeys.class).has("alice")).isFalse();
			assertThat(own.jdbc()
				.sql("SELECT actor FROM agentotp_audit WHERE event = 'passkey_revoked'")
				.query(String.class)
				.single()).isEqualTo("user:admin");
		}
	}

	@Test
	void approveWhenPolicyWantsFreshThenFormIsKeptAndDecidedAfterSigningIn() {
		this.device.enrol(this.server, "alice");
		String id = this.server.mailer().pending("invoice.pay");
		Browser alice = new Browser(this.server.url()).signedIn("alice");
		this.server.clock.move(Duration.ofMinutes(5));
		Browser.Page page = alice.get("/approvals/" + id);
		Map<String, String> form = new LinkedHashMap<>(
				Map.of("decision", "approve", "ids", id, "reason", "Paid \"<b>\" & more", "unseen", "seen"));
		Browser.Page again = alice.submit(page, "/approvals/" + id, form);
		requireAgain(again);
		assertThat(again.text()).contains("Paid &quot;&lt;b&gt;&quot; &amp; more")
			.contains("name=\"decision\" value=\"approve\"")
			.contains("id=\"use-passkey\"");
		assertThat(this.server.mailer().status(id)).isEqualTo("pending");
		// What somebody else's passkey signed shows nothing.
		PasskeyDevice others = new PasskeyDevice(this.server.origin());
		others.enrol(this.server, "bob");
		Browser bob = new Browser(this.server.url());
		form.put("_passkey", others.sign(options(bob)).json());
		requireAgain(alice.submit(again, "/approvals/" + id, form));
		assertThat(this.server.mailer().status(id)).isEqualTo("pending");
		form.put("_passkey", this.device.sign(options(alice)).json());
		page = alice.submit(again, "/approvals/" + id, form);
		assertThat(page.path()).endsWith("/approvals/" + id);
		assertThat(this.server.mailer().status(id)).isEqualTo("approved");
		assertThat(page.text()).contains("Paid");
	}

	@Test
	void approveWhenSeveralWantFreshThenAllAfterSigningInOnce() {
		String first = this.server.mailer().pending("invoice.pay");
		String second = this.server.mailer().pending("invoice.pay");
		Browser alice = new Browser(this.server.url()).signedIn("alice");
		this.server.clock.move(Duration.ofMinutes(6));
		Browser.Page page = alice.get("/approvals/" + first);
		Browser.Page again = alice.send("POST", "/approvals/" + first,
				"decision=approve-all&ids=" + first + "&ids=" + second + "&unseen=seen&_csrf=" + page.csrf(), Map.of());
		requireAgain(again);
		assertThat(again.text()).contains("name=\"ids\" value=\"" + first + "\"")
			.contains("name=\"ids\" value=\"" + second + "\"");
		assertThat(this.server.mailer().status(first)).isEqualTo("pending");
		page = alice.send("POST", "/approvals/" + first, "decision=approve-all&ids=" + first + "&ids=" + second
				+ "&unseen=seen&_csrf=" + again.csrf() + "&_password=open+sesame", Map.of());
		assertThat(page.path()).endsWith("/approvals/" + first);
		assertThat(this.server.mailer().status(first)).isEqualTo("approved");
		assertThat(this.server.mailer().status(second)).isEqualTo("approved");
		String third = this.server.mailer().pending("invoice.pay");
		this.server.clock.move(Duration.ofMinutes(6));
		requireAgain(alice.send("POST", "/similar",
				"decision=approve&ids=" + third + "&unseen=seen&_csrf=" + page.csrf(), Map.of()));
		assertThat(this.server.mailer().status(third)).isEqualTo("pending");
	}

	@Test
	void signInWhenAgainThenSessionEndsAsIfNot() {
		Browser alice = new Browser(this.server.url()).signedIn("alice");
		this.server.clock.move(Duration.ofHours(11));
		Browser.Page page = alice.get("/account/passkeys");
		page = alice.submit(page, "/account/passkeys/begin", Map.of("_password", TestServer.PASSWORD));
		assertThat(page.text()).contains("data-passkey-options");
		this.server.clock.move(Duration.ofMinutes(61));
		assertThat(alice.get("/account/passkeys").path()).contains("/sign-in");
	}

	@Test
	void approveWhenPolicyWantsFreshThenNoKeyIsAndDenyingNeedsNothing() {
		String id = this.server.mailer().pending("invoice.pay");
		Api.Answer refused = this.server.alice().decide(id, true).expect(403);
		assertThat(refused.message()).contains("Sign in again first");
		assertThat(refused.details().path("stepUp").asString()).isEqualTo("fresh");
		assertThat(this.server.mailer().status(id)).isEqualTo("pending");
		this.server.alice().decide(id, false).expect(200);
	}

	@Test
	void endWhenUserEndsThenPasskeysEnd() {
		this.server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}").expect(201);
		this.device.enrol(this.server, "carol");
		Browser browser = new Browser(this.server.url());
		String assertion = this.device.sign(options(browser)).json();
		this.server.admin().send("DELETE", "/users/carol", null);
		assertThat(this.server.bean(Passkeys.class).of("carol")).isEmpty();
		notSignedIn(browser, signIn(browser, assertion));
		assertThat(this.server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
	}

}
