package io.agentotp.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Trying passwords and keys is slow, and keeps nobody out who belongs in.
 */
@Tag("sql")
class BruteForceTests {

	private static final String PASSWORDS = "agentotp.server.limits.wrong-passwords-per-minute=";

	private static final String KEYS = "agentotp.server.limits.wrong-keys-per-minute=";

	// So that tests can come from other addresses than this machine's.
	private static final String PROXY = "server.forward-headers-strategy=native";

	@Test
	void signInWhenTooManyWrongThen429EvenIfRightUntilTimeHasPassed() {
		try (TestServer server = TestServer.start(PASSWORDS + 3, PROXY)) {
			for (int i = 0; i < 3; i++) {
				assertThat(signIn(server, "alice", "wrong", "203.0.113.1").status()).isEqualTo(200);
			}
			Browser.Page refused = signIn(server, "alice", TestServer.PASSWORD, "203.0.113.1");
			assertThat(refused.status()).isEqualTo(429);
			assertThat(refused.header("Retry-After")).isEqualTo("20");
			assertThat(refused.text()).contains("Too many attempts. Try again in 20 seconds")
				.doesNotContain("id=\"inbox\"");
			// Whether there is such an account makes no difference.
			assertThat(refused.text().replaceAll("Request [0-9a-f-]+", "")).isEqualTo(
					signIn(server, "nobody", "wrong", "203.0.113.1").text().replaceAll("Request [0-9a-f-]+", ""));
			server.clock.move(Duration.ofSeconds(20));
			assertThat(signIn(server, "alice", TestServer.PASSWORD, "203.0.113.1").text()).contains("id=\"inbox\"");
		}
	}

	@Test
	void signInWhenRightThenNotCounted() {
		try (TestServer server = TestServer.start(PASSWORDS + 1)) {
			for (int i = 0; i < 5; i++) {
				new Browser(server.url()).signedIn("alice");
			}
		}
	}

	@Test
	void signInWhenManyAddressesTryOneAccountThenTheAccountIsSlowedDown() {
		try (TestServer server = TestServer.start(PASSWORDS + 2, PROXY)) {
			for (int i = 0; i < 6; i++) {
				assertThat(signIn(server, "alice", "wrong", "203.0.113." + i).status()).isEqualTo(200);
			}
			assertThat(signIn(server, "alice", "wrong", "203.0.113.77").status()).isEqualTo(429);
			assertThat(signIn(server, "ALICE", "wrong", "203.0.113.78").status()).isEqualTo(429);
			// The account is found all the same with these around its name.
			assertThat(signIn(server, "\u0001alice", TestServer.PASSWORD, "203.0.113.80").status()).isEqualTo(429);
			assertThat(signIn(server, " alice\u001f\u0000", TestServer.PASSWORD, "203.0.113.81").status())
				.isEqualTo(429);
			assertThat(signIn(server, "bob", TestServer.PASSWORD, "203.0.113.79").text()).contains("id=\"inbox\"");
		}
	}

	@Test
	void signInWhenOneStrangerTriesThenTheAccountIsFreeFromElsewhere() {
		try (TestServer server = TestServer.start(PASSWORDS + 2, PROXY)) {
			for (int i = 0; i < 20; i++) {
				signIn(server, "alice", "wrong", "198.51.100.6");
			}
			assertThat(signIn(server, "alice", TestServer.PASSWORD, "203.0.113.1").text()).contains("id=\"inbox\"");
		}
	}

	@Test
	void signInWhenStrangersUseUpEverythingThenWhoSignedInBeforeFromTheDeviceStillGetsIn() {
		try (TestServer server = TestServer.start(PASSWORDS + 2, PROXY)) {
			Browser known = new Browser(server.url()).signedIn("alice");
			known.submit(known.get("/"), "/sign-out", Map.of());
			for (int i = 0; i < 20; i++) {
				signIn(server, "alice", "wrong", "203.0.113." + i);
			}
			for (int i = 0; i < 5; i++) {
				new Browser(server.url()).signIn("alice", "wrong");
			}
			assertThat(new Browser(server.url()).signIn("alice", TestServer.PASSWORD).status()).isEqualTo(429);
			// The cookie is for one account, and slows down, too.
			assertThat(known.signIn("bob", TestServer.PASSWORD).status()).isEqualTo(429);
			assertThat(known.signIn("alice", "wrong").status()).isEqualTo(200);
			assertThat(known.signIn("alice", TestServer.PASSWORD).text()).contains("id=\"inbox\"");
			known.submit(known.get("/"), "/sign-out", Map.of());
			known.signIn("alice", "wrong");
			known.signIn("alice", "wrong");
			assertThat(known.signIn("alice", TestServer.PASSWORD).status()).isEqualTo(429);
		}
	}

