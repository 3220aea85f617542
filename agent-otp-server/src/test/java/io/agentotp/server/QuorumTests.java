package io.agentotp.server;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.Deciders;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.user.UserRows;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * More than one person has to approve, at once or one stage after another. Alice and
 * carol are in finance, bob and dave in management, erin is in both.
 */
@Tag("sql")
class QuorumTests {

	private static final String STAGES = """
			"stages":[{"name":"finance","groups":["finance"],"quorum":2},{"name":"management","groups":["management"]}]""";

	private static TestServer server;

	private static StoredCopy untouched;

	@BeforeAll
	static void start() {
		server = TestServer
			.start(Stream
				.concat(Stream.of("agentotp.server.users.alice.groups=finance",
						"agentotp.server.users.bob.groups=management"),
						Stream.of("carol finance", "dave management", "erin finance,management")
							.map((user) -> user.split(" "))
							.flatMap((user) -> Stream.of(
									"agentotp.server.users." + user[0] + ".password=" + TestServer.PASSWORD_HASH,
									"agentotp.server.users." + user[0] + ".api-key=" + key(user[0]),
									"agentotp.server.users." + user[0] + ".groups=" + user[1])))
				.toArray(String[]::new));
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

	private static String key(String user) {
		return "uk_" + user + "-" + "0123456789abcdefghijklmn".substring(0, 24);
	}

	private static Api as(String user) {
		return switch (user) {
			case "alice" -> server.alice();
			case "bob" -> server.bob();
			default -> server.api(key(user));
		};
	}

	private static String pending(String routing) {
		return pending(routing, "{\"action\":\"wire\",\"scope\":{\"max_amount\":100,\"allowed_to\":[\"a\",\"b\"]}}");
	}

	private static String pending(String routing, String request) {
		server.admin()
			.post("/policies",
					"""
							{"name":"wires","action":"require_approval","conditions":{"action":{"equals":"wire"}},%s}"""
						.formatted(routing))
			.expect(201);
		return server.reader().post("/permissions/request", request).expect(202).data().path("id").stringValue();
	}

	private static Api.Answer narrow(String user, String id, String modifications) {
		return as(user).post("/permissions/" + id + "/decide",
				"{\"approved\":true,\"scopeModifications\":" + modifications + "}");
	}

	@Test
	void approveWhenTwoAreNeededThenTheSecondGrantsWhatBothGranted() {
		String id = pending("\"quorum\":2");
		JsonNode first = narrow("alice", id, "{\"max_amount\":50}").expect(200).data();
		assertThat(first.path("status").stringValue()).isEqualTo("pending");
		assertThat(first.path("approvals").path("given").intValue()).isEqualTo(1);
		assertThat(first.path("approvals").path("needed").intValue()).isEqualTo(2);
		assertThat(first.path("approvals").path("votes").path(0).path("by").stringValue()).isEqualTo("alice");
		JsonNode agents = server.reader().get("/permissions/" + id).expect(200).data();
		assertThat(agents.has("token")).isFalse();
		assertThat(agents.path("approvals").toString())
			.isEqualTo("{\"given\":1,\"needed\":2,\"stage\":1,\"stages\":1}");
		assertThat(agents.path("scope").path("max_amount").intValue()).isEqualTo(50);
		narrow("bob", id, "{\"max_amount\":80}").expect(400);
		JsonNode last = narrow("bob", id, "{\"allowed_to\":[\"a\"]}").expect(200).data();
		assertThat(last.path("status").stringValue()).isEqualTo("approved");
		assertThat(last.path("scope").toString()).isEqualTo("{\"max_amount\":50,\"allowed_to\":[\"a\"]}");
		assertThat(last.path("decidedBy").stringValue()).isEqualTo("user:bob");
		assertThat(last.path("approvals").path("votes").valueStream().map((vote) -> vote.path("by").stringValue()))
			.containsExactly("alice", "bob");
		for (String by : List.of("alice", "bob", "user:alice")) {
			assertThat(server.admin().get("/permissions?decidedBy=" + by).data().toString()).contains(id);
		}
		assertThat(server.admin().get("/permissions?decidedBy=carol").data().toString()).doesNotContain(id);
		String token = server.reader().token(id);
		assertThat(server.reader().use(id, token).data().path("success").booleanValue()).isTrue();
		assertThat(events(id)).containsExactly("requested", "vote", "approved", "used");
		assertThat(problems()).isEmpty();
	}

	@Test
	void approveWhenTheSamePersonAgainThenRefused() {
		String id = pending("\"quorum\":2");
		as("alice").decide(id, true).expect(200);
		assertThat(as("alice").decide(id, true).expect(409).message()).contains("It waits for others");
		assertThat(as("alice").decide(id, false).expect(409).message()).contains("It waits for others");
		assertThat(server.reader().status(id)).isEqualTo("pending");
		assertThat(events(id)).containsExactly("requested", "vote");
	}

	@Test
	void approveWhenStagesThenEachInItsTurnAndNobodyTwice() {
		String id = pending(STAGES);
		assertThat(as("bob").decide(id, true).expect(409).message()).contains("'finance'");
		as("erin").decide(id, true).expect(200);
		as("bob").decide(id, true).expect(409);
		as("alice").decide(id, true).expect(200);
		assertThat(as("erin").decide(id, true).expect(409).message()).contains("approved");
		assertThat(as("carol").decide(id, true).expect(409).message()).contains("'management'");
		assertThat(server.reader().get("/permissions/" + id).data().path("approvals").toString())
			.isEqualTo("{\"given\":2,\"needed\":3,\"stage\":2,\"stages\":2}");
		assertThat(as("bob").get("/permissions?status=pending")
			.data()
			.path(0)
			.path("approvals")
			.path("stage")
			.stringValue()).isEqualTo("management");
		assertThat(as("dave").decide(id, true).expect(200).data().path("status").stringValue()).isEqualTo("approved");
		assertThat(as("bob").decide(id, true).expect(409).message()).contains("Already approved");
		assertThat(problems()).isEmpty();
	}

	@Test
	void denyWhenOthersApprovedThenItEnds() {
		String id = pending(STAGES);
		as("alice").decide(id, true).expect(200);
		as("dave").decide(id, false).expect(409);
		assertThat(as("carol").decide(id, false).expect(200).data().path("status").stringValue()).isEqualTo("denied");
		as("erin").decide(id, true).expect(409);
		assertThat(events(id)).containsExactly("requested", "vote", "denied");
		assertThat(problems()).isEmpty();
	}

	@Test
	void approveWhenAnEarlierOneLostTheGroupThenThatOneDoesNotCount() {
		String id = pending(STAGES);
		as("alice").decide(id, true).expect(200);
		UserRows.change(server.server().context(), "alice", "member_of = '[]'");
		JsonNode second = as("carol").decide(id, true).expect(200).data();
		assertThat(second.path("status").stringValue()).isEqualTo("pending");
		assertThat(second.path("approvals").path("given").intValue()).isEqualTo(1);
		assertThat(second.path("approvals").path("votes").path(0).path("counts").booleanValue()).isFalse();
		as("bob").decide(id, true).expect(409);
		as("erin").decide(id, true).expect(200);
		assertThat(as("bob").decide(id, true).expect(200).data().path("status").stringValue()).isEqualTo("approved");
	}

	@Test
	void approveWhenAnEarlierOneLostTheRoleThenWaitsForAnother() {
		String id = pending("\"quorum\":2");
		as("alice").decide(id, true).expect(200);
		UserRows.change(server.server().context(), "alice", "roles = 'AUDITOR'");
		assertThat(as("bob").decide(id, true).expect(200).data().path("status").stringValue()).isEqualTo("pending");
		assertThat(as("carol").decide(id, true).expect(200).data().path("status").stringValue()).isEqualTo("approved");
	}

	@Test
	void approveWhenStandingInThenCountsForBothOnce() {
		String id = pending("\"approvers\":{\"groups\":[\"finance\"]},\"quorum\":2");
		server.alice()
			.post("/account/delegations",
					"{\"to\":\"bob\",\"endsAt\":\"" + server.clock.instant().plus(Duration.ofDays(1)) + "\"}")
			.expect(201);
		as("bob").decide(id, true).expect(200);
		assertThat(as("alice").decide(id, true).expect(409).message()).contains("stand in for");
		as("bob").decide(id, true).expect(409);
		assertThat(server.reader().status(id)).isEqualTo("pending");
		JsonNode done = as("carol").decide(id, true).expect(200).data();
		assertThat(done.path("status").stringValue()).isEqualTo("approved");
		assertThat(done.path("approvals").path("votes").path(0).path("inPlaceOf").stringValue()).isEqualTo("alice");
	}

	@Test
	void decidersWhenSomeHaveApprovedThenThoseWhoStillMay() {
		Deciders deciders = server.bean(Deciders.class);
		String id = pending(STAGES);
		assertThat(deciders.of(permission(id))).containsExactly("alice", "carol", "erin");
		as("erin").decide(id, true).expect(200);
		assertThat(deciders.of(permission(id))).containsExactly("alice", "carol");
		as("carol").decide(id, true).expect(200);
		assertThat(deciders.of(permission(id))).containsExactly("bob", "dave");
	}

	@Test
	void revokeWhenSomebodyApprovedThenThatPersonCanTakeItBack() {
		String id = pending(STAGES);
		as("alice").decide(id, true).expect(200);
		as("alice").post("/permissions/" + id + "/revoke", "{\"reason\":\"a mistake\"}").expect(200);
		assertThat(server.reader().status(id)).isEqualTo("revoked");
		as("carol").decide(id, true).expect(409);
		assertThat(problems()).isEmpty();
	}

	@Test
	void requestWhenItsTimeIsOverThenOneApprovalIsNone() {
		String id = pending("\"quorum\":2");
		as("alice").decide(id, true).expect(200);
		server.clock.move(Duration.ofHours(1));
		as("bob").decide(id, true).expect(409);
		assertThat(server.reader().status(id)).isEqualTo("expired");
		assertThat(problems()).isEmpty();
	}

	@Test
	void freezeWhenOneHasApprovedThenItEndsAndNobodyElseCounts() {
		String id = pending("\"quorum\":2");
		as("alice").decide(id, true).expect(200);
		server.admin().post("/agents/reader/freeze", "{\"reason\":\"odd\"}").expect(200);
		as("bob").decide(id, true).expect(409);
		server.admin().post("/agents/reader/unfreeze", "{}").expect(200);
		assertThat(server.reader().status(id)).isEqualTo("revoked");
		assertThat(problems()).isEmpty();
	}

	@Test
	void votesWhenSomebodyWritesThemIntoTheDatabaseThenTheyDoNotCountAndAreFound() {
		String id = pending("\"quorum\":2");
		String other = server.reader().pending("wire");
		as("alice").decide(id, true).expect(200);
		server.jdbc()
			.sql("""
					INSERT INTO agentotp_vote (id, permission_id, number, stage, person, voter, approved, scope, reason, by_owner, at, proof, seal)
					SELECT ?, ?, number, stage, person, voter, approved, scope, reason, by_owner, at, proof, seal FROM agentotp_vote""")
			.params(other + "/1", other)
			.update();
		server.jdbc().sql("UPDATE agentotp_permission SET votes = 1 WHERE id = ?").param(other).update();
		as("bob").decide(other, true).expect(409);
		assertThat(server.reader().status(other)).isEqualTo("pending");
		assertThat(problems()).contains("Vote " + other + "/1", "Permission " + other);
	}

	@Test
	void votesWhenOneIsTakenAwayThenItDoesNotCountAndIsFound() {
		String id = pending("\"quorum\":2");
		as("alice").decide(id, true).expect(200);
		server.jdbc().sql("DELETE FROM agentotp_vote").update();
		assertThat(as("bob").decide(id, true).expect(200).data().path("status").stringValue()).isEqualTo("pending");
		assertThat(problems()).contains("Permission " + id + " has lost");
	}

	@Test
	void approveWhenManyVoteAtOnceThenExactlyAsManyCountAsAreNeeded() throws Exception {
		List<String> users = List.of("alice", "bob", "carol", "dave", "erin");
		pending("\"quorum\":3");
		for (int round = 0; round < 10; round++) {
			String id = server.reader().pending("wire");
			List<Api.Answer> answers = AtOnce.run(20, (number) -> as(users.get(number % 5)).decide(id, true));
			assertThat(answers).filteredOn((answer) -> answer.status() == 200).hasSize(3);
			assertThat(answers).filteredOn((answer) -> answer.status() == 409).hasSize(17);
			assertThat(events(id)).containsExactly("requested", "vote", "vote", "approved");
			assertThat(server.bean(Ballots.class).of(permission(id)).votes())
				.extracting((counted) -> counted.vote().voter())
				.doesNotHaveDuplicates()
				.hasSize(3);
		}
		assertThat(problems()).isEmpty();
	}

	private static StoredPermission permission(String id) {
		return server.bean(PermissionReader.class).find(id).orElseThrow();
	}

	private static String problems() {
		JsonNode problems = server.auditor().get("/audit/verify").data().path("problems");
		return problems.isEmpty() ? "" : problems.toString();
	}

	private static List<String> events(String id) {
		return server.jdbc()
			.sql("SELECT event FROM agentotp_audit WHERE permission_id = ? ORDER BY id")
			.param(id)
			.query(String.class)
			.list();
	}

}
