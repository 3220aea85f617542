package io.agentotp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonNumbers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Numbers beyond the limits of the protocol, wherever a number can stand.
 */
class NumberLimitTests {

	private static final List<String> NUMBERS = List.of("1e99999999999", "-1e-99999999999", "1e999999999",
			"100e2147483647", "1e309", "9".repeat(997) + "e9", "9".repeat(65), "0." + "1".repeat(900), "0e99999999999",
			"1" + "0".repeat(2000));

	private static TestServer server;

	private static String pending;

	private static String policy;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator");
		server.admin().post("/agents", "{\"name\":\"numbers\"}").expect(201);
		pending = server.mailer()
			.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_emails\":10}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		policy = server.admin()
			.post("/policies",
					"{\"name\":\"kept\",\"action\":\"deny\",\"conditions\":{\"action\":{\"equals\":\"kept\"}}}")
			.expect(201)
			.data()
			.path("id")
			.stringValue();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	static Stream<Route> bodies() {
		return Route.all(server)
			.stream()
			.filter((route) -> route.isApi() && !route.method().equals("GET") && !route.method().equals("DELETE"));
	}

	@Test
	void bodiesWhenListedThenManyRoutesTakeOne() {
		assertThat(bodies()).hasSizeGreaterThanOrEqualTo(15);
	}

	@ParameterizedTest
	@MethodSource("bodies")
	void bodyWhenANumberIsBeyondTheLimitsThen400WithItsPlace(Route route) {
		String id = route.path().contains("/agents/") ? "numbers"
				: route.path().contains("/policies/") ? policy : pending;
		String path = route.path().replace("/api/v1", "").replace("{id}", id).replace("{name}", "alice");
		String key = route.path().matches(".*/permissions/(request|query|\\{id}/(use|verify|revoke))")
				? TestServer.MAILER_KEY : TestServer.ADMIN_KEY;
		for (String number : NUMBERS) {
			Api.Answer answer = server.api(key)
				.send(route.method(), path, "{\"unknown\":{\"list\":[1,{\"n\":" + number + "}]}}");
			if (answer.status() == 200 && !takesBody(route)) {
				continue;
			}
			assertThat(answer.status()).as(route + " " + number).isEqualTo(400);
			assertThat(answer.details().path("unknown.list[1].n").asString()).as(route + " " + number)
				.isEqualTo(JsonNumbers.PROBLEM);
		}
	}

	// These look at no body.
	private static boolean takesBody(Route route) {
		return !route.path().endsWith("/rotate") && !route.path().endsWith("/unfreeze");
	}

	@ParameterizedTest
	@MethodSource("fields")
	void fieldWhenItsNumberIsBeyondTheLimitsThen400WithItsPlace(String key, String path, String body, String place) {
		for (String number : NUMBERS) {
			Api.Answer answer = server.api(key)
				.post(path.replace("{id}", pending), body.replace("#", number))
				.expect(400);
			assertThat(answer.details().path(place).asString()).as(body).isEqualTo(JsonNumbers.PROBLEM);
		}
	}

