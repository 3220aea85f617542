package io.agentotp.server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Identical questions are one card, and each needs its own yes.
 */
@Tag("sql")
class IdenticalQuestionsTests {

	private static final String QUESTION = """
			{"action":"mail.send","resource":"inbox","scope":{"max_emails":1},
			"call":{"target":{"tool":"mail"},"arguments":[{"name":"to","value":"a"}]},"context":{"reason":"first"}}""";

	private static final String WITHOUT_CALL = """
			{"action":"mail.send","resource":"inbox","scope":{"max_emails":1},"callDigest":"%s",
			"context":{"reason":"first"}}""".formatted(Calls.DIGEST);

	private static final Pattern IDS = Pattern.compile("name=\"ids\" value=\"([^\"]+)\"");

	private static TestServer server;

	private final Browser alice = new Browser(server.url()).signedIn("alice");

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator");
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void forget() {
		server.jdbc().sql("DELETE FROM agentotp_permission").update();
	}

	@Test
	void inboxWhenIdenticalThenOneCardWithTheirNumber() {
		String first = ask(QUESTION);
		server.clock.move(Duration.ofMillis(5));
		ask(QUESTION);
		ask(QUESTION.replace("first", "another reason"));
		ask(QUESTION.replace("\"mail\"", "\"mail2\""));
		String text = this.alice.get("/").text();
		assertThat(cards(text)).hasSize(2).contains(first);
		assertThat(text).contains("(4) Inbox", "3 identical").doesNotContain("4 identical");
	}

	@ParameterizedTest
	@CsvSource(delimiter = ';',
			value = { "\"mail.send\";\"mail.sent\"", "\"inbox\";\"outbox\"", "\"max_emails\":1;\"max_emails\":2",
					"\"max_emails\":1;\"max_emails\":1.0", "\"tool\":\"mail\";\"tool\":\"mails\"",
					"\"value\":\"a\";\"value\":\"b\"", "\"name\":\"to\";\"name\":\"cc\"",
					"\"value\":\"a\";\"value\":\"a\",\"type\":\"java.lang.String\"",
					"\"arguments\";\"notBound\":[\"cc\"],\"arguments\"", "{\"action\";{\"ttl\":60,\"action\"" })
	void inboxWhenAnyFactDiffersThenAnotherCard(String from, String to) {
		ask(QUESTION);
		ask(QUESTION.replace(from, to));
		assertThat(cards(this.alice.get("/").text())).hasSize(2);
	}

	@Test
	void inboxWhenAgentDiffersThenAnotherCard() {
		ask(QUESTION);
		server.reader().post("/permissions/request", Calls.bound(QUESTION)).expect(202);
		assertThat(cards(this.alice.get("/").text())).hasSize(2);
	}

	@Test
	void inboxWhenWithoutCallThenAlsoDigestAndWhatTheAgentSaysMustBeTheSame() {
		ask(QUESTION);
		ask(WITHOUT_CALL);
		ask(WITHOUT_CALL);
		ask(WITHOUT_CALL.replace("first", "another reason"));
		ask(WITHOUT_CALL.replace(Calls.DIGEST, Calls.OTHER_DIGEST));
		ask(WITHOUT_CALL.replace("\"callDigest\":\"" + Calls.DIGEST + "\",", ""));
		assertThat(cards(this.alice.get("/").text())).hasSize(5);
	}

	@Test
	void approveWhenOneThenTheOthersStillWaitAndItsTokenRunsOneCall() {
		List<String> ids = List.of(ask(QUESTION), ask(QUESTION), ask(QUESTION));
		Browser.Page page = this.alice.get("/approvals/" + ids.get(1));
		assertThat(page.text()).contains("Asked 3 times", "Approve all 3", "Approve this one");
		Browser.Page done = submit(page, ids.get(1), "approve");
		assertThat(done.text()).contains("data-status=\"approved\"", "2 identical requests are pending");
		assertThat(statuses(ids)).containsExactly("pending", "approved", "pending");
		String token = server.mailer().token(ids.get(1));
		assertThat(used(ids.get(0), token)).isFalse();
		assertThat(used(ids.get(1), token)).isTrue();
		assertThat(used(ids.get(1), token)).isFalse();
		assertThat(used(ids.get(2), token)).isFalse();
	}

