package io.agentotp.server.notification;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;

/**
 * Text of agents where the reader's program makes links of plain text, and would follow
 * characters that one does not see.
 */
public final class InertText {

	// Without width, and no part of any name, so that what is before and after it is not
	// one address.
	private static final String JOINER = "\u2060";

	private static final String DOTS = "[.\u3002\uff0e\uff61]";

	private static final String COLONS = "[:\uff1a]";

	// Only what readers make links of, so that other text can be copied and searched for.
	private static final Pattern ADDRESS = Pattern
		.compile(
				String.join("|", COLONS + "(?=[/\uff0f\\\\])",
						"(?<=\\b(?:mailto|tel|sms|callto|sip|skype|facetime|geo|magnet|javascript|data))" + COLONS
								+ "(?=\\S)",
						"[/\uff0f](?=[/\uff0f])", "[@\uff20](?=\\S)",
						"(?<=\\S)" + DOTS + "(?<!\\d" + DOTS + "(?=\\d))(?=[^\\s\\p{Punct}])"),
				Pattern.CASE_INSENSITIVE);

	private InertText() {
	}

	/**
	 * Writes a text so that nothing in it becomes a link, a mention or an order to the
	 * reader's program. It looks the same, and what one would not see is named. Its lines
	 * stay.
	 * @param text the text
	 * @return the text to show
	 */
	public static String of(String text) {
		return ADDRESS.matcher(visible(text, "\n")).replaceAll("$0" + JOINER);
	}

	/**
	 * Writes a text in one line where nothing becomes a link, as in a subject.
	 * @param text the text
	 * @return the text to show
	 */
	public static String line(String text) {
		return ADDRESS.matcher(visible(text, " ")).replaceAll("$0" + JOINER);
	}

	private static String visible(String text, String between) {
		return Arrays.stream(text.split("\n", -1)).map(InertText::visible).collect(Collectors.joining(between));
	}

	private static String visible(String line) {
		return VisibleText.of(line).stream().map(InertText::write).collect(Collectors.joining());
	}

	// Among letters from right to left, numbers would change places.
	private static String write(Segment segment) {
		String text = segment.text();
		if (segment.number() && !text.isEmpty()) {
			return "\u2068" + text + "\u2069";
		}
		return (segment.special() && text.startsWith("U+")) ? "⟨" + text + "⟩" : text;
	}

}
