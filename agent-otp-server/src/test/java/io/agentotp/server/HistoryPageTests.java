package io.agentotp.server;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page of what is decided or over.
 */
@Tag("sql")
class HistoryPageTests {

	private static TestServer server;

	private static String denied;

	private static String used;

	private static String approved;

	private static String waiting;

	private final Browser alice = new Browser(server.url()).signedIn("alice");

	@BeforeAll
	static void start() {
		server = TestServer.start();
		denied = server.mailer().request("table.drop").expect(200).data().path("id").stringValue();
		used = server.mailer().request("read.page").expect(201).data().path("id").stringValue();
		server.mailer().use(used, server.mailer().token(used)).expect(200);
		approved = server.reader().request("read.pa%_!x").expect(201).data().path("id").stringValue();
		waiting = server.reader().pending("mail.send");
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void historyWhenNotFilteredThenAllThatIsDecided() {
		assertThat(this.alice.get("/history").text()).contains(denied, used, approved).doesNotContain(waiting);
	}

	@ParameterizedTest
	@CsvSource({ "status=denied,true,false,false", "status=used,false,true,false", "agentId=reader,false,false,true",
			"agentId=mailer,true,true,false", "action=read.,false,true,true", "action=read.page,false,true,false",
			"action=read.pa%25_!,false,false,true", "action=%25,false,false,false", "action=READ,false,false,false",
			"decidedBy=alice,false,false,false", "resource=order:1,false,false,false",
			"text=READ.PAGE,false,true,false", "text=nowhere,false,false,false", "from=2000-01-01T00:00,true,true,true",
			"to=2000-01-01T00:00,false,false,false", "amountFrom=1,false,false,false",
			"status=denied&agentId=mailer&action=table,true,false,false", "status=&agentId=&action=,true,true,true" })
	void historyWhenFilteredThenOnlyThose(String filter, boolean first, boolean second, boolean third) {
		String text = this.alice.get("/history?" + filter).text();
		assertThat(new boolean[] { text.contains(denied), text.contains(used), text.contains(approved) })
			.containsExactly(first, second, third);
		assertThat(text).doesNotContain(waiting);
	}

	@Test
	void historyWhenBoundValuesAreFilteredThenFoundOnPageAndByApi() {
		String refund = server.mailer().post("/permissions/request", """
				{"action":"refund","resource":"order:77","scope":{"max_amount":250.50,"note":"for Änne \\"A\\""},
				"context":{"reason":"nothing \\u0065lse"}}""").expect(202).data().path("id").stringValue();
		server.alice().decide(refund, true).expect(200);
		for (String filter : List.of("resource=order:77", "decidedBy=alice", "decidedBy=user:alice",
				"text=%C3%84NNE%20%22a%22", "text=nothing%20else", "amountFrom=250.5&amountTo=250.50",
				"amountFrom=100&resource=order:77&text=refund")) {
			assertThat(this.alice.get("/history?" + filter).text()).as(filter)
				.contains(refund, "1 permission<")
				.doesNotContain(denied, used);
			Api.Answer answer = server.alice().get("/permissions?" + filter).expect(200);
			assertThat(answer.data().size()).as(filter).isEqualTo(1);
			assertThat(answer.data().path(0).path("id").stringValue()).isEqualTo(refund);
			assertThat(answer.body().path("meta").has("searchedBackTo")).isFalse();
		}
		for (String filter : List.of("resource=order:7", "decidedBy=bob", "amountFrom=250.51", "amountTo=250.49",
				"text=order:78")) {
			assertThat(this.alice.get("/history?" + filter).text()).as(filter).doesNotContain(refund);
			assertThat(server.alice().get("/permissions?" + filter).expect(200).data().size()).as(filter).isZero();
		}
		assertThat(server.alice().get("/permissions?resourc=order:77").status()).isEqualTo(400);
	}

	@Test
	void historyWhenMoreThanIsReadThenSaysHowFar() {
		try (TestServer many = TestServer.start()) {
			String first = many.reader().request("read.first").expect(201).data().path("id").stringValue();
			for (int i = 0; i < 1000; i++) {
				many.clock.move(Duration.ofSeconds(1));
				many.reader().request("read.many").expect(201);
			}
			Browser browser = new Browser(many.url()).signedIn("alice");
			String page = browser.get("/history?text=read.first").text();
			assertThat(page).contains("id=\"searched\"", "0 permissions").doesNotContain(first);
			Matcher earlier = Pattern.compile("href=\"[^\"]*(/history\\?[^\"]+)\">Search earlier").matcher(page);
			assertThat(earlier.find()).isTrue();
			assertThat(browser.get(earlier.group(1).replace("&amp;", "&")).text()).contains(first)
				.doesNotContain("id=\"searched\"");
			assertThat(many.alice().get("/permissions?text=read.first").body().path("meta").has("searchedBackTo"))
				.isTrue();
		}
	}

	@Test
	void historyWhenNothingFitsThenSaysSo() {
		assertThat(this.alice.get("/history?action=nothing").text()).contains("No matching requests.", "0 permissions",
				"Show all");
	}

	@ParameterizedTest
	@CsvSource({ "status=nothing,status must be one of", "status=pending,status must be one of",
			"action=%00,action must not contain", "page=x,page has a value of the wrong type",
			"from=yesterday,First day must be a moment", "amountFrom=1e9,amountFrom must be a number",
			"resourc=x,resourc is not a parameter" })
	void historyWhenFilterIsNotValidThenSaysWhich(String filter, String message) {
		Browser.Page page = this.alice.get("/history?" + filter);
		assertThat(page.status()).isEqualTo(400);
		assertThat(page.text()).contains("id=\"error-message\"", message);
	}

	@Test
	void historyWhenLongThenPagesKeepTheFilter() {
		try (TestServer many = TestServer.start()) {
			for (int i = 0; i < 26; i++) {
				many.reader().request("read.many").expect(201);
			}
			Browser browser = new Browser(many.url()).signedIn("alice");
			assertThat(browser.get("/history?action=read.many").text())
				.contains("26 permissions", "Page 1 of 2", "/history?page=2&amp;action=read.many")
				.doesNotContain("rel=\"prev\"");
			assertThat(browser.get("/history?page=2&action=read.many").text()).contains("rel=\"prev\"")
				.doesNotContain("rel=\"next\"");
			// Beyond the end there is the last one.
			assertThat(browser.get("/history?page=99").text()).contains("Page 2 of 2");
			assertThat(browser.get("/history?page=-3").text()).contains("Page 1 of 2");
		}
	}

}
