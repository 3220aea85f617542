package io.agentotp.server;

import java.time.Duration;
import java.util.Arrays;
import java.util.Set;

import io.agentotp.server.permission.EligibleApprovers;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.user.UserRows;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whom policies ask. Alice and bob are approvers; bob owns the mailer, alice is in the
 * group finance.
 */
@Tag("sql")
class RoutingApiTests {

	private static final String ASKS = """
			{"name":"%s","action":"require_approval","priority":50,"conditions":{"action":{"equals":"%s"}},%s}""";

	private static TestServer server;

	private static StoredCopy untouched;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.alice.groups=finance");
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
	void requestWhenPolicyNamesGroupThenItsApproversAreKept() {
		policy("finance", "pay", "\"approvers\":{\"groups\":[\"finance\"]}");
		String id = server.mailer().pending("pay");
		assertThat(eligible().of(id)).containsExactly("alice");
		JsonNode row = server.auditor().get("/audit?event=requested&permissionId=" + id).data().path(0).path("details");
		assertThat(row.path("eligible").toString()).isEqualTo("[\"alice\"]");
		assertThat(row.path("routing").path("approvers").path("groups").path(0).stringValue()).isEqualTo("finance");
		assertThat(server.auditor().get("/audit/verify").data().path("problems").size()).isZero();
	}

	@Test
	void policyWhenThePresentUsersCannotGiveItsApprovalsThenRefused() {
		String policy = ASKS.formatted("many", "pay", "\"approvers\":{\"groups\":[\"finance\"]},\"quorum\":2");
		assertThat(server.admin().post("/policies", policy).expect(400).body().toString())
			.contains("needs 2 approvals of different people, but the users who are there can give 1");
		server.admin()
			.post("/policies/simulate", "{\"request\":{\"action\":\"pay\"},\"policies\":[" + policy + "]}")
			.expect(400);
		String id = server.admin()
			.post("/policies", policy.replace("\"quorum\":2", "\"quorum\":1"))
			.expect(201)
			.data()
			.path("id")
			.stringValue();
		server.admin().send("PATCH", "/policies/" + id, "{\"quorum\":2}").expect(400);
		server.admin().send("PATCH", "/policies/" + id, "{\"quorum\":2,\"approvers\":null}").expect(200);
		UserRows.change(server.server().context(), "bob", "roles = 'AUDITOR'");
		assertThat(server.admin().get("/policies/" + id).data().path("warnings").toString())
			.contains("needs 2 approvals");
	}

	@Test
	void simulateWhenStagesThenSaysWhoCouldDecideInEach() {
		policy("two", "pay",
				"\"stages\":[{\"name\":\"finance\",\"groups\":[\"finance\"]},{\"name\":\"heads\",\"people\":[\"bob\"]}]");
		JsonNode routing = server.admin()
			.post("/policies/simulate", "{\"request\":{\"action\":\"pay\",\"agentId\":\"reader\"}}")
			.expect(200)
			.data()
			.path("routing");
		assertThat(routing.path("deciders").toString()).isEqualTo("[\"alice\"]");
		assertThat(routing.path("stages").path(0).path("deciders").toString()).isEqualTo("[\"alice\"]");
		assertThat(routing.path("stages").path(1).path("deciders").toString()).isEqualTo("[\"bob\"]");
	}

	@Test
	void requestWhenPolicyNamesNobodyThenNothingIsKept() {
		String id = server.mailer().pending("pay");
		assertThat(eligible().of(id)).isEmpty();
		assertThat(permission(id).policy().routing().isNone()).isTrue();
	}

	@Test
	void ofWhenSomebodyIsWrittenIntoTheDatabaseThenNotEligible() {
		policy("finance", "pay", "\"approvers\":{\"people\":[\"alice\"]}");
		String id = server.mailer().pending("pay");
		server.jdbc()
			.sql("INSERT INTO agentotp_eligible (id, permission_id, stage, person, via, added_at, seal) " + "SELECT '"
					+ id
					+ "/0/bob', permission_id, stage, 'bob', via, added_at, seal FROM agentotp_eligible WHERE permission_id = ?")
			.param(id)
			.update();
		assertThat(eligible().of(id)).containsExactly("alice");
		assertThat(server.auditor().get("/audit/verify").data().path("problems").toString())
			.contains("Approver " + id + "/0/bob");
	}

	@Test
	void readWhenRoutingIsChangedInTheDatabaseThenNotIntact() {
		policy("finance", "pay", "\"approvers\":{\"people\":[\"alice\"]}");
		String id = server.mailer().pending("pay");
		for (String routing : new String[] { null, "{}", "nonsense", "{\"approvers\":{\"people\":[\"bob\"]}}" }) {
			server.jdbc()
				.sql("UPDATE agentotp_permission SET routing = ? WHERE id = ?")
				.params(Arrays.asList(routing, id))
				.update();
			assertThat(permission(id).isIntact()).as("%s", routing).isFalse();
		}
	}

	@Test
	void requestWhenPolicyHasAWindowThenItWaitsSoLong() {
		policy("slow", "pay", "\"window\":\"7d\"");
		StoredPermission permission = permission(server.mailer().pending("pay"));
		assertThat(Duration.between(permission.createdAt(), permission.pendingUntil())).isEqualTo(Duration.ofDays(7));
	}

