package io.agentotp.server;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The service shows a call only if the digest covers what it shows.
 */
@Tag("sql")
class CallTests {

	private static final String MAC = "a".repeat(64);

	private static final String REQUEST = """
			{"action":"mail.send","resource":"inbox","scope":{"max_emails":3,"to":["a","b"]},
			"call":{"target":{"bean":"mails","type":"com.example.Mails","method":"send(java.lang.String)"},
			"arguments":[{"name":"to","type":"java.lang.String","value":"ann"},
				{"name":"mail","value":{"@type":"com.example.Mail","lines":[1,2.50,9007199254740993,null,true]}},
				{"name":"pin","masked":true,"mac":"%s"},{"name":"file","bytes":1048576,"sha256":"%s"}],
			"notBound":["trace"]}}""".formatted(MAC, "b".repeat(64));

	private static TestServer server;

	private static StoredCopy untouched;

	@BeforeAll
	static void start() {
		server = TestServer.start();
		untouched = StoredCopy.of(server);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void restore() {
		untouched.restore(server);
	}

	@Test
	void requestWhenTheDigestFitsThenApproversGetTheCallAsItWasSent() {
		JsonNode asked = server.mailer().post("/permissions/request", Calls.bound(REQUEST)).expect(202).data();
		assertThat(asked.path("callDigest").stringValue()).isEqualTo(Calls.digest(REQUEST));
		JsonNode seen = server.alice().get("/permissions").expect(200).data().path(0);
		assertThat(seen.path("call")).isEqualTo(Json.read(REQUEST).path("call"));
		assertThat(seen.path("callDigestVerified").booleanValue()).isTrue();
		assertThat(seen.has("problem")).isFalse();
	}

	@Test
	void requestWhenDigestWithoutCallThenItIsSaidThatItCoversNothingThatIsShown() {
		String id = ask("{\"action\":\"mail.send\",\"callDigest\":\"" + Calls.DIGEST + "\"}");
		JsonNode seen = server.alice().get("/permissions").expect(200).data().path(0);
		assertThat(seen.has("call")).isFalse();
		assertThat(seen.path("callDigestVerified").booleanValue()).isFalse();
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		assertThat(use(id, token, Calls.OTHER_DIGEST)).isEqualTo("DIGEST_MISMATCH");
		assertThat(use(id, token, Calls.DIGEST)).isEmpty();
	}

	@Test
	void useWhenTheDigestIsThatOfTheCallThenOnlyThen() {
		String id = ask(Calls.bound(REQUEST));
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		assertThat(use(id, token, Calls.digest(REQUEST.replace("ann", "bob")))).isEqualTo("DIGEST_MISMATCH");
		assertThat(use(id, token, Calls.digest(REQUEST))).isEmpty();
	}

	private static String use(String id, String token, String digest) {
		return server.mailer()
			.post("/permissions/" + id + "/use", Json.write(Map.of("token", token, "callDigest", digest)))
			.expect(200)
			.data()
			.path("code")
			.asString("");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\"callDigest\":null," })
	void requestWhenCallWithoutDigestThenRefused(String digest) {
		refused(REQUEST.replace("\"call\":", digest + "\"call\":"), "callDigest");
	}

	/** Whatever differs by one character, anywhere in what the digest covers. */
	static List<String> mutations() {
		List<String> mutations = new ArrayList<>();
		mutate((ObjectNode) Json.read(REQUEST), "", (json) -> json, mutations);
		return List.copyOf(new LinkedHashSet<>(mutations));
	}