	@DisplayName("attack A15: one yes for many is for those that were seen")
	@ParameterizedTest
	@ValueSource(strings = { "approve", "deny" })
	void decideWhenAllThenThoseThatWereShownAndNotOneThatCameSince(String decision) {
		List<String> ids = List.of(ask(QUESTION), ask(QUESTION), ask(QUESTION));
		Browser.Page page = this.alice.get("/approvals/" + ids.get(0));
		String since = ask(QUESTION);
		Browser.Page done = submit(page, ids.get(0), decision + "-all");
		String status = decision.equals("approve") ? "approved" : "denied";
		assertThat(statuses(ids)).containsOnly(status);
		assertThat(server.mailer().status(since)).isEqualTo("pending");
		assertThat(done.text()).contains("3 of the 3 identical requests were " + status,
				"An identical request is pending");
		List<String> tokens = ids.stream()
			.map((id) -> server.mailer().get("/permissions/" + id).data().path("token").asString())
			.toList();
		assertThat(tokens).doesNotContain("null");
		if (decision.equals("approve")) {
			assertThat(tokens).doesNotHaveDuplicates().allMatch((token) -> token.startsWith("otp_"));
		}
		assertThat(server.auditor().get("/audit?event=" + status + "&actor=user%3Aalice").data().values())
			.extracting((row) -> row.path("permissionId").stringValue())
			.containsAll(ids);
	}

	@Test
	void approveWhenAllAndOneWasOverThenTheOthersAndSaysWhy() {
		List<String> ids = List.of(ask(QUESTION), ask(QUESTION), ask(QUESTION));
		Browser.Page page = this.alice.get("/approvals/" + ids.get(0));
		server.alice().decide(ids.get(1), false).expect(200);
		Browser.Page done = submit(page, ids.get(0), "approve-all");
		assertThat(statuses(ids)).containsExactly("approved", "denied", "approved");
		assertThat(done.text()).contains("2 of the 3 identical requests were approved",
				"Already denied by alice just now");
	}

	@Test
	void approveWhenAllAndSomeAreRefusedOrOverThenPageSaysOfEachWhatBecameOfIt() {
		try (TestServer own = TestServer.start()) {
			List<String> ids = askOwn(own);
			Browser bob = new Browser(own.url()).signedIn("bob");
			Browser.Page page = bob.get("/approvals/" + ids.get(0));
			own.alice().decide(ids.get(2), false).expect(200);
			Browser.Page done = submit(bob, page, ids.get(0), "approve-all");
			assertThat(done.status()).isEqualTo(200);
			assertThat(ids).extracting((id) -> own.mailer().status(id))
				.containsExactly("approved", "pending", "denied", "approved");
			assertThat(done.text()).contains("2 of the 4 identical requests were approved",
					"Decided or over before: 1.", "Refused, so still pending: 1.");
			assertThat(outcome(done, ids.get(0))).contains("data-result=\"decided\"", ">approved<");
			assertThat(outcome(done, ids.get(1))).contains("data-result=\"refused\"", ">refused<",
					"You own the agent &#39;mailer&#39;");
			assertThat(outcome(done, ids.get(2))).contains("data-result=\"too_late\"", ">too late<",
					"Already denied by alice just now");
			assertThat(outcome(done, ids.get(3))).contains("data-result=\"decided\"", ">approved<");
		}
	}

