package io.agentotp.server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.permission.Deciders;
import io.agentotp.server.permission.EligibleApprovers;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.user.Delegations;
import io.agentotp.server.user.UserRows;
import io.agentotp.server.web.Caller;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import tools.jackson.databind.JsonNode;

import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a policy asks some of the approvers, others neither see nor decide, in whatever
 * way they come. Alice is in the group that is asked, bob is an approver, admin
 * administers.
 */
@Tag("sql")
class EligibilityTests {

	// So long that no random token has it.
	private static final String MARK = "zqjxkvwq";

	private static final long SEED = 16;

	private static TestServer server;

	private static StoredCopy untouched;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.alice.groups=finance,ops",
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH);
		server.admin().post("/policies", """
				{"name":"finance","action":"require_approval","priority":50,
				"conditions":{"action":{"startsWith":"pay"}},"approvers":{"groups":["finance"]}}""").expect(201);
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

	/** Requests in all states, with what nobody else may see in each place. */
	private static List<String> fill() {
		Random random = new Random(SEED);
		List<String> ids = new ArrayList<>();
		for (int i = 0; i < 12; i++) {
			String word = MARK + Integer.toHexString(random.nextInt());
			String id = server.reader()
				.post("/permissions/request",
						Calls.bound("""
								{"action":"pay%s","resource":"r-%2$s","scope":{"max_amount":%3$s,"note":"s-%2$s"},
								"context":{"reason":"c-%2$s","%2$s":1},
								"call":{"target":{"tool":"t-%2$s"},"arguments":[{"name":"a-%2$s","value":"v-%2$s"}]}}"""
							.formatted((i % 3 == 0) ? "" : ".other", word, 1000 + random.nextInt(1000))))
				.expect(202)
				.data()
				.path("id")
				.stringValue();
			ids.add(id);
			boolean approve = i % 4 != 1;
			if (i % 4 != 0) {
				server.alice()
					.post("/permissions/" + id + "/decide",
							"{\"approved\":" + approve + ",\"reason\":\"d-" + word + "\"}")
					.expect(200);
			}
			if (i % 4 == 2) {
				server.reader()
					.post("/permissions/" + id + "/use",
							"{\"token\":\"%s\",\"callDigest\":\"%s\",\"actionDetails\":{\"u\":\"u-%s\"}}"
								.formatted(server.reader().token(id), digest(id), word))
					.expect(200);
			}
			if (i % 4 == 3) {
				server.alice().post("/permissions/" + id + "/revoke", "{\"reason\":\"e-" + word + "\"}").expect(200);
			}
		}
		return ids;
	}

	private static String digest(String id) {
		return server.reader().get("/permissions/" + id).data().path("callDigest").stringValue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "bob", "admin" })
	void routesWhenWalkedByWhoIsNotAskedThenNothingIsShownDecidedOrCounted(String person) {
		List<String> ids = fill();
		Api api = person.equals("bob") ? server.bob() : server.admin();
		Browser browser = new Browser(server.url()).signedIn(person);
		assertThat(server.alice().get("/permissions?limit=100").raw().body()).contains(MARK);
		String before = states(ids);
		List<String> shown = new ArrayList<>();
		int walked = 0;
		for (Route route : Route.all(server)) {
			if (!route.path().matches(".*(freeze|/set-password|/sign-in|/account/(key|password|remove-key|reasons)).*")
					&& (!route.allows(Caller.AGENT) || route.allows(Caller.APPROVER))) {
				for (String path : paths(route, ids)) {
					walked++;
					String answer = send(route, path, ids, api, browser);
					if (answer.contains(MARK)) {
						shown.add(route.method() + " " + path);
					}
				}
			}
		}
		assertThat(shown).isEmpty();
		assertThat(walked).isGreaterThan(450);
		assertThat(states(ids)).isEqualTo(before);
		for (String query : List.of("text=" + MARK, "amountFrom=1000", "resource=r-" + MARK, "status=pending")) {
			assertThat(api.get("/permissions?" + query).expect(200).body().path("meta").path("total").longValue())
				.as(query)
				.isZero();
		}
		assertThat(server.auditor().get("/permissions?limit=100").raw().body()).contains(MARK);
	}

	private static List<String> paths(Route route, List<String> ids) {
		List<String> paths = new ArrayList<>();
		for (String id : route.path().contains("{id}") ? ids : ids.subList(0, 2)) {
			String path = route.path()
				.replace("{id}", route.path().contains("/agents/") ? "reader" : id)
				.replace("{version}", "1")
				.replace("{name}", "alice")
				.replaceAll("\\{\\w+}", "x");
			paths.add(path + (route.path().startsWith("/live/inbox") ? "?seen=x" : ""));
			if (route.method().equals("GET") && !route.path().contains("/live/")) {
				List<String> known = new ArrayList<>(route.parameters());
				if (route.path().equals("/similar")) {
					paths.add(path + "?agent=reader&action=pay.other");
				}
				if (route.path().equals("/")) {
					paths.add(path + "?agent=reader");
				}
				Map.of("text", "v-", "resource", "r-", "permissionId", id, "agentId", "reader", "status", "used",
						"amountFrom", "1", "decidedBy", "alice", "event", "approved")
					.forEach((name, value) -> {
						if (known.contains(name)) {
							paths.add(path + "?" + name + "=" + value);
						}
					});
			}
		}
		return paths;
	}

	// An administrator may end a request, so that is not tried here.
	private static String send(Route route, String path, List<String> ids, Api api, Browser browser) {
		boolean read = route.method().equals("GET");
		String id = ids.get(0);
		if (route.isApi()) {
			String body = read ? null : path.endsWith("/decide") ? path.contains("/permissions/decide")
					? "{\"ids\":[\"" + String.join("\",\"", ids) + "\"],\"approved\":true}" : "{\"approved\":true}"
					: path.endsWith("/simulate") ? "{\"permissionId\":\"" + id + "\"}"
							: path.endsWith("/revoke") && !isAdmin(api) ? "{\"reason\":\"x\"}" : "{}";
			return api.send(route.method(), path.substring("/api/v1".length()), body).raw().body();
		}
		if (read) {
			return browser.get(path).text();
		}
		if (path.matches("/(users|agents|sign-out|account).*")) {
			return "";
		}
		Map<String, String> form = new LinkedHashMap<>();
		form.put("_csrf", browser.get("/account").csrf());
		if (path.startsWith("/approvals/") || path.equals("/similar")) {
			form.put(path.endsWith("/revoke") ? "reason" : "decision",
					path.endsWith("/revoke") ? isAdmin(api) ? "" : "x" : "approve");
			form.put("ids", id);
		}
		if (path.endsWith("/simulate")) {
			form.put("permissionId", id);
		}
		StringBuilder fields = new StringBuilder();
		form.forEach((name, value) -> fields.append(fields.isEmpty() ? "" : "&")
			.append(name)
			.append('=')
			.append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
		return browser.send(route.method(), path, fields.toString(), Map.of()).text();
	}

	private static boolean isAdmin(Api api) {
		return api.get("/users").status() == 200;
	}

	private static String states(List<String> ids) {
		return ids.stream().map((id) -> server.reader().status(id)).toList().toString();
	}

	@Test
	void requestWhenOthersAreAskedThenUnknownInEveryWay() {
		String id = server.reader().pending("pay");
		Browser bob = new Browser(server.url()).signedIn("bob");
		assertThat(bob.get("/approvals/" + id).status()).isEqualTo(404);
		assertThat(bob.get("/live/approvals/" + id).status()).isEqualTo(404);
		server.bob().decide(id, true).expect(404);
		server.bob().decide(id, false).expect(404);
		server.bob().post("/permissions/decide", "{\"ids\":[\"" + id + "\"],\"approved\":true}").expect(404);
		server.bob().post("/permissions/" + id + "/revoke", "{\"reason\":\"x\"}").expect(404);
		server.bob().get("/audit/permissions/" + id).expect(404);
		server.bob().post("/policies/simulate", "{\"permissionId\":\"" + id + "\"}").expect(404);
		assertThat(bob.get("/").text()).contains("data-waiting=\"0\"");
		assertThat(bob.get("/live/inbox?seen=x").text()).contains("\"waiting\":0");
		assertThat(server.reader().status(id)).isEqualTo("pending");
		server.alice().decide(id, true).expect(200);
	}

	@Test
	void requestsWhenIdenticalWithOneOfOthersThenThatOneIsNeitherShownNorDecided() {
		String theirs = server.reader().pending("pay");
		String own = server.reader().pending("mail.send");
		Browser bob = new Browser(server.url()).signedIn("bob");
		assertThat(bob.get("/similar?agent=reader&action=pay").text()).doesNotContain(theirs);
		server.bob()
			.post("/permissions/decide", "{\"ids\":[\"" + own + "\",\"" + theirs + "\"],\"approved\":true}")
			.expect(404);
		assertThat(server.reader().status(own)).isEqualTo("pending");
		assertThat(server.reader().status(theirs)).isEqualTo("pending");
	}

	@Test
	void approverWhenTakenOutOfTheGroupMeanwhileThenRefusedWithTheReason() {
		String id = server.reader().pending("pay");
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser.Page page = alice.get("/approvals/" + id);
		UserRows.change(server.server().context(), "alice", "member_of = '[\"ops\"]'");
		for (Api.Answer refused : List.of(server.alice().decide(id, true), server.alice().decide(id, false))) {
			assertThat(refused.expect(403).message()).contains("not, or no longer, one of them");
		}
		Browser.Page refused = alice.submit(page, "/approvals/" + id, Map.of("decision", "approve"));
		assertThat(refused.status()).isEqualTo(403);
		assertThat(refused.text()).contains("no longer");
		assertThat(alice.get("/approvals/" + id).status()).isEqualTo(404);
		assertThat(server.alice().get("/permissions").body().path("meta").path("total").longValue()).isZero();
		assertThat(server.reader().status(id)).isEqualTo("pending");
	}

	@Test
	void approverWhenPutIntoTheGroupAfterwardsThenNotAsked() {
		String id = server.reader().pending("pay");
		UserRows.change(server.server().context(), "bob", "member_of = '[\"finance\"]'");
		server.bob().decide(id, true).expect(404);
		String later = server.reader().pending("pay");
		server.bob().decide(later, true).expect(200);
	}

	@Test
	void approverWhenWrittenIntoTheDatabaseThenNotAsked() {
		String id = server.reader().pending("pay");
		server.jdbc()
			.sql("INSERT INTO agentotp_eligible (id, permission_id, stage, person, via, added_at, seal) SELECT ?, permission_id, stage, 'bob', '', added_at, seal FROM agentotp_eligible WHERE permission_id = ?")
			.params(id + "/bob", id)
			.update();
		server.bob().decide(id, true).expect(404);
		assertThat(server.bob().get("/permissions").data().toString()).doesNotContain(id);
		assertThat(new Browser(server.url()).signedIn("bob").get("/").text()).doesNotContain(id);
		assertThat(server.reader().status(id)).isEqualTo("pending");
	}

	@Test
	void verifyWhenWhoIsAskedWasDeletedOrNeverEscalatedThenFound() {
		policy("\"approvers\":{\"groups\":[\"finance\"]},\"window\":\"1d\",\"escalate\":{\"after\":\"1h\",\"to\":{\"people\":[\"bob\"]}}");
		String id = server.reader().pending("wire");
		escalate(id);
		String lost = server.reader().pending("wire");
		assertThat(problems()).isEmpty();
		server.jdbc()
			.sql("DELETE FROM agentotp_eligible WHERE permission_id = ? AND person = 'bob'")
			.param(id)
			.update();
		server.jdbc().sql("UPDATE agentotp_permission SET escalated_at = created_at WHERE id = ?").param(lost).update();
		assertThat(problems()).contains("Permission " + id + " is asked of fewer people",
				"Permission " + lost + " was not escalated");
	}

	private static String problems() {
		JsonNode problems = server.admin().get("/audit/verify").expect(200).data().path("problems");
		return problems.isMissingNode() ? "" : problems.toString();
	}

	private static void escalate(String id) {
		StoredPermission waiting = server.bean(PermissionReader.class).find(id).orElseThrow();
		server.bean(TransactionTemplate.class)
			.executeWithoutResult((status) -> server.bean(EligibleApprovers.class).escalate(waiting, 0));
	}

	@Test
	void administratorWhenOthersAreAskedThenSeesForWhomItWaitsAndCanEndIt() {
		String id = server.reader().pending("pay");
		Browser admin = new Browser(server.url()).signedIn("admin");
		assertThat(admin.get("/").text()).contains("data-of-others=\"" + id + "\"", "finance");
		Browser.Page page = admin.get("/approvals/" + id);
		assertThat(page.text()).contains("data-of-others=\"" + id + "\"", "finance", "reader", "id=\"revoke\"")
			.doesNotContain("id=\"decision\"");
		server.admin().decide(id, true).expect(403);
		admin.submit(page, "/approvals/" + id + "/revoke", Map.of("reason", "not now"));
		assertThat(server.reader().status(id)).isEqualTo("revoked");
		assertThat(admin.get("/").text()).doesNotContain("data-of-others");
	}

	@Test
	void administratorWhenItEscalatesLaterThenSeesWhoIsAskedNowAndWhoThen() {
		policy("\"approvers\":{\"groups\":[\"finance\"]},\"window\":\"1d\",\"escalate\":{\"after\":\"1h\",\"to\":{\"people\":[\"bob\"]}}");
		String id = server.reader().pending("wire");
		Browser admin = new Browser(server.url()).signedIn("admin");
		assertThat(cell(admin.get("/approvals/" + id), "for")).contains("finance").doesNotContain("bob");
		assertThat(cell(admin.get("/approvals/" + id), "later")).contains("1 hour", "bob");
		assertThat(admin.get("/").text()).contains("data-of-others=\"" + id + "\"").doesNotContain("bob");
		escalate(id);
		assertThat(cell(admin.get("/approvals/" + id), "for")).contains("finance", "bob");
		assertThat(admin.get("/approvals/" + id).text()).doesNotContain("id=\"later\"");
		assertThat(admin.get("/").text()).contains("bob");
	}

	@Test
	void pageWhenOnlyTheOwnerIsAskedThenSaysThatNobodyCanDecide() {
		policy("\"approvers\":{\"people\":[\"bob\"]}");
		String decidable = server.reader().pending("wire");
		String key = server.admin()
			.post("/agents", "{\"name\":\"shop\",\"owner\":\"bob\"}")
			.expect(201)
			.data()
			.path("apiKey")
			.stringValue();
		Browser admin = new Browser(server.url()).signedIn("admin");
		assertThat(admin.get("/").text()).contains(decidable).doesNotContain("data-undecidable");
		assertThat(admin.get("/approvals/" + decidable).text()).doesNotContain("id=\"undecidable\"");
		String id = server.api(key).pending("wire");
		String page = new Browser(server.url()).signedIn("bob").get("/approvals/" + id).text();
		assertThat(page).contains("id=\"undecidable\"", "You own this agent").doesNotContain("Somebody else has to");
		assertThat(admin.get("/").text()).contains("data-undecidable");
		assertThat(admin.get("/approvals/" + id).text()).contains("id=\"undecidable\"");
		JsonNode others = server.admin().get("/permissions/others").expect(200).data();
		assertThat(others).extracting((other) -> other.path("id").stringValue()).contains(decidable, id);
		assertThat(others).allSatisfy((other) -> {
			assertThat(other.path("undecidable").booleanValue()).isEqualTo(other.path("id").stringValue().equals(id));
			assertThat(other.path("approvers").path("people").path(0).stringValue()).isEqualTo("bob");
			assertThat(other.path("told").stringValue()).isEqualTo("nobody");
			assertThat(other.has("scope") || other.has("context") || other.has("call")).isFalse();
		});
		server.bob().get("/permissions/others").expect(403);
		server.bob().decide(id, true).expect(403);
		assertThat(server.api(key).status(id)).isEqualTo("pending");
	}

	private static void policy(String routing) {
		server.admin()
			.post("/policies",
					"{\"name\":\"wires\",\"action\":\"require_approval\",\"priority\":60,\"conditions\":{\"action\":{\"equals\":\"wire\"}},"
							+ routing + "}")
			.expect(201);
	}

	private static String cell(Browser.Page page, String id) {
		return page.text().split("<td id=\"" + id + "\">", 2)[1].split("</td>", 2)[0];
	}

	@Test
	void exportWhenAdministratorMaySeeOnlyPartOfItThenRefused() {
		server.admin().get("/audit/export").expect(200);
		String id = server.reader().pending("pay");
		assertThat(server.admin().get("/audit/export").expect(403).message()).contains("role auditor");
		assertThat(server.auditor().get("/audit/export").expect(200).raw().body()).contains(id);
	}

	@Test
	void auditRowsWhenTheRequestWasRemovedThenStillNotShownToOthers() {
		String id = server.reader()
			.post("/permissions/request", "{\"action\":\"pay\",\"resource\":\"" + MARK + "\"}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		String other = server.reader().pending("mail.send");
		server.jdbc().sql("DELETE FROM agentotp_eligible").update();
		server.jdbc().sql("DELETE FROM agentotp_permission").update();
		server.bob().get("/audit/permissions/" + id).expect(404);
		server.bob().get("/audit/permissions/" + other).expect(200);
		assertThat(server.bob().get("/audit").raw().body()).doesNotContain(MARK);
		Browser bob = new Browser(server.url()).signedIn("bob");
		assertThat(bob.get("/approvals/" + id).status()).isEqualTo(404);
		assertThat(bob.get("/approvals/" + other).status()).isEqualTo(200);
	}

	@Test
	void delegateWhenWhoIsAwayIsAskedThenSeesAndDecidesOnRecordWithBothNames() {
		String id = server.reader().pending("pay");
		server.bob().decide(id, true).expect(404);
		String delegation = delegate("alice", "bob");
		Browser.Page page = new Browser(server.url()).signedIn("bob").get("/approvals/" + id);
		assertThat(page.text()).contains("id=\"in-place-of\"", "alice");
		assertThat(server.bob().decide(id, true).expect(200).data().path("decidedBy").stringValue())
			.isEqualTo("user:bob");
		assertThat(server.auditor().get("/audit?event=approved&permissionId=" + id).data().toString())
			.contains("\"inPlaceOf\":\"alice\"", "\"actor\":\"user:bob\"");
		String later = server.reader().pending("pay");
		server.alice().send("DELETE", "/account/delegations/" + delegation, "{}").expect(200);
		server.bob().decide(later, true).expect(404);
		assertThat(server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
	}

	@Test
	void decidersWhenSomebodyIsAwayThenAlsoWhoStandsInButNoOwnerAndNobodyWhoLeftTheGroup() {
		Deciders deciders = server.bean(Deciders.class);
		StoredPermission readers = permission(server.reader().pending("pay"));
		StoredPermission bobs = permission(server.mailer().pending("pay"));
		delegate("alice", "bob");
		assertThat(deciders.of(readers)).containsExactly("alice", "bob");
		assertThat(deciders.of(bobs)).containsExactly("alice");
		UserRows.change(server.server().context(), "alice", "member_of = '[]'");
		assertThat(deciders.of(readers)).isEmpty();
	}

	private static StoredPermission permission(String id) {
		return server.bean(PermissionReader.class).find(id).orElseThrow();
	}

	@Test
	void delegateWhenTheTimeIsOverThenAsBefore() {
		String id = server.reader().pending("pay");
		server.bean(Delegations.class)
			.create("alice", "bob", null, server.clock.instant().plus(Duration.ofMinutes(1)), Actor.SYSTEM);
		server.clock.move(Duration.ofMinutes(2));
		server.bob().decide(id, true).expect(404);
		assertThat(server.reader().status(id)).isEqualTo("pending");
	}

	@Test
	void delegateWhenEitherOwnsTheAgentThenRefused() {
		delegate("alice", "bob");
		// Bob owns the mailer.
		String bobs = server.mailer().pending("pay");
		assertThat(server.bob().decide(bobs, true).expect(403).message()).contains("You own");
		server.admin().post("/agents", "{\"name\":\"hers\",\"owner\":\"alice\"}").expect(201);
		String key = server.admin().post("/agents/hers/rotate", "{}").expect(200).data().path("apiKey").stringValue();
		String hers = server.api(key).pending("pay");
		assertThat(server.bob().decide(hers, true).expect(403).message()).contains("nobody decides in their place");
		assertThat(new Browser(server.url()).signedIn("bob").get("/approvals/" + hers).text())
			.contains("id=\"not-asked\"")
			.doesNotContain("id=\"decision\"");
		assertThat(server.api(key).status(hers)).isEqualTo("pending");
		assertThat(server.mailer().status(bobs)).isEqualTo("pending");
	}

	@Test
	void delegateWhenWhoIsAwayLeavesTheGroupThenRefused() {
		String id = server.reader().pending("pay");
		delegate("alice", "bob");
		UserRows.change(server.server().context(), "alice", "member_of = '[]'");
		server.bob().decide(id, true).expect(404);
	}

	private static String delegate(String from, String to) {
		return server.bean(Delegations.class)
			.create(from, to, null, server.clock.instant().plus(Duration.ofDays(1)), Actor.SYSTEM)
			.id();
	}

}