	@Test
	void signInWhenDeviceCookieIsForgedThenCountedAsAStranger() {
		try (TestServer server = TestServer.start(PASSWORDS + 1)) {
			new Browser(server.url()).signIn("alice", "wrong");
			for (String cookie : List.of("x", "x.y", ".", "device.", "a.".repeat(500))) {
				Browser browser = new Browser(server.url());
				Browser.Page page = browser.get("/sign-in");
				String session = page.header("Set-Cookie").split(";")[0];
				assertThat(new Browser(server.url())
					.submit(page, "/sign-in", Map.of("username", "alice", "password", TestServer.PASSWORD),
							Map.of("Cookie", session + "; AGENTOTP_DEVICE=" + cookie))
					.status()).as(cookie).isEqualTo(429);
			}
		}
	}

	@Test
	void signInWhenSentAtOnceThenNoMoreThanTheLimitAreLookedAt() throws Exception {
		try (TestServer server = TestServer.start(PASSWORDS + 4)) {
			List<Integer> statuses = AtOnce.run(16,
					(number) -> new Browser(server.url()).signIn("alice", "wrong").status());
			assertThat(statuses).containsOnly(200, 429);
			assertThat(statuses).filteredOn((status) -> status == 200).hasSize(4);
		}
	}

	@Test
	void signInWhenFromAnotherSiteThenCountsNothing() {
		try (TestServer server = TestServer.start(PASSWORDS + 1)) {
			for (int i = 0; i < 5; i++) {
				Browser browser = new Browser(server.url());
				browser.submit(browser.get("/sign-in"), "/sign-in", Map.of("username", "alice", "password", "wrong"),
						Map.of("Origin", "https://evil.example"));
			}
			new Browser(server.url()).signedIn("alice");
		}
	}

	@Test
	void keyWhenTooManyWrongThen429AndRightOnesOfThoseWhoAreKnownGoOn() {
		try (TestServer server = TestServer.start(KEYS + 4, PROXY)) {
			Api stranger = from(server, "198.51.100.6", "ak_live_guess-0123456789abcdefghij");
			from(server, "198.51.100.6", TestServer.MAILER_KEY).request("read.file").expect(201);
			for (int i = 0; i < 2; i++) {
				stranger.request("read.file").expect(401);
				from(server, "198.51.100.6", "uk_guess-0123456789abcdefghijklmn").get("/permissions").expect(401);
			}
			assertThat(stranger.request("read.file").expect(429).header("Retry-After")).isEqualTo("15");
			Api.Answer refused = from(server, "198.51.100.6", TestServer.ALICE_KEY).get("/permissions").expect(429);
			assertThat(refused.code()).isEqualTo("RATE_LIMITED");
			from(server, "198.51.100.6", TestServer.MAILER_KEY).request("read.file").expect(201);
			from(server, "203.0.113.1", TestServer.ALICE_KEY).get("/permissions").expect(200);
			server.clock.move(Duration.ofSeconds(15));
			from(server, "198.51.100.6", TestServer.ALICE_KEY).get("/permissions").expect(200);
			stranger.request("read.file").expect(401);
			stranger.request("read.file").expect(429);
		}
	}

	@Test
	void keyWhenRevokedThenItsCallerIsNotKnownAnyMore() {
		try (TestServer server = TestServer.start(KEYS + 2)) {
			String key = server.admin().post("/agents", "{\"name\":\"short\"}").data().path("apiKey").stringValue();
			Api agent = server.api(0, key);
			agent.request("read.file").expect(201);
			server.admin().send("DELETE", "/agents/short", null).expect(200);
			agent.request("read.file").expect(401);
			agent.request("read.file").expect(401);
			agent.request("read.file").expect(429);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "native", "framework" })
	void addressWhenOfTheSameNetworkOfIpv6ThenCountedTogether(String strategy) {
		try (TestServer server = TestServer.start(KEYS + 1, "server.forward-headers-strategy=" + strategy)) {
			from(server, "2001:db8:1:2::1", "ak_live_guess-0123456789abcdefghij").request("a").expect(401);
			from(server, "2001:db8:1:2:ffff::9", "ak_live_guess-0123456789abcdefghij").request("a").expect(429);
			from(server, "2001:db8:1:3::1", "ak_live_guess-0123456789abcdefghij").request("a").expect(401);
		}
	}

	@Test
	void addressWhenTheProxyAddsThePortThenCountedWithout() {
		try (TestServer server = TestServer.start(KEYS + 1, PROXY)) {
			from(server, "[2001:db8:1:3::1]:1233", "ak_live_guess-0123456789abcdefghij").request("a").expect(401);
			from(server, "[2001:db8:1:3::9]:1234", "ak_live_guess-0123456789abcdefghij").request("a").expect(429);
			from(server, "203.0.113.1:1234", "ak_live_guess-0123456789abcdefghij").request("a").expect(401);
			from(server, "203.0.113.1:1235", "ak_live_guess-0123456789abcdefghij").request("a").expect(429);
		}
	}

