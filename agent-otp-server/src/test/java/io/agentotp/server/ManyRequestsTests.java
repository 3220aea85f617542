package io.agentotp.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openqa.selenium.By;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Many requests at once: they are few rows, and one confirmed step decides on several.
 */
class ManyRequestsTests {

	private static final String ACTIONS = """
			actions:
			  - action: refund
			    risk: high
			    fields: { scope.amount: { label: Amount, format: money, currency: EUR } }
			""";

	private static TestServer server;

	private final Browser alice = new Browser(server.url()).signedIn("alice");

	@BeforeAll
	static void start() {
		server = TestServer.start(TestServer.policies(ACTIONS));
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
	void inboxWhenManyAreSimilarThenOneRowWithNumberAndSum() {
		refunds(server, 7);
		String page = this.alice.get("/").text();
		assertThat(plain(page)).contains("7 similar", "Sum 28.00 EUR");
		assertThat(page).contains("/similar?agent=mailer&amp;action=refund").doesNotContain("data-permission-id");
	}

	@Test
	void inboxWhenOneOfManyThatAreFoldedIsOfHighRiskThenTheirRowSaysSo() {
		IntStream.range(0, 10).forEach((i) -> server.mailer().pending("flood." + i));
		server.reader().pending("read");
		assertThat(summary()).contains("10 requests", "left").doesNotContain("high risk");
		server.mailer().pending("refund");
		assertThat(summary()).contains("11 requests", "high risk");
	}

	private String summary() {
		String page = this.alice.get("/").text();
		int begin = page.indexOf("<summary><span class=\"what\">");
		return plain(page.substring(begin, page.indexOf("</summary>", begin)));
	}

	@Test
	void inboxWhenOneAgentHasManyThenTheOthersAreNotBuried() {
		IntStream.range(0, 60).forEach((i) -> server.mailer().pending("flood." + i));
		String alone = server.reader().pending("read");
		String page = this.alice.get("/").text();
		assertThat(plain(page)).contains("60 requests in 60 groups", "left", "Show all 60 groups of this agent");
		assertThat(page).contains("data-permission-id=\"" + alone + "\"");
		assertThat(page.substring(0, page.indexOf("id=\"inbox\""))).doesNotContain("data-key");
		assertThat(count(this.alice.get("/?agent=mailer").text(), "data-permission-id")).isEqualTo(60);
		assertThat(count(this.alice.get("/?agent=mailer&action=flood.7").text(), "data-permission-id")).isEqualTo(1);
		assertThat(count(this.alice.get("/?action=none").text(), "data-permission-id")).isZero();
		assertThat(this.alice.get("/?agnt=mailer").status()).isEqualTo(400);
	}

	@Test
	void inboxWhenFilteredByRiskThenOnlyThose() {
		String refund = refunds(server, 1).get(0);
		server.mailer().pending("harmless");
		assertThat(this.alice.get("/?risk=high").text()).contains("data-permission-id=\"" + refund + "\"");
		assertThat(count(this.alice.get("/?risk=high").text(), "data-permission-id")).isEqualTo(1);
	}

	@Test
	void inboxWhenFilteredByGroupThenOnlyThose() {
		String one = server.mailer().pending("read");
		String unused = server.reader().pending("read");
		String page = this.alice.get("/").text();
		Matcher group = Pattern.compile("<option value=\"([0-9a-f]{16})\">mailer · read</option>").matcher(page);
		assertThat(group.find()).isTrue();
		String filtered = this.alice.get("/?group=" + group.group(1)).text();
		assertThat(count(filtered, "data-permission-id")).isEqualTo(1);
		assertThat(filtered).contains("data-permission-id=\"" + one + "\"");
	}

	@Test
	void approveWhenSeveralAreChosenThenShownAgainAndOnlyWithTheSumAndEachByItself() {
		List<String> ids = refunds(server, 7);
		Browser.Page list = this.alice.get("/similar?agent=mailer&action=refund");
		assertThat(plain(list.text())).contains("The same in all", "What differs", "Amount");
		List<String> chosen = ids.subList(0, 3);
		Browser.Page confirm = submit(list, chosen, "choose-approve", Map.of());
		assertThat(confirm.status()).isEqualTo(200);
		assertThat(plain(confirm.text())).contains("Approve these 3 requests?", "6.00 EUR", "the sum",
				"Nothing binds this approval to what you see");
		assertThat(pending(ids)).hasSize(7);
		Browser.Page refused = submit(confirm, chosen, "approve", Map.of("repeated", "7", "reason", "kept"));
		assertThat(refused.status()).isEqualTo(400);
		assertThat(plain(refused.text())).contains("Nothing was decided.", "kept");
		assertThat(submit(confirm, chosen, "approve", Map.of()).status()).isEqualTo(400);
		assertThat(pending(ids)).hasSize(7);
		Browser.Page done = submit(confirm, chosen, "approve", Map.of("repeated", "6,00", "reason", "all of them"));
		assertThat(done.path()).endsWith("/similar/decided");
		assertThat(plain(done.text())).contains("3 of the 3 requests were approved", "Next request", "Amount 1.00 EUR",
				"Amount 3.00 EUR");
		assertThat(pending(ids)).containsExactlyElementsOf(ids.subList(3, 7));
		assertThat(chosen.stream().map((id) -> server.mailer().token(id)).distinct()).hasSize(3);
		for (String id : chosen) {
			assertThat(server.auditor().get("/audit/permissions/" + id).data().toString()).contains("approved",
					"user:alice", "all of them");
		}
	}

	@Test
	void denyWhenSeveralAreChosenThenWithoutRepeatingAndWhatWasOverSaysSo() {
		List<String> ids = refunds(server, 6);
		Browser.Page confirm = submit(this.alice.get("/similar?agent=mailer&action=refund"), ids, "choose-deny",
				Map.of());
		server.alice().decide(ids.get(0), true).expect(200);
		Browser.Page done = submit(confirm, ids, "deny", Map.of("reason", "no"));
		assertThat(plain(done.text())).contains("5 of the 6 requests were denied",
				"Already approved by alice just now");
	}

	@Test
	void approveWhenTheyAreOfDifferentActionsOrPartlyUnseenThenNothingIsDecided() {
		List<String> ids = List.of(server.mailer().pending("one"), server.mailer().pending("two"));
		Browser.Page page = this.alice.get("/similar?agent=mailer&action=one");
		assertThat(submit(page, ids, "approve", Map.of()).status()).isEqualTo(400);
		assertThat(submit(page, List.of(), "approve", Map.of()).status()).isEqualTo(400);
		String large = server.mailer()
			.post("/permissions/request",
					Calls.bound("{\"action\":\"one\",\"call\":{\"target\":{\"tool\":\"t\"},\"arguments\":["
							+ "{\"name\":\"file\",\"bytes\":1258291,\"sha256\":\"" + "b".repeat(64) + "\"}]}}"))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		List<String> both = List.of(ids.get(0), large);
		Browser.Page confirm = submit(page, both, "choose-approve", Map.of());
		assertThat(plain(confirm.text())).contains("I approve without having seen all of file", "Not shown, too large");
		assertThat(submit(confirm, both, "approve", Map.of()).status()).isEqualTo(400);
		assertThat(pending(both)).hasSize(2);
		submit(confirm, both, "approve", Map.of("unseen", "yes"));
		assertThat(pending(both)).isEmpty();
	}

	@Test
	void approveWhenMoreThanThePageHoldsThenNothingIsDecided() {
		List<String> ids = IntStream.range(0, 5)
			.mapToObj((i) -> server.mailer()
				.post("/permissions/request",
						Calls.bound("{\"action\":\"big\",\"call\":{\"target\":{\"tool\":\"t\"},\"arguments\":"
								+ "[{\"name\":\"text\",\"value\":\"" + i + "x".repeat(60_000) + "\"}]}}"))
				.expect(202)
				.data()
				.path("id")
				.stringValue())
			.toList();
		Browser.Page page = this.alice.get("/similar?agent=mailer&action=big");
		assertThat(count(page.text(), "data-row")).isEqualTo(3);
		for (String decision : List.of("choose-approve", "choose-deny", "approve", "deny")) {
			assertThat(submit(page, ids, decision, Map.of("unseen", "yes")).status()).as(decision).isEqualTo(400);
		}
		assertThat(pending(ids)).hasSize(5);
		// Those that the page showed.
		submit(page, ids.subList(0, 3), "approve", Map.of("unseen", "yes"));
		assertThat(pending(ids)).hasSize(2);
	}

	@Test
	void similarWhenOnlyTheCallDiffersThenThatIsAColumn() {
		for (int i = 0; i < 6; i++) {
			called("{\"tool\":\"%s\"}".formatted((i == 3) ? "mail_purge" : "mail_send"),
					"{\"name\":\"a\",\"value\":1}");
		}
		assertThat(different("call")).contains("Calls", "mail_purge", "mail_send");
	}

	@Test
	void similarWhenWhatIsNotShownDiffersThenEachHasItsNumber() {
		for (int i = 0; i < 6; i++) {
			called("{\"tool\":\"t\"}",
					"{\"name\":\"pin\",\"masked\":true,\"mac\":\"%s\"},{\"name\":\"file\",\"bytes\":1000000,\"sha256\":\"%s\"}"
						.formatted(String.valueOf(i % 2).repeat(64), String.valueOf(i).repeat(64)));
		}
		assertThat(different("call")).contains("pin", "file", "value 1", "value 2", "value 6");
	}

	@Test
	void similarWhenAValueOnlyLooksTheSameOrOnlyItsTypeDiffersThenToldApart() {
		for (int i = 0; i < 6; i++) {
			called("{\"tool\":\"t\"}", "{\"name\":\"to\",\"value\":\"%s\"},{\"name\":\"n\",\"type\":\"%s\",\"value\":5}"
				.formatted((i < 2) ? "\u00e9" : "e\u0301", (i % 2 == 0) ? "int" : "long"));
		}
		assertThat(different("call")).contains("value 1", "value 2", "Differs elsewhere");
	}

	@Test
	void similarWhenALongTextDiffersAtItsEndThenThatIsShownAndToBeOpened() {
		List<String> ids = new ArrayList<>();
		for (int i = 0; i < 6; i++) {
			ids.add(called("{\"tool\":\"t\"}", "{\"name\":\"command\",\"value\":\"%s\"}"
				.formatted("echo ok; ".repeat(80) + ((i == 4) ? "rm -rf /" : "echo 111") + "; exit".repeat(20))));
		}
		assertThat(different("call")).contains("rm -rf /", "echo 111");
		Browser.Page confirm = submit(this.alice.get("/similar?agent=mailer&action=call"), ids, "choose-approve",
				Map.of());
		assertThat(plain(confirm.text())).contains("without having seen all of command");
		assertThat(submit(confirm, ids, "approve", Map.of()).status()).isEqualTo(400);
		assertThat(pending(ids)).hasSize(6);
	}

	@Test
	void similarWhenAmountsAreBelowZeroThenNothingIsNetted() {
		List<String> ids = new ArrayList<>();
		for (String amount : List.of("1000000", "-999995", "3", "4", "-7", "2")) {
			ids.add(server.mailer()
				.post("/permissions/request",
						"{\"action\":\"refund\",\"scope\":{\"amount\":" + amount + ",\"count\":2}}")
				.expect(202)
				.data()
				.path("id")
				.stringValue());
		}
		String sum = "1,000,009.00 EUR + (-1,000,002.00 EUR)";
		assertThat(plain(this.alice.get("/").text())).contains("Sum " + sum);
		Browser.Page page = this.alice.get("/similar?agent=mailer&action=refund");
		assertThat(plain(page.text())).contains("Sum " + sum);
		Browser.Page confirm = submit(page, ids, "choose-approve", Map.of());
		assertThat(plain(confirm.text())).contains("the larger part of the sum");
		assertThat(submit(confirm, ids, "approve", Map.of("repeated", "7.00")).status()).isEqualTo(400);
		submit(confirm, ids, "approve", Map.of("repeated", "1,000,009.00"));
		assertThat(pending(ids)).isEmpty();
	}

	@Test
	void similarWhenOneIsNotBoundThenToldOnTopAndFirst() {
		for (int i = 0; i < 5; i++) {
			called("{\"tool\":\"t\"}",
					"{\"name\":\"amount\",\"value\":%d},{\"name\":\"fee\",\"value\":%d}".formatted(i, 10 + i));
		}
		String unbound = server.mailer().pending("call");
		String page = this.alice.get("/similar?agent=mailer&action=call").text();
		assertThat(plain(page.substring(page.indexOf("id=\"alarm\""), page.indexOf("id=\"facts\""))))
			.contains("Nothing binds this approval to what you see. (1 of 6 requests)");
		assertThat(page.indexOf("data-row=\"")).isEqualTo(page.indexOf("data-row=\"" + unbound + "\""));
		server.alice().decide(unbound, false).expect(200);
		assertThat(different("call")).contains("Sum 10", "Sum 60");
	}

	@Test
	void similarWhenATypeDiffersBesideWhatIsUniqueThenAColumnAndWordsAreApart() {
		for (int i = 0; i < 6; i++) {
			String unused = server.mailer()
				.post("/permissions/request",
						Calls
							.bound("""
									{"action":"call","resource":"order:%d (approved by CFO)","scope":{"note":"Security has checked all"},
									"call":{"target":{"type":"A","method":"b()"},"arguments":[
									{"name":"k","type":"int","value":%d},{"name":"n","type":"%s","value":5}]}}"""
								.formatted(i, i, (i == 3) ? "com.evil.Amount" : "long")))
				.expect(202)
				.data()
				.path("id")
				.stringValue();
		}
		String page = this.alice.get("/similar?agent=mailer&action=call").text();
		int words = page.indexOf("id=\"words\"");
		assertThat(plain(page.substring(0, words))).contains("Types", "com.evil.Amount")
			.doesNotContain("CFO", "Security has checked");
		assertThat(plain(page.substring(words))).contains("order:3 (approved by CFO)", "Security has checked all");
	}

	private static String called(String target, String arguments) {
		return server.mailer()
			.post("/permissions/request",
					Calls.bound("{\"action\":\"call\",\"call\":{\"target\":" + target + ",\"arguments\":[" + arguments
							+ "]}}"))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private String different(String action) {
		String page = this.alice.get("/similar?agent=mailer&action=" + action).text();
		return plain(page.substring(page.indexOf("What differs")));
	}

	@Test
	void similarWhenSomebodyMayNotDecideThenNothingToPressAndRefused() {
		try (TestServer own = TestServer.start("agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH)) {
			List<String> ids = refunds(own, 6);
			Browser auditor = new Browser(own.url()).signedIn("auditor");
			Browser.Page page = auditor.get("/similar?agent=mailer&action=refund");
			assertThat(page.text()).doesNotContain("choose-approve", "name=\"ids\"");
			assertThat(auditor
				.send("POST", "/similar", "decision=deny&ids=" + ids.get(0) + "&_csrf=" + Inputs.encode(page.csrf()),
						Map.of())
				.status()).isEqualTo(403);
			Browser bob = new Browser(own.url()).signedIn("bob");
			Browser.Page owner = bob.get("/similar?agent=mailer&action=refund");
			assertThat(submit(bob, owner, ids, "deny", Map.of()).status()).isEqualTo(403);
			assertThat(ids).allMatch((id) -> own.mailer().status(id).equals("pending"));
		}
	}

	@Test
	void similarWhenNamesAndValuesAreHostileThenTextAndIsolated() {
		String hostile = "<img src=x>&action=\u202eevil";
		for (int i = 0; i < 6; i++) {
			server.mailer()
				.post("/permissions/request",
						io.agentotp.server.json.Json.write(Map.of("action", "act<b>&x=1", "scope",
								Map.of("n", i, hostile, hostile, "words", hostile + " and more " + i))))
				.expect(202);
		}
		String inbox = this.alice.get("/").text();
		String link = Pattern.compile("href=\"[^\"]*(/similar\\?[^\"]*)\"")
			.matcher(inbox)
			.results()
			.findFirst()
			.orElseThrow()
			.group(1)
			.replace("&amp;", "&");
		String page = this.alice.get(link).text();
		assertThat(page).contains("6 requests", "&lt;img src=x&gt;", "U+202E").doesNotContain("<img src=x>", "<b>&");
	}

	@Tag("slow")
	@ParameterizedTest
	@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
	void pagesWhenThereAreManyThenChosenConfirmedAndDecidedInABrowser(Form form, @TempDir Path directory,
			@TempDir Path profile) {
		Chromium.assume();
		try (TestServer other = form.start(directory, TestServer.policies(ACTIONS));
				Chromium browser = Chromium.start(profile)) {
			List<String> ids = refunds(other, 6);
			for (int i = 0; i < 30; i++) {
				other.reader().pending("look." + i);
			}
			browser.signIn(other, "alice");
			browser.await(By.cssSelector("[data-live='on']"));
			browser.width(Chromium.PHONE);
			browser.requireFits();
			browser.await(By.cssSelector("[data-kind='agent'] > details > summary")).click();
			// What one reads stays where it is.
			browser.driver().executeScript("window.scrollTo(0, 400)");
			Number before = (Number) browser.driver()
				.executeScript("return document.querySelector(\"[data-kind='agent']\").getBoundingClientRect().top");
			other.alice().decide(ids.get(5), false).expect(200);
			browser.await(By.cssSelector("#inbox > [data-permission-id='" + ids.get(0) + "']"));
			Number after = (Number) browser.driver()
				.executeScript("return document.querySelector(\"[data-kind='agent']\").getBoundingClientRect().top");
			assertThat(after.doubleValue()).isCloseTo(before.doubleValue(), within(1.0));
			browser.driver().get(other.url() + "/similar?agent=mailer&action=refund");
			browser.await(By.id("all")).click();
			other.alice().decide(ids.get(4), false).expect(200);
			browser.await(By.cssSelector("tr.gone[data-row='" + ids.get(4) + "']"));
			browser.await(By.id("more"));
			browser.requireFits();
			browser.await(By.id("choose-approve")).click();
			assertThat(browser.await(By.id("sum")).getText()).isEqualTo("10.00 EUR");
			browser.requireFits();
			browser.await(By.id("repeated")).sendKeys("10");
			browser.await(By.id("approve")).click();
			assertThat(browser.await(By.id("batch")).getText()).contains("4 of the 4");
			browser.await(By.id("next")).click();
			browser.await(By.id("approve"));
			assertThat(ids.subList(0, 4)).allMatch((id) -> other.mailer().status(id).equals("approved"));
		}
	}

	private static List<String> refunds(TestServer server, int count) {
		List<String> ids = new ArrayList<>();
		for (int i = 1; i <= count; i++) {
			ids.add(server.mailer()
				.post("/permissions/request",
						"{\"action\":\"refund\",\"resource\":\"order\",\"scope\":{\"amount\":" + i + "}}")
				.expect(202)
				.data()
				.path("id")
				.stringValue());
			server.clock.move(java.time.Duration.ofMillis(2));
		}
		return ids;
	}

	private static List<String> pending(List<String> ids) {
		return ids.stream().filter((id) -> server.mailer().status(id).equals("pending")).toList();
	}

	private Browser.Page submit(Browser.Page page, List<String> ids, String decision, Map<String, String> more) {
		return submit(this.alice, page, ids, decision, more);
	}

	private static Browser.Page submit(Browser browser, Browser.Page page, List<String> ids, String decision,
			Map<String, String> more) {
		Map<String, String> fields = new LinkedHashMap<>(more);
		fields.put("decision", decision);
		fields.put("_csrf", page.csrf());
		String form = fields.entrySet()
			.stream()
			.map((field) -> field.getKey() + "=" + Inputs.encode(field.getValue()))
			.collect(Collectors.joining("&"));
		return browser.send("POST", "/similar",
				form + ids.stream().map((id) -> "&ids=" + id).collect(Collectors.joining()), Map.of());
	}

	private static String plain(String page) {
		return page.replaceAll("<[^>]*>", " ").replaceAll("\\s+", " ");
	}

	private static int count(String page, String text) {
		return page.split(text, -1).length - 1;
	}

	private static final class Inputs {

		static String encode(String text) {
			return java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8);
		}

	}

}
