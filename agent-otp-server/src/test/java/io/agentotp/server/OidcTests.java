package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import io.agentotp.server.Browser.Page;
import io.agentotp.server.config.InvalidSettingException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * People sign in at an identity provider.
 */
@Tag("sql")
class OidcTests {

	private static final String FAILED = "Signing in at the identity provider failed";

	private static TestIssuer issuer;

	private static TestServer server;

	@TempDir
	Path directory;

	@BeforeAll
	static void start() throws IOException {
		issuer = new TestIssuer();
		server = TestServer.start(issuer.settings("company", TestServer.policies("""
				policies:
				  - name: fresh
				    action: require_approval
				    priority: 90
				    conditions: { action: { equals: pay.now } }
				    stepUp: fresh
				""")));
	}

	@AfterAll
	static void stop() {
		if (server != null) {
			server.close();
		}
		issuer.close();
	}

	/**
	 * Nobody of the provider is known, as after a start.
	 */
	@BeforeEach
	void begin() {
		server.jdbc().sql("DELETE FROM agentotp_session").update();
		server.jdbc().sql("DELETE FROM agentotp_user WHERE issuer IS NOT NULL").update();
		issuer.reset(server.clock);
	}

	private static TestServer startOwn(String... more) {
		TestServer own = TestServer.start(issuer.settings("company", more));
		issuer.reset(own.clock);
		return own;
	}

