package io.agentotp.server;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who may decide, on what, and until when.
 */
class AuthorityTests {

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void decideWhenAdministratorWithoutApproverThenRefused() {
		String id = server.reader()
			.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_emails\":9}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		server.admin().decide(id, true).expect(403);
		server.admin().decide(id, false).expect(403);
		server.admin()
			.post("/permissions/" + id + "/decide", "{\"approved\":true,\"scopeModifications\":{\"max_emails\":1}}")
			.expect(403);
		server.admin().post("/permissions/decide", "{\"ids\":[\"" + id + "\"],\"approved\":true}").expect(403);
		Browser admin = new Browser(server.url()).signedIn("admin");
		Browser.Page page = admin.get("/approvals/" + id);
		assertThat(page.text()).contains("You can read this, but not decide").doesNotContain("id=\"decision\"");
		for (String decision : List.of("approve", "deny", "approve-all", "deny-all")) {
			assertThat(admin.submit(page, "/approvals/" + id, Map.of("decision", decision, "ids", id)).status())
				.isEqualTo(403);
		}
		assertThat(server.reader().status(id)).isEqualTo("pending");
	}

	@Test
	void decideWhenApproverAndAdministratorThenDecides() {
		try (TestServer own = TestServer.start("agentotp.server.users.admin.roles=administrator,approver")) {
			own.admin().decide(own.reader().pending("mail.send"), true).expect(200);
		}
	}

	@Test
	void decideWhenFirstUserWasMadeThenItDecides() {
		try (TestServer own = TestServer.startBare(TestServer.Host.class)) {
			assertThat(own.jdbc().sql("SELECT roles FROM agentotp_user").query(String.class).single())
				.isEqualTo("APPROVER,ADMINISTRATOR");
		}
	}

	@Test
	void narrowWhenNotKnownToBeALimitThenRefusedAndPageOffersNone() {
		String id = server.reader()
			.post("/permissions/request",
					"{\"action\":\"mail.send\",\"scope\":{\"min\":10,\"read_only\":true,\"list\":[1]}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		for (String modifications : List.of("{\"min\":5}", "{\"read_only\":false}", "{\"admin\":true}")) {
			JsonNode problems = server.alice()
				.post("/permissions/" + id + "/decide",
						"{\"approved\":true,\"scopeModifications\":" + modifications + "}")
				.expect(400)
				.details();
			assertThat(problems.propertyNames()).hasSize(1)
				.allMatch((name) -> name.matches("scopeModifications\\.(min|read_only|admin)"));
		}
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser.Page page = alice.get("/approvals/" + id);
		assertThat(page.text()).doesNotContain("id=\"narrow\"", "untick for false");
		// What no field has changes nothing.
		alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "n0", "5", "n1.shown", "1"));
		assertThat(server.reader().get("/permissions/" + id).data().path("scope").toString())
			.isEqualTo("{\"min\":10,\"read_only\":true,\"list\":[1]}");
	}

}
