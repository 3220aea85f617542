package io.agentotp.server;

import java.util.List;
import java.util.Map;

import io.agentotp.server.web.Caller;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who reaches what. Who asks never decides.
 */
class AccessTests {

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void agentWhenAnyRouteOfPeopleThen403() {
		String id = server.mailer().pending("mail.send");
		int walked = 0;
		for (Route route : Route.all(server)) {
			if (route.isApi() && !route.allows(Caller.AGENT) && !route.allows(Caller.ANYBODY)) {
				String path = route.path()
					.replace("/api/v1", "")
					.replace("{id}", id)
					.replace("{version}", "1")
					.replace("{name}", "bob");
				Api.Answer answer = server.mailer()
					.send(route.method(), path, route.method().equals("POST") ? "{\"approved\":true}" : null);
				assertThat(answer.status()).as(route.toString()).isEqualTo(403);
				assertThat(answer.code()).isEqualTo("FORBIDDEN");
				walked++;
			}
		}
		assertThat(walked).isGreaterThanOrEqualTo(6);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/api/v1/permissions/{id}/decide", "/api/v1//permissions/{id}/decide",
			"//api/v1/permissions/{id}/decide", "/api/v1/permissions/{id}/decide/",
			"/api/v1/permissions/{id}/decide;x=1", "/api;x/v1/permissions/{id}/decide",
			"/%61pi/v1/permissions/{id}/decide", "/api/v1/permissions/{id}/%64ecide",
			"/api/v1/permissions/{id}%2fdecide", "/api/v1/permissions/{id}/use/../decide",
			"/api/v1/permissions/{id}/use/%2e%2e/decide", "/assets/../api/v1/permissions/{id}/decide",
			"/assets/%2e%2e/api/v1/permissions/{id}/decide", "/assets/..;/api/v1/permissions/{id}/decide",
			"/sign-in/../approvals/{id}", "/API/v1/permissions/{id}/decide", "/approvals/{id}", "/approvals/{id};x",
			"/approvals/{id}?decision=approve", "//approvals/{id}", "/%61pprovals/{id}",
			"/assets/..%2fapprovals/{id}" })
	void agentWhenPathIsDisguisedThenDecidesNothing(String path) {
		String id = server.mailer().pending("mail.send");
		Browser agent = new Browser(server.url());
		for (String method : List.of("POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "TRACE")) {
			for (String body : List.of("{\"approved\":true}", "decision=approve")) {
				String type = body.startsWith("{") ? "application/json" : "application/x-www-form-urlencoded";
				int status = agent.send(method, path.replace("{id}", id), body,
						Map.of("Authorization", "Bearer " + TestServer.MAILER_KEY, "Content-Type", type,
								"X-HTTP-Method-Override", "POST", "X-Original-URL",
								"/agent-otp/api/v1/permissions/" + id + "/decide"))
					.status();
				assertThat(status).as(method + " " + path).isNotIn(201, 204).isLessThan(500);
			}
		}
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	@Test
	void personWhenAnyRouteOfAgentsThen403() {
		String id = server.mailer().pending("mail.send");
		for (Route route : Route.all(server)) {
			if (route.allows(Caller.AGENT) && !route.allows(Caller.APPROVER)) {
				String path = route.path().replace("/api/v1", "").replace("{id}", id).replace("{name}", "bob");
				assertThat(
						server.alice().send(route.method(), path, route.method().equals("POST") ? "{}" : null).status())
					.as(route.toString())
					.isEqualTo(403);
			}
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			bob   | GET  | /audit/export                | administrator, auditor
			bob   | POST | /agents                      | administrator
			alice | POST | /permissions/x/use           | agent
			agent | POST | /permissions/x/decide        | approver
			""")
	void requestWhenRefusedThenSaysWhoMaySendIt(String caller, String method, String path, String allowed) {
		Api api = switch (caller) {
			case "agent" -> server.mailer();
			case "bob" -> server.bob();
			default -> server.alice();
		};
		assertThat(api.send(method, path, method.equals("POST") ? "{}" : null).expect(403).message())
			.isEqualTo("These credentials do not reach this route. It is for: " + allowed);
	}

	@Test
	void routesWhenMappedThenEachSaysWhoMayReachIt() {
		assertThat(Route.all(server)).isNotEmpty()
			.allSatisfy((route) -> assertThat(route.allowed()).as(route.path()).isNotEmpty());
	}

	@Test
	void agentWhenIdOfAnotherThen404() {
		String id = server.reader().pending("mail.send");
		Api mailer = server.mailer();
		mailer.get("/permissions/" + id).expect(404);
		mailer.verify(id, "otp_x").expect(404);
		mailer.use(id, "otp_x").expect(404);
		mailer.post("/permissions/" + id + "/revoke", "{}").expect(404);
		assertThat(mailer.get("/permissions/unknown").expect(404).code()).isEqualTo("NOT_FOUND");
	}

	@DisplayName("attack A7: who owns the agent does not decide")
	@Test
	void decideWhenOwnerOfTheAgentThen403() {
		String id = server.mailer().pending("mail.send");
		Api.Answer answer = server.bob().decide(id, true).expect(403);
		assertThat(answer.message()).contains("You own the agent 'mailer'");
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		server.bob().decide(server.reader().pending("mail.send"), true).expect(200);
	}

	@Test
	void agentWhenItSendsAnOriginThenItsKeyStillCounts() {
		server.mailer().with("Origin", "https://agent.example").request("mail.send").expect(202);
	}

	@Test
	void auditorWhenReadingThenAllowedAndWhenDecidingThenNot() {
		String id = server.mailer().pending("mail.send");
		server.auditor().decide(id, true).expect(403);
		server.auditor().get("/audit").expect(200);
		server.auditor().get("/permissions").expect(200);
	}

	@Test
	void listsWhenAskedThenPaged() {
		for (int i = 0; i < 3; i++) {
			server.reader().pending("list.me");
		}
		Api.Answer page = server.alice().get("/permissions?status=pending&agentId=reader&limit=2&page=1").expect(200);
		assertThat(page.data().size()).isEqualTo(2);
		assertThat(page.body().path("meta").path("total").intValue()).isGreaterThanOrEqualTo(3);
		assertThat(page.body().path("meta").path("totalPages").intValue()).isGreaterThanOrEqualTo(2);
		assertThat(page.data().values()).allSatisfy((permission) -> {
			assertThat(permission.path("agentId").stringValue()).isEqualTo("reader");
			assertThat(permission.has("token")).isFalse();
		});
		assertThat(server.alice().get("/audit?agentId=reader&event=requested&limit=1").data().size()).isEqualTo(1);
		assertThat(server.alice().get("/audit?from=2999-01-01T00:00:00Z").data().size()).isZero();
		assertThat(server.alice().get("/agents").data().values()).extracting((agent) -> agent.path("id").stringValue())
			.containsExactly("mailer", "reader");
		Api.Answer policies = server.alice().get("/policies").expect(200);
		assertThat(policies.data().path(0).path("trustsAgentsWord").booleanValue()).isTrue();
		assertThat(policies.data().path(0).path("conditions").toString()).contains("scope.max_amount");
	}

}