	private static Page signIn(TestServer server) {
		return new Browser(server.url()).get("/sign-in/oidc/company");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/", "/agent-otp", "/some/where" })
	void signInWhenProviderGivesARoleThenThePersonIsThere(String path) {
		String[] settings = issuer.settings("company");
		try (TestServer own = path.equals("/") ? TestServer.startAlone(this.directory, settings) : TestServer.start(
				Stream.concat(Stream.of(settings), Stream.of("agentotp.server.path=" + path)).toArray(String[]::new))) {
			issuer.clock = own.clock;
			issuer.be("7f3a", "erin", "ops-approvers", "finance-team", "somebody-elses");
			Browser erin = new Browser(own.url());
			assertThat(erin.get("/sign-in").text()).contains("Sign in with Company login");
			Page inbox = erin.get("/sign-in/oidc/company");
			assertThat(inbox.status()).as(inbox.text()).isEqualTo(200);
			assertThat(erin.get("/account").text()).contains("erin@company");
			JsonNode user = own.admin().get("/users/erin@company").expect(200).data();
			assertThat(user.path("roles").toString()).isEqualTo("[\"approver\"]");
			assertThat(user.path("groups").toString()).isEqualTo("[\"finance\"]");
			assertThat(user.path("provider").asString()).isEqualTo("company");
			assertThat(user.path("subject").asString()).isEqualTo("7f3a");
			// Not kept, not told.
			assertThat(erin.cookies()).noneMatch((cookie) -> cookie.getName().startsWith("AGENTOTP_OIDC"));
			assertThat(own.jdbc()
				.sql("SELECT COUNT(*) FROM agentotp_audit WHERE details LIKE '%hide-me%'")
				.query(Long.class)
				.single()).isZero();
		}
	}

	@Test
	void signInWhenAPageWasWantedThenTheBrowserIsLedThere() {
		Browser erin = new Browser(server.url());
		assertThat(erin.get("/history").path()).endsWith("/sign-in");
		assertThat(erin.get("/sign-in/oidc/company").path()).endsWith("/history");
	}

	@Test
	void signInWhenProviderGivesNoRoleThenRefusedAndNobodyIsMade() {
		issuer.be("9", "mallory", "somebody-elses");
		Page page = signIn(server);
		assertThat(page.status()).isEqualTo(403);
		assertThat(page.text()).contains("gives you no role here");
		assertThat(users(server)).doesNotContain("mallory@company");
	}

	@Test
	void signInWhenRoleWasTakenAwayThenSessionsEndAndRefused() {
		Browser erin = new Browser(server.url());
		erin.get("/sign-in/oidc/company");
		issuer.be("7f3a", "erin");
		assertThat(signIn(server).status()).isEqualTo(403);
		assertThat(erin.get("/").path()).contains("/sign-in");
		issuer.be("7f3a", "erin renamed", "ops-approvers", "otp-admins");
		assertThat(signIn(server).status()).isEqualTo(200);
		assertThat(server.admin().get("/users/erin@company").expect(200).data().path("roles")).hasSize(2);
	}

	@Test
	void signInWhenNameIsThatOfAnotherThenAnotherPerson() {
		// A local user, and one whom policies could name.
		issuer.be("1", "alice", "ops-approvers");
		signIn(server);
		issuer.be("2", "ALICE", "ops-approvers");
		signIn(server);
		issuer.be("3", "not a name!", "ops-approvers");
		signIn(server);
		assertThat(users(server)).contains("alice", "alice@company", "ALICE@company-2")
			.anyMatch((name) -> name.matches("user-[0-9a-f]{12}@company"));
	}

	@Test
	void signInWhenUserWasEndedThenRefusedForGood() {
		signIn(server);
		server.admin().send("DELETE", "/users/erin@company", "{}").expect(200);
		Page page = signIn(server);
		assertThat(page.status()).isEqualTo(403);
		assertThat(page.text()).contains("Your account here was ended");
		assertThat(users(server)).noneMatch((name) -> name.startsWith("erin"));
	}

	@Test
	void signInWhenRowWasWrittenByHandThenRefused() {
		signIn(server);
		server.jdbc().sql("UPDATE agentotp_user SET roles = 'ADMINISTRATOR' WHERE name = 'erin@company'").update();
		assertThat(signIn(server).status()).isEqualTo(403);
	}

	static Stream<UnaryOperator<Map<String, Object>>> forgeries() {
		return Stream.of(with("nonce", "another"), with("nonce", null), with("iss", "https://evil.example.com"),
				with("aud", "another-client"), with("aud", List.of("agent-otp", "another-client")),
				with("azp", "another-client"), with("exp", 1_000_000_000L), with("iat", 9_999_999_999L),
				with("sub", null));
	}

	private static UnaryOperator<Map<String, Object>> with(String claim, Object value) {
		return (claims) -> {
			Map<String, Object> other = new LinkedHashMap<>(claims);
			other.put(claim, value);
			return other;
		};
	}

	@ParameterizedTest
	@MethodSource("forgeries")
	void signInWhenTokenIsForgedThenRefusedWithWords(UnaryOperator<Map<String, Object>> forgery) {
		issuer.claims = forgery;
		refused(server, signIn(server));
	}

	@Test
	void signInWhenTokenIsSignedByAnotherKeyThenRefused() {
		issuer.signer = TestIssuer.key();
		refused(server, signIn(server));
	}

	@Test
	void signInWhenKeyWasRotatedThenAcceptedAfterAWhile() {
		signIn(server);
		issuer.key = TestIssuer.key();
		assertThat(signIn(server).status()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "state=", "state=another", "error=access_denied&state=",
			"iss=https://evil.example.com&state=" })
	void signInWhenAnswerIsForgedThenRefusedWithWords(String forged) {
		issuer.back = (location) -> forged.endsWith("state=") ? location.replace("state=", forged)
				: location.replaceAll("state=.*", forged);
		if (forged.equals("state=")) {
			issuer.back = (location) -> location.replaceAll("&state=.*", "");
		}
		refused(server, signIn(server));
	}

	@Test
	void callbackWhenOfAnotherBrowserOrTwiceThenRefusedWithoutAskingTheProvider() {
		String[] location = new String[1];
		issuer.back = (to) -> {
			location[0] = to;
			return to;
		};
		Browser erin = new Browser(server.url());
		erin.get("/sign-in/oidc/company");
		long tokens = issuer.asked.stream().filter("/token"::equals).count();
		assertThat(erin.get(location[0]).text()).contains(FAILED);
		assertThat(new Browser(server.url()).get(location[0]).text()).contains(FAILED);
		assertThat(issuer.asked.stream().filter("/token"::equals)).hasSize((int) tokens);
	}

	@Test
	void signInWhenProviderIsAwayThenTheStartGoesOnAndThePageSaysSo() {
		issuer.away = true;
		try (TestServer own = TestServer.start(issuer.settings("company"))) {
			issuer.clock = own.clock;
			Page page = signIn(own);
			assertThat(page.status()).isEqualTo(503);
			assertThat(page.text()).contains("The identity provider does not answer");
			int asked = issuer.asked.size();
			signIn(own);
			assertThat(issuer.asked).hasSize(asked);
			assertThat(new Browser(own.url()).signedIn("alice").get("/").status()).isEqualTo(200);
			issuer.away = false;
			own.clock.move(Duration.ofSeconds(11));
			assertThat(signIn(own).status()).isEqualTo(200);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void logoutTokenWhenOfTheProviderThenSessionsEndOnAllNodes(boolean bySession) {
		Browser erin = new Browser(server.url());
		erin.get("/sign-in/oidc/company");
		Browser alice = new Browser(server.url()).signedIn("alice");
		String token = issuer.logoutToken(bySession ? Map.of("sid", "session-of-7f3a") : Map.of("sub", "7f3a"));
		assertThat(logOut(server, token)).isEqualTo(200);
		assertThat(erin.get("/").path()).contains("/sign-in");
		assertThat(alice.get("/").path()).doesNotContain("/sign-in");
	}

	@Test
	void logoutTokenWhenForgedThenNobodyIsSignedOut() {
		Browser erin = new Browser(server.url());
		erin.get("/sign-in/oidc/company");
		for (Map<String, Object> forged : List.<Map<String, Object>>of(Map.of("sid", "session-of-another"), Map.of(),
				Map.of("sub", "7f3a", "aud", "another"), Map.of("sub", "7f3a", "iss", "https://evil.example.com"),
				Map.of("sub", "7f3a", "nonce", "x"), Map.of("sub", "7f3a", "events", Map.of()),
				Map.of("sub", "7f3a", "jti", ""), Map.of("sub", "7f3a", "iat", 1_000_000_000L))) {
			logOut(server, issuer.logoutToken(forged));
		}
		issuer.signer = TestIssuer.key();
		assertThat(logOut(server, issuer.logoutToken(Map.of("sub", "7f3a")))).isEqualTo(400);
		assertThat(logOut(server, "x")).isEqualTo(400);
		assertThat(erin.get("/").path()).doesNotContain("/sign-in");
	}

	private static int logOut(TestServer server, String token) {
		return new Browser(server.url(server.size() - 1))
			.post("/sign-in/oidc/company/logout", Map.of("logout_token", token))
			.status();
	}

	@Test
	void linkWhenSignInHadMadeAUserThenBothAreOnePerson() {
		issuer.be("7f3a", "alice", "ops-approvers");
		signIn(server);
		String key = server.admin()
			.post("/agents", "{\"name\":\"own\",\"owner\":\"alice@company\"}")
			.expect(201)
			.data()
			.path("apiKey")
			.asString();
		String waits = server.api(key).pending("mail.send");
		server.admin().post("/users", "{\"name\":\"local\",\"roles\":[\"approver\"]}").expect(201);
		server.admin()
			.send("PATCH", "/users/local", "{\"issuer\":\"" + issuer.url() + "\",\"subject\":\"7f3a\"}")
			.expect(200);
		assertThat(users(server)).contains("local").doesNotContain("alice@company");
		assertThat(server.admin().get("/agents/own").expect(200).data().path("owner").asString()).isEqualTo("local");
		Await.until("what waited has ended",
				() -> server.api(key).get("/permissions/" + waits).data().path("status").asString().equals("revoked"));
		Browser person = new Browser(server.url());
		person.get("/sign-in/oidc/company");
		String asked = server.api(key).pending("mail.send");
		assertThat(person.get("/account").text()).contains("local");
		assertThat(person.get("/approvals/" + asked).text()).contains("You own this agent");
	}

	@Test
	void linkWhenUserIsLocalThenItKeepsItsRoles() {
		try (TestServer own = startOwn("agentotp.server.users.carol.api-key=uk_carol-0123456789abcdefghijklmno",
				"agentotp.server.users.carol.roles=auditor", "agentotp.server.users.carol.issuer=" + issuer.url(),
				"agentotp.server.users.carol.subject=7f3a")) {
			issuer.be("7f3a", "erin", "otp-admins");
			Browser carol = new Browser(own.url());
			assertThat(carol.get("/sign-in/oidc/company").status()).isEqualTo(200);
			assertThat(carol.get("/account").text()).contains("carol");
			assertThat(own.admin().get("/users/carol").data().path("roles").toString()).isEqualTo("[\"auditor\"]");
		}
	}

	@Test
	void approvalWhenSignInIsOldThenAfterSigningInAtTheProviderAgainOnTheSameForm() {
		issuer.claims = with("auth_time", server.clock.instant().getEpochSecond() - 3600);
		Browser erin = new Browser(server.url());
		erin.get("/sign-in/oidc/company");
		String id = server.mailer().pending("pay.now");
		Page page = erin.get("/approvals/" + id);
		Page again = erin.submit(page, "/approvals/" + id, Map.of("decision", "approve", "reason", "I know it"));
		assertThat(again.status()).isEqualTo(403);
		assertThat(again.text()).contains("/sign-in/oidc/company?fresh", "I know it");
		issuer.claims = UnaryOperator.identity();
		erin.get("/sign-in/oidc/company?fresh");
		assertThat(issuer.queries).last().asString().contains("prompt=login", "max_age=0");
		Page done = erin.submit(again, "/approvals/" + id, Map.of("decision", "approve", "reason", "I know it"));
		assertThat(done.status()).as(done.text()).isEqualTo(200);
		assertThat(server.mailer().get("/permissions/" + id).data().path("status").asString()).isEqualTo("approved");
	}

	@Test
	void linkWhenConfigurationNamesThePersonThenTheOtherUserEnds() {
		TestDatabase database = TestDatabase.createLasting();
		String[] settings = issuer.settings("company");
		String key;
		String waits;
		try (TestServer own = TestServer.startOn(database, settings)) {
			issuer.clock = own.clock;
			signIn(own);
			assertThat(users(own)).contains("erin@company");
			key = own.admin()
				.post("/agents", "{\"name\":\"own\",\"owner\":\"erin@company\"}")
				.expect(201)
				.data()
				.path("apiKey")
				.asString();
			waits = own.api(key).pending("mail.send");
		}
		try (TestServer own = TestServer.startOn(database, Stream.concat(Stream.of(settings),
				Stream.of("agentotp.server.users.erin.api-key=uk_erin-0123456789abcdefghijklmnop",
						"agentotp.server.users.erin.roles=approver",
						"agentotp.server.users.erin.issuer=" + issuer.url(), "agentotp.server.users.erin.subject=7f3a"))
			.toArray(String[]::new))) {
			issuer.clock = own.clock;
			assertThat(users(own)).contains("erin").doesNotContain("erin@company");
			assertThat(signIn(own).status()).isEqualTo(200);
			// Whoever is one person does not decide on requests of the own agent.
			assertThat(own.admin().get("/agents/own").expect(200).data().path("owner").asString()).isEqualTo("erin");
			Await.until("what waited has ended",
					() -> own.api(key).get("/permissions/" + waits).data().path("status").asString().equals("revoked"));
			String asked = own.api(key).pending("mail.send");
			assertThat(own.api("uk_erin-0123456789abcdefghijklmnop").decide(asked, true).status()).isEqualTo(403);
			assertThat(own.api(key).get("/permissions/" + asked).data().path("status").asString()).isEqualTo("pending");
		}
	}

	@Test
	void startWhenConfigurationStillNamesTheEndedUserAsOwnerThenRefusedWithTheRemedy() {
		TestDatabase database = TestDatabase.createLasting();
		String[] settings = this.issuer.settings("company");
		try (TestServer server = TestServer.startOn(database, settings)) {
			this.issuer.clock = server.clock;
			signIn(server);
		}
		String[] linked = Stream.concat(Stream.of(settings),
				Stream.of("agentotp.server.agents.mailer.owner=erin@company",
						"agentotp.server.users.erin.api-key=uk_erin-0123456789abcdefghijklmnop",
						"agentotp.server.users.erin.issuer=" + this.issuer.url(),
						"agentotp.server.users.erin.subject=7f3a"))
			.toArray(String[]::new);
		assertThatException().isThrownBy(() -> TestServer.startOn(database, linked).close())
			.withRootCauseInstanceOf(InvalidSettingException.class)
			.withStackTraceContaining("Name 'erin' there first");
		try (TestServer server = TestServer.startOn(database, settings)) {
			// Nothing of it was kept.
			assertThat(users(server)).contains("erin@company").doesNotContain("erin");
		}
	}

	@Test
	void rolesWhenOfAProviderThenNotChangedHere() {
		signIn(server);
		assertThat(server.admin()
			.send("PATCH", "/users/erin@company", "{\"roles\":[\"administrator\"]}")
			.expect(409)
			.message()).contains("come from the identity provider 'company'");
		server.admin().post("/users/erin@company/link", "{}").expect(409);
	}

	@Test
	void localSignInWhenOffThenNoPasswordAndNoFirstUser() {
		try (TestServer own = startOwn("agentotp.server.local-sign-in=false")) {
			Browser alice = new Browser(own.url());
			Page page = alice.get("/sign-in");
			assertThat(page.text()).doesNotContain("type=\"password\"").contains("Company login");
			issuer.be("7f3a", "erin", "ops-approvers");
			Browser erin = new Browser(own.url());
			Page inbox = erin.get("/sign-in/oidc/company");
			Page refused = erin.submit(inbox, "/sign-in", Map.of("username", "alice", "password", TestServer.PASSWORD));
			assertThat(refused.status()).isEqualTo(405);
		}
		try (TestServer own = TestServer.startBare(TestServer.Host.class,
				issuer.settings("company", "agentotp.server.local-sign-in=false"))) {
			assertThat(own.jdbc().sql("SELECT COUNT(*) FROM agentotp_user").query(Long.class).single()).isZero();
		}
	}

	@Test
	void startWhenSettingsAreWrongThenRefusedWithTheRemedy() {
		assertThatException().isThrownBy(() -> TestServer.start("agentotp.server.local-sign-in=false").close())
			.withRootCauseInstanceOf(InvalidSettingException.class)
			.withStackTraceContaining("Nobody could sign in");
		assertThatException()
			.isThrownBy(() -> TestServer.start("agentotp.server.oidc.x.issuer-uri=https://login.example.com").close())
			.withStackTraceContaining("client-id");
		assertThatException()
			.isThrownBy(
					() -> TestServer
						.start("agentotp.server.oidc.x.issuer-uri=https://login.example.com",
								"agentotp.server.oidc.x.client-id=a")
						.close())
			.withStackTraceContaining("Nobody could come in");
	}

	private static void refused(TestServer server, Page page) {
		assertThat(page.status()).as(page.text()).isEqualTo(403);
		assertThat(page.text()).contains(FAILED);
		assertThat(users(server)).doesNotContain("erin@company");
		assertThat(page.text()).doesNotContain("evil").doesNotContain("hide-me");
	}

	private static List<String> users(TestServer server) {
		return server.jdbc().sql("SELECT name FROM agentotp_user WHERE ended_at IS NULL").query(String.class).list();
	}

}
