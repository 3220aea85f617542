package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.agentotp.server.json.Json;
import io.agentotp.server.policy.PolicyFileWatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The operator's words on the pages: title, risk and facts, over bound values alone.
 */
class ActionPageTests {

	static final String ACTIONS = """
			actions:
			  - action: payment.refund
			    title: "Refund {scope.max_amount} to {call.arguments.customer}"
			    risk: high
			    fields:
			      scope.max_amount: { label: At most, format: money, currency: EUR }
			      resource: Order
			      call.arguments.until: Until
			      call.arguments.note: { label: Note to the customer, fold: true }
			      call.arguments.parts:
			        label: Parts
			        format: list
			        columns:
			          iban: { label: Account, format: address }
			          amount: { label: Amount, format: money, currency: currency, sum: true }
			      scope.none: Not asked for
			      scope.odd: { label: Odd, format: date }
			    limits: { scope.amount: max, scope.to: allowed }
			  - action: mail.all
			    fields:
			      call.arguments.mails: { format: list, columns: { subject: Subject, to: { label: To, format: address } } }
			  - { action: count, risk: high, fields: { scope.n: { label: Number, format: number } } }
			  - { action: { startsWith: payment. }, title: "A payment", risk: low }
			""";

	private static final String REFUND = """
			{"action":"payment.refund","resource":"order:4711","scope":{"max_amount":1250.5,"odd":"tomorrow","amount":50,
			"to":["a@x","b@x"],"extra":"HIDDEN?"},"context":{"reason":"Amount: 5.00 EUR","max_amount":"FORGED"},"call":{
			"target":{"bean":"shop","type":"com.example.Shop","method":"refund()"},"arguments":[
			{"name":"customer","type":"java.lang.String","value":%s},
			{"name":"until","type":"java.time.Instant","value":"2026-11-29T01:36:47Z"},
			{"name":"note","type":"java.lang.String","value":"Dear customer"},
			{"name":"parts","type":"java.util.List","value":[{"iban":"DE11","amount":1000,"currency":"EUR"},
			{"iban":"DE12","amount":250.5,"currency":"EUR","bcc":"evil@x"}]},
			{"name":"secret","type":"java.lang.String","value":"BOUND TOO"}]}}""";

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

	@ParameterizedTest
	@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
	void pagesWhenTheCatalogueHasTheActionThenInItsWords(Form form, @TempDir Path directory) {
		try (TestServer other = form.start(directory, TestServer.policies(ACTIONS))) {
			String id = refund(other, "Ann");
			Browser browser = new Browser(other.url()).signedIn("alice");
			for (String path : new String[] { "/", "/approvals/" + id, "/agents/mailer" }) {
				assertThat(plain(browser.get(path).text())).as(path)
					.contains("Refund 1,250.50 EUR to Ann", "high risk", "payment.refund");
			}
			assertThat(plain(browser.get("/").text())).contains("At most 1,250.50 EUR", "Order order:4711");
			browser.submit(browser.get("/approvals/" + id), "/approvals/" + id, Map.of("decision", "deny"));
			assertThat(plain(browser.get("/history").text())).contains("Refund 1,250.50 EUR to Ann", "high risk");
			assertThat(plain(browser.get("/approvals/" + id).text())).contains("Refund 1,250.50 EUR to Ann",
					"high risk", "At most 1,250.50 EUR");
		}
	}

	@Test
	void detailWhenTheCatalogueHasTheActionThenFactsInItsOrderAndAllElseIsStillThere() {
		String page = this.alice.get("/approvals/" + refund(server, "Ann")).text();
		String text = plain(page);
		assertThat(text).containsSubsequence("What would happen", "At most 1,250.50 EUR", "Order order:4711",
				"Until 29 Nov 2026, 01:36:47 UTC", "Odd &quot;tomorrow&quot; is no date, so it is shown as it is",
				"amount 50", "Note to the customer 13 characters Dear customer",
				"Parts 2 entries, sum of Amount 1,250.50 EUR", "Account Amount Not in a column",
				"DE11 1,000.00 EUR DE12 250.50 EUR { &quot;bcc&quot;: &quot;evil@x&quot; }", "Sum 1,250.50 EUR",
				"to &quot;a@x&quot;", "extra &quot;HIDDEN?&quot;", "secret &quot;BOUND TOO&quot;",
				"Not asked for is not in this request", "Technical details", "scope.max_amount 1250.5",
				"call.arguments.until &quot;2026-11-29T01:36:47Z&quot;", "What the agent says", "FORGED");
		assertThat(page).contains("data-time data-zone datetime=\"2026-11-29T01:36:47Z\"");
		assertThat(text.substring(0, text.indexOf("What the agent says"))).doesNotContain("FORGED", "Amount: 5.00");
	}