	private static void mutate(JsonNode node, String path, UnaryOperator<JsonNode> whole, List<String> mutations) {
		if (node instanceof ObjectNode object) {
			for (String name : List.copyOf(object.propertyNames())) {
				JsonNode child = object.get(name);
				UnaryOperator<JsonNode> within = (changed) -> whole.apply(object.deepCopy().set(name, changed));
				mutate(child, path + "." + name, within, mutations);
				mutations.add(Json.write(whole.apply(object.deepCopy().without(name))));
				ObjectNode renamed = object.deepCopy();
				renamed.remove(name);
				mutations.add(Json.write(whole.apply(renamed.set(name + "x", child))));
			}
			// What is not known beside the call is not bound, and not shown.
			if (!path.isEmpty()) {
				mutations.add(Json.write(whole.apply(object.deepCopy().put("more", 1))));
			}
		}
		else if (node instanceof ArrayNode array) {
			for (int i = 0; i < array.size(); i++) {
				int index = i;
				UnaryOperator<JsonNode> within = (changed) -> whole.apply(array.deepCopy().set(index, changed));
				mutate(array.path(i), path + "[" + i + "]", within, mutations);
				ArrayNode without = array.deepCopy();
				without.remove(i);
				mutations.add(Json.write(whole.apply(without)));
			}
			if (array.size() > 1) {
				ArrayNode turned = array.deepCopy();
				turned.add(turned.remove(0));
				mutations.add(Json.write(whole.apply(turned)));
			}
			mutations.add(Json.write(whole.apply(array.deepCopy().add("more"))));
		}
		else if (node.isString()) {
			String text = node.stringValue();
			for (int i = 0; i < text.length(); i++) {
				char other = (text.charAt(i) == 'b') ? 'c' : 'b';
				mutations
					.add(Json.write(whole.apply(Json.toTree(text.substring(0, i) + other + text.substring(i + 1)))));
			}
			Stream.of(text + " ", text + "\u200b", text.toUpperCase(Locale.ROOT))
				.filter((other) -> !other.equals(text))
				.forEach((other) -> mutations.add(Json.write(whole.apply(Json.toTree(other)))));
		}
		else {
			List<Object> others = node.isNumber()
					? List.of(node.decimalValue().add(BigDecimal.ONE), node.asString(),
							node.decimalValue().add(new BigDecimal("1e-20")))
					: List.of("null", 0, !node.asBoolean(false));
			others.forEach((other) -> mutations.add(Json.write(whole.apply(Json.toTree(other)))));
		}
	}

	@DisplayName("attack A1: nothing is shown that the digest does not cover")
	@Test
	void requestWhenAnythingDiffersFromTheDigestThenRefusedAndNothingIsLeft() {
		List<String> mutations = mutations();
		assertThat(mutations).hasSizeGreaterThan(390);
		String digest = Calls.digest(REQUEST);
		long rows = auditRows();
		for (String mutation : mutations) {
			ObjectNode json = (ObjectNode) Json.read(mutation);
			if (!json.has("call")) {
				continue;
			}
			Api.Answer answer = server.mailer()
				.post("/permissions/request", Json.write(json.put("callDigest", digest)));
			assertThat(answer.status()).as(mutation).isEqualTo(400);
			assertThat(answer.code()).isEqualTo("VALIDATION_ERROR");
		}
		assertThat(server.jdbc().sql("SELECT COUNT(*) FROM agentotp_permission").query(Long.class).single()).isZero();
		assertThat(auditRows()).isEqualTo(rows);
	}

	// What is denied without a person is not decided, either.
	@Test
	void requestWhenTheDigestDiffersThenNoPolicyIsAsked() {
		String request = REQUEST.replace("mail.send", "table.drop");
		server.mailer().post("/permissions/request", Calls.bound(request)).expect(200);
		server.jdbc().sql("DELETE FROM agentotp_permission").update();
		Api.Answer answer = server.mailer()
			.post("/permissions/request", Json.write(((ObjectNode) Json.read(request)).put("callDigest", Calls.DIGEST)))
			.expect(400);
		assertThat(answer.details().propertyNames()).containsExactly("callDigest");
		assertThat(answer.details().path("callDigest").stringValue()).contains("RFC 8785", "\"v\": 2");
	}

	@ParameterizedTest
	@CsvSource(delimiter = ';', textBlock = """
			"ann"; "\\u0061nn"
			2.50;25e-1
			9007199254740993;9007199254740993.0
			1048576;1048576
			"max_emails":3;"max_emails":3.0
			"action":"mail.send","resource":"inbox";"resource":"inbox","action":"mail.send"
			""")
	void requestWhenOnlyTheSpellingDiffersThenTaken(String from, String to) {
		ObjectNode json = (ObjectNode) Json.read(REQUEST.replace(from, to));
		String id = ask(Json.write(json.put("callDigest", Calls.digest(REQUEST))));
		server.alice().decide(id, true).expect(200);
	}

	private static long auditRows() {
		return server.jdbc().sql("SELECT COUNT(*) FROM agentotp_audit").query(Long.class).single();
	}

