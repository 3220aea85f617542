package io.agentotp.server;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.server.web.Caller;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Bad input gets a 4xx that names the field, and leaves nothing behind.
 */
class BadInputTests {

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator");
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	static Stream<Arguments> requests() {
		String deep = "{\"action\":\"a\",\"context\":" + "{\"a\":".repeat(32) + "1" + "}".repeat(32) + "}";
		return Stream.of(arguments("{}", List.of("action")), arguments("{\"action\":null}", List.of("action")),
				arguments("{\"action\":\"\"}", List.of("action")), arguments("{\"action\":\"  \"}", List.of("action")),
				arguments("{\"action\":\"" + "a".repeat(256) + "\"}", List.of("action")),
				arguments("{\"action\":\"" + "a".repeat(10_000) + "\"}", List.of("action")),
				arguments("{\"action\":7}", List.of("action")), arguments("{\"action\":[\"a\"]}", List.of("action")),
				arguments("{\"action\":\"a\",\"resource\":\"" + "r".repeat(256) + "\"}", List.of("resource")),
				arguments("{\"action\":\"a\",\"resource\":{}}", List.of("resource")),
				arguments("{\"action\":\"a\",\"scope\":[]}", List.of("scope")),
				arguments("{\"action\":\"a\",\"scope\":\"all\"}", List.of("scope")),
				arguments("{\"action\":\"a\",\"context\":1}", List.of("context")),
				arguments("{\"action\":\"a\",\"ttl\":29}", List.of("ttl")),
				arguments("{\"action\":\"a\",\"ttl\":3601}", List.of("ttl")),
				arguments("{\"action\":\"a\",\"ttl\":\"300\"}", List.of("ttl")),
				arguments("{\"action\":\"a\",\"ttl\":60.5}", List.of("ttl")),
				arguments("{\"action\":\"a\",\"ttl\":1e999999999}", List.of("ttl")),
				arguments("{\"action\":\"a\",\"ttl\":99999999999999999999}", List.of("ttl")),
				arguments("{\"action\":\"a\",\"scope\":{\"max_uses\":0}}", List.of("scope.max_uses")),
				arguments("{\"action\":\"a\",\"scope\":{\"max_uses\":1.5}}", List.of("scope.max_uses")),
				arguments("{\"action\":\"a\",\"scope\":{\"max_uses\":\"2\"}}", List.of("scope.max_uses")),
				arguments("{\"action\":\"a\",\"scope\":{\"max_uses\":null}}", List.of("scope.max_uses")),
				arguments("{\"action\":\"a\",\"callDigest\":\"with space\"}", List.of("callDigest")),
				arguments("{\"action\":\"a\",\"callDigest\":\"\"}", List.of("callDigest")),
				arguments("{\"action\":\"a\",\"callDigest\":\"sha256:abc\"}", List.of("callDigest")),
				arguments("{\"action\":\"a\",\"callDigest\":\"sha256:" + "A".repeat(64) + "\"}", List.of("callDigest")),
				arguments("{\"action\":\"a\",\"callDigest\":\"" + Calls.DIGEST + "\\n\"}", List.of("callDigest")),
				arguments("{\"action\":\"a\",\"callDigest\":\" " + Calls.DIGEST + "\"}", List.of("callDigest")),
				arguments("{\"action\":\"a\",\"scope\":{\"a\":[{\"$number\":\"1\"}]}}", List.of("scope.a[0].$number")),
				arguments("{\"action\":\"a\\u0000b\"}", List.of("action")),
				arguments("{\"action\":\"a\",\"context\":{\"x\":[\"\\ud800\"]}}", List.of("context.x[0]")),
				arguments("{\"action\":\"a\",\"scope\":{\"\\u0000\":1}}", List.of("scope")),
				arguments("{\"action\":7,\"ttl\":1,\"scope\":2}", List.of("action", "ttl", "scope")),
				arguments("[]", List.of("body")), arguments("\"text\"", List.of("body")),
				arguments("{\"action\":", List.of("body")), arguments("{\"action\":\"a\"} {}", List.of("body")),
				arguments("{\"action\":\"a\",\"action\":\"b\"}", List.of("body")),
				arguments("nonsense", List.of("body")), arguments(deep, List.of("body")),
				arguments("{\"action\":\"a\",\"context\":{\"x\":\"" + "x".repeat(65_536) + "\"}}", List.of("body")));
	}

