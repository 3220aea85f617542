package io.agentotp.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.agentotp.server.json.Json;
import io.agentotp.server.policy.InvalidPolicyException;
import io.agentotp.server.policy.PolicyFile;
import io.agentotp.server.policy.PolicyFileWatch;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Policies over the API and in files: who may change them, and what a change does.
 */
@ExtendWith(OutputCaptureExtension.class)
class PolicyApiTests {

	private static final String ADMIN_KEY = "uk_admin-0123456789abcdefghijklmn";

	private static final String NO_MAIL = "{\"name\":\"no mail\",\"action\":\"deny\",\"description\":\"Mail is off\","
			+ "\"priority\":50,\"conditions\":{\"action\":{\"startsWith\":\"mail\"}}}";

	private static final String FROM_FILE = "policies:\n  - {name: from file, action: deny, conditions: {action: {equals: filed}}}\n";

	@TempDir
	private static Path directory;

	private static TestServer server;

	private static Api admin;

	private static Path file;

	private static StoredCopy untouched;

	@BeforeAll
	static void start() throws IOException {
		file = Files.writeString(directory.resolve("policies.yml"), FROM_FILE);
		server = TestServer.start("agentotp.server.users.admin.api-key=" + ADMIN_KEY,
				"agentotp.server.users.admin.roles=administrator", "agentotp.server.policies.files=" + file,
				"agentotp.server.policies.reload-interval=0");
		admin = new Api(server.url(), ADMIN_KEY);
		untouched = StoredCopy.of(server);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void restore() throws IOException {
		untouched.restore(server);
		Files.writeString(file, FROM_FILE);
		check();
	}

	@Test
	void createWhenAdministratorThenDecidesTheNextRequestAndIsRecorded() {
		assertThat(server.mailer().request("mail.send").expect(202).data().path("policyVersion").longValue())
			.isEqualTo(1);
		JsonNode policy = admin.post("/policies", NO_MAIL).expect(201).data();
		assertThat(policy.path("origin").stringValue()).isEqualTo("api");
		assertThat(policy.path("readOnly").booleanValue()).isFalse();
		assertThat(policy.path("createdBy").stringValue()).isEqualTo("user:admin");

		JsonNode denied = server.mailer().request("mail.send").expect(200).data();
		assertThat(denied.path("status").stringValue()).isEqualTo("denied");
		assertThat(denied.path("reason").stringValue()).isEqualTo("Mail is off");
		assertThat(denied.path("policyId").stringValue()).isEqualTo(policy.path("id").stringValue());
		assertThat(denied.path("policy").stringValue()).isEqualTo("no mail");
		assertThat(denied.path("policyVersion").longValue()).isEqualTo(2);
		JsonNode seen = server.alice().get("/permissions?status=denied").data().path(0).path("policyTrace");
		assertThat(seen.path("conditions").path(0).path("actual").stringValue()).isEqualTo("mail.send");

		JsonNode row = server.auditor().get("/audit?event=policy_created").data().path(0);
		assertThat(row.path("actor").stringValue()).isEqualTo("user:admin");
		assertThat(row.path("permissionId").isNull()).isTrue();
		assertThat(row.path("details").path("version").longValue()).isEqualTo(2);
		assertThat(row.path("details").path("after").path("name").stringValue()).isEqualTo("no mail");
		JsonNode decided = server.auditor().get("/audit?event=denied").data().path(0).path("details");
		assertThat(decided.path("policyVersion").longValue()).isEqualTo(2);
	}

	@Test
	void updateWhenPatchedOrPutThenNewVersionAndOldOneStaysReadable() {
		String id = create(NO_MAIL);
		JsonNode changed = admin.send("PATCH", "/policies/" + id, "{\"isActive\":false}").expect(200).data();
		assertThat(changed.path("active").booleanValue()).isFalse();
		assertThat(changed.path("priority").intValue()).isEqualTo(50);
		server.mailer().request("mail.send").expect(202);
		JsonNode replaced = admin
			.send("PUT", "/policies/" + id, NO_MAIL.replace("\"priority\":50,", "").replace("mail\"}", "mall\"}"))
			.expect(200)
			.data();
		assertThat(replaced.path("priority").intValue()).isZero();
		assertThat(replaced.path("active").booleanValue()).isTrue();
		assertThat(admin.get("/policies").body().path("meta").path("policyVersion").longValue()).isEqualTo(4);
		assertThat(admin.get("/policies/versions").data().size()).isEqualTo(4);
		JsonNode second = admin.get("/policies/versions/2").data();
		assertThat(second.path("createdBy").stringValue()).isEqualTo("user:admin");
		assertThat(second.path("policies").path(0).path("conditions").toString()).contains("\"mail\"");
		admin.get("/policies/versions/5").expect(404);
		admin.send("PUT", "/policies/" + id, admin.get("/policies/" + id).data().toString()).expect(200);
	}

	@Test
	void deleteWhenAskedThenGoneAndRecorded() {
		String id = create(NO_MAIL);
		admin.send("DELETE", "/policies/" + id, null).expect(200);
		server.mailer().request("mail.send").expect(202);
		admin.get("/policies/" + id).expect(404);
		admin.send("DELETE", "/policies/" + id, null).expect(404);
		assertThat(server.auditor()
			.get("/audit?event=policy_deleted")
			.data()
			.path(0)
			.path("details")
			.path("before")
			.path("name")
			.stringValue()).isEqualTo("no mail");
	}

	@DisplayName("attack A23: no agent and no approver edits policies")
	@Test
	void changeWhenNotAdministratorThen403AndNothingChanged() {
		String id = create(NO_MAIL);
		for (Api caller : List.of(server.mailer(), server.alice(), server.auditor())) {
			caller.post("/policies", NO_MAIL.replace("no mail", "x")).expect(403);
			caller.send("PUT", "/policies/" + id, NO_MAIL).expect(403);
			caller.send("PATCH", "/policies/" + id, "{\"active\":false}").expect(403);
			caller.send("DELETE", "/policies/" + id, null).expect(403);
		}
		server.mailer().get("/policies").expect(403);
		server.mailer().post("/policies/simulate", "{\"request\":{\"action\":\"x\"}}").expect(403);
		assertThat(admin.get("/policies").body().path("meta").path("policyVersion").longValue()).isEqualTo(2);
		assertThat(server.mailer().request("mail.send").data().path("status").stringValue()).isEqualTo("denied");
	}

	@Test
	void changeWhenPolicyStandsInConfigurationOrFileThen409() {
		for (String id : List.of("reads", "from%20file")) {
			assertThat(admin.get("/policies/" + id).expect(200).data().path("readOnly").booleanValue()).isTrue();
			assertThat(admin.send("PUT", "/policies/" + id, NO_MAIL).expect(409).code()).isEqualTo("READ_ONLY");
			admin.send("PATCH", "/policies/" + id, "{\"active\":false}").expect(409);
			admin.send("DELETE", "/policies/" + id, null).expect(409);
		}
		assertThat(admin.get("/policies").body().path("meta").path("policyVersion").longValue()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "{\"name\":\"reads\",\"action\":\"deny\"}",
			"{\"name\":\"from file\",\"action\":\"deny\"}", "{\"name\":\"x\",\"action\":\"auto_approve\"}",
			"{\"name\":\"x\",\"action\":\"deny\",\"conditons\":{}}",
			"{\"name\":\"x\",\"action\":\"deny\",\"conditions\":{\"action\":{\"is\":1}}}",
			"{\"name\":\"x\",\"action\":\"deny\",\"conditions\":{\"action\":{\"matches\":\"(a+)+(?=b)\"}}}",
			"{\"name\":\"x\",\"action\":\"deny\",\"conditions\":{\"scop.a\":{\"equals\":1}}}",
			"{\"name\":\"x\",\"action\":\"deny\",\"scopeTemplate\":{\"max_uses\":\"many\"}}",
			"{\"name\":\"x\",\"action\":\"deny\",\"priority\":99999999999}",
			"{\"name\":\"x\\u0000\",\"action\":\"deny\"}", "[]", "{\"name\":1,\"action\":\"deny\"}" })
	void createWhenNotValidThen400AndNothingStored(String body) {
		Api.Answer answer = admin.post("/policies", body).expect(400);
		assertThat(answer.code()).isEqualTo("VALIDATION_ERROR");
		assertThat(answer.details().isEmpty()).isFalse();
		assertThat(server.jdbc().sql("SELECT COUNT(*) FROM agentotp_policy").query(Long.class).single()).isZero();
		assertThat(admin.get("/policies").body().path("meta").path("policyVersion").longValue()).isEqualTo(1);
	}

	@Test
	void createWhenSeveralAtOnceThenEachGetsItsOwnVersion() {
		IntStream.range(0, 20)
			.parallel()
			.forEach((i) -> admin.post("/policies", NO_MAIL.replace("no mail", "no mail " + i)).expect(201));
		assertThat(admin.get("/policies").body().path("meta").path("policyVersion").longValue()).isEqualTo(21);
		assertThat(admin.get("/policies?limit=100").data().size()).isEqualTo(25);
	}

	@Test
	void filesWhenChangedThenInForceAsAWhole() throws IOException {
		assertThat(server.mailer().request("filed").data().path("status").stringValue()).isEqualTo("denied");
		Files.writeString(file, "- {name: from file, action: deny, conditions: {action: {equals: other}}}");
		check();
		server.mailer().request("filed").expect(202);
		JsonNode denied = server.mailer().request("other").data();
		assertThat(denied.path("status").stringValue()).isEqualTo("denied");
		assertThat(denied.path("policyVersion").longValue()).isEqualTo(2);
		assertThat(server.auditor().get("/audit?event=policies_loaded").data().size()).isEqualTo(2);
	}

	@Test
	void filesWhenOneCannotBeUsedThenOldSetStaysAndTheErrorIsShown(CapturedOutput output) throws IOException {
		for (String content : List.of("- {name: from file, action: dney}", "- {name: reads, action: deny}", "[",
				"a: &a [x]\nb: [*a, *a]", "- {name: from file, action: deny, conditons: {}}",
				"- {name: from file, action: deny, conditions: {action: {matches: \"(a{1,1000}){1,1000}\"}}}")) {
			Files.writeString(file, content);
			check();
			assertThat(server.mailer().request("filed").data().path("status").stringValue()).isEqualTo("denied");
			JsonNode meta = admin.get("/policies").body().path("meta");
			assertThat(meta.path("policyVersion").longValue()).isEqualTo(1);
			assertThat(meta.path("problem").stringValue()).contains("cannot be used");
		}
		assertThat(output).contains("Version 1 stays in force", "action must be").contains("'reads' is taken");
		Files.delete(file);
		check();
		assertThat(server.mailer().request("filed").data().path("status").stringValue()).isEqualTo("denied");
		assertThat(admin.get("/policies").body().path("meta").path("problem").stringValue()).contains("not there");

		Files.writeString(file, "- {name: mended, action: deny, conditions: {action: {equals: mended}}}");
		check();
		server.mailer().request("filed").expect(202);
		assertThat(admin.get("/policies").body().path("meta").has("problem")).isFalse();
	}

	@Test
	void createOrRenameWhenTheNameIsTakenThen409ThatNamesThePolicyAndNothingIsChanged() {
		String first = create(NO_MAIL);
		String second = create(NO_MAIL.replace("no mail", "other"));
		for (Api.Answer answer : List.of(admin.post("/policies", NO_MAIL),
				admin.send("PUT", "/policies/" + second, NO_MAIL),
				admin.send("PATCH", "/policies/" + second, "{\"name\":\"no mail\"}"))) {
			assertThat(answer.expect(409).message()).contains("'no mail'");
			assertThat(answer.details().path("policyId").stringValue()).isEqualTo(first);
		}
		assertThat(admin.get("/policies/" + second).data().path("name").stringValue()).isEqualTo("other");
		admin.send("PUT", "/policies/" + second, NO_MAIL.replace("no mail", "other")).expect(200);
		assertThat(admin.get("/policies").body().path("meta").path("policyVersion").longValue()).isEqualTo(3);
	}

	@ParameterizedTest
	@ValueSource(strings = { "agentId: ", "agentId: ''", "agent: ", "agent_id: ' '" })
	void readWhenTheAgentIsEmptyThenRefusedSinceItWouldBeForAll(String agent) {
		String policy = "- {name: x, action: auto_approve, conditions: {action: {equals: a}}, " + agent + "}";
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> PolicyFile.read("one.yml", policy.getBytes(StandardCharsets.UTF_8), true))
			.satisfies((ex) -> assertThat(ex.text()).contains("is empty. Leave it out"));
		assertThat(server.admin()
			.post("/policies", "{\"name\":\"x\",\"action\":\"deny\",\"agentId\":\"\"}")
			.expect(400)
			.message()).contains("is empty. Leave it out");
	}

