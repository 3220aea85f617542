package io.agentotp.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sees to it that a page of the documentation shows the code that the tests run.
 */
public final class GuidePage {

	private static final Pattern SNIPPET = Pattern.compile("// on the page\n(.*?)\n\\s*// end\n", Pattern.DOTALL);

	private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)\n```", Pattern.DOTALL);

	private GuidePage() {
	}

	/**
	 * Compares a page with the class that holds its code between {@code // on the page}
	 * and {@code // end}.
	 */
	public static void assertShows(Path page, Path code) throws IOException {
		List<String> shown = all(BLOCK, page);
		assertThat(shown).isNotEmpty().containsExactlyElementsOf(all(SNIPPET, code));
	}

	private static List<String> all(Pattern pattern, Path file) throws IOException {
		Matcher matcher = pattern.matcher(Files.readString(file));
		List<String> found = new ArrayList<>();
		while (matcher.find()) {
			found.add(matcher.group(1).stripIndent());
		}
		return found;
	}

}
