package io.agentotp.spring.tool;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

import io.agentotp.spring.operation.EditDistance;

import org.springframework.util.PatternMatchUtils;

/**
 * Compares the names of tools, which others may have chosen: {@code delete_file},
 * {@code Delete-File}, {@code deleteFile} and {@code delete.file} are one name.
 */
final class ToolNames {

	/** What Unicode lets fonts leave out, and more than that of its formats. */
	private static final Pattern INVISIBLE = Pattern
		.compile("[\\p{Cf}\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u2065\\u3164\\uFE00-\\uFE0F\\uFFA0"
				+ "\\uFFF0-\\uFFF8\\x{E0000}-\\x{E0FFF}]+");

	private static final Pattern BEGINS_WORD = Pattern
		.compile("(?<=[\\p{Ll}\\p{N}])(?=\\p{Lu})|(?<=\\p{Lu})(?=\\p{Lu}\\p{Ll})");

	private static final Pattern SEPARATORS = Pattern.compile("[^\\p{L}\\p{N}\\p{M}*]+");

	/** The characters that differ: more of them make another word. */
	private static final int MISSPELT = 2;

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

	/**
	 * Return whether two names are one to people.
	 */
	static boolean areAlike(String name, String other) {
		return normal(name, "").equals(normal(other, ""));
	}

	/**
	 * Return whether a pattern may have been meant for a name that it does not match.
	 */
	static boolean isMisspelt(String pattern, String name) {
		return EditDistance.between(normal(pattern, ""), normal(name, "")) <= MISSPELT;
	}

	private static String visible(String name) {
		return Normalizer.normalize(INVISIBLE.matcher(name).replaceAll(""), Normalizer.Form.NFKC);
	}

	private static String normal(String name, String separator) {
		// Once more, since one form can be of visible and of invisible letters.
		String words = BEGINS_WORD.matcher(visible(visible(name))).replaceAll("_");
		// Upper case first: some letters have several small ones.
		return SEPARATORS.matcher(words).replaceAll(separator).toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
	}

}