	@Test
	void detailWhenThePatternMatchesThenItsTitleAndNoFacts() {
		String id = server.mailer().pending("payment.other");
		assertThat(plain(this.alice.get("/approvals/" + id).text())).contains("A payment", "low risk", "payment.other")
			.doesNotContain("Facts");
	}

	@Test
	void detailWhenTheTitleDoesNotFitThenTheActionAndSaysSo() {
		String id = server.mailer()
			.post("/permissions/request", "{\"action\":\"payment.refund\",\"scope\":{\"max_amount\":\"5 EUR\"}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		assertThat(plain(this.alice.get("/approvals/" + id).text())).contains("payment.refund",
				"The title of this action needs a value that is not there",
				"At most &quot;5 EUR&quot; is no money, so it is shown as it is");
	}

	@Test
	void detailWhenThereIsNoEntryThenGuessedByNameAndType() {
		String id = server.mailer()
			.post("/permissions/request",
					Calls
						.bound("""
								{"action":"other","scope":{"max_amount":168437.5,"currency":"USD","orderId":1234567,"Time left":"3 h",
								"until":"2026-11-29T01:36:47Z"},"context":{"max_amount":1},"call":{"target":{"tool":"t"},"arguments":[
								{"name":"pause","type":"java.time.Duration","value":"PT5M"}]}}"""))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		String text = plain(this.alice.get("/approvals/" + id).text());
		assertThat(text).contains("max_amount 168,437.50 USD", "orderId 1234567", "until 29 Nov 2026, 01:36:47 UTC",
				"5 min", "scope.max_amount 168437.5", "call.arguments.pause &quot;PT5M&quot;");
		assertThat(this.alice.get("/").text()).doesNotContain("data-risk=\"normal\"");
	}

	@Test
	void inboxWhenThereIsNoEntryThenTheFirstValuesOfTheScopeAndNoLongOnes() {
		server.mailer()
			.post("/permissions/request",
					"""
							{"action":"other","scope":{"long":"%s","deep":{"a":1},"max_amount":1250.5,"text":"5","flag":true,"more":1}}"""
						.formatted("x".repeat(9000)))
			.expect(202);
		assertThat(plain(this.alice.get("/").text()))
			.contains("long &quot;" + "x".repeat(79) + "… (9,002 characters)", "max_amount 1,250.5",
					"text &quot;5&quot;", "flag true")
			.doesNotContain("more 1", "x".repeat(81));
	}

	@Test
	void titleWhenAValueIsHostileThenNothingOfItIsMarkup() {
		for (String hostile : HostileText.ALL) {
			String page = this.alice.get("/approvals/" + refund(server, hostile)).text();
			String title = page.substring(page.indexOf("<h1>") + 4, page.indexOf("</h1>"));
			assertThat(title.replaceAll("</?(span|bdi)( (class|dir|title)=\"[A-Za-z0-9+ ()-]*\")*>", "")).as(hostile)
				.startsWith("Refund 1,250.50 EUR to ")
				.doesNotContain("<", ">", "\u202e", "\u200b", "\u001b", "\u2028");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "<b>x</b>", "pay\u202e001 ot\u202c", "p\u0430yp\u0430l.com", "a\u200bb", "${7*7}",
			"</h1><h1>Approved", "{scope.max_amount}" })
	void titleWhenAValueIsHostileThenMarkedAndEscapedAndApart(String hostile) {
		String page = this.alice.get("/approvals/" + refund(server, hostile)).text();
		String title = page.substring(page.indexOf("<h1>"), page.indexOf("</h1>"));
		assertThat(title).contains("class=\"bound\"").doesNotContain("<b>x", "\u202e", "\u200b", "49");
		assertThat(page.split("<h1>", -1)).hasSize(2);
		if (hostile.codePoints().anyMatch((c) -> c > 127)) {
			assertThat(title).contains("class=\"special\"");
		}
	}

	@Test
	void detailWhenAListIsLongThenFewPiecesAndTheRestIsInTechnicalDetails() {
		String entries = IntStream.range(0, 1000)
			.mapToObj((i) -> "{\"iban\":\"DE" + i + "\",\"amount\":1,\"currency\":\"EUR\"}")
			.collect(Collectors.joining(",", "[", "]"));
		String id = server.mailer()
			.post("/permissions/request",
					Calls.bound(REFUND.formatted("\"Ann\"")
						.replaceFirst("(?s)\"value\":\\[\\{\"iban\".*?\\]\\},\n", "\"value\":" + entries + "},\n")))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		String page = this.alice.get("/approvals/" + id).text();
		assertThat(plain(page)).contains("1,000 entries", "DE499 1.00 EUR", "Sum 1,000.00 EUR",
				"The table has the first 500 entries. Count and sums are of all. 500 are left out here",
				"&quot;iban&quot;: &quot;DE999&quot;");
		assertThat(page.split("<tr", -1)).hasSizeLessThan(600);
	}

