package io.agentotp.server;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Agents that administrators make, change and end.
 */
@Tag("sql")
@ExtendWith(OutputCaptureExtension.class)
class AgentManagementTests {

	private static final String LEFT = "ak_live_left-0123456789-0123456789-0123456";

	private static TestServer server;

	private final Api admin = server.admin();

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void createWhenRotatedThenOldKeyIsWorthlessAndNoKeyIsShownAgain() {
		Api.Answer created = this.admin
			.post("/agents", "{\"name\":\"shop\",\"description\":\"Sells\",\"owner\":\"bob\",\"maxPending\":1}")
			.expect(201);
		String key = created.data().path("apiKey").stringValue();
		assertThat(key).matches("ak_live_[A-Za-z0-9_-]{43}");
		assertThat(created.header("Cache-Control")).contains("no-store");
		server.api(key).request("mail.send").expect(202);
		server.api(key).request("mail.send").expect(429);
		assertThat(this.admin.get("/agents/shop").expect(200).raw().body()).doesNotContain("ak_live", "apiKey");
		assertThat(this.admin.get("/agents?limit=100").raw().body()).doesNotContain("ak_live", "apiKey");

		String rotated = this.admin.post("/agents/shop/rotate", "{}").expect(200).data().path("apiKey").stringValue();
		assertThat(rotated).isNotEqualTo(key);
		assertThat(server.api(key).request("read.file").expect(401).code()).isEqualTo("INVALID_API_KEY");
		server.api(rotated).request("read.file").expect(201);
		assertThat(server.jdbc().sql("SELECT details FROM agentotp_audit").query(String.class).list())
			.noneMatch((details) -> details.contains(rotated.substring(8)) || details.contains(key.substring(8)));
		assertThat(events("shop")).contains("agent_created", "key_rotated");
	}

	@Test
	void createWhenTheOwnerIsNoUserThenWarnedUntilItIs() {
		assertThat(this.admin.post("/agents", "{\"name\":\"lone\",\"owner\":\"nobody\"}")
			.expect(201)
			.data()
			.path("warnings")
			.path(0)
			.stringValue()).isEqualTo("The owner 'nobody' is not a user");
		assertThat(this.admin.get("/agents/lone").expect(200).data().path("warnings").path(0).stringValue())
			.isEqualTo("The owner 'nobody' is not a user");
		Api.Answer changed = this.admin.send("PATCH", "/agents/lone", "{\"owner\":\"bob\"}").expect(200);
		assertThat(changed.data().has("warnings")).isFalse();
	}

	@Test
	void createWhenTheNameIsOneInAnotherCaseOrLooksLikeAKeyThenRefused() {
		server.admin().post("/agents", "{\"name\":\"MAILER\"}").expect(409);
		server.admin().post("/agents", "{\"name\":\"ak_live_0123456789-0123456789-0123456789\"}").expect(400);
	}

	// An address cannot end in a name of dots.
	@ParameterizedTest
	@ValueSource(strings = { ".", "..", "-a" })
	void createWhenTheNameBeginsWithNoLetterOrDigitThenRefusedForAgentsAndUsers(String name) {
		String named = "{\"name\":\"" + name + "\"";
		Api.Answer agent = server.admin().post("/agents", named + "}").expect(400);
		Api.Answer user = server.admin().post("/users", named + ",\"roles\":[\"auditor\"]}").expect(400);
		assertThat(List.of(agent, user)).allSatisfy((answer) -> assertThat(answer.details().path("name").stringValue())
			.contains("a letter or digit first"));
	}

	@Test
	void updateWhenSomeFieldsThenOthersStay() {
		this.admin
			.post("/agents", "{\"name\":\"part\",\"description\":\"Old\",\"owner\":\"bob\",\"requestsPerMinute\":5}")
			.expect(201);
		JsonNode changed = this.admin
			.send("PATCH", "/agents/part", "{\"description\":\"New\",\"requestsPerMinute\":null}")
			.expect(200)
			.data();
		assertThat(changed.path("description").stringValue()).isEqualTo("New");
		assertThat(changed.path("owner").stringValue()).isEqualTo("bob");
		assertThat(changed.path("requestsPerMinute").isNull()).isTrue();
		assertThat(events("part")).containsExactly("agent_changed", "agent_created");
	}

