package io.agentotp.server.notification;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.server.HostileText;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Text that no program makes links of.
 */
class InertTextTests {

	private static final int TRIES = Integer.getInteger("agentotp.test.tries", 300) * 10;

	private static final List<String> PIECES = List.of("http", "https", "javascript", "mailto", "tel", ":", "://", "//",
			"/", ".", "@", "www", "evil", "com", "example.com", "\uff0e", "\u3002", "\uff1a", "\uff20", "\uff0f", "<",
			">", "[", "](", ")", "*", "_", "`", "&", "\"", "'", " ", "\n", "\r\n", "\t", "\u0000", "\u001b", "\u202e",
			"\u2066", "\u2060", "\u200b", "\ufeff", "\u05d0\u05d1", "\u0645", "\ud83d\ude00", "\ud800", "1", "42",
			"127", "a", "Z", "\u0430", "\u0301", "@here", "<@U1>", "#");

	// What readers' programs take for links, seen generously.
	private static final Pattern LINK = Pattern.compile(
			"[\\p{L}\\d]:/|://|//[\\p{L}\\d]|[\\p{L}\\d][.\uff0e\u3002\uff61]\\p{L}|[\\p{L}\\d_]@[\\p{L}\\d]|@\\p{L}");

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			https://evil.example/a?b=c | https:~/~/evil.~example/a?b=c
			www.example.com | www.~example.~com
			HTTPS:/evil | HTTPS:~/evil
			file:\\\\host | file:~\\\\host
			//evil | /~/evil
			a@b.c | a@~b.~c
			@everyone | @~everyone
			mailto:bob | mailto:~bob
			7.example | 7.~example
			order:42 | order:42
			customer:anna/invoices/2026-17 | customer:anna/invoices/2026-17
			hotel:vienna_7 | hotel:vienna_7
			v1.2.3, 10.0.0.1:8080 | v1.2.3, 10.0.0.1:8080
			12:30 and 1.250,50 EUR | 12:30 and 1.250,50 EUR
			End. Next: line / other... | End. Next: line / other...
			""")
	void ofWhenLikeALinkThenTakenApart(String text, String inert) {
		assertThat(InertText.of(text)).isEqualTo(inert.replace('~', '\u2060'));
	}

	@Test
	void lineWhenSubjectThenResourceCanBeSearchedFor() {
		assertThat(InertText.line("payment.refund order:42\nbob@example.com"))
			.isEqualTo("payment.\u2060refund order:42 bob@\u2060example.\u2060com");
	}

	@Test
	void ofWhenOfRandomPiecesThenNothingIsALinkAndAllIsVisible() {
		Random random = new Random(16);
		List<String> pieces = Stream.concat(PIECES.stream(), HostileText.ALL.stream()).toList();
		for (int i = 0; i < TRIES; i++) {
			String text = IntStream.range(0, 1 + random.nextInt(12))
				.mapToObj((piece) -> pieces.get(random.nextInt(pieces.size())))
				.collect(Collectors.joining());
			String inert = InertText.of(text);
			assertThat(LINK.matcher(inert).find()).as("%s -> %s", text, inert).isFalse();
			assertThat(inert).as(text)
				.doesNotContainPattern("[\\p{Cc}\\p{Cs}&&[^\n]]")
				.doesNotContainPattern("[\u202a-\u202e\u200b-\u200f\ufeff\u061c]");
			assertThat(inert.lines().count()).as(text).isLessThanOrEqualTo(text.lines().count() + 1);
			assertThat(InertText.line(text)).as(text).doesNotContain("\n");
		}
	}

}
