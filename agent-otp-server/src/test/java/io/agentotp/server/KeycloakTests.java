package io.agentotp.server;

import java.time.Instant;

import io.agentotp.server.Browser.Page;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * People sign in at a real Keycloak.
 */
@Tag("identity")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KeycloakTests {

	private static final String ERIN = "0b1c5e8e-7f3a-4c55-9c2f-0c0ffee00001";

	private static Keycloak keycloak;

	private static TestServer server;

	@BeforeAll
	static void start() throws Exception {
		int port = Keycloak.freePort();
		String url = "http://localhost:" + port + "/agent-otp";
		keycloak = Keycloak.start(url);
		String prefix = "agentotp.server.oidc.company.";
		server = TestServer.start("server.port=" + port, "agentotp.server.public-url=" + url,
				prefix + "issuer-uri=" + keycloak.issuer(), prefix + "client-id=agent-otp",
				prefix + "client-secret=secret-of-the-client", prefix + "roles.approver=ops-approvers",
				prefix + "roles.administrator=otp-admins", prefix + "groups.finance=finance-team");
	}

	@AfterAll
	static void stop() throws Exception {
		if (server != null) {
			server.close();
		}
		if (keycloak != null) {
			keycloak.close();
		}
	}

	@BeforeEach
	void goOn() {
		// Keycloak's tokens have its time.
		server.clock.set(Instant.now());
	}

	private static Page signIn(Browser browser, String user) {
		return keycloak.signIn(browser, browser.get("/sign-in/oidc/company"), user);
	}

	@Test
	@Order(1)
	void signInWhenGroupGivesARoleThenThePersonDecides() {
		String id = server.mailer().pending("mail.send");
		Browser erin = new Browser(server.url());
		assertThat(signIn(erin, "erin").status()).isEqualTo(200);
		JsonNode user = server.admin().get("/users/erin@company").expect(200).data();
		assertThat(user.path("roles").toString()).isEqualTo("[\"approver\"]");
		assertThat(user.path("groups").toString()).isEqualTo("[\"finance\"]");
		assertThat(user.path("subject").asString()).isEqualTo(ERIN);
		assertThat(erin.get("/approvals/" + id).text()).contains("mail.send");
	}

	@Test
	@Order(2)
	void signInWhenNoGroupGivesARoleThenRefusedWithWords() {
		Page page = signIn(new Browser(server.url()), "frank");
		assertThat(page.status()).isEqualTo(403);
		assertThat(page.text()).contains("gives you no role here");
	}

	@Test
	@Order(3)
	void signInWhenSignedInThereThenNoPasswordIsAsked() {
		Browser erin = new Browser(server.url());
		signIn(erin, "erin");
		erin.submit(erin.get("/"), "/sign-out", java.util.Map.of());
		assertThat(erin.get("/").path()).contains("/sign-in");
		assertThat(erin.get("/sign-in/oidc/company").path()).doesNotContain("/sign-in");
	}

	// First: Keycloak tells of one session only where a person has several.
	@Test
	@Order(0)
	void signOutWhenThereThenSessionsHereEnd() {
		Browser erin = new Browser(server.url());
		signIn(erin, "erin");
		assertThat(erin.get("/").path()).doesNotContain("/sign-in");
		keycloak.signOut(ERIN);
		Await.until("the session has ended", () -> erin.get("/").path().contains("/sign-in"));
	}

	@Test
	@Order(5)
	void signInWhenKeysWereRotatedThenAccepted() {
		keycloak.rotateKeys();
		assertThat(signIn(new Browser(server.url()), "erin").status()).isEqualTo(200);
	}

	@Test
	@Order(6)
	void signInWhenGroupsWereTakenAwayThenRefusedAndSessionsEnd() {
		Browser erin = new Browser(server.url());
		signIn(erin, "erin");
		keycloak.leaveGroups(ERIN);
		assertThat(signIn(new Browser(server.url()), "erin").status()).isEqualTo(403);
		assertThat(erin.get("/").path()).contains("/sign-in");
	}

}
