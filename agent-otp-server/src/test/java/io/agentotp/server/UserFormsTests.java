package io.agentotp.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What strangers, and other users, can do to a user, in each place where the service can
 * live.
 */
@ParameterizedClass
@EnumSource
class UserFormsTests {

	private static final String PASSWORD = "a long password of one's own";

	private static final int WRONG = 3;

	private static TestServer server;

	@Parameter
	Form form;

	@BeforeParameterizedClassInvocation
	static void start(Form form, @TempDir Path directory) {
		server = form.start(directory, "agentotp.server.limits.wrong-passwords-per-minute=" + WRONG,
				"server.forward-headers-strategy=native");
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		server.close();
	}

	@Test
	void linkWhenStrangersElsewhereTryPasswordsAndLinksThenWorks() {
		String link = link("carol", "approver");
		for (int i = 0; i < 4 * WRONG; i++) {
			signIn("carol", "wrong", "203.0.113." + i / WRONG);
			choose("#carol:ul_wrong", "203.0.113." + i / WRONG);
		}
		assertThat(signIn("carol", "wrong", "203.0.113.77").status()).isEqualTo(429);
		assertThat(choose(link, "203.0.113.1").status()).isEqualTo(429);
		assertThat(choose(link, "203.0.113.77").path()).endsWith("/sign-in?changed");
	}

	@Test
	void accountWhenStrangersTryPasswordsThenChangedAndWrongOnesOfTheSessionCount() {
		choose(link("dave", "approver"), "198.51.100.1");
		Browser dave = new Browser(server.url());
		dave.signIn("dave", PASSWORD);
		for (int i = 0; i < 4 * WRONG; i++) {
			signIn("dave", "wrong", "203.0.114." + i / WRONG);
			signIn("dave", "wrong", "127.0.0.1");
		}
		assertThat(signIn("dave", PASSWORD, "203.0.114.77").status()).isEqualTo(429);
		Browser.Page page = dave.get("/account");
		assertThat(dave.submit(page, "/account/key", Map.of("present", PASSWORD)).status()).isEqualTo(200);
		assertThat(change(dave, page, PASSWORD).path()).endsWith("/sign-in?changed");
		choose(link("erik", "approver"), "198.51.100.2");
		Browser erik = new Browser(server.url());
		erik.submit(erik.get("/sign-in"), "/sign-in", Map.of("username", "erik", "password", PASSWORD),
				Map.of("X-Forwarded-For", "198.51.100.2"));
		page = erik.get("/account");
		for (int i = 0; i < WRONG; i++) {
			assertThat(erik
				.submit(page, "/account/key", Map.of("present", "wrong"), Map.of("X-Forwarded-For", "198.51.101." + i))
				.status()).isEqualTo(403);
		}
		assertThat(change(erik, page, PASSWORD).status()).isEqualTo(429);
	}

	@Test
	void linkWhenForOneselfThenRefused() {
		choose(link("root2", "administrator"), "198.51.100.3");
		Browser root = new Browser(server.url());
		root.submit(root.get("/sign-in"), "/sign-in", Map.of("username", "root2", "password", PASSWORD),
				Map.of("X-Forwarded-For", "198.51.100.3"));
		Browser.Page page = root.get("/users/root2");
		assertThat(page.text()).contains("id=\"end\"").doesNotContain("id=\"new-link\"");
		Browser.Page refused = root.submit(page, "/users/root2/link", Map.of());
		assertThat(refused.status()).isEqualTo(409);
		assertThat(refused.text()).contains("on your account page").doesNotContain("/set-password#");
		assertThat(server.admin().get("/users/root2").data().path("linkExpiresAt").isNull()).isTrue();
	}

	@Test
	void formWhenAFieldIsUnknownThenRefusedAndNothingDone() {
		Browser alice = new Browser(server.url());
		alice.submit(alice.get("/sign-in"), "/sign-in", Map.of("username", "alice", "password", TestServer.PASSWORD),
				Map.of("X-Forwarded-For", "198.51.100.4"));
		for (String field : List.of("max_emails", "scope", "scopeModifications.max_emails", "n1", "n0.show",
				"Reason")) {
			String id = server.reader()
				.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_emails\":3}}")
				.expect(202)
				.data()
				.path("id")
				.stringValue();
			Browser.Page page = alice.get("/approvals/" + id);
			assertThat(alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", field, "1")).status())
				.as(field)
				.isEqualTo(400);
			assertThat(server.reader().status(id)).isEqualTo("pending");
			alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "n0", "2"));
			assertThat(server.reader().get("/permissions/" + id).data().path("scope").toString())
				.isEqualTo("{\"max_emails\":2}");
		}
	}

	private static Browser.Page change(Browser browser, Browser.Page page, String present) {
		return browser.submit(page, "/account/password",
				Map.of("present", present, "password", PASSWORD + " 2", "repeated", PASSWORD + " 2"));
	}

	private static String link(String name, String role) {
		return server.admin()
			.post("/users", "{\"name\":\"" + name + "\",\"roles\":[\"" + role + "\"]}")
			.expect(201)
			.data()
			.path("link")
			.stringValue();
	}

	private static Browser.Page choose(String link, String address) {
		Browser browser = new Browser(server.url());
		String[] parts = link.substring(link.indexOf('#') + 1).split(":", 2);
		return browser.submit(browser.get("/set-password"), "/set-password",
				Map.of("username", parts[0], "code", parts[1], "password", PASSWORD, "repeated", PASSWORD),
				Map.of("X-Forwarded-For", address));
	}

	private static Browser.Page signIn(String user, String password, String address) {
		Browser browser = new Browser(server.url());
		return browser.submit(browser.get("/sign-in"), "/sign-in", Map.of("username", user, "password", password),
				Map.of("X-Forwarded-For", address));
	}

}