	static Stream<String[]> fields() {
		String agent = TestServer.MAILER_KEY;
		String admin = TestServer.ADMIN_KEY;
		String alice = TestServer.ALICE_KEY;
		List<String[]> fields = new ArrayList<>();
		fields.add(new String[] { agent, "/permissions/request", "{\"action\":\"a\",\"scope\":{\"n\":#}}", "scope.n" });
		fields.add(new String[] { agent, "/permissions/request", "{\"action\":\"a\",\"context\":{\"n\":[#]}}",
				"context.n[0]" });
		fields.add(new String[] { agent, "/permissions/request", "{\"action\":\"a\",\"ttl\":#}", "ttl" });
		fields.add(new String[] { agent, "/permissions/request",
				"{\"action\":\"a\",\"call\":{\"arguments\":[{\"name\":\"x\",\"value\":#}]}}",
				"call.arguments[0].value" });
		fields.add(new String[] { agent, "/permissions/{id}/use", "{\"token\":\"x\",\"actionDetails\":{\"n\":#}}",
				"actionDetails.n" });
		fields.add(new String[] { agent, "/permissions/query", "{\"ids\":[#]}", "ids[0]" });
		fields.add(new String[] { alice, "/permissions/{id}/decide",
				"{\"approved\":true,\"scopeModifications\":{\"max_emails\":#}}", "scopeModifications.max_emails" });
		fields.add(new String[] { admin, "/policies",
				"{\"name\":\"n\",\"action\":\"deny\",\"priority\":#,\"conditions\":{}}", "priority" });
		fields.add(new String[] { admin, "/policies",
				"{\"name\":\"n\",\"action\":\"deny\",\"conditions\":{\"scope.n\":{\"lessThan\":#}}}",
				"conditions.scope.n.lessThan" });
		fields.add(new String[] { admin, "/policies",
				"{\"name\":\"n\",\"action\":\"deny\",\"conditions\":{\"action\":{\"exists\":true}},\"scopeTemplate\":{\"n\":#}}",
				"scopeTemplate.n" });
		fields.add(new String[] { admin, "/policies/simulate", "{\"request\":{\"action\":\"a\",\"scope\":{\"n\":#}}}",
				"request.scope.n" });
		fields.add(new String[] { admin, "/agents", "{\"name\":\"n\",\"maxPending\":#}", "maxPending" });
		return fields.stream();
	}

	@Test
	void conditionWhenTheNumberIsTextBeyondTheLimitsThen400() {
		for (String number : NUMBERS) {
			Api.Answer answer = server.admin()
				.post("/policies",
						"{\"name\":\"n\",\"action\":\"deny\",\"conditions\":{\"scope.n\":{\"lessThan\":\"" + number
								+ "\"}}}")
				.expect(400);
			assertThat(answer.message()).contains("significant digits");
		}
	}

	@Test
	void pageWhenANumberFieldIsBeyondTheLimitsThen400AndThePageSaysSo() {
		Browser alice = new Browser(server.url()).signedIn("alice");
		for (String number : NUMBERS) {
			Browser.Page page = alice.submit(alice.get("/approvals/" + pending), "/approvals/" + pending,
					Map.of("decision", "approve", "ids", pending, "n0", number));
			assertThat(page.status()).as(number).isEqualTo(400);
			assertThat(page.text()).as(number).contains("significant digits");
		}
	}

	@Test
	void simulationPageWhenANumberIsBeyondTheLimitsThen400AndThePageSaysSo() {
		Browser alice = new Browser(server.url()).signedIn("alice");
		for (String number : NUMBERS) {
			Browser.Page page = alice.submit(alice.get("/policies"), "/policies/simulate",
					Map.of("action", "a", "scope", "{\"n\":" + number + "}"));
			assertThat(page.status()).as(number).isEqualTo(400);
			assertThat(page.text()).as(number).contains("significant digits");
		}
	}

	@Test
	void agentPageWhenANumberFieldIsBeyondTheLimitsThen400() {
		Browser admin = new Browser(server.url()).signedIn("admin");
		for (String number : NUMBERS) {
			Browser.Page page = admin.submit(admin.get("/agents"), "/agents",
					Map.of("name", "n", "maxPending", number, "requestsPerMinute", number));
			assertThat(page.status()).as(number).isEqualTo(400);
		}
	}

	@Test
	void requestWhenNumbersAreAtTheLimitsThenTakenAndGivenBackAsTheyAre() {
		for (String number : List.of("1e308", "-1e-308", "9".repeat(64), "1.5e300", "0." + "1".repeat(64))) {
			Api.Answer asked = server.mailer()
				.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"n\":" + number + "}}")
				.expect(202);
			assertThat(asked.data().path("scope").path("n")).isEqualTo(Json.read("{\"n\":" + number + "}").path("n"));
		}
	}

}