	@Test
	void escalateWhenNobodyDecidedThenOthersMayOnce() {
		policy("finance", "pay", "\"approvers\":{\"people\":[\"alice\"]},"
				+ "\"escalate\":{\"after\":\"1m\",\"to\":{\"people\":[\"alice\",\"bob\"]}}");
		String id = server.mailer().pending("pay");
		assertThat(escalate(id)).containsExactly("bob");
		assertThat(eligible().of(id)).containsExactlyInAnyOrder("alice", "bob");
		assertThat(escalate(id)).isEmpty();
		JsonNode rows = server.auditor().get("/audit?event=escalated&permissionId=" + id).data();
		assertThat(rows.size()).isOne();
		assertThat(rows.path(0).path("details").path("people").toString()).isEqualTo("[\"bob\"]");
		assertThat(server.auditor().get("/audit/verify").data().path("valid").booleanValue()).isTrue();
	}

	@Test
	void escalateWhenTheRequestIsOverThenNobodyIsAdded() {
		policy("finance", "pay",
				"\"approvers\":{\"people\":[\"alice\"]},\"escalate\":{\"after\":\"1m\",\"to\":{\"people\":[\"bob\"]}}");
		String id = server.mailer().pending("pay");
		StoredPermission asked = permission(id);
		server.alice().decide(id, false).expect(200);
		assertThat(escalate(asked)).isEmpty();
		assertThat(eligible().of(id)).containsExactly("alice");
	}

	@Test
	void createWhenNobodyCouldDecideThenWarned() {
		assertThat(policy("empty", "a", "\"approvers\":{\"groups\":[\"nobody\"]}").path("warnings").toString())
			.contains("in which nobody has the role approver", "asks nobody who can decide");
		assertThat(policy("gone", "b", "\"approvers\":{\"people\":[\"admin\",\"alice\"]}").path("warnings").toString())
			.contains("asks 'admin', who is no user with the role approver")
			.doesNotContain("nobody who can decide");
		assertThat(policy("owner", "c", "\"approvers\":{\"people\":[\"bob\"]}").path("warnings").toString())
			.contains("asks only 'bob', who may not decide on the agent 'mailer'");
		assertThat(policy("fine", "d", "\"approvers\":{\"people\":[\"alice\"]}").has("warnings")).isFalse();
	}

	@Test
	void createWhenItComesAfterTheUsualWindowThenWarned() {
		assertThat(policy("late", "a",
				"\"approvers\":{\"people\":[\"alice\"]},\"remind\":[\"5m\",\"20m\"],"
						+ "\"escalate\":{\"after\":\"10m\",\"to\":{\"people\":[\"bob\"]}}")
			.path("warnings")
			.toString()).contains("reminds after 20m, but its requests wait only 10m", "escalates after 10m")
			.doesNotContain("5m,");
		assertThat(policy("everybody", "b", "\"remind\":[\"20m\"]").path("warnings").toString())
			.contains("reminds after 20m");
		assertThat(policy("fine", "c", "\"window\":\"1h\",\"remind\":[\"20m\"]").has("warnings")).isFalse();
	}

	@Test
	void createWhenTheEscalationAddsNobodyThenWarned() {
		assertThat(policy("same", "a",
				"\"approvers\":{\"people\":[\"alice\",\"bob\"]},"
						+ "\"escalate\":{\"after\":\"1m\",\"to\":{\"people\":[\"bob\"]}}")
			.path("warnings")
			.toString()).contains("escalates to those who may all decide from the start");
	}

	@Test
	void createWhenANameIsLikeAnotherThenSaysWhichIsMeant() {
		assertThat(policy("person", "a", "\"approvers\":{\"people\":[\"Alice\",\"bob\"]}").path("warnings").toString())
			.contains("asks 'Alice', who is no user with the role approver. Did you mean 'alice'?");
	}

	@Test
	void simulateWhenAskedThenSaysWhoCouldDecide() {
		policy("owner", "c", "\"approvers\":{\"people\":[\"bob\"]},\"window\":\"2h\"");
		JsonNode nobody = simulate("mailer", "c");
		assertThat(nobody.path("deciders").toString()).isEqualTo("[]");
		assertThat(nobody.path("window").stringValue()).isEqualTo("2h");
		assertThat(simulate("reader", "c").path("deciders").toString()).isEqualTo("[\"bob\"]");
		assertThat(simulate("mailer", "other").path("deciders").toString()).isEqualTo("[\"alice\"]");
	}

	private static JsonNode simulate(String agent, String action) {
		return server.admin()
			.post("/policies/simulate", "{\"request\":{\"agentId\":\"%s\",\"action\":\"%s\"}}".formatted(agent, action))
			.expect(200)
			.data()
			.path("routing");
	}

	private static Set<String> escalate(String id) {
		return escalate(permission(id));
	}

	private static Set<String> escalate(StoredPermission permission) {
		return server.bean(TransactionTemplate.class).execute((status) -> eligible().escalate(permission, 0));
	}

	private static EligibleApprovers eligible() {
		return server.bean(EligibleApprovers.class);
	}

	private static StoredPermission permission(String id) {
		return server.bean(PermissionReader.class).find(id).orElseThrow();
	}

	private static JsonNode policy(String name, String action, String routing) {
		return server.admin().post("/policies", ASKS.formatted(name, action, routing)).expect(201).data();
	}

}
