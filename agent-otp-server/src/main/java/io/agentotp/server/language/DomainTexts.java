package io.agentotp.server.language;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Texts of the service that programs read in English, found by their English message.
 * What stands in the places of a message stays as it is.
 */
final class DomainTexts {

	private static final String DOMAIN = "domain.";

	private static final Pattern PLACE = Pattern.compile("\\{(\\d)}");

	private static final List<Text> TEXTS = Messages.all(DOMAIN, Locale.ENGLISH)
		.entrySet()
		.stream()
		// The most words first.
		.sorted(Comparator.comparingInt((text) -> -text.getValue().length()))
		.map((text) -> Text.of(DOMAIN + text.getKey(), text.getValue().replace("''", "'")))
		.toList();

	private DomainTexts() {
	}

	static String in(Locale language, String english) {
		if (language.equals(Locale.ENGLISH)) {
			return english;
		}
		for (Text text : TEXTS) {
			Matcher found = text.pattern().matcher(english);
			if (found.matches()) {
				return Messages.get(text.key(),
						IntStream.rangeClosed(1, found.groupCount()).mapToObj(found::group).toArray());
			}
		}
		return english;
	}

	private record Text(String key, Pattern pattern) {

		static Text of(String key, String english) {
			List<String> pieces = new ArrayList<>();
			Matcher places = PLACE.matcher(english);
			int begin = 0;
			while (places.find()) {
				pieces.add(Pattern.quote(english.substring(begin, places.start())));
				begin = places.end();
			}
			pieces.add(Pattern.quote(english.substring(begin)));
			return new Text(key, Pattern.compile(String.join("(.*?)", pieces), Pattern.DOTALL));
		}

	}

}