	@Test
	void decideWhenSomeAreRefusedOrOverThenAnswerSaysOfEachWhatBecameOfIt() {
		try (TestServer own = TestServer.start()) {
			List<String> ids = askOwn(own);
			own.alice().decide(ids.get(2), false).expect(200);
			JsonNode data = decide(own.bob(), ids, true).expect(200).data();
			assertThat(data.path("decided").values()).extracting((permission) -> permission.path("id").stringValue())
				.containsExactly(ids.get(0), ids.get(3));
			assertThat(data.path("notDecided").values())
				.extracting((not) -> not.path("id").stringValue() + " " + not.path("result").stringValue() + " "
						+ not.path("code").stringValue())
				.containsExactly(ids.get(1) + " refused FORBIDDEN", ids.get(2) + " too_late CONFLICT");
			assertThat(own.mailer().status(ids.get(1))).isEqualTo("pending");
			// What all are refused for is an error.
			assertThat(decide(own.bob(), List.of(ids.get(1)), true).expect(403).message()).contains("You own");
		}
	}

	@Test
	void decideWhenServiceFailsOnOneThenSaysWhatWasDecidedBefore() {
		try (TestServer failing = TestServer.start()) {
			List<String> ids = new ArrayList<>();
			for (int i = 0; i < 6; i++) {
				ids.add(ask(failing, QUESTION));
				failing.clock.move(Duration.ofMillis(5));
			}
			for (String broken : List.of(ids.get(1), ids.get(4))) {
				failing.jdbc()
					.sql("ALTER TABLE agentotp_permission ADD CONSTRAINT broken_" + ids.indexOf(broken)
							+ " CHECK (id <> '" + broken + "' OR status = 'pending')")
					.update();
			}
			JsonNode data = decide(failing.alice(), ids.subList(0, 3), true).expect(200).data();
			assertThat(data.path("decided").path(0).path("id").stringValue()).isEqualTo(ids.get(0));
			assertThat(data.path("notDecided").values()).extracting((not) -> not.path("result").stringValue())
				.containsExactly("unknown", "unknown");
			assertThat(data.toString()).contains("look whether this was decided", "Not tried")
				.doesNotContain("broken_1");
			Browser someone = new Browser(failing.url()).signedIn("alice");
			Browser.Page page = someone.get("/approvals/" + ids.get(3));
			Browser.Page failed = someone.send("POST", "/approvals/" + ids.get(3), "decision=deny-all&_csrf="
					+ encode(page.csrf()) + "&ids=" + String.join("&ids=", ids.subList(3, 6)), Map.of());
			assertThat(failed.status()).isEqualTo(503);
			assertThat(failed.text()).contains("1 of the 3 identical requests were denied.",
					"look whether this was decided", "Not tried");
			assertThat(ids).extracting((id) -> failing.mailer().status(id))
				.containsExactly("approved", "pending", "pending", "denied", "pending", "pending");
			// Nothing decided, so nothing to say but that it failed.
			decide(failing.alice(), List.of(ids.get(1), ids.get(2)), true).expect(500);
		}
	}

	@Test
	void approveWhenAllWithoutOrWithOtherIdsThenNothing() {
		String id = ask(QUESTION);
		String other = ask(QUESTION.replace("\"a\"", "\"b\""));
		Browser.Page page = this.alice.get("/approvals/" + id);
		for (String ids : List.of("", "&ids=" + other, "&ids=" + id + "&ids=" + other, "&ids=" + id + "&ids=unknown",
				"&ids=" + (id + "&ids=").repeat(101) + id)) {
			Browser.Page refused = this.alice.send("POST", "/approvals/" + id,
					"decision=approve-all&_csrf=" + encode(page.csrf()) + ids, Map.of());
			assertThat(refused.status()).as(ids).isIn(400, 404);
		}
		assertThat(statuses(List.of(id, other))).containsOnly("pending");
	}

