package io.agentotp.server.page.text;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.Set;

/**
 * Finds characters that look like others: letters of another alphabet inside a Latin
 * word, and wide or styled forms of ASCII characters. A whole word of another alphabet is
 * not found, since it may well be one.
 */
final class LookAlikes {

	private static final Set<UnicodeScript> SIMILAR = EnumSet.of(UnicodeScript.CYRILLIC, UnicodeScript.GREEK,
			UnicodeScript.ARMENIAN, UnicodeScript.CHEROKEE, UnicodeScript.COPTIC, UnicodeScript.LISU,
			UnicodeScript.GEORGIAN, UnicodeScript.DESERET, UnicodeScript.OLD_ITALIC);

	// What separates the parts of an address or a path.
	private static final String SEPARATORS = "/\\.@:-_";

	private LookAlikes() {
	}

	/**
	 * Looks at a text.
	 * @param text its characters
	 * @return the places of those that look like others
	 */
	static BitSet of(int[] text) {
		BitSet found = new BitSet(text.length);
		int begin = 0;
		for (int i = 0; i <= text.length; i++) {
			if (i == text.length || !isPartOfWord(text[i])) {
				word(text, begin, i, found);
				begin = i + 1;
			}
		}
		for (int i = 0; i < text.length; i++) {
			if (isFormOfAscii(text[i])) {
				found.set(i);
			}
		}
		return found;
	}

	// What one would not see does not end a word.
	private static boolean isPartOfWord(int c) {
		return Character.isLetterOrDigit(c) || VisibleText.isMark(c) || Character.getType(c) == Character.FORMAT;
	}

	private static void word(int[] text, int begin, int end, BitSet found) {
		boolean latin = false;
		for (int i = begin; i < end && !latin; i++) {
			latin = UnicodeScript.of(text[i]) == UnicodeScript.LATIN;
		}
		for (int i = begin; i < end && latin; i++) {
			if (SIMILAR.contains(UnicodeScript.of(text[i]))) {
				found.set(i);
			}
		}
	}

	private static boolean isFormOfAscii(int c) {
		// Those of Latin-1, such as a raised 2, are known to everybody.
		if (c < 0x100 || !Character.isDefined(c)) {
			return false;
		}
		String plain = Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKC);
		if (plain.length() != 1 || plain.charAt(0) >= 0x80) {
			return false;
		}
		return Character.isLetterOrDigit(plain.charAt(0)) || SEPARATORS.indexOf(plain.charAt(0)) >= 0;
	}

}