	static Stream<String[]> malformed() {
		String target = "{\"tool\":\"t\"}";
		List<String[]> calls = new ArrayList<>();
		for (String argument : List.of("1|arguments[0]", "{}|arguments[0].name,arguments[0]",
				"{\"name\":\"a\"}|arguments[0]", "{\"name\":\" \",\"value\":1}|arguments[0].name",
				"{\"name\":7,\"value\":1}|arguments[0].name", "{\"value\":1}|arguments[0].name",
				"{\"name\":\"a\",\"type\":\"\",\"value\":1}|arguments[0].type",
				"{\"name\":\"a\",\"type\":null,\"value\":1}|arguments[0].type",
				"{\"name\":\"a\",\"value\":1,\"note\":2}|arguments[0].note",
				"{\"name\":\"a\",\"value\":1,\"masked\":true}|arguments[0].masked",
				"{\"name\":\"a\",\"value\":1,\"bytes\":1}|arguments[0].bytes",
				"{\"name\":\"a\",\"masked\":false,\"mac\":\"MAC\"}|arguments[0].masked",
				"{\"name\":\"a\",\"masked\":\"true\",\"mac\":\"MAC\"}|arguments[0].masked",
				"{\"name\":\"a\",\"masked\":true}|arguments[0].mac", "{\"name\":\"a\",\"mac\":\"MAC\"}|arguments[0]",
				"{\"name\":\"a\",\"masked\":true,\"mac\":\"MACa\"}|arguments[0].mac",
				"{\"name\":\"a\",\"masked\":true,\"mac\":\"" + "A".repeat(64) + "\"}|arguments[0].mac",
				"{\"name\":\"a\",\"masked\":true,\"mac\":\"MAC\",\"value\":1}|arguments[0].masked,arguments[0].mac",
				"{\"name\":\"a\",\"bytes\":100}|arguments[0].sha256",
				"{\"name\":\"a\",\"sha256\":\"MAC\"}|arguments[0].bytes",
				"{\"name\":\"a\",\"bytes\":4,\"sha256\":\"MAC\"}|arguments[0].bytes",
				"{\"name\":\"a\",\"bytes\":-1,\"sha256\":\"MAC\"}|arguments[0].bytes",
				"{\"name\":\"a\",\"bytes\":1.5,\"sha256\":\"MAC\"}|arguments[0].bytes",
				"{\"name\":\"a\",\"bytes\":1e30,\"sha256\":\"MAC\"}|arguments[0].bytes",
				"{\"name\":\"a\",\"bytes\":\"1\",\"sha256\":\"MAC\"}|arguments[0].bytes",
				"{\"name\":\"a\",\"bytes\":100,\"sha256\":\"sha256:MAC\"}|arguments[0].sha256",
				"{\"name\":\"a\",\"bytes\":100,\"sha256\":\"MAC\",\"text\":1}|arguments[0].text",
				"{\"name\":\"a\",\"value\":1},{\"name\":\"a\",\"value\":1}|arguments[1].name",
				"{\"name\":\"a\",\"value\":{\"$number\":\"1\"}}|arguments[0].value.$number",
				"{\"name\":\"a\",\"value\":[[{\"$number\":null}]]}|arguments[0].value[0][0].$number")) {
			String[] parts = argument.replace("MAC", MAC).split("\\|");
			calls.add(new String[] { "{\"target\":" + target + ",\"arguments\":[" + parts[0] + "]}", parts[1] });
		}
		for (String other : List.of("null", "1", "[]", "{}", "{\"type\":\"T\"}", "{\"method\":\"m\"}",
				"{\"bean\":\"b\"}")) {
			calls.add(new String[] { "{\"target\":" + other + ",\"arguments\":[]}", "target" });
		}
		for (String pair : List.of("{\"tool\":\"\"}|target.tool", "{\"tool\":null}|target.tool",
				"{\"tool\":\"t\",\"type\":\"T\"}|target.type", "{\"tool\":\"t\",\"schema\":1}|target.schema",
				"{\"tool\":\"t\",\"schema\":null}|target.schema", "{\"tool\":\"t\",\"schema\":\"\"}|target.schema",
				"{\"type\":\"T\",\"method\":\"m\",\"schema\":\"x\"}|target.schema",
				"{\"type\":\"T\",\"method\":\"m\",\"bean\":null}|target.bean",
				"{\"type\":\"" + "T".repeat(2001) + "\",\"method\":\"m\"}|target.type",
				"{\"type\":\"T\",\"method\":7}|target.method")) {
			String[] parts = pair.split("\\|");
			calls.add(new String[] { "{\"target\":" + parts[0] + ",\"arguments\":[]}", parts[1] });
		}
		for (String pair : List.of("{\"target\":T}|arguments", "{\"target\":T,\"arguments\":null}|arguments",
				"{\"target\":T,\"arguments\":{}}|arguments", "{\"arguments\":[]}|target",
				"{\"target\":T,\"arguments\":[],\"more\":1}|more",
				"{\"target\":T,\"arguments\":[],\"notBound\":null}|notBound",
				"{\"target\":T,\"arguments\":[],\"notBound\":\"a\"}|notBound",
				"{\"target\":T,\"arguments\":[],\"notBound\":[1]}|notBound[0]",
				"{\"target\":T,\"arguments\":[],\"notBound\":[\"\"]}|notBound[0]",
				"{\"target\":T,\"arguments\":[],\"notBound\":[\"a\",\"a\"]}|notBound[1]",
				"{\"target\":T,\"arguments\":[{\"name\":\"a\",\"value\":1}],\"notBound\":[\"a\"]}|notBound[0]")) {
			String[] parts = pair.split("\\|");
			calls.add(new String[] { parts[0].replace(":T", ":" + target), parts[1] });
		}
		return calls.stream();
	}

