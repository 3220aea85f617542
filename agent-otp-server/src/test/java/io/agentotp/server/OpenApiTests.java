package io.agentotp.server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentotp.server.json.Json;
import io.agentotp.server.web.Allowed;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The description of the API is that of the API: each route is in it and nothing else,
 * with those who may reach it, and what is sent and answered is as it says.
 */
class OpenApiTests {

	private static final String BASE = "/api/v1";

	private static TestServer server;

	private static JsonNode document;

	private final Map<String, Integer> checked = new TreeMap<>();

	@BeforeAll
	static void start() {
		server = TestServer.start();
		document = new Api(server.url(), null).get("/openapi.json").expect(200).body();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void documentWhenReadThenNoTextHasFallenApartIntoNames() {
		assertThat(document.toString()).doesNotContain(":null");
	}

	/** Those that generators make methods of. */
	@Test
	void operationsWhenReadThenTheirIdsAreVerbsThatAreUnique() {
		List<String> ids = operations().values()
			.stream()
			.map((operation) -> operation.path("operationId").stringValue())
			.toList();
		assertThat(ids).doesNotHaveDuplicates()
			.contains("requestPermission", "getPermission", "useToken")
			.allSatisfy((id) -> assertThat(id).matches("[a-z]+[A-Z][A-Za-z]+"));
	}

	@Test
	void schemasWhenFreeThenSaySo() {
		List<String> silent = new ArrayList<>();
		silent(document, "", silent);
		assertThat(silent).isEmpty();
	}

	private static void silent(JsonNode node, String path, List<String> silent) {
		JsonNode type = node.path("type");
		boolean object = type.isString() ? type.stringValue().equals("object")
				: type.values().stream().anyMatch((one) -> "object".equals(one.stringValue(null)));
		if (object && !node.has("properties") && !node.has("additionalProperties")) {
			silent.add(path);
		}
		if (node.isObject()) {
			node.properties().forEach((entry) -> silent(entry.getValue(), path + "/" + entry.getKey(), silent));
		}
		node.values().forEach((element) -> {
			if (node.isArray()) {
				silent(element, path + "/[]", silent);
			}
		});
	}

	@Test
	void answersWhenReadThenTheyAreOpen() {
		operations().forEach((name,
				operation) -> assertThat(closed(operation.path("responses"), new HashSet<>())).as(name).isEmpty());
	}

	private static List<String> closed(JsonNode node, Set<String> seen) {
		List<String> closed = new ArrayList<>();
		if (node.has("enum")
				|| node.path("additionalProperties").equals(Json.mapper().getNodeFactory().booleanNode(false))) {
			closed.add(node.toString());
		}
		if (node.has("$ref") && seen.add(node.path("$ref").stringValue())) {
			closed.addAll(closed(document.at(node.path("$ref").stringValue().substring(1)), seen));
		}
		node.values().forEach((child) -> closed.addAll(closed(child, seen)));
		return closed;
	}

	@Test
	void headersWhenSentThenDescribed() {
		Api.Answer answer = server.mailer().get("/permissions/unknown");
		JsonNode headers = document.at("/components/responses/Problem/headers");
		for (String name : List.of("X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")) {
			assertThat(answer.header(name)).as(name).isNotNull();
			assertThat(headers.has(name)).as(name).isTrue();
			assertThat(operations().get("POST /permissions/request")
				.path("responses")
				.path("201")
				.path("headers")
				.has(name)).as(name).isTrue();
		}
		assertThat(headers.has("Retry-After")).isTrue();
		assertThat(document.at("/components/securitySchemes").toString()).contains("X-API-Key");
	}

	@Test
	void documentWhenComparedWithTheRoutesThenHasEachAndWhoMayReachIt() {
		Map<String, Set<String>> routes = new TreeMap<>();
		server.bean(RequestMappingHandlerMapping.class).getHandlerMethods().forEach((info, handler) -> {
			Allowed allowed = handler.getMethodAnnotation(Allowed.class);
			if (allowed == null) {
				allowed = AnnotatedElementUtils.findMergedAnnotation(handler.getBeanType(), Allowed.class);
			}
			Set<String> callers = Arrays.stream(allowed.value()).map(Enum::name).collect(Collectors.toSet());
			info.getPatternValues()
				.stream()
				.filter((path) -> path.startsWith(BASE))
				.forEach((path) -> info.getMethodsCondition()
					.getMethods()
					.forEach((method) -> routes.put(method.name() + " " + path.substring(BASE.length()), callers)));
		});
		Map<String, Set<String>> described = new TreeMap<>();
		operations().forEach((name, operation) -> {
			described.put(name,
					operation.path("x-allowed")
						.values()
						.stream()
						.map(JsonNode::stringValue)
						.collect(Collectors.toSet()));
		});
		assertThat(described).isEqualTo(routes);
	}

	@Test
	void documentWhenItsReferencesAreFollowedThenAllLeadSomewhere() {
		List<String> references = new ArrayList<>();
		collect(document, references);
		assertThat(references).isNotEmpty()
			.allSatisfy((reference) -> assertThat(document.at(reference.substring(1)).isMissingNode()).as(reference)
				.isFalse());
	}

	private static void collect(JsonNode node, List<String> references) {
		if (node.has("$ref")) {
			references.add(node.path("$ref").stringValue());
		}
		node.values().forEach((child) -> collect(child, references));
	}

	@Test
	void answersWhenComparedWithTheDocumentThenAreAsItSays() {
		Api mailer = server.mailer();
		Api alice = server.alice();
		Api admin = server.admin();
		Api reader = server.reader();
		check(mailer, "GET", "/health", null);
		String id = check(mailer, "POST", "/permissions/request",
				"{\"action\":\"mail.send\",\"resource\":\"email:x\",\"scope\":{\"max_uses\":2},"
						+ "\"context\":{\"reason\":\"x\"},\"ttl\":60,\"callDigest\":\"" + Calls.DIGEST + "\"}")
			.data()
			.path("id")
			.stringValue();
		check(mailer, "POST", "/permissions/request", "{\"action\":\"table.drop\"}");
		check(mailer, "POST", "/permissions/request", Calls.bound("""
				{"action":"mail.send","call":{"target":{"tool":"t"},"arguments":[{"name":"a","type":"int","value":1},
				{"name":"b","masked":true,"mac":"%1$s"},{"name":"c","bytes":1,"sha256":"%1$s"}],"notBound":["d"]}}"""
			.formatted("a".repeat(64))));
		check(alice, "GET", "/permissions?status=pending", null);
		check(mailer, "POST", "/permissions/request", "{\"action\":5}");
		check(mailer, "GET", "/permissions/" + id, null);
		check(mailer, "GET", "/permissions/unknown", null);
		String cursor = check(mailer, "GET", "/permissions/decisions", null).data().path("cursor").stringValue();
		PasskeyDevice device = new PasskeyDevice(server.origin());
		device.enrol(server, "alice");
		String pending = mailer.pending("mail.send");
		check(alice, "POST", "/permissions/challenge", "{\"ids\":[\"" + pending + "\"],\"approved\":false}");
		ObjectNode challenge = (ObjectNode) check(alice, "POST", "/permissions/" + pending + "/challenge",
				"{\"approved\":true}")
			.data();
		check(alice, "POST", "/permissions/" + pending + "/decide",
				"{\"approved\":true,\"assertion\":" + device.assertion(challenge) + "}");
		check(alice, "POST", "/permissions/" + id + "/decide", "{\"approved\":true,\"reason\":\"fine\"}");
		check(alice, "POST", "/permissions/" + id + "/decide", "{\"approved\":true}");
		check(alice, "POST", "/permissions/decide",
				"{\"ids\":[\"" + mailer.pending("mail.send") + "\"],\"approved\":false}");
		check(mailer, "GET", "/permissions/decisions?after=" + cursor, null);
		check(mailer, "GET", "/permissions/decisions?after=x", null);
		check(mailer, "GET", "/permissions/decisions?since=2026-01-31T12:00:00Z", null);
		check(mailer, "POST", "/permissions/query", "{\"ids\":[\"" + id + "\"]}");
		String token = mailer.token(id);
		check(mailer, "POST", "/permissions/" + id + "/verify", "{\"token\":\"" + token + "\"}");
		check(mailer, "POST", "/permissions/" + id + "/verify", "{\"token\":\"x\"}");
		check(mailer, "POST", "/permissions/" + id + "/use",
				"{\"token\":\"" + token + "\",\"callDigest\":\"" + Calls.DIGEST + "\",\"actionDetails\":{\"a\":1}}");
		check(mailer, "POST", "/permissions/" + id + "/use", "{\"token\":\"" + token + "\"}");
		check(mailer, "POST", "/permissions/" + id + "/revoke", "{\"reason\":\"done\"}");
		check(reader, "POST", "/permissions/request", "{\"action\":\"read.file\"}");
		check(alice, "GET", "/permissions?status=revoked&limit=5", null);
		check(alice, "GET", "/permissions?status=odd", null);
		check(alice, "GET", "/stats", null);
		check(alice, "GET", "/policies", null);
		String policy = check(admin, "POST", "/policies",
				"{\"name\":\"openapi\",\"description\":\"d\",\"agentId\":\"reader\",\"priority\":3,"
						+ "\"conditions\":{\"context.x\":{\"equals\":1}},\"action\":\"auto_approve\","
						+ "\"scopeTemplate\":{\"max_files\":1},\"shadow\":true}")
			.data()
			.path("id")
			.stringValue();
		check(admin, "GET", "/policies/" + policy, null);
		check(admin, "PATCH", "/policies/" + policy, "{\"priority\":4}");
		check(admin, "PUT", "/policies/" + policy, "{\"name\":\"openapi\",\"action\":\"deny\"}");
		check(alice, "GET", "/policies/versions", null);
		check(alice, "GET", "/policies/versions/1", null);
		check(alice, "POST", "/policies/simulate", "{\"request\":{\"action\":\"read.file\",\"agentId\":\"reader\"}}");
		check(alice, "POST", "/policies/simulate", "{\"permissionId\":\"" + id
				+ "\",\"policies\":[{\"name\":\"t\",\"action\":\"deny\",\"shadow\":true}]}");
		check(admin, "DELETE", "/policies/" + policy, null);
		check(alice, "GET", "/actions", null);
		String entry = check(admin, "POST", "/actions",
				"{\"action\":\"openapi\",\"title\":\"t\",\"risk\":\"high\",\"fields\":{\"resource\":\"R\"},"
						+ "\"limits\":{\"scope.a\":\"max\"}}")
			.data()
			.path("id")
			.stringValue();
		check(admin, "GET", "/actions/" + entry, null);
		check(admin, "PATCH", "/actions/" + entry, "{\"risk\":null}");
		check(admin, "PUT", "/actions/" + entry, "{\"action\":{\"startsWith\":\"open\"}}");
		check(alice, "GET", "/actions", null);
		check(admin, "DELETE", "/actions/" + entry, null);
		check(alice, "GET", "/agents", null);
		check(admin, "POST", "/agents", "{\"name\":\"made\",\"owner\":\"bob\",\"maxPending\":3}");
		check(admin, "GET", "/agents/made", null);
		check(admin, "PATCH", "/agents/made", "{\"description\":\"d\",\"maxPending\":null}");
		check(admin, "POST", "/agents/made/rotate", "{}");
		check(admin, "POST", "/agents/made/freeze", "{\"reason\":\"r\"}");
		check(admin, "POST", "/agents/made/unfreeze", "{}");
		check(admin, "DELETE", "/agents/made", null);
		check(admin, "POST", "/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}");
		check(admin, "POST", "/users", "{\"name\":\"Carol\",\"roles\":[\"approver\"]}");
		check(admin, "GET", "/users", null);
		check(admin, "GET", "/users/carol", null);
		check(admin, "PATCH", "/users/carol", "{\"roles\":[\"auditor\",\"approver\"]}");
		check(admin, "PATCH", "/users/carol",
				"{\"groups\":[\"finance\"],\"language\":\"de\",\"timeZone\":\"Europe/Berlin\",\"issuer\":\"https://id\",\"subject\":\"c\",\"quietFrom\":\"22:00\",\"quietUntil\":\"07:00\",\"quietFirst\":true}");
		String address = check(admin, "POST", "/users/carol/addresses",
				"{\"channel\":\"mail\",\"address\":\"carol@example.com\"}")
			.data()
			.path("id")
			.stringValue();
		check(admin, "GET", "/users/carol", null);
		check(admin, "DELETE", "/users/carol/addresses/" + address, null);
		check(admin, "POST", "/users/carol/link", "{}");
		check(admin, "DELETE", "/users/carol/key", null);
		check(admin, "DELETE", "/users/carol/sessions", null);
		check(admin, "DELETE", "/users/carol", null);
		check(alice, "GET", "/account", null);
		String own = check(alice, "POST", "/account/delegations",
				"{\"to\":\"bob\",\"startsAt\":null,\"endsAt\":\"" + server.clock.instant().plusSeconds(3600) + "\"}")
			.data()
			.path("id")
			.stringValue();
		check(alice, "GET", "/account/delegations", null);
		check(alice, "DELETE", "/account/delegations/" + own, null);
		String delegation = check(admin, "POST", "/users/alice/delegations",
				"{\"to\":\"bob\",\"endsAt\":\"" + server.clock.instant().plusSeconds(3600) + "\"}")
			.data()
			.path("id")
			.stringValue();
		check(admin, "GET", "/users/alice/delegations", null);
		check(admin, "DELETE", "/users/alice/delegations/" + delegation, null);
		check(alice, "POST", "/account/key", "{}");
		check(alice, "DELETE", "/account/key", null);
		check(admin, "POST", "/freeze", "{\"reason\":\"r\"}");
		check(alice, "GET", "/freeze", null);
		check(admin, "POST", "/unfreeze", "{}");
		check(alice, "GET", "/audit?limit=100", null);
		check(alice, "GET", "/audit/permissions/" + id, null);
		check(admin, "GET", "/audit/verify", null);
		check(admin, "GET", "/trust", null);
		check(alice, "GET", "/audit/keys", null);
		check(mailer, "GET", "/audit/keys", null);
		check(server.api("ak_live_nobody-0123456789abcdefghij"), "GET", "/permissions/x", null);
		assertThat(admin.get("/audit/export?format=csv").expect(200).header("Content-Type"))
			.isEqualTo("text/csv;charset=UTF-8");

		admin
			.post("/policies", "{\"name\":\"others\",\"action\":\"require_approval\",\"priority\":90,"
					+ "\"conditions\":{\"action\":{\"equals\":\"for.others\"}},\"approvers\":{\"people\":[\"alice\"]}}")
			.expect(201);
		mailer.pending("for.others");
		check(admin, "GET", "/permissions/others", null);

		assertThat(operations().keySet())
			.filteredOn((name) -> !this.checked.containsKey(name) && !name.equals("GET /openapi.json")
					&& !name.equals("GET /audit/export") && !name.equals("GET /permissions/{id}/receipt"))
			.isEmpty();
	}

	private Api.Answer check(Api caller, String method, String path, String body) {
		Api.Answer answer = caller.send(method, path, body);
		String plain = path.replaceFirst("\\?.*", "");
		String name = operations().keySet()
			.stream()
			.filter((candidate) -> candidate.startsWith(method + " "))
			// Without variables first, as the service looks for them.
			.sorted((one, other) -> Boolean.compare(one.contains("{"), other.contains("{")))
			.filter((candidate) -> (method + " " + plain).matches(candidate.replaceAll("\\{\\w+}", "[^/]+")))
			.findFirst()
			.orElseThrow();
		JsonNode operation = operations().get(name);
		JsonNode responses = operation.path("responses");
		String status = String.valueOf(answer.status());
		JsonNode response = responses.has(status) ? responses.path(status) : responses.path(status.charAt(0) + "XX");
		assertThat(response.isMissingNode()).as(name + " answers with " + status).isFalse();
		if (response.has("$ref")) {
			response = document.at(response.path("$ref").stringValue().substring(1));
		}
		assertThat(strictProblems(response.at("/content/application~1json/schema"), answer.body()))
			.as(name + " " + status + ": " + answer.body())
			.isEmpty();
		JsonNode request = operation.at("/requestBody/content/application~1json/schema");
		if (body != null && answer.status() < 300) {
			assertThat(problems(request, Json.mapper().readTree(body))).as(name + " takes " + body).isEmpty();
		}
		this.checked.merge(name, 1, Integer::sum);
		return answer;
	}

	/** For clients, answers are open. The service gives no more than it describes. */
	private static List<String> strictProblems(JsonNode schema, JsonNode value) {
		return problems(strict(schema.deepCopy()), value, strict(document.path("components").deepCopy()));
	}

	private static JsonNode strict(JsonNode node) {
		if (node instanceof ObjectNode object) {
			if (object.path("properties").isObject() && !object.has("additionalProperties")) {
				object.put("additionalProperties", false);
			}
			if (object.has("x-extensible-enum")) {
				object.set("enum", object.get("x-extensible-enum"));
			}
		}
		node.values().forEach(OpenApiTests::strict);
		return node;
	}

	private static List<String> problems(JsonNode schema, JsonNode value) {
		return problems(schema, value, document.path("components"));
	}

	private static List<String> problems(JsonNode schema, JsonNode value, JsonNode components) {
		ObjectNode whole = schema.deepCopy().asObject();
		whole.set("components", components);
		Schema compiled = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(SchemaLocation.of("https://example.com/openapi"), whole);
		return compiled.validate(value).stream().map(Error::toString).toList();
	}

	private static Map<String, JsonNode> operations() {
		Map<String, JsonNode> operations = new LinkedHashMap<>();
		document.path("paths")
			.properties()
			.forEach((path) -> path.getValue()
				.properties()
				.forEach((operation) -> operations
					.put(operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), operation.getValue())));
		return operations;
	}

}
