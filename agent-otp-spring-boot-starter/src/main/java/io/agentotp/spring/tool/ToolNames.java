package io.agentotp.spring.tool;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

import org.springframework.util.PatternMatchUtils;

/**
 * Compares the names of tools, which others may have chosen: {@code delete_file},
 * {@code Delete-File}, {@code deleteFile} and {@code delete.file} are one name.
 */
final class ToolNames {

	private static final Pattern INVISIBLE = Pattern.compile("\\p{Cf}+");

	private static final Pattern BEGINS_WORD = Pattern
		.compile("(?<=[\\p{Ll}\\p{N}])(?=\\p{Lu})|(?<=\\p{Lu})(?=\\p{Lu}\\p{Ll})");

	private static final Pattern SEPARATORS = Pattern.compile("[^\\p{L}\\p{N}\\p{M}*]+");

	private ToolNames() {
	}

	/**
	 * Return whether a pattern matches a name.
	 * @param pattern the pattern; {@code *} stands for any characters
	 * @param name the name
	 * @param strict whether words must end where they do in the pattern: what allows must
	 * not allow more than it says, what restricts must not be evaded by a separator
	 */
	static boolean matches(String pattern, String name, boolean strict) {
		String separator = strict ? "_" : "";
		return PatternMatchUtils.simpleMatch(normal(pattern, separator), normal(name, separator));
	}

	private static String normal(String name, String separator) {
		String visible = INVISIBLE.matcher(Normalizer.normalize(name, Normalizer.Form.NFKC)).replaceAll("");
		String words = BEGINS_WORD.matcher(visible).replaceAll("_");
		// Upper case first: some letters have several small ones.
		return SEPARATORS.matcher(words).replaceAll(separator).toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
	}

}
