package io.agentotp.server;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page of the numbers.
 */
@Tag("sql")
class StatisticsPageTests {

	private TestServer server;

	private Browser alice;

	@BeforeEach
	void start() {
		this.server = TestServer.start();
		// Early in an hour, so that what follows is in the same one.
		Instant now = this.server.clock.instant();
		this.server.clock.move(Duration.between(now, now.truncatedTo(ChronoUnit.HOURS).plus(Duration.ofMinutes(65))));
		this.alice = new Browser(this.server.url()).signedIn("alice");
	}

	@AfterEach
	void stop() {
		this.server.close();
	}

	@Test
	void numbersWhenNothingHappenedThenSaysSo() {
		assertThat(this.alice.get("/numbers").text()).contains("No agent asked for anything in the last 24 hours.")
			.doesNotContain("<svg viewBox", "id=\"statistics\"");
		assertThat(this.alice.get("/numbers?span=quarter").text()).contains("in the last 90 days.");
	}

	@Test
	void numbersWhenAskedAndDecidedThenChartsWithTextAndTable() {
		decided(10, true);
		decided(50, true);
		decided(90, false);
		this.server.mailer().request("read.page").expect(201);
		this.server.mailer().request("table.drop").expect(200);
		this.server.clock.move(Duration.ofHours(2));
		this.server.mailer().pending("mail.send");
		String id = this.server.mailer().request("read.page").data().path("id").stringValue();
		this.server.mailer().use(id, "otp_wrong");

		String text = this.alice.get("/numbers").text();
		assertThat(text).contains("Requests: 7 in all, at most 5 in one hour",
				"half of the decisions took at most 50 s", "Refused uses: 1 in all", "role=\"img\"");
		assertThat(count(text, "<svg viewBox")).isEqualTo(3).isEqualTo(count(text, "<desc>"));
		// One bar for each of: used or approved, denied, expired by now; pending,
		// approved.
		assertThat(count(text, "<rect [^>]*class=\"part-denied\"")).isEqualTo(2);
		assertThat(count(text, "<rect [^>]*class=\"part-pending\"")).isEqualTo(1);
		assertThat(count(text, "<rect [^>]*class=\"part-half\"")).isEqualTo(1);
		assertThat(text.substring(text.indexOf("id=\"statistics\""))).contains("<th scope=\"row\">All</th><td>7</td>",
				"<td>50 s</td>");
		assertThat(count(text, "<tr>")).isEqualTo(2 + 2);
		assertThat(text).doesNotContain("style=", "NaN", "Infinity");
		assertThat(text).contains("<title>Statistics · Agent OTP</title>");

		String month = this.alice.get("/numbers?span=month").text();
		assertThat(month).contains("By the day", "7 in all");
	}

	@Test
	void numbersWhenSpanIsUnknownThenRefused() {
		Browser.Page page = this.alice.get("/numbers?span=%3Cb%3E");
		assertThat(page.status()).isEqualTo(400);
		assertThat(page.text()).contains("span must be day, month or quarter");
	}

	private void decided(int seconds, boolean approved) {
		String id = this.server.reader().pending("mail.send");
		this.server.clock.move(Duration.ofSeconds(seconds));
		this.server.alice().decide(id, approved).expect(200);
	}

	private static long count(String text, String part) {
		return Pattern.compile(part).matcher(text).results().count();
	}

}
