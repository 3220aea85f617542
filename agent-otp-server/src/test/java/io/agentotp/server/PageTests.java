package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.policy.PolicyFileWatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pages, without JavaScript.
 */
@Tag("sql")
class PageTests {

	private static TestServer server;

	private final Browser alice = new Browser(server.url()).signedIn("alice");

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void pagesWhenNotSignedInThenSignInAndBack() {
		String id = server.mailer().pending("mail.send");
		Browser browser = new Browser(server.url());
		Browser.Page page = browser.get("/approvals/" + id);
		assertThat(page.path()).endsWith("/sign-in");
		assertThat(page.text()).contains("id=\"username\"", "id=\"password\"", "id=\"sign-in\"");
		Browser.Page back = browser.submit(page, "/sign-in",
				Map.of("username", "alice", "password", TestServer.PASSWORD));
		assertThat(back.path()).isEqualTo("/agent-otp/approvals/" + id);
		assertThat(browser.get("/live/inbox").status()).isEqualTo(200);
		assertThat(new Browser(server.url()).get("/live/inbox").status()).isEqualTo(401);
		assertThat(new Browser(server.url()).get("").path()).isEqualTo("/agent-otp/sign-in");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/sign-in?continue=https://evil.example/", "/sign-in?redirect=//evil.example",
			"/?x=//evil.example" })
	void signInWhenAddressIsSlippedInThenInbox(String path) {
		Browser browser = new Browser(server.url());
		Browser.Page page = browser.get(path);
		assertThat(
				browser.submit(page, "/sign-in", Map.of("username", "alice", "password", TestServer.PASSWORD)).path())
			.isEqualTo("/agent-otp/");
	}

	@Test
	void signInWhenPasswordIsWrongThenSaysSoAndNoMore() {
		Browser browser = new Browser(server.url());
		Browser.Page wrong = browser.signIn("alice", "wrong");
		assertThat(wrong.text()).contains("id=\"sign-in-failed\"");
		assertThat(browser.signIn("nobody", "wrong").text()).contains("User name or password is wrong.");
		assertThat(browser.signIn("auditor", "").text()).contains("id=\"sign-in-failed\"");
	}

	@Test
	void signInWhenDoneThenSessionIdIsAnother() {
		Browser browser = new Browser(server.url());
		String before = browser.get("/sign-in").header("Set-Cookie");
		Browser.Page page = browser.signIn("alice", TestServer.PASSWORD);
		String after = page.raw().previousResponse().orElseThrow().headers().firstValue("Set-Cookie").orElseThrow();
		assertThat(after).isNotEqualTo(before);
	}

	@Test
	void approveWhenFormIsSentThenApprovedAndSecondDecisionSaysWhoWasFirst() {
		// So that it is the newest in the history, of which only the first page is read.
		server.clock.move(Duration.ofSeconds(1));
		String id = server.mailer().pending("approve.form");
		assertThat(this.alice.get("/").text()).contains("data-permission-id=\"" + id + "\"");
		Browser.Page detail = this.alice.get("/approvals/" + id);
		assertThat(detail.text()).contains("id=\"approve\"", "id=\"deny\"", "id=\"reason\"", "data-status=\"pending\"");
		Browser.Page done = this.alice.submit(detail, "/approvals/" + id,
				Map.of("decision", "approve", "reason", "fine"));
		assertThat(done.status()).isEqualTo(200);
		assertThat(done.text()).contains("data-status=\"approved\"", "data-result=\"approved\"", "user:alice", "fine")
			.doesNotContain("id=\"approve\"", "otp_");
		assertThat(server.mailer().status(id)).isEqualTo("approved");

		server.clock.move(Duration.ofMinutes(2));
		Browser.Page second = this.alice.submit(detail, "/approvals/" + id,
				Map.of("decision", "deny", "reason", "too <late>"));
		assertThat(second.status()).isEqualTo(409);
		assertThat(second.text()).contains("Already approved by alice 2 minutes ago",
				"href=\"/agent-otp/approvals/" + id, "too &lt;late&gt;");
		assertThat(this.alice.get("/").text()).doesNotContain(id);
		assertThat(this.alice.get("/history").text()).contains(id);
	}

	@Test
	void denyWhenFormIsSentThenReasonReachesTheAgent() {
		String id = server.mailer().pending("mail.send");
		this.alice.submit(this.alice.get("/approvals/" + id), "/approvals/" + id,
				Map.of("decision", "deny", "reason", "not today"));
		assertThat(server.mailer().get("/permissions/" + id).data().path("reason").stringValue())
			.isEqualTo("not today");
	}

	@Test
	void formsWhenShownThenEachHasOneCsrfTokenAndNoIdIsThereTwice() {
		String id = server.mailer().post("/permissions/request", Calls.bound("""
				{"action":"forms","scope":{"max":1},"call":{"target":{"tool":"t"},"arguments":[
				{"name":"to","value":"ann"}]}}""")).expect(202).data().path("id").stringValue();
		Browser browser = new Browser(server.url()).signedIn("bob");
		for (String path : List.of("/", "/sign-in", "/policies", "/audit", "/account", "/approvals/" + id)) {
			for (Browser each : List.of(this.alice, browser)) {
				String text = each.get(path).text();
				for (String form : text.split("<form", -1)) {
					String end = form.substring(0, Math.max(0, form.indexOf("</form>")));
					if (end.contains("method=\"post\"")) {
						assertThat(end.split("name=\"_csrf\"", -1)).as(path + ": " + end).hasSize(2);
					}
				}
				List<String> ids = Pattern.compile("<[^>]* id=\"([^\"]+)\"")
					.matcher(text)
					.results()
					.map((found) -> found.group(1))
					.toList();
				assertThat(ids).as(path).doesNotHaveDuplicates();
				List<String> labelled = Pattern.compile("(?:for|aria-labelledby)=\"([^\"]+)\"")
					.matcher(text)
					.results()
					.map((found) -> found.group(1))
					.toList();
				assertThat(ids).as(path).containsAll(labelled);
			}
		}
		assertThat(this.alice.get("/approvals/" + id).text()).contains("id=\"arguments\"", "id=\"scope\"");
	}

	@DisplayName("attack A12: forms that are forged change nothing")
	@Test
	void postWhenCsrfTokenIsMissingOrWrongThen403AndNothingChanged() {
		String id = server.mailer().pending("mail.send");
		assertThat(this.alice.post("/approvals/" + id, Map.of("decision", "approve")).status()).isEqualTo(403);
		Browser.Page wrong = this.alice.post("/approvals/" + id, Map.of("decision", "approve", "_csrf", "wrong"));
		assertThat(wrong.status()).isEqualTo(403);
		assertThat(wrong.text()).contains("Nothing was changed");
		assertThat(this.alice.post("/sign-in", Map.of("username", "alice", "password", TestServer.PASSWORD)).status())
			.isEqualTo(403);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	@Test
	void postWhenFromAnotherSiteThen403AlsoWithToken() {
		String id = server.mailer().pending("mail.send");
		Browser.Page detail = this.alice.get("/approvals/" + id);
		for (Map<String, String> headers : List.of(Map.of("Origin", "https://evil.example"), Map.of("Origin", "null"),
				Map.of("Sec-Fetch-Site", "cross-site"), Map.of("Sec-Fetch-Site", "same-site"),
				// Which browsers add by themselves, for a host with basic authentication.
				Map.of("Origin", "https://evil.example", "Authorization", "Basic YTpi"))) {
			assertThat(this.alice.submit(detail, "/approvals/" + id, Map.of("decision", "approve"), headers).status())
				.as(headers.toString())
				.isEqualTo(403);
		}
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		assertThat(this.alice
			.submit(detail, "/approvals/" + id, Map.of("decision", "approve"),
					Map.of("Origin", server.origin(), "Sec-Fetch-Site", "same-origin"))
			.status()).isEqualTo(200);
		assertThat(server.mailer().status(id)).isEqualTo("approved");
	}

	@Test
	void apiWhenSessionWithoutCsrfTokenThen403AndWithItDecides() {
		String id = server.mailer().pending("mail.send");
		String path = "/api/v1/permissions/" + id + "/decide";
		Map<String, String> json = Map.of("Content-Type", "application/json");
		assertThat(this.alice.send("GET", "/api/v1/permissions", null, Map.of()).status()).isEqualTo(200);
		assertThat(this.alice.send("POST", path, null, json).status()).isEqualTo(403);
		assertThat(this.alice
			.send("POST", path, null,
					Map.of("Content-Type", "application/json", "X-CSRF-TOKEN", this.alice.get("/").csrf()))
			.status()).isEqualTo(400);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	@Test
	void apiWhenSessionAndWrongKeyThen401() {
		assertThat(this.alice.send("GET", "/api/v1/permissions", null, Map.of("Authorization", "Bearer uk_wrong"))
			.status()).isEqualTo(401);
	}

	@DisplayName("attack A13: following links decides nothing")
	@Test
	void getAndHeadWhenAnyPageThenNothingChanges() {
		String id = server.mailer().pending("mail.send");
		for (String method : List.of("GET", "HEAD")) {
			for (String path : List.of("/", "/history", "/policies", "/audit", "/approvals/" + id,
					"/approvals/" + id + "?decision=approve", "/live/inbox?seen=x", "/sign-out")) {
				this.alice.send(method, path, null, Map.of("Sec-Purpose", "prefetch"));
			}
		}
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		assertThat(this.alice.get("/").text()).contains("id=\"sign-out\"");
	}

	@DisplayName("attack A12: pages are framed by nobody")
	@Test
	void pagesWhenAnsweredThenHeadersForbidWhatIsNotNeeded() {
		Browser.Page page = this.alice.get("/");
		assertThat(page.header("Content-Security-Policy")).startsWith("default-src 'none'")
			.contains("frame-ancestors 'none'");
		assertThat(page.header("Content-Type")).isEqualToIgnoringCase("text/html;charset=utf-8");
		assertThat(page.header("X-Frame-Options")).isEqualTo("DENY");
		assertThat(page.header("X-Content-Type-Options")).isEqualTo("nosniff");
		assertThat(page.header("Referrer-Policy")).isEqualTo("same-origin");
		assertThat(page.header("Cache-Control")).contains("no-store");
		assertThat(page.header("Strict-Transport-Security")).isNull();
		assertThat(page.text()).doesNotContain("<style", "style=", "onclick", "<script>");
		assertThat(this.alice.get("/assets/agent-otp.css").status()).isEqualTo(200);
		assertThat(this.alice.get("/assets/agent-otp.js").header("Content-Type")).contains("javascript");
		assertThat(this.alice.get("/assets/../page/layout.html").status()).isIn(400, 404);
	}

	@DisplayName("attack A9, A10, A11: what the agent says is inert, visible, whole and marked as its words")
	@Test
	void detailWhenHostileTextThenInertVisibleAndWhole() {
		String hostile = "<script>alert(1)</script>${7*7}[[${7*7}]]\u202egnp\u200b";
		String long_ = "x".repeat(20_000);
		String body = io.agentotp.server.json.Json.write(Map.of("action", "act " + hostile, "resource", hostile,
				"scope", Map.of("key " + hostile, hostile), "context",
				Map.of("reason", hostile, "arguments", Map.of("to", hostile, "body", long_), "note", hostile)));
		String id = server.mailer().post("/permissions/request", body).expect(202).data().path("id").stringValue();
		for (String path : List.of("/", "/approvals/" + id)) {
			String text = this.alice.get(path).text();
			assertThat(text).doesNotContain("<script>", "\u202e", "\u200b")
				.contains("&lt;script&gt;alert(1)&lt;/script&gt;${7*7}[[${7*7}]]", "U+202E", "U+200B");
		}
		assertThat(this.alice.get("/approvals/" + id).text()).contains(long_, "not verified");
		this.alice.submit(this.alice.get("/approvals/" + id), "/approvals/" + id,
				Map.of("decision", "deny", "reason", hostile));
		assertThat(this.alice.get("/approvals/" + id).text()).doesNotContain("<script>");
		assertThat(this.alice.get("/history").text()).doesNotContain("<script>");
	}

	@Test
	void detailWhenThereIsACallThenItIsFactAndWhatIsNotBoundIsSaid() {
		String bound = facts(detail("""
				{"action":"a","call":{"target":{"tool":"the-tool"},
				"arguments":[{"name":"to","value":"a-recipient"}],"notBound":["the-stream"]}}"""));
		assertThat(bound).contains("the-tool", "a-recipient", "id=\"not-bound\"", "the-stream", "tag good");
	}

	@Test
	void detailWhenTheAgentSaysWhatLooksLikeACallThenOnlyItsWords() {
		for (String digest : List.of("", "\"callDigest\":\"" + Calls.DIGEST + "\",")) {
			String text = detail("{\"action\":\"a\"," + digest + """
					"context":{"arguments":{"to":"a-recipient"},"target":{"tool":"the-tool"},"method":"a-method",
					"notBound":["the-stream"],"call":{"arguments":[]}}}""");
			assertThat(facts(text)).contains(digest.isEmpty() ? "id=\"no-digest\"" : "id=\"not-shown\"")
				.doesNotContain("a-recipient", "the-stream", "the-tool", "a-method", "tag good");
			assertThat(text.substring(text.indexOf("id=\"claims\""))).contains("a-recipient", "the-stream", "the-tool",
					"a-method");
		}
	}

	@Test
	void detailWhenTheCallIsLargeThenShownWholeInFewPieces() {
		String numbers = "1,".repeat(10_000) + "2";
		String types = "{\"@type\":\"T\"},".repeat(500) + "3";
		String text = facts(detail("""
				{"action":"a","call":{"target":{"type":"T","method":"m"},"arguments":[{"name":"numbers","value":[%s]},
				{"name":"types","value":[%s]},{"name":"deep","value":%s}]}}""".formatted(numbers, types,
				"[".repeat(26) + "]".repeat(26))));
		assertThat(text).contains("[ 1, 1, 1,", "1, 2 ]");
		assertThat(text.split("class=\"type\"", -1)).hasSize(501);
		assertThat(text.length()).isLessThan(200_000);
	}

	private static String facts(String text) {
		return text.substring(0, text.indexOf("id=\"claims\""));
	}

	@Test
	void detailWhenArgumentHasLinesThenShownAsLinesWithTheirEnds() {
		String detail = detail(
				"""
						{"action":"a","scope":{},"ttl":90,"call":{"target":{"tool":"t"},"arguments":[
						{"name":"body","value":"Dear client,\\nBye"},{"name":"number","value":"1"},{"name":"count","value":1}]}}""");
		assertThat(detail).contains("&quot;Dear client,<span", ">↵</span>", "\nBye&quot;", "&quot;1&quot;", ">1<",
				"1 min 30 s");
	}

	private String detail(String request) {
		String id = server.mailer()
			.post("/permissions/request", Calls.bound(request))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		return this.alice.get("/approvals/" + id).text();
	}

	@Test
	void detailWhenOwnerOrAuditorThenNoButtons() {
		String id = server.mailer().pending("mail.send");
		Browser bob = new Browser(server.url()).signedIn("bob");
		Browser.Page page = bob.get("/approvals/" + id);
		assertThat(page.text()).contains("You own this agent").doesNotContain("id=\"approve\"");
		assertThat(bob.submit(page, "/approvals/" + id, Map.of("decision", "approve")).status()).isEqualTo(403);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
	}

	@Test
	void detailWhenAuditedThenTrailInOrder() {
		String id = server.mailer().pending("mail.send");
		server.alice().decide(id, true);
		server.mailer().use(id, server.mailer().token(id));
		String text = this.alice.get("/approvals/" + id).text();
		assertThat(text.indexOf("data-event=\"requested\"")).isPositive()
			.isLessThan(text.indexOf("data-event=\"approved\""));
		assertThat(text.indexOf("data-event=\"approved\"")).isLessThan(text.indexOf("data-event=\"used\""));
	}

	@Test
	void detailWhenPolicySpokeThenSaysWhichAndWhy() {
		String text = detail("{\"action\":\"mail.campaign\",\"scope\":{\"max_emails\":9}}");
		assertThat(text).contains("asked, but limited", "of the policies)", "id=\"why\"",
				"action equals &quot;mail.campaign&quot;");
		assertThat(detail("{\"action\":\"a\",\"scope\":{}}")).doesNotContain("id=\"why\"");
	}

	@Test
	void policiesWhenTrustingContextThenMarked() {
		assertThat(this.alice.get("/policies").text()).contains("Trusts the agent’s word", "data-policy=\"reads\"");
	}

	@Test
	void policiesWhenShownThenOriginShadowAndVersion() {
		server.admin()
			.post("/policies",
					"{\"name\":\"watching\",\"action\":\"deny\",\"shadow\":true,"
							+ "\"conditions\":{\"action\":{\"equals\":\"watched\"}}}")
			.expect(201);
		String text = this.alice.get("/policies").text();
		String shadow = text.substring(text.indexOf("data-policy=\"watching\""));
		assertThat(shadow.substring(0, shadow.indexOf("</section>"))).contains("data-shadow", "the database");
		String configured = text.substring(text.indexOf("data-policy=\"reads\""));
		assertThat(configured.substring(0, configured.indexOf("</section>"))).contains("policies.yml")
			.doesNotContain("data-shadow");
		assertThat(text).contains("Version "
				+ server.alice().get("/policies").body().path("meta").path("policyVersion").longValue() + "<");
	}

	@Test
	void simulateWhenMadeUpRequestThenSaysWhichPolicySpokeAndWhyAndRecordsNothing() {
		long before = recorded();
		Browser.Page page = simulate(Map.of("action", "pay", "agentId", "reader", "scope", "{\"max_amount\":50}",
				"context", "{\"ticket\":\"<b>T-1\"}"));
		assertThat(page.status()).isEqualTo(200);
		assertThat(page.text())
			.contains("data-result=\"require_approval\"", "No policy applies.",
					"context.ticket matches &quot;T-[0-9]+&quot;", "&quot;&lt;b&gt;T-1&quot;", "data-holds=\"false\"")
			.doesNotContain("<b>T-1");
		page = simulate(Map.of("action", "pay", "agentId", "reader", "scope", "{\"max_amount\":50}", "context",
				"{\"ticket\":\"T-1\"}"));
		assertThat(page.text()).contains("data-result=\"auto_approve\"",
				"data-simulated=\"small payments\" data-applied=\"true\"",
				"data-simulated=\"reads\" data-applied=\"false\"");
		page = simulate(Map.of("action", "pay", "call", "{\"target\":{\"tool\":\"<b>pay\"},\"arguments\":[]}"));
		assertThat(page.text()).contains("data-result=\"require_approval\"",
				"{&quot;tool&quot;:&quot;&lt;b&gt;pay&quot;}");
		assertThat(recorded()).isEqualTo(before);
	}

	@Test
	void simulateWhenPastRequestThenSaysWhatWasRecorded() {
		String id = server.mailer().request("table.drop").expect(200).data().path("id").stringValue();
		assertThat(simulate(Map.of("permissionId", id)).text()).contains("data-result=\"deny\"",
				"Tables are never dropped", "policy &#39;no drops&#39; applied");
	}

	@ParameterizedTest
	@CsvSource(delimiter = ';', value = { "action;;400;action is required", "scope;[1];400;scope must be a JSON object",
			"context;{\"a\":1,\"a\":2};400;context must be a JSON object", "scope;{\"a\":\"\\u0000\"};400;NUL",
			"call;[];400;call must be a JSON object", "call;{\"arguments\":[]};400;request.call.target is required",
			"permissionId;unknown;404;no such permission" })
	void simulateWhenNotValidThenSaysWhatAndKeepsTheForm(String field, String value, int status, String message) {
		Map<String, String> form = new HashMap<>(Map.of("action", "pay", "resource", "kept"));
		form.put(field, (value != null) ? value : "");
		Browser.Page page = simulate(form);
		assertThat(page.status()).isEqualTo(status);
		assertThat(page.text()).contains("id=\"simulation-problem\"", message, "value=\"kept\"")
			.doesNotContain("id=\"simulation\"");
	}

	@Test
	void simulateWhenWithoutCsrfTokenOrByGetOrByAgentThenRefused() {
		assertThat(this.alice.post("/policies/simulate", Map.of("action", "pay")).status()).isEqualTo(403);
		assertThat(this.alice.get("/policies/simulate?action=pay").status()).isEqualTo(405);
		Browser.Page agent = new Browser(server.url()).send("GET", "/policies", null,
				Map.of("Authorization", "Bearer " + TestServer.MAILER_KEY));
		assertThat(agent.path()).endsWith("/sign-in");
	}

	private Browser.Page simulate(Map<String, String> form) {
		return this.alice.submit(this.alice.get("/policies"), "/policies/simulate", form);
	}

	@Test
	void auditWhenFilteredThenOnlyThoseRowsAndTheyAreExported() {
		String id = server.mailer().pending("mail.send");
		server.alice().decide(id, true).expect(200);
		Browser auditor = new Browser(server.url()).signedIn("auditor");
		String text = auditor.get("/audit?event=approved&actor=user%3Aalice&permissionId=" + id).text();
		assertThat(text)
			.contains(">1 row<", "data-event=\"approved\"", "/approvals/" + id, "user:alice",
					"format=csv&amp;permissionId=" + id + "&amp;event=approved&amp;actor=user%3Aalice")
			.doesNotContain("data-event=\"requested\"");
		assertThat(auditor.get("/api/v1/audit/export?format=csv&permissionId=" + id).text()).contains(id);
		assertThat(auditor.get("/audit?from=2000-01-01T00:00&to=2000-01-02T00:00:01").text())
			.contains("No matching rows.", "value=\"2000-01-01T00:00:00\"");
		assertThat(auditor.get("/audit?event=nothing").status()).isEqualTo(400);
		assertThat(auditor.get("/audit?from=yesterday").status()).isEqualTo(400);
	}

	@Test
	void auditWhenLongThenPages() {
		for (int i = 0; i < 51; i++) {
			server.mailer().request("read.page").expect(201);
		}
		String first = this.alice.get("/audit?agentId=mailer").text();
		assertThat(first).contains("page=2&amp;agentId=mailer", "Page 1 of").doesNotContain("rel=\"prev\"");
		assertThat(this.alice.get("/audit?agentId=mailer&page=2").text()).contains("rel=\"prev\"");
	}

	@Test
	void auditWhenVerifiedThenSaysWhatWasFound() {
		Browser auditor = new Browser(server.url()).signedIn("auditor");
		Browser.Page page = auditor.get("/audit");
		assertThat(auditor.submit(page, "/audit/verify", Map.of()).text()).contains("data-result=\"valid\"",
				"Nothing was tampered with");
		assertThat(auditor.post("/audit/verify", Map.of()).status()).isEqualTo(403);
		assertThat(auditor.get("/audit/verify").status()).isEqualTo(405);
	}

	@Test
	void auditWhenTamperedWithThenSaysWhereAndWhat() {
		try (TestServer own = TestServer.start("agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH)) {
			String id = own.mailer().pending("mail.send");
			own.alice().decide(id, false).expect(200);
			own.bean(AuditSequencer.class).run();
			own.jdbc()
				.sql("UPDATE agentotp_audit SET actor = 'user:bob' WHERE event = 'denied' AND permission_id = ?")
				.param(id)
				.update();
			Browser auditor = new Browser(own.url()).signedIn("auditor");
			String text = auditor.submit(auditor.get("/audit"), "/audit/verify", Map.of()).text();
			assertThat(text).contains("data-result=\"tampered\"", "The audit log was tampered with", "role=\"alert\"",
					"edited at place ", "Found: 1");
		}
	}

	@Test
	void policiesWhenFilesCannotBeReloadedThenSaysWhyAndKeepsTheOldOnes(@TempDir Path directory) throws IOException {
		Path file = directory.resolve("policies.yml");
		String good = "policies: [{name: of-file, action: deny, conditions: {action: {equals: of.file}}}]";
		Files.writeString(file, good);
		try (TestServer own = TestServer.start("agentotp.server.policies.files=" + directory.toUri() + "*.yml",
				"agentotp.server.policies.reload-interval=0")) {
			Browser browser = new Browser(own.url()).signedIn("alice");
			assertThat(browser.get("/policies").text()).contains("data-policy=\"of-file\"")
				.doesNotContain("id=\"policy-problem\"");
			Files.writeString(file, good.replace("conditions", "<b>conditons"));
			own.bean(PolicyFileWatch.class).check();
			assertThat(browser.get("/policies").text())
				.contains("id=\"policy-problem\"", "&lt;b&gt;conditons is not a field of a policy", "stays in force",
						"data-policy=\"of-file\"")
				.doesNotContain("<b>conditons");
			Files.writeString(file, good);
			own.bean(PolicyFileWatch.class).check();
			assertThat(browser.get("/policies").text()).doesNotContain("id=\"policy-problem\"");
		}
	}

	@Test
	void auditWhenApproverThenReadsButDoesNotVerifyOrExport() {
		Browser.Page page = this.alice.get("/audit");
		assertThat(page.text()).contains("id=\"rows\"").doesNotContain("id=\"verify\"", "id=\"export\"");
		Browser.Page refused = this.alice.submit(page, "/audit/verify", Map.of());
		assertThat(refused.status()).isEqualTo(403);
		assertThat(refused.text()).doesNotContain("id=\"report\"");
	}

	private static long recorded() {
		return server.auditor().get("/audit").body().path("meta").path("total").longValue();
	}

	@Test
	void pagesWhenUnknownThenPageSaysSo() {
		Browser.Page page = this.alice.get("/nowhere");
		assertThat(page.status()).isEqualTo(404);
		assertThat(page.text()).contains("id=\"error-message\"");
		assertThat(this.alice.get("/approvals/unknown").status()).isEqualTo(404);
		assertThat(this.alice.submit(this.alice.get("/"), "/approvals/unknown", Map.of("decision", "maybe")).status())
			.isEqualTo(400);
		assertThat(this.alice.submit(this.alice.get("/"), "/approvals/unknown", Map.of()).status()).isEqualTo(400);
	}

	@Test
	void signOutWhenSentThenSignedOut() {
		Browser browser = new Browser(server.url()).signedIn("alice");
		assertThat(browser.submit(browser.get("/"), "/sign-out", Map.of()).text()).contains("You are signed out.");
		assertThat(browser.get("/").path()).endsWith("/sign-in");
	}

}