	@ParameterizedTest
	@MethodSource("malformed")
	void requestWhenTheCallHasAnotherFormThenRefusedWithTheField(String call, String fields) {
		String request = "{\"action\":\"a\",\"call\":" + call + "}";
		JsonNode details = refused(Calls.bound(request), null);
		if (fields.equals("target")) {
			assertThat(details.propertyNames()).isNotEmpty().allMatch((name) -> name.startsWith("call.target"));
			return;
		}
		assertThat(details.propertyNames()).containsExactlyInAnyOrder(
				Stream.of(fields.split(",")).map((field) -> "call." + field).toArray(String[]::new));
	}

	@ParameterizedTest
	@ValueSource(strings = { "1", "\"call\"", "[]", "true" })
	void requestWhenTheCallIsNoObjectThenRefused(String call) {
		refused("{\"action\":\"a\",\"callDigest\":\"" + Calls.DIGEST + "\",\"call\":" + call + "}", "call");
	}

	@Test
	void requestWhenTheCallHasManyProblemsThenSomeAreNamed() {
		String request = "{\"action\":\"a\",\"call\":{\"target\":{\"tool\":\"t\"},\"arguments\":[" + "1,".repeat(1000)
				+ "1]}}";
		assertThat(refused(Calls.bound(request), null).size()).isBetween(1, 30);
	}