	@Test
	void approveWhenPartOfAListOrAValueIsNotOnThePageThenOnlyWithSayingSo() {
		String payments = IntStream.range(0, 20)
			.mapToObj((i) -> "{\"iban\":\"DE" + i + "\",\"amount\":5,\"currency\":\"EUR\"}")
			.collect(Collectors.joining(",", "[", "]"));
		String large = "{\"name\":\"payments\",\"bytes\":1258291,\"sha256\":\"" + "b".repeat(64) + "\"}";
		for (String argument : new String[] { "{\"name\":\"payments\",\"value\":" + payments + "}", large }) {
			String id = server.mailer()
				.post("/permissions/request",
						Calls.bound("{\"action\":\"pay\",\"call\":{\"target\":{\"tool\":\"t\"},\"arguments\":["
								+ argument + "]}}"))
				.expect(202)
				.data()
				.path("id")
				.stringValue();
			Browser.Page page = this.alice.get("/approvals/" + id);
			assertThat(plain(page.text())).contains("I approve without having seen all of payments");
			for (String decision : new String[] { "approve", "approve-all" }) {
				Browser.Page refused = this.alice.submit(page, "/approvals/" + id,
						Map.of("decision", decision, "ids", id, "reason", "kept"));
				assertThat(refused.status()).isEqualTo(400);
				assertThat(plain(refused.text())).contains("Nothing was decided.", "kept");
			}
			assertThat(server.mailer().status(id)).isEqualTo("pending");
			this.alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "unseen", "yes"));
			assertThat(server.mailer().status(id)).isEqualTo("approved");
		}
		String id = server.mailer()
			.post("/permissions/request",
					Calls.bound("{\"action\":\"pay\",\"call\":{\"target\":{\"tool\":\"t\"},\"arguments\":[" + large
							+ "]}}"))
			.data()
			.path("id")
			.stringValue();
		this.alice.submit(this.alice.get("/approvals/" + id), "/approvals/" + id, Map.of("decision", "deny"));
		assertThat(server.mailer().status(id)).isEqualTo("denied");
	}

	@Test
	void approveWhenAListInACellIsFoldedThenOneHasToOpenItOrToSaySo() {
		String to = IntStream.range(0, 40).mapToObj((i) -> "\"a" + i + "@x\"").collect(Collectors.joining(","));
		String id = mails("{\"subject\":\"hi\",\"to\":[" + to + "]}");
		Browser.Page page = this.alice.get("/approvals/" + id);
		assertThat(page.text()).contains("35 more", "data-opens=\"true\"");
		assertApprovedOnlyIfSaid(page, id);
	}

	@Test
	void approveWhenEntriesAreLeftOutThenNoPressIsEnough() {
		String id = mails(IntStream.range(0, 600)
			.mapToObj((i) -> "{\"subject\":\"hi\",\"to\":\"a" + i + "@x\"}")
			.collect(Collectors.joining(",")));
		Browser.Page page = this.alice.get("/approvals/" + id);
		assertThat(page.text()).contains("100 are left out", "data-opens=\"false\"");
		assertApprovedOnlyIfSaid(page, id);
	}

	@Test
	void approveWhenALongTextIsFoldedThenItsEndIsThereAndOneHasToOpenItOrToSaySo() {
		for (String entry : new String[] { "{\"name\":\"command\",\"value\":\"%s; rm -rf /\"}",
				"{\"name\":\"note\",\"value\":\"%s; rm -rf /\"}" }) {
			String id = asked(entry.formatted("echo harmless; ".repeat(45)));
			Browser.Page page = this.alice.get("/approvals/" + id);
			assertThat(plain(page.text())).contains("echo harmless; echo", "; rm -rf /", "without having seen all of");
			assertThat(page.text()).contains("data-opens=\"true\"", "<details class=\"rest\">");
			assertApprovedOnlyIfSaid(page, id);
		}
	}

	@Test
	void approveWhenTheAmountDoesNotFitOrAnotherOneIsLargerThenThatIsTypedAndTold() {
		String text = refund(server, REFUND.replace("1250.5", "\"9250.5\""), "Ann");
		assertThat(plain(this.alice.get("/approvals/" + text).text())).contains("type the digits of At most");
		requireTyped(text, "1250.5", "9250.5");
		String larger = refund(server, REFUND.replace("\"BOUND TOO\"}", "\"x\"},{\"name\":\"amount\",\"value\":99999}"),
				"Ann");
		assertThat(plain(this.alice.get("/approvals/" + larger).text())).contains("Refund 1,250.50 EUR",
				"another amount than its title or the known values say: 99,999");
		requireTyped(larger, "1250.50", "99999");
	}

	@Test
	void detailWhenAnotherCurrencyOrALargerAmountStandsInARowOrATextThenTold() {
		String currency = refund(server, REFUND.replace("\"odd\":", "\"currency\":\"BHD. All is well\",\"odd\":"),
				"Ann");
		assertThat(notices(currency))
			.containsExactly("The request names another currency than its title or the known values");
		String same = refund(server, REFUND.replace("\"odd\":", "\"currency\":\"eur\",\"odd\":"), "Ann");
		assertThat(notices(same)).isEmpty();
		String row = refund(server, REFUND.replace("\"bcc\":", "\"fee\":90000,\"bcc\":"), "Ann");
		assertThat(notices(row)).singleElement().asString().contains("another amount", "90,000");
		requireTyped(row, "1250.50", "90000");
		String text = refund(server,
				REFUND.replace("\"BOUND TOO\"}", "\"x\"},{\"name\":\"amount\",\"value\":\"99999\"}"), "Ann");
		assertThat(notices(text)).singleElement().asString().contains("99,999");
		requireTyped(text, "1250.50", "99999");
	}

	private List<String> notices(String id) {
		return Pattern.compile("data-catalogue-problem[^>]*>([^<]*)<")
			.matcher(this.alice.get("/approvals/" + id).text())
			.results()
			.map((found) -> found.group(1))
			.toList();
	}

	@ParameterizedTest
	@ValueSource(strings = { "Payment.refund", "payment.refund ", "payment.refund\u200b", "p\u0430yment.refund" })
	void detailWhenAnActionOnlyLooksLikeOneOfTheCatalogueThenToldAndOfItsRisk(String action) {
		String id = refund(server, REFUND.replace("payment.refund", action), "Ann");
		String page = plain(this.alice.get("/approvals/" + id).text());
		assertThat(page).contains("Not the action of the catalogue that it looks like: payment.refund", "high risk")
			.doesNotContain("Refund 1,250.50");
		requireTyped(id, "", "1250.50");
	}

	@ParameterizedTest
	@CsvSource({ "Payment.refund, payment.refund, high", "Payment.other, startsWith payment., low" })
	void simulateWhenAnActionOnlyLooksLikeOneOfTheCatalogueThenToldAsOnCards(String action, String name, String risk) {
		String id = server.mailer().pending(action);
		Browser.Page inbox = this.alice.get("/?agent=mailer&action=" + action);
		assertThat(plain(inbox.text())).contains("⚠ looks like another action", "⚠ nothing binds it");
		assertThat(plain(this.alice.get("/approvals/" + id).text())).contains("that it looks like: " + name);
		JsonNode tried = server.alice()
			.post("/policies/simulate", "{\"request\":{\"action\":\"" + action + "\"}}")
			.expect(200)
			.data();
		assertThat(tried.path("looksLike").stringValue()).isEqualTo(name);
		assertThat(tried.path("risk").stringValue()).isEqualTo(risk);
		Browser.Page page = this.alice.submit(this.alice.get("/policies"), "/policies/simulate",
				Map.of("action", action, "agentId", "", "resource", "", "scope", "", "context", "", "call", ""));
		assertThat(plain(page.text())).contains("Not the action of the catalogue that it looks like: " + name);
	}

	@Test
	void approveWhenAnEntryOfHighRiskNamesNoAmountThenThatOfTheScopeIsTyped() {
		String id = server.mailer()
			.post("/permissions/request",
					"{\"action\":\"count\",\"scope\":{\"n\":7,\"amount\":99999,\"currency\":\"EUR\"}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		requireTyped(id, "7", "99999");
	}

	@Test
	void approveWhenNarrowedThenWhatWouldBeGrantedIsTyped() {
		String id = server.mailer()
			.post("/permissions/request",
					"{\"action\":\"payment.refund\",\"scope\":{\"max_amount\":1250.5,\"currency\":\"EUR\"}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		Browser.Page page = this.alice.get("/approvals/" + id);
		assertThat(plain(page.text())).contains("If you narrow it, type what would be granted");
		Map<String, String> narrowed = new HashMap<>(Map.of("decision", "approve", "n0", "50", "repeated", "1250.50"));
		assertThat(this.alice.submit(page, "/approvals/" + id, narrowed).status()).isEqualTo(400);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		narrowed.put("repeated", "50");
		this.alice.submit(page, "/approvals/" + id, narrowed);
		assertThat(server.mailer().status(id)).isEqualTo("approved");
	}

	@Test
	void approveWhenAllOfManyUsesThenTheSumOfAllIsTyped() {
		String request = "{\"action\":\"payment.refund\",\"scope\":{\"max_amount\":1250,\"max_uses\":40}}";
		String[] ids = new String[2];
		for (int i = 0; i < 2; i++) {
			ids[i] = server.mailer().post("/permissions/request", request).expect(202).data().path("id").stringValue();
		}
		Browser.Page page = this.alice.get("/approvals/" + ids[0]);
		assertThat(plain(page.text())).contains("All 2 together, each used 40 times: 100,000.00 EUR");
		assertThat(approveAll(page, "1250", ids[0], ids[1]).status()).isEqualTo(400);
		assertThat(server.mailer().status(ids[1])).isEqualTo("pending");
		assertThat(approveAll(page, "100000&n1=1", ids[0], ids[1]).status()).isEqualTo(400);
		assertThat(approveAll(page, "2500&n1=1", ids[0], ids[1]).status()).isEqualTo(200);
		assertThat(server.mailer().status(ids[1])).isEqualTo("approved");
	}

	@Test
	void detailWhenNamesAndElementsOfLimitsAreWordsThenInTheVoiceOfTheAgent() {
		String id = server.mailer().post("/permissions/request", Calls.bound("""
				{"action":"limits","scope":{"max_This was checked by Security, keep it":5,
				"allowed_recipients":["I have read everything and approve","a@x"]},
				"call":{"target":{"tool":"t"},"arguments":[]}}""")).expect(202).data().path("id").stringValue();
		assertThat(plain(this.alice.get("/?agent=mailer&action=limits").text())).contains("a value with an odd name 5")
			.doesNotContain("checked by Security");
		String page = this.alice.get("/approvals/" + id).text();
		assertThat(plain(page.substring(page.indexOf("id=\"facts\""), page.indexOf("id=\"technical\""))))
			.doesNotContain("checked by Security", "I have read everything");
		assertThat(plain(page.substring(page.indexOf("id=\"words\""), page.indexOf("id=\"claims\""))))
			.contains("checked by Security", "I have read everything");
		assertThat(page.substring(page.indexOf("id=\"narrow\"")))
			.containsPattern("data-voice=\"agent\" class=\"agent said\"><span[^>]*>max_This was checked")
			.containsPattern("data-voice=\"agent\" class=\"agent said\"><span[^>]*>&quot;I have read everything");
	}

	private void requireTyped(String id, String wrong, String right) {
		Browser.Page page = this.alice.get("/approvals/" + id);
		assertThat(this.alice
			.submit(page, "/approvals/" + id, Map.of("decision", "approve", "unseen", "yes", "repeated", wrong))
			.status()).isEqualTo(400);
		this.alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "unseen", "yes", "repeated", right));
		assertThat(server.mailer().status(id)).isEqualTo("approved");
	}

	@Test
	void detailWhenANameIsNoneThenAmongWordsAndOneOfTheOperatorHasItsPath() {
		String id = refund(server,
				REFUND.replace("\"BOUND TOO\"}", "\"x\"},{\"name\":\"◆ Known to the service\",\"value\":\"SAFE\"},"
						+ "{\"name\":\"Order\",\"value\":7}"),
				"Ann");
		String page = this.alice.get("/approvals/" + id).text();
		String facts = page.substring(page.indexOf("id=\"facts\""), page.indexOf("id=\"technical\""));
		assertThat(plain(facts)).contains("Order (call.arguments.Order) 7").doesNotContain("SAFE");
		assertThat(plain(page.substring(page.indexOf("id=\"words\""), page.indexOf("id=\"claims\"")))).contains("SAFE");
	}

	@Test
	void approveWhenThereAreMoreValuesThanTheFirstThenOneHasToOpenThemOrToSaySo() {
		String id = asked(IntStream.range(0, 12)
			.mapToObj((i) -> "{\"name\":\"amount" + i + "\",\"value\":" + i + "}")
			.collect(Collectors.joining(",")) + ",{\"name\":\"zap\",\"value\":\"rm -rf /\"}");
		Browser.Page page = this.alice.get("/approvals/" + id);
		assertThat(plain(page.text())).contains("without having seen all of 3 more values");
		assertThat(page.text()).contains("data-opens=\"true\"");
		assertApprovedOnlyIfSaid(page, id);
	}

	private static String asked(String argument) {
		return server.mailer()
			.post("/permissions/request",
					Calls.bound("{\"action\":\"run\",\"call\":{\"target\":{\"tool\":\"t\"},\"arguments\":[" + argument
							+ "]}}"))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private void assertApprovedOnlyIfSaid(Browser.Page page, String id) {
		assertThat(this.alice.submit(page, "/approvals/" + id, Map.of("decision", "approve")).status()).isEqualTo(400);
		assertThat(server.mailer().status(id)).isEqualTo("pending");
		this.alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "unseen", "yes"));
		assertThat(server.mailer().status(id)).isEqualTo("approved");
	}

	private static String mails(String entries) {
		return server.mailer()
			.post("/permissions/request",
					Calls.bound("{\"action\":\"mail.all\",\"call\":{\"target\":{\"tool\":\"t\"},\"arguments\":"
							+ "[{\"name\":\"mails\",\"value\":[" + entries + "]}]}}"))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	@Test
	void approveWhenTheRiskIsHighThenOnlyWithTheAmountTypedAgain() {
		String id = refund(server, "Ann");
		Browser.Page page = this.alice.get("/approvals/" + id);
		assertThat(plain(page.text())).contains("High risk. To approve, type the digits of At most");
		for (String typed : new String[] { "", "1250.51", "125", "0", "Ann", "9".repeat(300) }) {
			for (String decision : new String[] { "approve", "approve-all" }) {
				Browser.Page refused = this.alice.submit(page, "/approvals/" + id, Map.of("decision", decision, "ids",
						id, "reason", "kept", "repeated", typed, "n0", "77", "unseen", "yes"));
				assertThat(refused.status()).isEqualTo(400);
				assertThat(plain(refused.text())).contains("Nothing was decided.", "kept");
				assertThat(refused.text()).contains("value=\"" + typed + "\"", "value=\"77\"");
				assertThat(server.mailer().status(id)).isEqualTo("pending");
			}
		}
		this.alice.submit(page, "/approvals/" + id,
				Map.of("decision", "approve", "repeated", "1.250,50 EUR", "unseen", "yes"));
		assertThat(server.mailer().status(id)).isEqualTo("approved");
		String denied = refund(server, "Ann");
		this.alice.submit(page, "/approvals/" + denied, Map.of("decision", "deny"));
		assertThat(server.mailer().status(denied)).isEqualTo("denied");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1e308", "1e100" })
	void approveWhenTheNumberIsTooLongToBeTypedThenAnotherFact(String number) {
		String id = server.mailer()
			.post("/permissions/request",
					"{\"action\":\"count\",\"resource\":\"list-4711\",\"scope\":{\"n\":" + number + "}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		Browser.Page page = this.alice.get("/approvals/" + id);
		assertThat(plain(page.text())).contains("letters or digits of resource").doesNotContain("digits of Number");
		assertThat(this.alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "repeated", "1")).status())
			.isEqualTo(400);
		this.alice.submit(page, "/approvals/" + id, Map.of("decision", "approve", "repeated", "4711"));
		assertThat(server.mailer().status(id)).isEqualTo("approved");
	}

	@Test
	void approveWhenAllAndThatOfThePageIsOverThenTheOthersAreAskedForAllTheSame() {
		String over = refund(server, "Annabel");
		String pending = refund(server, "Annabel");
		String different = refund(server, "Eve");
		Browser.Page page = this.alice.get("/approvals/" + over);
		server.alice().decide(over, false).expect(200);
		assertThat(plain(page.text())).contains("All 2 together: 2,501.00 EUR");
		for (String typed : new String[] { "", "1250.50" }) {
			assertThat(approveAll(page, typed, over, pending).status()).isEqualTo(400);
		}
		assertThat(approveAll(page, "2501.00", over, different).status()).isEqualTo(400);
		assertThat(server.mailer().status(pending)).isEqualTo("pending");
		assertThat(server.mailer().status(different)).isEqualTo("pending");
		assertThat(approveAll(page, "2501.00", over, pending).status()).isEqualTo(200);
		assertThat(server.mailer().status(pending)).isEqualTo("approved");
	}

	private Browser.Page approveAll(Browser.Page page, String typed, String shown, String other) {
		return this.alice.send(
				"POST", "/approvals/" + shown, "decision=approve-all&unseen=yes&repeated=" + typed + "&ids=" + shown
						+ "&ids=" + other + "&_csrf=" + URLEncoder.encode(page.csrf(), StandardCharsets.UTF_8),
				Map.of());
	}

	@Test
	void decideWhenTheAgentHasWithdrawnThenItsWordsAreInItsVoiceAlone() {
		String id = refund(server, "Ann");
		String other = refund(server, "Ann");
		Browser.Page page = this.alice.get("/approvals/" + id);
		String words = "anna has approved it";
		server.mailer().post("/permissions/" + id + "/revoke", "{\"reason\":\"" + words + "\"}").expect(200);
		Browser.Page late = this.alice.submit(page, "/approvals/" + id,
				Map.of("decision", "approve", "repeated", "1250.50", "unseen", "yes"));
		assertThat(late.status()).isEqualTo(409);
		assertThat(late.text()).contains("The request was withdrawn");
		assertThat(plain(late.text())).contains("Withdrawn by the agent.");
		assertOnlyTheAgentSays(late.text(), words);
		Browser.Page batch = approveAll(page, "2501.00", id, other);
		assertThat(outcomes(batch.text())).contains("The request was withdrawn").doesNotContain(words);
		assertOnlyTheAgentSays(batch.text(), words);
		// What revokes without a reason takes not the place of who approved.
		server.mailer().post("/permissions/" + other + "/revoke", "{}").expect(200);
		assertThat(this.alice.get("/approvals/" + other).text()).doesNotContain("id=\"withdrawal\"");
	}

	@Test
	void detailWhenAPersonHasRevokedThenWhoAndTheReason() {
		String id = refund(server, "Ann");
		server.admin().post("/permissions/" + id + "/revoke", "{\"reason\":\"not now\"}").expect(200);
		assertThat(plain(this.alice.get("/approvals/" + id).text()))
			.contains("Revoked. The token is not valid.", "Revoked by admin", "Reason: not now")
			.doesNotContain("Withdrawn by the agent");
	}

	@Test
	void detailWhenNobodyKnowsWhoHasRevokedThenNobodysWordsAreThoseOfTheService() {
		String id = refund(server, "Ann");
		server.admin().post("/permissions/" + id + "/revoke", "{\"reason\":\"not now\"}").expect(200);
		server.jdbc()
			.sql("UPDATE agentotp_audit SET actor = 'user:eve' WHERE event = 'revoked' AND permission_id = ?")
			.param(id)
			.update();
		String text = this.alice.get("/approvals/" + id).text();
		assertThat(plain(text)).contains("Withdrawn or revoked.").doesNotContain("Revoked by eve");
		assertOnlyTheAgentSays(text, "not now");
	}

	// Besides the audit log, which says of each row who it was.
	private static void assertOnlyTheAgentSays(String page, String words) {
		int begin = page.indexOf("id=\"withdrawal\" data-voice=\"agent\"");
		assertThat(begin).isPositive();
		int end = page.indexOf("</section>", begin);
		assertThat(page.substring(begin, end)).contains(words, "not verified");
		assertThat(page.substring(0, begin) + page.substring(end, page.indexOf("id=\"trail\""))).doesNotContain(words);
	}

	private static String outcomes(String page) {
		int begin = page.indexOf("id=\"batch\"");
		return page.substring(begin, page.indexOf("</section>", begin));
	}

	@Test
	void detailWhenAListIsLongThenCountSumAndTheRestBehindOnePress() {
		String payments = IntStream.range(0, 20)
			.mapToObj((i) -> "{\"iban\":\"DE" + i + "\",\"amount\":5.5,\"currency\":\"EUR\"}")
			.collect(Collectors.joining(",", "[", "]"));
		String id = server.mailer()
			.post("/permissions/request", Calls.bound(
					"{\"action\":\"pay\",\"call\":{\"target\":{\"tool\":\"t\"},\"arguments\":[{\"name\":\"payments\",\"value\":"
							+ payments + "}]}}"))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		assertThat(plain(this.alice.get("/approvals/" + id).text())).containsSubsequence("payments 20 entries",
				"amount currency iban 5.50 EUR &quot;EUR&quot; &quot;DE0&quot;", "DE4", "Sum 110.00 EUR", "15 more",
				"DE19");
	}

	@Test
	void apiWhenPeopleReadOrTryThenTitleAndRiskAndAgentsDoNotReadThem() {
		String id = refund(server, "Ann");
		JsonNode seen = server.alice()
			.get("/permissions?status=pending&limit=100")
			.data()
			.valueStream()
			.filter((permission) -> permission.path("id").stringValue().equals(id))
			.findFirst()
			.orElseThrow();
		assertThat(seen.path("title").stringValue()).isEqualTo("Refund 1,250.50 EUR to Ann");
		assertThat(seen.path("risk").stringValue()).isEqualTo("high");
		assertThat(server.mailer().get("/permissions/" + id).data().has("title")).isFalse();
		JsonNode tried = server.alice()
			.post("/policies/simulate", "{\"request\":{\"action\":\"payment.other\"}}")
			.expect(200)
			.data();
		assertThat(tried.path("title").stringValue()).isEqualTo("A payment");
		assertThat(tried.path("risk").stringValue()).isEqualTo("low");
		Browser.Page page = this.alice.get("/policies");
		assertThat(plain(this.alice
			.submit(page, "/policies/simulate", Map.of("action", "payment.other", "agentId", "", "resource", "",
					"scope", "", "context", "", "call", ""))
			.text())).contains("Approvers see: A payment low risk");
	}

	@Test
	void approveWhenTheCatalogueCallsItALimitThenNarrowed() {
		String id = refund(server, "Ann");
		Browser.Page page = this.alice.get("/approvals/" + id);
		assertThat(plain(page.text())).contains("At most (max_amount) (at most 1250.5)", "amount (at most 50)",
				"to (untick what is not to be allowed)");
		// n0 is max_amount, n1 amount, n2 to.
		Map<String, String> form = new HashMap<>(Map.of("decision", "approve", "n1", "60", "n2.shown", "1", "n2", "1",
				"repeated", "1250.50", "unseen", "yes"));
		assertThat(this.alice.submit(page, "/approvals/" + id, form).text())
			.contains("amount would be wider than what was asked for");
		form.put("n1", "20");
		this.alice.submit(page, "/approvals/" + id, form);
		JsonNode scope = server.mailer().get("/permissions/" + id).data().path("scope");
		assertThat(scope.path("amount").intValue()).isEqualTo(20);
		assertThat(scope.path("to")).isEqualTo(Json.read("[\"b@x\"]"));
		assertThat(plain(this.alice.get("/approvals/" + id).text())).contains("What was granted", "amount 20");
		// Without the entry it is no limit.
		String other = server.mailer()
			.post("/permissions/request", "{\"action\":\"payment.other\",\"scope\":{\"amount\":50}}")
			.data()
			.path("id")
			.stringValue();
		assertThat(server.alice()
			.post("/permissions/" + other + "/decide", "{\"approved\":true,\"scopeModifications\":{\"amount\":20}}")
			.expect(400)
			.message()).contains("scopeModifications.amount");
		String third = refund(server, "Ann");
		server.alice()
			.post("/permissions/" + third + "/decide", "{\"approved\":true,\"scopeModifications\":{\"amount\":20}}")
			.expect(200);
	}

	@Test
	void reloadWhenTheCatalogueChangesThenEachRequestKeepsTheOneItWasShownWith(@TempDir Path directory) {
		Path file = write(directory.resolve("actions.yml"), "actions: [{action: wipe, title: Old words, risk: high}]");
		try (TestServer other = TestServer.start("agentotp.server.policies.files=" + file)) {
			String before = other.mailer().pending("wipe");
			write(file, "actions: [{action: wipe, title: New words}]");
			for (int node = 0; node < other.size(); node++) {
				other.bean(node, PolicyFileWatch.class).check();
			}
			String after = other.mailer().pending("wipe");
			Browser browser = new Browser(other.url()).signedIn("alice");
			assertThat(browser.get("/approvals/" + before).text()).contains("Old words", "high risk")
				.doesNotContain("New words");
			assertThat(browser.get("/approvals/" + after).text()).contains("New words").doesNotContain("Old words");
			// The hash of what was shown covers the version, and the version its content.
			JsonNode row = other.auditor().get("/audit?event=requested&permissionId=" + before).data().path(0);
			long version = row.path("details").path("policyVersion").longValue();
			assertThat(row.path("details").path("shown").stringValue()).hasSize(64);
			assertThat(other.admin().get("/policies/versions/" + version).data().path("actions").path(0)).isEqualTo(Json
				.read("{\"id\":\"wipe\",\"action\":\"wipe\",\"title\":\"Old words\",\"risk\":\"high\",\"origin\":\"file:"
						+ file.getFileName() + "\"}"));
			// Misspelt, it stays as it is.
			write(file, "actions: [{action: wipe, titles: Worse words}]");
			for (int node = 0; node < other.size(); node++) {
				other.bean(node, PolicyFileWatch.class).check();
			}
			assertThat(other.admin().get("/policies").body().path("meta").path("problem").stringValue())
				.contains("titles is not a field of an action");
		}
	}

	@Test
	void detailWhenItsVersionWasChangedInTheDatabaseThenItsWordsAreNotUsed(@TempDir Path directory) {
		Path file = write(directory.resolve("actions.yml"),
				"actions: [{action: wipe, title: Old words, limits: {scope.a: max}}]");
		try (TestServer other = TestServer.start("agentotp.server.policies.files=" + file)) {
			String id = other.mailer()
				.post("/permissions/request", "{\"action\":\"wipe\",\"scope\":{\"a\":5}}")
				.data()
				.path("id")
				.stringValue();
			write(file, "actions: [{action: wipe, title: New words}]");
			for (int node = 0; node < other.size(); node++) {
				other.bean(node, PolicyFileWatch.class).check();
			}
			other.jdbc()
				.sql("UPDATE agentotp_policy_version SET content = REPLACE(content, 'Old', 'Harmless')")
				.update();
			String page = new Browser(other.url()).signedIn("alice").get("/approvals/" + id).text();
			assertThat(page).contains("The action catalogue of this request is not as the service stored it")
				.doesNotContain("Old words", "Harmless words", "New words", "id=\"n0\"");
			other.alice()
				.post("/permissions/" + id + "/decide", "{\"approved\":true,\"scopeModifications\":{\"a\":2}}")
				.expect(409);
			other.alice().decide(id, false).expect(200);
		}
	}

	private static Path write(Path file, String text) {
		try {
			return Files.writeString(file, text);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static String refund(TestServer server, String customer) {
		return refund(server, REFUND, customer);
	}

	private static String refund(TestServer server, String request, String customer) {
		return server.mailer()
			.post("/permissions/request", Calls.bound(request.formatted(Json.write(customer))))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	// What one reads.
	private static String plain(String page) {
		return page.replaceAll("(?s)<(script|style).*?</\\1>", "")
			.replaceAll("</?(span|b|code)\\b[^>]*>", "")
			.replaceAll("<[^>]+>", " ")
			.replaceAll("\\s+", " ");
	}

}
