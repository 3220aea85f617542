package io.agentotp.server;

import java.net.HttpCookie;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentotp.server.user.UserRows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.session.MapSession;
import org.springframework.session.MapSessionRepository;
import org.springframework.session.web.http.SessionRepositoryFilter;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who is signed in, in the database.
 */
class SessionTests {

	@TempDir
	Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "/", "/agent-otp", "/some/where" })
	void pageWhenNotSignedInThenNothingIsKept(String path) {
		try (TestServer server = path.equals("/") ? startAlone() : TestServer.start("agentotp.server.path=" + path)) {
			Browser stranger = new Browser(server.url());
			for (String page : List.of("/", "/history", "/sign-in", "/approvals/x", "/nowhere")) {
				stranger.get(page);
				assertThat(new Browser(server.url()).send("POST", page, "a=b", Map.of()).status())
					.isEqualTo(page.equals("/nowhere") ? 404 : 403);
			}
			stranger.signIn("alice", "wrong");
			assertThat(stranger.cookies()).extracting(HttpCookie::getName)
				.doesNotContain("AGENTOTP_SESSION", "JSESSIONID");
			assertThat(sessions(server)).isZero();
			Browser alice = new Browser(server.url()).signedIn("alice");
			assertThat(alice.cookies()).extracting(HttpCookie::getName)
				.contains("AGENTOTP_SESSION")
				.doesNotContain("JSESSIONID");
			assertThat(sessions(server)).isOne();
			HttpCookie cookie = cookie(alice);
			assertThat(cookie.isHttpOnly()).isTrue();
			assertThat(cookie.getPath()).isEqualTo(path);
			assertThat(server.jdbc()
				.sql("SELECT attribute_bytes FROM agentotp_session_attributes WHERE attribute_name LIKE '%PRINCIPAL%'")
				.query((row, index) -> new String(row.getBytes(1)))
				.list()).containsExactly("\"alice\"");
			// The cookie cannot be made of what the database holds.
			assertThat(cookie.getValue()).isNotEqualTo(
					server.jdbc().sql("SELECT session_id FROM agentotp_session").query(String.class).single());
			alice.submit(alice.get("/"), "/sign-out", Map.of());
			assertThat(sessions(server)).isZero();
			assertThat(alice.get("/").path()).contains("/sign-in");
		}
	}

	@Test
	void sessionWhenServerIsAnotherOrRestartedThenStillSignedIn() {
		TestDatabase database = TestDatabase.createLasting();
		Browser alice;
		try (TestServer server = TestServer.startNodes(database, 2)) {
			alice = new Browser(server.url()).signedIn("alice");
			String id = server.reader().pending("mail.send");
			Browser.Page page = alice.get(server.url(1) + "/approvals/" + id);
			assertThat(page.text()).contains("id=\"approve\"");
			// The form of one node is sent to the other.
			assertThat(alice.submit(page, "/approvals/" + id, Map.of("decision", "approve")).status()).isEqualTo(200);
			assertThat(server.reader().status(id)).isEqualTo("approved");
		}
		try (TestServer again = TestServer.startOn(database)) {
			assertThat(alice.get(again.url() + "/").text()).contains("id=\"inbox\"");
			// Without the user there is no session, also once the user is back.
			UserRows.change(again.server().context(), "alice", "active = FALSE");
			assertThat(alice.get(again.url() + "/").path()).contains("/sign-in");
			UserRows.change(again.server().context(), "alice", "active = TRUE");
			assertThat(alice.get(again.url() + "/").path()).contains("/sign-in");
		}
	}

	@Test
	void sessionWhenUserIsNoLongerConfiguredOrHasAnotherPasswordThenOver() {
		TestDatabase database = TestDatabase.createLasting();
		Browser alice;
		Browser bob;
		try (TestServer server = TestServer.startOn(database)) {
			alice = new Browser(server.url()).signedIn("alice");
			bob = new Browser(server.url()).signedIn("bob");
		}
		try (TestServer again = TestServer.startBareOn(database, "agentotp.server.users.bob.password=quite another")) {
			assertThat(alice.get(again.url() + "/").path()).contains("/sign-in");
			assertThat(bob.get(again.url() + "/").path()).contains("/sign-in");
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void decideWhenRoleIsLostOrUserIsGoneThenRefusedAtTheNextRequestOnEveryNode(int nodes) {
		try (TestServer server = TestServer.startNodes(TestDatabase.createLasting(), nodes)) {
			Browser alice = new Browser(server.url()).signedIn("alice");
			String id = server.reader().pending("mail.send");
			Browser.Page page = alice.get(server.url(nodes - 1) + "/approvals/" + id);
			UserRows.change(server.server().context(), "alice", "roles = 'AUDITOR'");
			assertThat(submit(alice, page, server.url(nodes - 1), id).status()).isEqualTo(403);
			assertThat(alice.get(server.url(nodes - 1) + "/approvals/" + id).text())
				.contains("You can read this, but not decide");
			server.alice().decide(id, true).expect(403);
			UserRows.change(server.server().context(), "alice", "roles = 'APPROVER', active = FALSE");
			server.alice().decide(id, true).expect(401);
			assertThat(submit(alice, page, server.url(nodes - 1), id).status()).isEqualTo(403);
			assertThat(alice.get("/live/inbox?seen=x").status()).isEqualTo(401);
			assertThat(server.reader().status(id)).isEqualTo("pending");
		}
	}

	@Test
	void sessionWhenIdleForLongThenOverAndLivePagesDoNotKeepIt() {
		try (TestServer server = TestServer.start("agentotp.server.sessions.idle-timeout=10m")) {
			Browser alice = new Browser(server.url()).signedIn("alice");
			age(server, 9);
			assertThat(alice.get("/live/inbox?seen=x").status()).isEqualTo(200);
			age(server, 2);
			assertThat(alice.get("/live/inbox?seen=x").status()).isEqualTo(401);
			assertThat(alice.get("/").text()).contains("id=\"session-over\"");
			alice.signedIn("alice");
			age(server, 9);
			assertThat(alice.get("/").text()).contains("id=\"inbox\"");
			age(server, 9);
			assertThat(alice.get("/").text()).contains("id=\"inbox\"");
		}
	}

	@Test
	void sessionWhenOldThenOverHoweverMuchIsDoneAndWhateverItsRowSays() {
		try (TestServer server = TestServer.start("agentotp.server.sessions.absolute-timeout=1h")) {
			Browser alice = new Browser(server.url()).signedIn("alice");
			server.clock.move(Duration.ofMinutes(59));
			assertThat(alice.get("/").text()).contains("id=\"inbox\"");
			server.clock.move(Duration.ofMinutes(2));
			server.jdbc()
				.sql("UPDATE agentotp_session SET creation_time = ?, last_access_time = ?, expiry_time = ?, max_inactive_interval = -1")
				.params(server.clock.instant().toEpochMilli(), server.clock.instant().toEpochMilli(), Long.MAX_VALUE)
				.update();
			assertThat(alice.get("/live/inbox?seen=x").status()).isEqualTo(401);
			assertThat(alice.get("/").path()).contains("/sign-in");
			alice.signedIn("alice");
			assertThat(alice.get("/").text()).contains("id=\"inbox\"");
		}
	}

	@Test
	void sessionWhenItsRowSaysThatItNeverEndsThenRemovedOnceIdle() {
		try (TestServer server = TestServer.start()) {
			Browser alice = new Browser(server.url()).signedIn("alice");
			server.jdbc()
				.sql("UPDATE agentotp_session SET max_inactive_interval = -1, expiry_time = " + Long.MAX_VALUE)
				.update();
			age(server, 16);
			UserRows.removeExpiredSessions(server.server().context());
			assertThat(sessions(server)).isZero();
			assertThat(alice.get("/").path()).contains("/sign-in");
		}
	}

	@Test
	void noteWhenSomebodyElseWroteItThenNotShown() {
		try (TestServer server = TestServer.start()) {
			Browser alice = new Browser(server.url()).signedIn("alice");
			String id = server.mailer().pending("mail.send");
			server.jdbc()
				.sql("""
						INSERT INTO agentotp_session_attributes (session_primary_id, attribute_name, attribute_bytes)
						SELECT primary_id, 'batch', ? FROM agentotp_session""")
				.param("\"{\\\"text\\\":\\\"All is well\\\",\\\"complete\\\":true,\\\"lines\\\":[]}\"".getBytes(UTF_8))
				.update();
			assertThat(alice.get("/approvals/" + id).text()).doesNotContain("All is well").contains("id=\"approve\"");
		}
	}

	@Test
	void sessionWhenSignedInThenNoIdFromBeforeCounts() {
		try (TestServer server = TestServer.start()) {
			Browser alice = new Browser(server.url()).signedIn("alice");
			String before = cookie(alice).getValue();
			alice.signedIn("bob");
			assertThat(cookie(alice).getValue()).isNotEqualTo(before);
			Browser other = new Browser(server.url());
			assertThat(other.send("GET", "/", null, Map.of("Cookie", "AGENTOTP_SESSION=" + before)).path())
				.contains("/sign-in");
			// Nor one that is made up.
			String id = server.jdbc().sql("SELECT session_id FROM agentotp_session").query(String.class).single();
			for (String value : List.of(id, id + ".", id + "." + "x".repeat(43), "." + before)) {
				assertThat(
						new Browser(server.url()).send("GET", "/", null, Map.of("Cookie", "AGENTOTP_SESSION=" + value))
							.path())
					.contains("/sign-in");
			}
			server.jdbc()
				.sql("UPDATE agentotp_session_attributes SET attribute_bytes = ?")
				.param(new byte[] { -1 })
				.update();
			assertThat(alice.get("/").path()).contains("/sign-in");
		}
	}

	@Test
	void sessionWhenTheDatabaseSaysItIsOfAnotherUserThenOver() {
		try (TestServer server = TestServer.start()) {
			Browser bob = new Browser(server.url()).signedIn("bob");
			Browser alice = new Browser(server.url()).signedIn("alice");
			server.jdbc().sql("UPDATE agentotp_session SET principal_name = 'alice'").update();
			server.jdbc().sql("""
					UPDATE agentotp_session_attributes SET attribute_bytes = ?
					WHERE attribute_name LIKE '%PRINCIPAL_NAME%'""").param("\"alice\"".getBytes(UTF_8)).update();
			assertThat(bob.get("/").path()).contains("/sign-in");
			assertThat(alice.get("/").text()).contains("id=\"inbox\"");
			// Nor with the seal of the other's session.
			bob.signedIn("bob");
			server.jdbc().sql("""
					UPDATE agentotp_session_attributes SET attribute_bytes = (
						SELECT a.attribute_bytes FROM agentotp_session_attributes a JOIN agentotp_session s
						ON s.primary_id = a.session_primary_id WHERE s.principal_name = 'alice'
						AND a.attribute_name = agentotp_session_attributes.attribute_name)""").update();
			assertThat(bob.get("/").path()).contains("/sign-in");
			assertThat(alice.get("/").text()).contains("id=\"inbox\"");
		}
	}

	@Test
	void hostWhenItUsesSpringSessionTooThenEachHasItsOwn() {
		try (TestServer server = TestServer.start(SessionHost.class,
				"spring.autoconfigure.exclude=" + ServerProcess.WITHOUT_SECURITY_OF_A_HOST.split("=")[1])) {
			Browser alice = new Browser(server.url());
			assertThat(alice.get(server.origin() + "/count").text()).isEqualTo("1");
			alice.signedIn("alice");
			assertThat(alice.get("/").text()).contains("id=\"inbox\"");
			assertThat(alice.get(server.origin() + "/count").text()).isEqualTo("2");
			assertThat(alice.cookies()).extracting(HttpCookie::getName).contains("SESSION", "AGENTOTP_SESSION");
			alice.submit(alice.get("/"), "/sign-out", Map.of());
			assertThat(alice.get(server.origin() + "/count").text()).isEqualTo("3");
			assertThat(sessions(server)).isZero();
		}
	}

	private static Browser.Page submit(Browser browser, Browser.Page page, String url, String id) {
		return browser.submit(page, url + "/approvals/" + id, Map.of("decision", "approve"));
	}

	private TestServer startAlone() {
		return TestServer.startAlone(this.directory);
	}

	private static long sessions(TestServer server) {
		return server.jdbc().sql("SELECT COUNT(*) FROM agentotp_session").query(Long.class).single();
	}

	private static HttpCookie cookie(Browser browser) {
		return browser.cookies()
			.stream()
			.filter((cookie) -> cookie.getName().equals("AGENTOTP_SESSION"))
			.findFirst()
			.orElseThrow();
	}

	// As if so much time had passed.
	private static void age(TestServer server, int minutes) {
		server.jdbc()
			.sql("UPDATE agentotp_session SET last_access_time = last_access_time - ?")
			.param(minutes * 60_000L)
			.update();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class SessionHost {

		@Bean
		FilterRegistrationBean<SessionRepositoryFilter<MapSession>> hostSessions() {
			FilterRegistrationBean<SessionRepositoryFilter<MapSession>> filter = new FilterRegistrationBean<>(
					new SessionRepositoryFilter<>(new MapSessionRepository(new ConcurrentHashMap<>())));
			filter.setOrder(SessionRepositoryFilter.DEFAULT_ORDER);
			return filter;
		}

		@Bean
		Counter counter() {
			return new Counter();
		}

	}

	@RestController
	static class Counter {

		@GetMapping("/count")
		String count() {
			var session = ((ServletRequestAttributes) RequestContextHolder.getRequestAttributes()).getRequest()
				.getSession();
			Object count = session.getAttribute("count");
			session.setAttribute("count", (count instanceof Integer before) ? before + 1 : 1);
			return String.valueOf(session.getAttribute("count"));
		}

	}

}