	private static JsonNode refused(String body, String field) {
		Api.Answer answer = server.mailer().post("/permissions/request", body).expect(400);
		assertThat(answer.code()).isEqualTo("VALIDATION_ERROR");
		if (field != null) {
			assertThat(answer.details().propertyNames()).containsExactly(field);
		}
		assertThat(server.jdbc().sql("SELECT COUNT(*) FROM agentotp_permission").query(Long.class).single()).isZero();
		return answer.details();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			action = 'mail.other'
			resource = 'outbox'
			resource = NULL
			requested_scope = '{"max_emails":4,"to":["a","b"]}'
			requested_scope = '{"max_emails":3,"to":["a","b"],"more":{}}'
			bound_call = REPLACE(bound_call, 'ann', 'bob')
			bound_call = REPLACE(bound_call, 'mails', 'mailx')
			bound_call = REPLACE(bound_call, '9007199254740993', '9007199254740992')
			bound_call = REPLACE(bound_call, '9007199254740993', '{"$number":"9007199254740993"}')
			bound_call = REPLACE(bound_call, '["trace"]', '[]')
			bound_call = REPLACE(bound_call, ',"notBound":["trace"]', '')
			bound_call = REPLACE(bound_call, '"bytes":1048576', '"bytes":1048575')
			bound_call = REPLACE(bound_call, '"masked":true,"mac":"', '"value":1,"mac":"')
			call_digest = 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'
			call_digest = 'x'
			call_digest = NULL
			""")
	void permissionWhenTheRowNoLongerFitsItsDigestThenSaidAndOnlyDenied(String change) {
		String id = ask(Calls.bound(REQUEST));
		String approved = ask(Calls.bound(REQUEST));
		server.alice().decide(approved, true).expect(200);
		String token = server.mailer().token(approved);
		assertThat(server.jdbc().sql("UPDATE agentotp_permission SET " + change).update()).isEqualTo(2);
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser.Page page = alice.get("/approvals/" + id);
		assertThat(page.text()).contains("id=\"changed\"", "does not fit its call digest")
			.doesNotContain("id=\"approve\"", "tag good", "The token is bound to this call");
		assertThat(alice.get("/").text()).contains("does not fit its call digest: " + id);
		assertThat(alice.get("/history").text()).contains("does not fit its call digest: " + approved);
		JsonNode seen = server.alice().get("/permissions?status=pending").expect(200).data().path(0);
		assertThat(seen.path("problem").stringValue()).contains(id, "does not fit its call digest");
		assertThat(seen.path("callDigestVerified").booleanValue()).isFalse();
		assertThat(server.alice().decide(id, true).expect(409).message()).contains("does not fit its call digest");
		alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "ids", id));
		alice.submit(page, "/approvals/" + id, Map.of("decision", "approve-all", "ids", id));
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		assertThat(server.mailer().get("/permissions/" + approved).expect(200).data().has("token")).isFalse();
		assertThat(use(approved, token, Calls.digest(REQUEST))).isEqualTo("TOKEN_INVALID");
		server.alice().decide(id, false).expect(200);
	}

	// Who removes the call, too, shows less, and never that something is bound.
	@Test
	void permissionWhenTheCallIsRemovedThenNothingIsShownAsBound() {
		String id = ask(Calls.bound(REQUEST));
		server.jdbc().sql("UPDATE agentotp_permission SET bound_call = NULL").update();
		String text = new Browser(server.url()).signedIn("alice").get("/approvals/" + id).text();
		assertThat(text).contains("id=\"not-shown\"").doesNotContain("tag good");
		server.jdbc().sql("UPDATE agentotp_permission SET details_removed_at = created_at").update();
		assertThat(server.alice().decide(id, true).expect(409).message()).contains("cannot be read");
	}

	@ParameterizedTest
	@CsvSource(delimiter = ';', textBlock = """
			call.target.method;"send(java.lang.String)";DENIED
			call.target.bean;"other";PENDING
			call.arguments.to;"ann";DENIED
			call.arguments.to;"bob";PENDING
			call.arguments.mail.@type;"com.example.Mail";DENIED
			call.arguments.nothing;"ann";PENDING
			call.arguments.pin;"1234";DENIED
			call.arguments.file;"1234";DENIED
			call.arguments.trace;"1234";DENIED
			context.arguments.to;"ann";PENDING
			""")
	void policyWhenItLooksAtTheCallThenAtWhatIsBound(String path, String value, String status) {
		server.admin()
			.post("/policies",
					"{\"name\":\"call\",\"action\":\"deny\",\"priority\":999,\"conditions\":{\"" + path
							+ "\":{\"equals\":" + value + "}}}")
			.expect(201);
		int expected = status.equals("DENIED") ? 200 : 202;
		server.mailer().post("/permissions/request", Calls.bound(REQUEST)).expect(expected);
		JsonNode decision = server.alice()
			.post("/policies/simulate",
					"{\"request\":{\"action\":\"mail.send\",\"call\":" + Json.write(Json.read(REQUEST).path("call"))
							+ "}}")
			.expect(200)
			.data()
			.path("decision");
		assertThat(decision.path("action").asString(""))
			.isEqualTo(status.equals("DENIED") ? "deny" : "require_approval");
	}

	@Test
	void policyWhenItApprovesOnTheCallThenOnlyOnABoundOne() {
		server.admin().post("/policies", """
				{"name":"c","action":"auto_approve","priority":999,
				"conditions":{"call.arguments.to":{"equals":"ann"}}}""").expect(201);
		server.mailer().post("/permissions/request", Calls.bound(REQUEST)).expect(201);
		server.mailer().post("/permissions/request", Calls.bound(REQUEST.replace("ann", "bob"))).expect(202);
		server.mailer().post("/permissions/request", """
				{"action":"mail.send","context":{"arguments":{"to":"ann"},"call":{"arguments":{"to":"ann"}},
				"call.arguments.to":"ann"}}""").expect(200);
	}

	private static String ask(String body) {
		return server.mailer().post("/permissions/request", body).expect(202).data().path("id").stringValue();
	}

}