	@ParameterizedTest
	@ValueSource(strings = { "NO MAIL", "no mail ", "no  mail", "n\u043e mail", "no ma\u0456l", "no\u200b mail",
			"\uff4e\uff4f mail", "no mai1" })
	void createWhenTheNameLooksLikeAnotherThen409ThatNamesIt(String name) {
		create(NO_MAIL);
		Api.Answer refused = server.admin()
			.post("/policies", Json.write(Json.object().put("name", name).put("action", "deny")))
			.expect(409);
		assertThat(refused.message()).contains("'no mail', which looks like it");
		// Also that of a file.
		assertThat(
				server.admin().post("/policies", "{\"name\":\"From File\",\"action\":\"deny\"}").expect(400).message())
			.contains("it looks like 'from file'");
	}

	@Test
	void createWhenPatternsAreTooLargeTogetherThenRefusedByName() {
		StringBuilder conditions = new StringBuilder();
		for (int i = 0; i < 6; i++) {
			conditions.append((i > 0) ? "," : "").append("\"scope.a" + i + "\":{\"matches\":\"(a{1,99}){1,99}\"}");
		}
		assertThat(server.admin()
			.post("/policies", "{\"name\":\"many\",\"action\":\"deny\",\"conditions\":{" + conditions + "}}")
			.expect(400)
			.message()).contains("conditions", "too large together");
		String file = IntStream.range(0, 60)
			.mapToObj((i) -> "- {name: p" + i + ", action: deny, conditions: {action: {matches: \"(a{1,99}){1,99}\"}}}")
			.collect(Collectors.joining("\n"));
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> PolicyFile.read("many.yml", file.getBytes(StandardCharsets.UTF_8), true))
			.satisfies((ex) -> assertThat(ex.text()).contains("many.yml", "(line ", "too large together"));
	}

	@Test
	void changeWhenNotWhatWasReadThenConflictAndNothingChanged() {
		String path = "/policies/" + create(NO_MAIL);
		String read = admin.get(path).header("ETag");
		assertThat(read).matches("\"[0-9a-f]{32}\"");
		Api.Answer first = admin.with("If-Match", read).send("PATCH", path, "{\"priority\":7}").expect(200);
		assertThat(first.header("ETag")).isEqualTo(admin.get(path).header("ETag")).isNotEqualTo(read);
		Api old = admin.with("If-Match", read);
		for (Api.Answer answer : List.of(old.send("PATCH", path, "{\"priority\":8}"), old.send("PUT", path, NO_MAIL),
				old.send("DELETE", path, null))) {
			assertThat(answer.expect(409).message()).contains("changed in the meantime");
		}
		assertThat(admin.get(path).data().path("priority").intValue()).isEqualTo(7);
		admin.with("If-Match", "unquoted").send("PUT", path, NO_MAIL).expect(400);
		admin.with("If-Match", "*").send("PATCH", path, "{\"priority\":9}").expect(200);
		admin.with("If-Match", admin.get(path).header("ETag")).send("DELETE", path, null).expect(200);
	}

	@Test
	void filesWhenTheyTakeTheNameOfAStoredPolicyThenOldSetStays() throws IOException {
		create(NO_MAIL);
		Files.writeString(file, "- {name: no mail, action: auto_approve, conditions: {action: {exists: true}}}");
		check();
		assertThat(server.mailer().request("mail.send").data().path("status").stringValue()).isEqualTo("denied");
		assertThat(admin.get("/policies").body().path("meta").path("problem").stringValue())
			.contains("'no mail' is taken");
	}

	@DisplayName("attack A23: policies that came since bind the approver")
	@Test
	void decideWhenPolicyDeniesMeanwhileThen409AndStillPending() {
		String id = server.mailer().pending("mail.send");
		create(NO_MAIL);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		Api.Answer answer = server.alice().decide(id, true).expect(409);
		assertThat(answer.message()).contains("policy 'no mail'");
		assertThat(answer.details().path("policyVersion").longValue()).isEqualTo(2);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		server.alice().decide(id, false).expect(200);
	}

	@Test
	void decideWhenPolicyNarrowsMeanwhileThenItsLimitsHold() {
		String id = server.mailer()
			.post("/permissions/request", "{\"action\":\"mail.send\",\"scope\":{\"max_emails\":50}}")
			.data()
			.path("id")
			.stringValue();
		create("{\"name\":\"few\",\"action\":\"require_approval\",\"conditions\":{\"action\":{\"startsWith\":\"mail\"}},"
				+ "\"scopeTemplate\":{\"max_emails\":5}}");
		assertThat(server.alice().decide(id, true).expect(200).data().path("scope").path("max_emails").intValue())
			.isEqualTo(5);
	}

	@Test
	void decideWhenPolicyWouldApproveMeanwhileThenAPersonIsStillWaitedFor() {
		String id = server.mailer().pending("mail.send");
		create(NO_MAIL.replace("deny", "auto_approve"));
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		server.alice().decide(id, true).expect(200);
	}

	@DisplayName("attack A21: what must not be any more is not, though it was approved")
	@Test
	void useWhenPolicyDeniesMeanwhileThenRejectedUntilItIsGone() {
		String id = server.mailer().pending("mail.send");
		server.alice().decide(id, true).expect(200);
		String token = server.mailer().token(id);
		String policy = create(NO_MAIL);
		JsonNode used = server.mailer().use(id, token).data();
		assertThat(used.path("success").booleanValue()).isFalse();
		assertThat(used.path("code").stringValue()).isEqualTo("POLICY_DENIES");
		assertThat(server.mailer().verify(id, token).data().path("code").stringValue()).isEqualTo("POLICY_DENIES");
		assertThat(server.jdbc()
			.sql("SELECT uses FROM agentotp_permission WHERE id = ?")
			.param(id)
			.query(Integer.class)
			.single()).isZero();
		assertThat(server.auditor().get("/audit?event=use_rejected").data().size()).isEqualTo(1);
		admin.send("DELETE", "/policies/" + policy, null).expect(200);
		assertThat(server.mailer().use(id, token).data().path("success").booleanValue()).isTrue();
	}

	@Test
	void shadowWhenItWouldSpeakThenRecordedAndNotFollowed() {
		create(NO_MAIL.replace("\"action\":\"deny\"", "\"action\":\"deny\",\"shadow\":true"));
		server.mailer().request("mail.send").expect(202);
		JsonNode shadow = server.auditor().get("/audit?event=requested").data().path(0).path("details").path("shadow");
		assertThat(shadow.path("policy").stringValue()).isEqualTo("no mail");
		assertThat(shadow.path("action").stringValue()).isEqualTo("deny");
		assertThat(shadow.path("differs").booleanValue()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "((((a{1,100}){1,100}){1,100}){1,100})", "(a{1,1000}){1,1000}" })
	void simulateWhenAPatternIsTooLargeThenRefusedByItsName(String pattern) {
		String policy = "{\"name\":\"x\",\"action\":\"deny\",\"conditions\":{\"scope.a\":{\"matches\":\"" + pattern
				+ "\"}}}";
		for (Api.Answer answer : List.of(admin.post("/policies", policy),
				server.auditor()
					.post("/policies/simulate",
							"{\"request\":{\"agentId\":\"mailer\",\"action\":\"x\"},\"policies\":[" + policy + "]}"))) {
			assertThat(answer.expect(400).body().toString()).contains("conditions.scope.a.matches",
					"smaller regular expression");
		}
		assertThat(
				admin.post("/actions", "{\"action\":{\"matches\":\"" + pattern + "\"}}").expect(400).body().toString())
			.contains("action.matches", "smaller regular expression");
	}

	@Test
	void simulateWhenMadeUpThenEveryPolicyWithItsConditionsAndNothingStored() {
		create(NO_MAIL.replace("\"action\":\"deny\"", "\"action\":\"deny\",\"shadow\":true"));
		JsonNode answer = server.auditor()
			.post("/policies/simulate",
					"{\"request\":{\"agentId\":\"mailer\",\"action\":\"mail.campaign\","
							+ "\"scope\":{\"max_emails\":99}}}")
			.expect(200)
			.data();
		assertThat(answer.path("decision").path("action").stringValue()).isEqualTo("require_approval");
		assertThat(answer.path("decision").path("policy").stringValue()).isEqualTo("asked, but limited");
		assertThat(answer.path("decision").path("scope").path("max_emails").intValue()).isEqualTo(50);
		assertThat(answer.path("shadow").path("action").stringValue()).isEqualTo("deny");
		assertThat(answer.path("policies").size()).isEqualTo(6);
		assertThat(answer.path("policies").values()).filteredOn((policy) -> policy.path("applied").booleanValue())
			.extracting((policy) -> policy.path("name").stringValue())
			.containsExactly("asked, but limited");
		assertThat(answer.path("policies").values())
			.filteredOn((policy) -> policy.path("name").stringValue().equals("small payments"))
			.singleElement()
			.satisfies((policy) -> {
				assertThat(policy.path("forThisAgent").booleanValue()).isFalse();
				assertThat(policy.path("matches").booleanValue()).isFalse();
				assertThat(policy.path("conditions").path(0).path("holds").booleanValue()).isFalse();
			});
		assertThat(admin.get("/permissions").data().size()).isZero();
	}

	@Test
	void simulateWhenPastRequestAndDraftsThenWhatWouldBe() {
		String id = server.mailer().pending("mail.send");
		JsonNode answer = server.alice()
			.post("/policies/simulate", "{\"permissionId\":\"" + id + "\",\"policies\":[" + NO_MAIL + "]}")
			.expect(200)
			.data();
		assertThat(answer.path("decision").path("action").stringValue()).isEqualTo("deny");
		assertThat(answer.path("recorded").path("status").stringValue()).isEqualTo("pending");
		assertThat(answer.path("recorded").path("policyVersion").longValue()).isEqualTo(1);
		server.mailer().request("mail.send").expect(202);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "{\"request\":{}}", "{\"request\":{\"action\":\"x\",\"scop\":{}}}",
			"{\"request\":{\"action\":\"x\"},\"permissionId\":\"y\"}",
			"{\"request\":{\"action\":\"x\"},\"policies\":[{\"name\":\"z\"}]}",
			"{\"request\":{\"action\":\"x\"},\"policies\":[{\"nam\":\"z\"}]}",
			"{\"request\":{\"action\":\"x\"},\"policies\":{}}", "{\"request\":\"x\"}" })
	void simulateWhenNotValidThen400(String body) {
		assertThat(server.alice().post("/policies/simulate", body).expect(400).details().isEmpty()).isFalse();
	}

	@Test
	void simulateWhenPermissionIsUnknownThen404() {
		server.alice().post("/policies/simulate", "{\"permissionId\":\"unknown\"}").expect(404);
	}

	@Test
	@Tag("sql")
	void changeWhenAnsweredThenInForceOnTheOtherNodeAndAfterARestart() {
		TestDatabase database = TestDatabase.createLasting();
		String[] settings = { "agentotp.server.users.admin.api-key=" + ADMIN_KEY,
				"agentotp.server.users.admin.roles=administrator" };
		try (TestServer one = TestServer.startNodes(database, 1, settings)) {
			try (TestServer other = TestServer.startNodes(database, 1, settings)) {
				new Api(one.url(), ADMIN_KEY).post("/policies", NO_MAIL).expect(201);
				JsonNode denied = other.mailer().request("mail.send").data();
				assertThat(denied.path("status").stringValue()).isEqualTo("denied");
				assertThat(denied.path("policyVersion").longValue()).isEqualTo(2);
			}
			try (TestServer restarted = TestServer.startNodes(database, 1, settings)) {
				assertThat(restarted.mailer().request("mail.send").data().path("policyVersion").longValue())
					.isEqualTo(2);
			}
		}
	}

	@Test
	@Tag("sql")
	void changeWhenItDoesNotGoTogetherWithTheOtherNodesFilesThenThatNodeRefuses() throws IOException {
		Path others = Files.writeString(directory.resolve("others.yml"), "- {name: no mail, action: deny}");
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer one = TestServer.startNodes(database, 1, "agentotp.server.users.admin.api-key=" + ADMIN_KEY,
				"agentotp.server.users.admin.roles=administrator");
				TestServer other = TestServer.startNodes(database, 1, "agentotp.server.policies.files=" + others,
						"agentotp.server.users.admin.api-key=" + ADMIN_KEY,
						"agentotp.server.users.admin.roles=administrator")) {
			new Api(one.url(), ADMIN_KEY).post("/policies", NO_MAIL).expect(201);
			assertThat(other.mailer().request("read.x").expect(503).header("Retry-After")).isEqualTo("5");
			assertThat(one.mailer().request("read.x").expect(201).data().path("status").stringValue())
				.isEqualTo("approved");
		}
	}

	private static void check() {
		for (int node = 0; node < server.size(); node++) {
			server.bean(node, PolicyFileWatch.class).check();
		}
	}

	private static String create(String policy) {
		return admin.post("/policies", policy).expect(201).data().path("id").stringValue();
	}

	@Test
	void deleteWhenTheRevisionIsSetBackThenInForceNowhere() {
		String id = create("{\"name\":\"quick\",\"priority\":900,\"action\":\"auto_approve\","
				+ "\"conditions\":{\"action\":{\"equals\":\"mail.back\"}}}");
		for (int node = 0; node < TestDatabase.nodes(); node++) {
			server.api(node, TestServer.MAILER_KEY).request("mail.back").expect(201);
		}
		long revision = server.jdbc().sql("SELECT revision FROM agentotp_policy_state").query(Long.class).single();
		admin.send("DELETE", "/policies/" + id, null).expect(200);
		server.jdbc().sql("UPDATE agentotp_policy_state SET revision = ?").param(revision).update();
		for (int node = 0; node < TestDatabase.nodes(); node++) {
			server.api(node, TestServer.MAILER_KEY).request("mail.back").expect(202);
		}
	}

	@Test
	void refreshWhenTheRevisionWasReadLongAgoThenReadAgain() {
		PolicyRegistry registry = server.bean(0, PolicyRegistry.class);
		PolicySet set = registry.refresh();
		String revision = server.jdbc()
			.sql("SELECT " + PolicyRegistry.REVISION + " FROM agentotp_policy_state s")
			.query(String.class)
			.single();
		// As another node does it, while a request holds its body back.
		server.jdbc().sql("UPDATE agentotp_policy_state SET revision = revision + 1").update();
		assertThat(registry.refresh(revision, System.nanoTime())).isSameAs(set);
		assertThat(registry.refresh(revision, System.nanoTime() - Duration.ofSeconds(2).toNanos())).isNotSameAs(set);
	}

	@Test
	void checkWhenThePoliciesOfAChangedFileCannotBeStoredThenSaidAndTriedAgain() throws IOException {
		Files.writeString(file, "- {name: from file, action: deny, conditions: {action: {equals: mail.send}}}\n");
		server.jdbc().sql("ALTER TABLE agentotp_policy_version RENAME TO away").update();
		assertThatException().isThrownBy(PolicyApiTests::check);
		assertThat(server.bean(0, PolicyRegistry.class).problem())
			.hasValueSatisfying((problem) -> assertThat(problem).contains("have changed and are not in force"));
		server.jdbc().sql("ALTER TABLE away RENAME TO agentotp_policy_version").update();
		check();
		assertThat(server.bean(0, PolicyRegistry.class).problem()).isEmpty();
		assertThat(server.mailer().request("mail.send").data().path("status").stringValue()).isEqualTo("denied");
	}

}