	@Test
	void limitsWhenNodesShareADatabaseThenTheyCountTogether() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 2, KEYS + 4, PASSWORDS + 2)) {
			Api stranger = server.api("ak_live_guess-0123456789abcdefghij");
			for (int i = 0; i < 4; i++) {
				stranger.request("read.file").expect(401);
			}
			server.api(0, "ak_live_guess-0123456789abcdefghij").request("read.file").expect(429);
			server.api(1, "ak_live_guess-0123456789abcdefghij").request("read.file").expect(429);
			new Browser(server.url(0)).signIn("alice", "wrong");
			new Browser(server.url(1)).signIn("alice", "wrong");
			assertThat(new Browser(server.url(0)).signIn("alice", "wrong").status()).isEqualTo(429);
			assertThat(new Browser(server.url(1)).signIn("alice", "wrong").status()).isEqualTo(429);
		}
	}

	@Test
	void limitsWhenTheyFailThenRefused() {
		try (TestServer server = TestServer.startNodes(TestDatabase.createPostgres(), 1)) {
			server.jdbc().sql("DROP TABLE agentotp_bucket").update();
			Browser.Page page = new Browser(server.url()).signIn("alice", TestServer.PASSWORD);
			assertThat(page.status()).isEqualTo(503);
			assertThat(page.header("Retry-After")).isEqualTo("2");
			server.alice().get("/permissions").expect(503);
		}
	}

	@Test
	void signInWhenItCannotBeLookedUpThenNotCountedAsWrong() {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer server = TestServer.startOn(database, PASSWORDS + 2, PROXY)) {
			Browser known = new Browser(server.url()).signedIn("alice");
			known.submit(known.get("/"), "/sign-out", Map.of());
			signIn(server, "alice", "wrong", "203.0.113.1");
			database.execute("ALTER TABLE agentotp_user RENAME TO somewhere");
			for (int i = 0; i < 9; i++) {
				assertThat(signIn(server, "alice", TestServer.PASSWORD, "203.0.113.1").status()).isEqualTo(503);
				assertThat(known.signIn("alice", TestServer.PASSWORD).status()).isEqualTo(503);
			}
			database.execute("ALTER TABLE somewhere RENAME TO agentotp_user");
			assertThat(known.signIn("alice", TestServer.PASSWORD).text()).contains("id=\"inbox\"");
			assertThat(signIn(server, "alice", TestServer.PASSWORD, "203.0.113.1").text()).contains("id=\"inbox\"");
			// The wrong one before still counts, and none is there twice.
			signIn(server, "alice", "wrong", "203.0.113.1");
			assertThat(signIn(server, "alice", TestServer.PASSWORD, "203.0.113.1").status()).isEqualTo(429);
		}
	}

	@Test
	void keyWhenItCannotBeLookedUpThenNotCountedAsWrong() {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer server = TestServer.startOn(database, KEYS + 2)) {
			Api stranger = server.api(0, "uk_guess-0123456789abcdefghijklmn");
			stranger.get("/permissions").expect(401);
			database.execute("ALTER TABLE agentotp_user RENAME TO somewhere");
			for (int i = 0; i < 9; i++) {
				server.alice().get("/permissions").expect(500);
			}
			database.execute("ALTER TABLE somewhere RENAME TO agentotp_user");
			server.alice().get("/permissions").expect(200);
			stranger.get("/permissions").expect(401);
			stranger.get("/permissions").expect(429);
		}
	}

	@Test
	void keyWhenItIsForTestsAndNotTakenThenCountedAsWrong() {
		try (TestServer server = TestServer.start(KEYS + 2,
				"agentotp.server.agents.tester.api-key=ak_test_tester-0123456789abcdefgh")) {
			Api tester = server.api(0, "ak_test_tester-0123456789abcdefgh");
			tester.request("read.file").expect(401);
			tester.request("read.file").expect(401);
			tester.request("read.file").expect(429);
		}
	}

	@Test
	void signInWhenTheAccountCannotBeCountedThenTheAddressIsNotEither() {
		TestDatabase database = TestDatabase.createPostgres();
		try (TestServer server = TestServer.startOn(database, PASSWORDS + 2)) {
			database
				.execute("ALTER TABLE agentotp_bucket ADD CONSTRAINT broken CHECK (id NOT LIKE 'sign-in:account:%')");
			for (int i = 0; i < 4; i++) {
				assertThat(new Browser(server.url()).signIn("alice", TestServer.PASSWORD).status()).isEqualTo(503);
			}
			database.execute("ALTER TABLE agentotp_bucket DROP CONSTRAINT broken");
			new Browser(server.url()).signedIn("alice");
		}
	}

	private static Browser.Page signIn(TestServer server, String user, String password, String address) {
		Browser browser = new Browser(server.url());
		return browser.submit(browser.get("/sign-in"), "/sign-in", Map.of("username", user, "password", password),
				Map.of("X-Forwarded-For", address));
	}

	private static Api from(TestServer server, String address, String key) {
		return server.api(0, key).with("X-Forwarded-For", address);
	}

}
