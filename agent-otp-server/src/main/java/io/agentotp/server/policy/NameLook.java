package io.agentotp.server.policy;

import java.text.Normalizer;
import java.util.Locale;

/**
 * What a name looks like: the audit log and pages identify a policy by its name, so two
 * that look alike would be taken for one.
 */
final class NameLook {

	// Letters of other alphabets, and digits, with the Latin letters that they look like.
	private static final String LIKE = "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u04cf"
			+ "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7" + "01i|";

	private static final String LATIN = "abekmhopctyxljsdqwhl" + "abezhlkmnoptyx" + "olll";

	private NameLook() {
	}

	/**
	 * The look of a name.
	 * @param name the name
	 * @return the same for names that differ in case, spaces, invisible characters or
	 * look-alikes only
	 */
	static String of(String name) {
		StringBuilder look = new StringBuilder();
		Normalizer.normalize(name, Normalizer.Form.NFKC)
			.toLowerCase(Locale.ROOT)
			.codePoints()
			.filter(NameLook::isSeen)
			.forEach((character) -> {
				int place = LIKE.indexOf(character);
				look.appendCodePoint((place < 0) ? character : LATIN.charAt(place));
			});
		return look.toString();
	}

	private static boolean isSeen(int character) {
		return !Character.isWhitespace(character) && !Character.isSpaceChar(character)
				&& !Character.isISOControl(character) && Character.getType(character) != Character.FORMAT;
	}

}