	@Test
	void approveAllWhenMoreThanAtOnceThenThoseThatAreNamedWithThatOfThePage() {
		try (TestServer busy = TestServer.start("agentotp.server.limits.max-pending=102")) {
			for (int i = 0; i < 102; i++) {
				busy.mailer().post("/permissions/request", Calls.bound(QUESTION)).expect(202);
				busy.clock.move(Duration.ofMillis(5));
			}
			String last = busy.jdbc()
				.sql("SELECT id FROM agentotp_permission ORDER BY created_at DESC LIMIT 1")
				.query(String.class)
				.single();
			Browser someone = new Browser(busy.url()).signedIn("alice");
			Browser.Page page = someone.get("/approvals/" + last);
			assertThat(page.text()).contains("Asked 102 times", "Approve all 100");
			List<String> fields = new ArrayList<>();
			Matcher ids = IDS.matcher(page.text());
			while (ids.find()) {
				fields.add(ids.group(1));
			}
			assertThat(fields).hasSize(100).contains(last);
			assertThat(busy.jdbc().sql("SELECT status FROM agentotp_permission").query(String.class).list())
				.containsOnly("pending");
		}
	}

	@Test
	void decideWhenIdenticalOverTheApiThenEachByItself() {
		List<String> ids = List.of(ask(QUESTION), ask(QUESTION), ask(QUESTION));
		server.alice().decide(ids.get(2), true).expect(200);
		JsonNode data = decide(server.alice(), ids, true).expect(200).data();
		assertThat(data.path("decided").values()).extracting((permission) -> permission.path("id").stringValue())
			.containsExactly(ids.get(0), ids.get(1));
		assertThat(data.path("notDecided").path(0).path("id").stringValue()).isEqualTo(ids.get(2));
		assertThat(data.path("notDecided").path(0).path("message").stringValue()).contains("Already approved");
		assertThat(data.toString()).doesNotContain("otp_");
		assertThat(statuses(ids)).containsOnly("approved");
	}

	@Test
	void decideWhenDifferentOrNotAllowedThenNothing() {
		List<String> ids = List.of(ask(QUESTION), ask(QUESTION.replace("\"mail\"", "\"mail2\"")));
		assertThat(decide(server.alice(), ids, true).expect(400).details().path("ids").stringValue())
			.contains("identical requests");
		decide(server.alice(), List.of(), true).expect(400);
		decide(server.alice(), List.of(ids.get(0), "unknown"), true).expect(404);
		// Bob owns the agent.
		decide(server.bob(), List.of(ids.get(0)), true).expect(403);
		decide(server.auditor(), List.of(ids.get(0)), true).expect(403);
		decide(server.mailer(), List.of(ids.get(0)), true).expect(403);
		assertThat(statuses(ids)).containsOnly("pending");
	}

	@Test
	void decideWhenOneWasApprovedNarrowerThenTheOthersAllTheSame() {
		String many = QUESTION.replace("\"max_emails\":1", "\"max_emails\":5");
		List<String> ids = List.of(ask(many), ask(many));
		server.alice()
			.post("/permissions/" + ids.get(0) + "/decide",
					"{\"approved\":true,\"scopeModifications\":{\"max_emails\":2}}")
			.expect(200);
		decide(server.alice(), ids, true).expect(200);
		assertThat(statuses(ids)).containsOnly("approved");
	}

	@Test
	void decideWhenOneIsOverAndAnotherIsDifferentThenNothing() {
		String withdrawn = ask(QUESTION);
		String different = ask(QUESTION.replace("\"mail\"", "\"mail2\""));
		server.mailer().post("/permissions/" + withdrawn + "/revoke", "{}").expect(200);
		assertThat(decide(server.alice(), List.of(withdrawn, different), true).expect(400).details().toString())
			.contains("identical requests");
		assertThat(server.mailer().status(different)).isEqualTo("pending");
	}