	@ParameterizedTest
	@MethodSource("requests")
	void requestWhenNotValidThenFieldsAreNamedAndNothingIsStored(String body, List<String> fields) {
		Api.Answer answer = server.mailer().post("/permissions/request", body);
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.code()).isEqualTo("VALIDATION_ERROR");
		assertThat(answer.message()).isNotBlank();
		assertThat(answer.details().propertyNames()).containsExactlyInAnyOrderElementsOf(fields);
		assertThat(server.jdbc().sql("SELECT COUNT(*) FROM agentotp_permission").query(Long.class).single()).isZero();
	}

	static Stream<Arguments> otherRoutes() {
		String id = "/permissions/6f0c6c9e-0000-0000-0000-000000000000";
		return Stream.of(arguments(id + "/use", "{}", "token"), arguments(id + "/use", "{\"token\":1}", "token"),
				arguments(id + "/use", "{\"token\":\"t\",\"actionDetails\":\"done\"}", "actionDetails"),
				arguments(id + "/use", "{\"token\":\"t\",\"callDigest\":\"sha256:abc\"}", "callDigest"),
				arguments(id + "/verify", "{\"token\":\"" + "t".repeat(256) + "\"}", "token"),
				arguments(id + "/revoke", "{\"reason\":5}", "reason"), arguments("/permissions/query", "{}", "ids"),
				arguments("/permissions/query", "{\"ids\":\"x\"}", "ids"),
				arguments("/permissions/query", "{\"ids\":[1]}", "ids"));
	}

	@ParameterizedTest
	@MethodSource("otherRoutes")
	void postWhenNotValidThenFieldIsNamed(String path, String body, String field) {
		Api.Answer answer = server.mailer().post(path, body).expect(400);
		assertThat(answer.details().propertyNames()).containsExactly(field);
	}

	static Stream<Arguments> approverRoutes() {
		return Stream.of(arguments("/permissions?status=maybe", "status"), arguments("/permissions?page=0", "page"),
				arguments("/permissions?limit=101", "limit"), arguments("/permissions?limit=x", "limit"),
				arguments("/audit?from=yesterday", "from"));
	}

	@ParameterizedTest
	@MethodSource("approverRoutes")
	void getWhenParameterIsNotValidThenItIsNamed(String path, String field) {
		assertThat(server.alice().get(path).expect(400).details().propertyNames()).containsExactly(field);
	}

	@ParameterizedTest
	@ValueSource(strings = { "*/*", "*", "application/*", "application/*+json", "*/*;charset=utf-8" })
	void anyAddressWhenTheContentTypeIsAWildcardThen400AndNamed(String type) {
		for (String path : List.of("/nothing", "/health", "/permissions")) {
			Api.Answer answer = server.mailer().with("Content-Type", type).get(path).expect(400);
			assertThat(answer.code()).isEqualTo("VALIDATION_ERROR");
			assertThat(answer.details().propertyNames()).containsExactly("Content-Type");
		}
		// Before anybody looks at the key.
		server.api("ak_live_guess-0123456789abcdefghij").with("Content-Type", type).get("/nothing").expect(400);
		Browser.Page page = new Browser(server.url()).send("GET", "/nothing", null, Map.of("Content-Type", type));
		assertThat(page.status()).isEqualTo(400);
		assertThat(page.header("Content-Type")).startsWith("text/html");
		assertThat(page.text()).contains("Content-Type must be one type");
	}

	@Test
	void decideWhenNotValidThenFieldIsNamed() {
		String path = "/permissions/unknown/decide";
		assertThat(server.alice().post(path, "{}").expect(400).details().propertyNames()).containsExactly("approved");
		assertThat(server.alice().post(path, "{\"approved\":\"yes\"}").expect(400).details().propertyNames())
			.containsExactly("approved");
		assertThat(server.alice()
			.post(path, "{\"approved\":false,\"scopeModifications\":{\"a\":1}}")
			.expect(400)
			.details()
			.propertyNames()).containsExactly("scopeModifications");
		server.alice().decide("unknown", true).expect(404);
	}

	@Test
	void postWhenContentTypeIsNotJsonThenItIsNamed() {
		Api.Answer answer = server.mailer()
			.with("Content-Type", "application/x-www-form-urlencoded")
			.send("POST", "/permissions/request", null)
			.expect(400);
		assertThat(answer.details().propertyNames()).containsExactly("Content-Type");
	}

	@Test
	void requestWhenUnknownFieldsThenIgnored() {
		server.mailer()
			.post("/permissions/request", "{\"action\":\"table.drop\",\"colour\":\"red\",\"waitForApproval\":true}")
			.expect(200);
		server.jdbc().sql("DELETE FROM agentotp_permission").update();
	}

	static Stream<Arguments> misspelt() {
		return Stream.of(
				arguments("/permissions/x/decide", "{\"approved\":true,\"scope\":{\"max\":4}}", "scope",
						"scopeModifications"),
				arguments("/permissions/decide", "{\"approved\":true,\"ids\":[\"x\"],\"reasn\":\"x\"}", "reasn",
						"reason"),
				arguments("/agents", "{\"name\":\"a\",\"max_pending\":1}", "max_pending", "maxPending"),
				arguments("/agents/mailer/freeze", "{\"resaon\":\"x\"}", "resaon", "reason"),
				arguments("/agents/mailer/rotate", "{\"force\":true}", "force", ""),
				arguments("/freeze", "{\"because\":\"x\"}", "because", "reason"),
				arguments("/unfreeze", "{\"agent\":\"x\"}", "agent", ""),
				arguments("/policies", "{\"name\":\"n\",\"action\":\"deny\",\"conditons\":{}}", "conditons",
						"conditions"),
				arguments("/policies/simulate", "{\"request\":{\"action\":\"a\"},\"policy\":[]}", "policy", "policies"),
				arguments("/policies/simulate", "{\"request\":{\"action\":\"a\",\"resorce\":\"r\"}}", "request.resorce",
						"resource"));
	}

	@ParameterizedTest
	@MethodSource("misspelt")
	void peoplesRequestWhenAFieldIsUnknownThen400WithTheNearest(String path, String body, String field,
			String nearest) {
		Api.Answer answer = server.admin().post(path, body).expect(400);
		assertThat(answer.details().propertyNames()).containsExactly(field);
		assertThat(answer.message()).contains(field + " is not ").contains(nearest);
		server.jdbc().sql("SELECT frozen_at FROM agentotp_instance").query((row, index) -> {
			assertThat(row.getObject(1)).isNull();
			return row;
		}).list();
	}

	@Test
	void changeWhenAFieldIsUnknownThenNothingIsChanged() {
		server.admin().post("/agents", "{\"name\":\"strict\",\"owner\":\"bob\"}").expect(201);
		String body = "{\"owner\":\"alice\",\"active\":false}";
		assertThat(server.admin().send("PATCH", "/agents/strict", body).expect(400).details().propertyNames())
			.containsExactly("active");
		assertThat(server.admin().send("DELETE", "/agents/strict", "{\"force\":true}").expect(400).details().toString())
			.contains("force");
		assertThat(server.admin().get("/agents/strict").data().path("owner").stringValue()).isEqualTo("bob");
	}

	@Test
	void anyRouteOfPeopleWhenAQueryParameterIsUnknownOrTwiceThen400WithTheNearest() {
		Browser admin = new Browser(server.url()).signedIn("admin");
		int tried = 0;
		for (Route route : Route.all(server)) {
			if (route.allows(Caller.AGENT) || route.allows(Caller.ANYBODY)) {
				continue;
			}
			tried++;
			for (String query : List.of("?lmit=1", "?unknown", "?%6cmit=1", "?page=1&lmit=1")) {
				String path = route.path().replaceAll("\\{.*?}", "1") + query;
				if (route.isApi()) {
					String body = route.method().equals("GET") ? null : "{}";
					Api.Answer answer = server.admin().send(route.method(), path.replace("/api/v1", ""), body);
					assertThat(answer.status()).as(route + query).isEqualTo(400);
					assertThat(answer.message()).as(route + query).contains(" is not a parameter of this address");
				}
				else if (route.method().equals("GET")) {
					Browser.Page page = admin.get(path);
					assertThat(page.status()).as(route + query).isEqualTo(400);
					assertThat(page.text()).as(route + query).contains(" is not a parameter of this address");
				}
			}
		}
		assertThat(tried).isGreaterThan(30);
		assertThat(server.alice().get("/permissions?lmit=1").expect(400).message()).contains("Did you mean limit?");
		assertThat(server.alice().get("/audit?permision_id=1").expect(400).message())
			.contains("Did you mean permissionId?");
		assertThat(server.alice().get("/permissions?status=pending&status=denied").expect(400).message())
			.contains("status stands twice");
		server.mailer().get("/permissions/decisions?unknown=1").expect(200);
		server.mailer().get("/health?probe=1").expect(200);
		assertThat(new Browser(server.url()).get("/sign-in?error&from=mail").status()).isEqualTo(200);
	}

	@Test
	void answerWhenThereAreManyProblemsThenTheFirstFewAndACount() {
		String names = IntStream.range(0, 4000)
			.mapToObj((i) -> "\"" + "n".repeat(3) + i + "\":1")
			.collect(Collectors.joining(","));
		String texts = "\"\\u0000\",".repeat(7000) + "1";
		String longName = "k".repeat(60_000);
		for (Api.Answer answer : List.of(server.admin().post("/policies", "{" + names + "}"),
				server.admin().post("/agents", "{" + names + "}"),
				server.admin().post("/policies", "{\"" + longName + "\":1}"),
				server.admin().post("/freeze", "{\"" + longName + "\":1}"),
				server.mailer().post("/permissions/request", "{\"context\":{\"" + longName + "\":[" + 1 + "]}}"),
				server.mailer()
					.post("/permissions/request", "{\"context\":{\"" + "k".repeat(1000) + "\":[" + texts + "]}}"))) {
			assertThat(answer.expect(400).raw().body()).hasSizeLessThan(8000);
		}
		assertThat(server.admin().post("/agents", "{\"name\":\"a\"," + names + "}").message())
			.endsWith("; and 3990 more");
	}

	@Test
	void nameWhenTooLongThen400AndAtTheLimitTaken() {
		String named = "{\"action\":\"table.drop\",\"scope\":{\"#\":1}}";
		assertThat(server.mailer()
			.post("/permissions/request", named.replace("#", "n".repeat(256)))
			.expect(400)
			.details()
			.path("scope")
			.stringValue()).isEqualTo("has a name that must have at most 255 characters");
		server.mailer().post("/permissions/request", named.replace("#", "n".repeat(255))).expect(200);
		server.jdbc().sql("DELETE FROM agentotp_permission").update();
	}

	@Test
	void anyWhenRouteOrMethodIsUnknownThenEnvelope() {
		assertThat(server.mailer().get("/nothing/here").expect(404).code()).isEqualTo("NOT_FOUND");
		assertThat(server.mailer().send("DELETE", "/permissions/request", null).expect(405).code())
			.isEqualTo("METHOD_NOT_ALLOWED");
		assertThat(server.mailer().get("/permissions/x;y=1").expect(400).code()).isEqualTo("VALIDATION_ERROR");
		assertThat(server.mailer().get("//permissions").expect(400).code()).isEqualTo("VALIDATION_ERROR");
	}

	@Test
	void anyReadWhenParameterCannotBeKeptThen400ThatNamesIt() {
		Browser people = new Browser(server.url()).signedIn("alice");
		for (Route route : Route.all(server)) {
			String path = route.path().replaceAll("\\{.*?}", "1") + "?agentId=a%00b";
			if (!route.method().equals("GET")) {
				continue;
			}
			else if (route.isApi()) {
				String answer = server.admin().get(path.replace("/api/v1", "")).expect(400).body().toString();
				assertThat(answer).as(path).contains("agentId must not contain the NUL character");
			}
			else {
				Browser.Page page = people.get(path);
				assertThat(page.status()).as(path).isEqualTo(400);
				assertThat(page.text()).as(path).contains("agentId must not contain the NUL character");
			}
		}
	}

	@Test
	void anyWhenKeyIsWrongOrMissingThen401WithItsCode() {
		Api nobody = new Api(server.url(), null);
		assertThat(nobody.request("a").expect(401).code()).isEqualTo("MISSING_API_KEY");
		assertThat(nobody.get("/permissions").expect(401).code()).isEqualTo("MISSING_API_KEY");
		assertThat(new Api(server.url(), "ak_live_" + "x".repeat(24)).request("a").expect(401).code())
			.isEqualTo("INVALID_API_KEY");
		assertThat(new Api(server.url(), "uk_" + "x".repeat(24)).get("/permissions").expect(401).code())
			.isEqualTo("INVALID_API_KEY");
		assertThat(nobody.with("Authorization", "Basic YTpi").request("a").expect(401).code())
			.isEqualTo("UNAUTHORIZED");
		nobody.with("X-API-Key", TestServer.MAILER_KEY).get("/permissions/unknown").expect(404);
	}

}
