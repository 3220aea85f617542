package io.agentotp.spring.tool;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

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

	private static final Pattern LIST = Pattern.compile("[|,;\\s]+");

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
		String meant = normal(name, "");
		String[] fixed = normal(pattern, "").split("\\*+", -1);
		String begin = fixed[0];
		String end = fixed[fixed.length - 1];
		if (fixed.length == 1) {
			// Several names are to be several entries of the list.
			return isNear(begin, meant) || LIST.splitAsStream(pattern).anyMatch((part) -> areAlike(part, name));
		}
		return (begin.length() + end.length() > 0)
				&& (begin.isEmpty()
						|| lengths(begin, meant).anyMatch((length) -> isNear(begin, meant.substring(0, length))))
				&& (end.isEmpty() || lengths(end, meant)
					.anyMatch((length) -> isNear(end, meant.substring(meant.length() - length))));
	}

	private static IntStream lengths(String part, String name) {
		return IntStream.rangeClosed(part.length() - MISSPELT, Math.min(part.length() + MISSPELT, name.length()))
			.filter((length) -> length >= 0);
	}

	/** In a short word, another letter makes another word. */
	private static boolean isNear(String one, String other) {
		int distance = EditDistance.between(one, other);
		int shorter = Math.min(one.length(), other.length());
		boolean swapped = Arrays.equals(one.chars().sorted().toArray(), other.chars().sorted().toArray());
		boolean left = distance == 1 && one.length() != other.length();
		return distance == 0 || (swapped && shorter >= 4 && distance <= MISSPELT) || (left && shorter >= 5)
				|| distance <= Math.min((shorter - 4) / 2, MISSPELT);
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