	@Test
	void updateWhenNotWhatWasReadThenConflictAndNothingChanged() {
		this.admin.post("/agents", "{\"name\":\"seen\",\"owner\":\"bob\"}").expect(201);
		String read = this.admin.get("/agents/seen").header("ETag");
		assertThat(read).matches("\"[0-9a-f]{32}\"");
		String change = "{\"description\":\"mine\"}";
		Api.Answer first = this.admin.with("If-Match", read)
			.send("PATCH", "/agents/seen", "{\"owner\":\"alice\"}")
			.expect(200);
		for (String old : List.of(read, "W/" + first.header("ETag"), "\"other\", " + read)) {
			assertThat(this.admin.with("If-Match", old).send("PATCH", "/agents/seen", change).expect(409).message())
				.contains("changed in the meantime");
		}
		assertThat(this.admin.with("If-Match", "unquoted")
			.send("PATCH", "/agents/seen", change)
			.expect(400)
			.details()
			.toString()).contains("If-Match");
		JsonNode agent = this.admin.get("/agents/seen").data();
		assertThat(agent.path("owner").stringValue()).isEqualTo("alice");
		assertThat(agent.path("description").isNull()).isTrue();
		assertThat(events("seen")).containsExactly("agent_changed", "agent_created");
		assertThat(first.header("ETag")).isEqualTo(this.admin.get("/agents/seen").header("ETag"));
		this.admin.with("If-Match", "\"other\", " + first.header("ETag"))
			.send("PATCH", "/agents/seen", change)
			.expect(200);
		this.admin.with("If-Match", "*").send("PATCH", "/agents/seen", change).expect(200);
		this.admin.with("If-Match", read).send("DELETE", "/agents/seen", null).expect(409);
		this.admin.send("PATCH", "/agents/seen", change).expect(200);
	}

	@Test
	void updateWhenDifferentFieldsAtOnceThenNoneIsLost() throws Exception {
		this.admin.post("/agents", "{\"name\":\"busy\"}").expect(201);
		List<String> fields = List.of("description\":\"new\"", "owner\":\"bob\"", "requestsPerMinute\":5",
				"maxPending\":5");
		for (int i = 0; i < 10; i++) {
			this.admin
				.send("PATCH", "/agents/busy",
						"{\"description\":null,\"owner\":null,\"requestsPerMinute\":null,\"maxPending\":null}")
				.expect(200);
			AtOnce.run(fields.size(),
					(number) -> this.admin.send("PATCH", "/agents/busy", "{\"" + fields.get(number) + "}").expect(200));
			assertThat(this.admin.get("/agents/busy").data().toString())
				.contains(fields.stream().map((field) -> "\"" + field).toList());
		}
	}

	@Test
	void deleteWhenItHasPermissionsThenTheyEndAndTheNameStaysTaken() {
		String key = this.admin.post("/agents", "{\"name\":\"gone\"}").data().path("apiKey").stringValue();
		String pending = server.api(key).pending("mail.send");
		this.admin.send("DELETE", "/agents/gone", null).expect(200);
		server.api(key).request("read.file").expect(401);
		this.admin.get("/agents/gone").expect(404);
		assertThat(server.alice().decide(pending, true).expect(409).details().path("reason").stringValue())
			.contains("The agent was deleted");
		this.admin.post("/agents", "{\"name\":\"gone\"}").expect(409);
		assertThat(events("gone")).contains("agent_deleted", "revoked");
	}

	@Test
	void changeWhenAgentIsConfiguredThenConflict() {
		assertThat(this.admin.get("/agents/mailer").data().path("readOnly").booleanValue()).isTrue();
		for (Api.Answer answer : List.of(this.admin.send("PATCH", "/agents/mailer", "{\"owner\":null}"),
				this.admin.send("DELETE", "/agents/mailer", null), this.admin.post("/agents/mailer/rotate", "{}"))) {
			assertThat(answer.expect(409).message()).contains("agentotp.server.agents.mailer");
		}
		server.mailer().request("read.file").expect(201);
	}