	@Test
	void decideWhenTwoPeopleDecideOnAllAtOnceThenEachQuestionHasOneDecision() throws Exception {
		List<String> ids = List.of(ask(QUESTION), ask(QUESTION), ask(QUESTION), ask(QUESTION));
		List<Api.Answer> answers = AtOnce.run(6,
				(number) -> decide((number % 2 == 0) ? server.alice() : server.admin(), ids, number % 2 == 0));
		List<String> decided = new ArrayList<>();
		answers.forEach((answer) -> answer.expect(200)
			.data()
			.path("decided")
			.values()
			.forEach((permission) -> decided.add(permission.path("id").stringValue())));
		assertThat(decided).containsExactlyInAnyOrderElementsOf(ids);
	}

	@Test
	void detailWhenAnotherSaysSomethingElseThenItIsShown() {
		String id = ask(QUESTION);
		String other = ask(QUESTION.replace("first", "<b>quite another"));
		String text = this.alice.get("/approvals/" + id).text();
		String row = text.substring(text.indexOf("data-other=\"" + other));
		assertThat(row.substring(0, row.indexOf("</li>"))).contains("says something else", "&lt;b&gt;quite another");
	}

	@Test
	void liveWhenAnotherIdenticalQuestionComesThenTold() throws Exception {
		String id = ask(QUESTION);
		Matcher version = Pattern.compile("data-version=\"([^\"]+)\"")
			.matcher(this.alice.get("/approvals/" + id).text());
		assertThat(version.find()).isTrue();
		ask(QUESTION);
		JsonNode news = Json.readObject(this.alice.get("/live/approvals/" + id).text());
		assertThat(news.path("status").stringValue()).isEqualTo("pending");
		assertThat(news.path("version").stringValue()).isNotEqualTo(version.group(1));
	}

	/**
	 * Four identical questions of Bob's agent; he may decide on all but the second.
	 */
	private static List<String> askOwn(TestServer server) {
		server.admin().post("/policies", """
				{"name":"own","action":"require_approval","allowSelfApproval":true,"priority":1,
				"conditions":{"context.reason":{"equals":"first"}}}""").expect(201);
		List<String> ids = new ArrayList<>();
		for (String reason : List.of("first", "second", "first", "first")) {
			ids.add(ask(server, QUESTION.replace("first", reason)));
			server.clock.move(Duration.ofMillis(5));
		}
		return ids;
	}

	private static String outcome(Browser.Page page, String id) {
		String row = page.text().substring(page.text().indexOf("data-outcome=\"" + id));
		return row.substring(0, row.indexOf("</li>"));
	}

	private Browser.Page submit(Browser.Page page, String id, String decision) {
		return submit(this.alice, page, id, decision);
	}

	private static Browser.Page submit(Browser browser, Browser.Page page, String id, String decision) {
		Matcher matcher = IDS.matcher(page.text());
		List<String> shown = new ArrayList<>();
		while (matcher.find()) {
			shown.add("ids=" + matcher.group(1));
		}
		return browser.send("POST", "/approvals/" + id,
				"decision=" + decision + "&_csrf=" + encode(page.csrf()) + "&" + String.join("&", shown), Map.of());
	}

	private static Api.Answer decide(Api person, List<String> ids, boolean approved) {
		return person.post("/permissions/decide", Json.write(Map.of("ids", ids, "approved", approved)));
	}

	private static boolean used(String id, String token) {
		return server.mailer()
			.post("/permissions/" + id + "/use",
					Json.write(Map.of("token", token, "callDigest", Calls.digest(QUESTION))))
			.expect(200)
			.data()
			.path("success")
			.booleanValue();
	}

	private static List<String> cards(String text) {
		return Pattern.compile("data-permission-id=\"([^\"]+)\"")
			.matcher(text)
			.results()
			.map((result) -> result.group(1))
			.collect(Collectors.toList());
	}

	private static List<String> statuses(List<String> ids) {
		return ids.stream().map((id) -> server.mailer().status(id)).toList();
	}

	private static String ask(String question) {
		return ask(server, question);
	}

	private static String ask(TestServer server, String question) {
		return server.mailer()
			.post("/permissions/request", Calls.bound(question))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8);
	}

}