	@Test
	void restartWhenAgentWasMadeHereThenItStays() {
		TestDatabase database = TestDatabase.createLasting();
		String key;
		try (TestServer first = TestServer.startOn(database)) {
			key = first.admin().post("/agents", "{\"name\":\"lasting\"}").data().path("apiKey").stringValue();
		}
		try (TestServer second = TestServer.startOn(database)) {
			second.api(key).request("read.file").expect(201);
		}
	}

	@ParameterizedTest
	@EnumSource
	@Tag("slow")
	void changeWhenTheConfigurationNoLongerHasTheAgentThenChangedHere(Form form, @TempDir Path directory) {
		TestDatabase database = TestDatabase.createLasting();
		String[] configured = { "agentotp.server.agents.left.api-key=" + LEFT,
				"agentotp.server.agents.ended.api-key=ak_live_ended-0123456789-0123456789-012345" };
		String key;
		try (TestServer own = form.startOn(directory, database, true, configured)) {
			own.api(LEFT).request("read.file").expect(201);
		}
		try (TestServer own = form.startOn(directory, database, true)) {
			own.api(LEFT).request("read.file").expect(401);
			JsonNode left = own.admin().get("/agents/left").expect(200).data();
			assertThat(left.path("active").booleanValue()).isFalse();
			assertThat(left.path("readOnly").booleanValue()).isFalse();
			own.admin().send("PATCH", "/agents/left", "{\"owner\":\"bob\"}").expect(200);
			own.api(LEFT).request("read.file").expect(401);
			key = own.admin().post("/agents/left/rotate", "{}").expect(200).data().path("apiKey").stringValue();
			own.api(LEFT).request("read.file").expect(401);
			own.api(key).request("read.file").expect(201);
			own.admin().send("DELETE", "/agents/ended", null).expect(200);
			own.admin().get("/agents/ended").expect(404);
			own.admin().post("/agents", "{\"name\":\"ended\"}").expect(409);
			assertThat(own.admin().get("/audit/verify").data().path("valid").booleanValue()).isTrue();
		}
		try (TestServer own = form.startOn(directory, database, true)) {
			own.api(key).request("read.file").expect(201);
		}
		try (TestServer own = form.startOn(directory, database, true, configured)) {
			own.api(key).request("read.file").expect(401);
			own.api(LEFT).request("read.file").expect(201);
			own.admin().send("DELETE", "/agents/left", null).expect(409);
		}
	}

	@Test
	void startWhenOwnerWasAddedHereThenNotWarnedOf(CapturedOutput output) {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer own = TestServer.startOn(database)) {
			own.admin().post("/users", "{\"name\":\"paul\",\"roles\":[\"approver\"]}").expect(201);
		}
		try (TestServer own = TestServer.startOn(database, "agentotp.server.agents.mailer.owner=paul",
				"agentotp.server.agents.reader.owner=nobody")) {
			assertThat(output).contains("Agent 'reader' is owned by 'nobody', who is not a user")
				.doesNotContain("owned by 'paul'");
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{}|name
			{"name":"a b"}|name
			{"name":7}|name
			{"name":"x","owner":""}|owner
			{"name":"x","description":5}|description
			{"name":"x","requestsPerMinute":0}|requestsPerMinute
			{"name":"x","maxPending":"many"}|maxPending
			{"name":"x","test":"yes"}|test
			""")
	void createWhenNotValidThenFieldIsNamedAndNothingMade(String body, String field) {
		assertThat(this.admin.post("/agents", body).expect(400).details().propertyNames()).containsExactly(field);
		this.admin.get("/agents/x").expect(404);
	}

	@Test
	void changeWhenNotAdministratorThen403() {
		for (Api caller : List.of(server.alice(), server.auditor(), server.mailer())) {
			caller.post("/agents", "{\"name\":\"sneaky\"}").expect(403);
			caller.post("/agents/reader/freeze", "{}").expect(403);
			caller.post("/agents/reader/unfreeze", "{}").expect(403);
			caller.post("/agents/reader/rotate", "{}").expect(403);
			caller.post("/freeze", "{}").expect(403);
			caller.post("/unfreeze", "{}").expect(403);
		}
		server.reader().request("read.file").expect(201);
	}

	private List<String> events(String agent) {
		return this.admin.get("/audit?limit=100&agentId=" + agent)
			.data()
			.values()
			.stream()
			.map((entry) -> entry.path("event").stringValue())
			.toList();
	}

}
