package io.agentotp.server.page.text;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import com.ibm.icu.lang.UScript;
import com.ibm.icu.text.SpoofChecker;

/**
 * Finds characters that look like others, by Unicode's own data: letters of another
 * alphabet in a Latin word or in place of one, styled forms of ASCII, separators and
 * signs that are none. Text of another script as such is not found: a word that could be
 * read as a Latin one stands for itself among others of its script.
 */
final class LookAlikes {

	// What separates the parts of an address or a path.
	private static final String SEPARATORS = "/\\.@:_";

	// What separates the parts of a number.
	private static final String MARKS = ",.";

	// Browsers read them as dots.
	private static final String DOTS = "\u3002\uff61";

	private static final Pattern SMALL_CAPITAL = Pattern.compile("LATIN LETTER SMALL CAPITAL [A-Z]");

	// Those that stand between numbers and words in any text.
	private static final String DASHES = "\u2013\u2014";

	private final int[] text;

	private final BitSet found;

	private final boolean eastAsian;

	private LookAlikes(int[] text) {
		this.text = text;
		this.found = new BitSet(text.length);
		this.eastAsian = Arrays.stream(text).anyMatch(LookAlikes::isEastAsian);
	}

	/**
	 * Looks at a text.
	 * @param text its characters
	 * @return the places of those that look like others
	 */
	static BitSet of(int[] text) {
		if (Arrays.stream(text).allMatch(LookAlikes::isAscii)) {
			return new BitSet();
		}
		LookAlikes lookAlikes = new LookAlikes(text);
		lookAlikes.find();
		return lookAlikes.found;
	}

	private void find() {
		int begin = 0;
		for (int i = 0; i <= this.text.length; i++) {
			if (i == this.text.length || !isPartOfWord(this.text[i])) {
				word(begin, i);
				begin = i + 1;
			}
		}
		for (int i = 0; i < this.text.length; i++) {
			if (!isAscii(this.text[i]) && (isFormOfAscii(this.text[i]) || isSeparator(i) || isMark(i) || isMinus(i))) {
				this.found.set(i);
			}
		}
	}

	private void word(int begin, int end) {
		int[] word = Arrays.copyOfRange(this.text, begin, end);
		if (Arrays.stream(word).allMatch(LookAlikes::isAscii)) {
			return;
		}
		boolean latin = Arrays.stream(word).anyMatch((c) -> UScript.getScript(c) == UScript.LATIN);
		int other = Arrays.stream(word)
			.filter(LookAlikes::isOfOtherScript)
			.map(UScript::getScript)
			.findFirst()
			.orElse(-1);
		if (latin && other >= 0 && Icu.isMixed(word)) {
			mark(begin, end, LookAlikes::isOfOtherScript);
		}
		else if (latin && other >= 0) {
			mark(begin, end, (c) -> isOfOtherScript(c) && Icu.looksLikeAscii(c));
		}
		else if (!latin && other >= 0
				&& Arrays.stream(word).filter(Character::isLetter).allMatch((c) -> Icu.looksLikeAscii(c))
				&& (isPartOfName(begin, end) || !isWrittenIn(other))) {
			mark(begin, end, LookAlikes::isOfOtherScript);
		}
		if (Arrays.stream(word).anyMatch((c) -> isAscii(c) && Character.isDigit(c))) {
			mark(begin, end, (c) -> Character.isDigit(c) && !isAscii(c) && !isWide(c));
		}
	}

	private void mark(int begin, int end, IntPredicate odd) {
		for (int i = begin; i < end; i++) {
			if (odd.test(this.text[i])) {
				this.found.set(i);
			}
		}
	}

	// What one would not see does not end a word.
	private static boolean isPartOfWord(int c) {
		return Character.isLetterOrDigit(c) || VisibleText.isMark(c) || Character.getType(c) == Character.FORMAT;
	}

	private static boolean isOfOtherScript(int c) {
		return Character.isLetter(c) && switch (UScript.getScript(c)) {
			case UScript.LATIN, UScript.COMMON, UScript.INHERITED -> false;
			default -> true;
		};
	}

	// A word such as that of an address, whatever else the text says.
	private boolean isPartOfName(int begin, int end) {
		return (begin > 1 && SEPARATORS.indexOf(this.text[begin - 1]) >= 0 && isPartOfWord(this.text[begin - 2]))
				|| (end + 1 < this.text.length && SEPARATORS.indexOf(this.text[end]) >= 0
						&& isPartOfWord(this.text[end + 1]));
	}

	private boolean isWrittenIn(int script) {
		return Arrays.stream(this.text)
			.anyMatch((c) -> Character.isLetter(c) && UScript.getScript(c) == script && !Icu.looksLikeAscii(c));
	}

	// Those of Latin-1, such as a raised 2, are known to everybody.
	private boolean isFormOfAscii(int c) {
		if (c < 0x100 || !Character.isDefined(c) || (this.eastAsian && isWide(c))) {
			return false;
		}
		String plain = Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKC);
		return (plain.length() == 1 && isAscii(plain.charAt(0)) && Character.isLetterOrDigit(plain.charAt(0)))
				|| (UScript.getScript(c) == UScript.LATIN && (Icu.looksLikeAscii(c) || isSmallCapital(c)));
	}

	private static boolean isSmallCapital(int c) {
		String name = Character.getName(c);
		return name != null && SMALL_CAPITAL.matcher(name).matches();
	}

	// Between digits, where it says how large a number is, or as a dot of an address.
	private boolean isMark(int place) {
		int c = this.text[place];
		return (DOTS.indexOf(c) >= 0) ? isName(place - 1) && isName(place + 1) : isDigit(place - 1)
				&& isDigit(place + 1) && Icu.looksLikeOneOf(MARKS, c) && !(this.eastAsian && isWide(c));
	}

	private boolean isDigit(int place) {
		return isName(place) && isAscii(this.text[place]) && Character.isDigit(this.text[place]);
	}

	private boolean isSeparator(int place) {
		return Icu.looksLikeOneOf(SEPARATORS, this.text[place])
				&& (this.eastAsian ? !isColon(this.text[place]) && isName(place - 1) && isName(place + 1)
						: isName(place - 1) || isName(place + 1));
	}

	private static boolean isColon(int c) {
		return Icu.looksLikeOneOf(":", c);
	}

	// A dash is a minus only where a number begins.
	private boolean isMinus(int place) {
		int c = this.text[place];
		if (!Icu.looksLikeOneOf("-", c)) {
			return false;
		}
		if (DASHES.indexOf(c) >= 0) {
			return place + 1 < this.text.length && Character.isDigit(this.text[place + 1])
					&& (place == 0 || !isPartOfWord(this.text[place - 1]));
		}
		return (this.eastAsian && isWide(c)) ? isName(place - 1) && isName(place + 1)
				: isName(place - 1) || isName(place + 1);
	}

	private boolean isName(int place) {
		return place >= 0 && place < this.text.length && Character.isLetterOrDigit(this.text[place])
				&& !isEastAsian(this.text[place]);
	}

	private static boolean isAscii(int c) {
		return c < 0x80;
	}

	private static boolean isWide(int c) {
		return c >= 0xff01 && c <= 0xff5e;
	}

	private static boolean isEastAsian(int c) {
		return !isAscii(c) && switch (UScript.getScript(c)) {
			case UScript.HAN, UScript.HIRAGANA, UScript.KATAKANA, UScript.HANGUL, UScript.BOPOMOFO -> true;
			default -> false;
		};
	}

	/**
	 * Read when the first text needs it: that takes a tenth of a second.
	 */
	private static final class Icu {

		private static final SpoofChecker CHECKER = new SpoofChecker.Builder().setChecks(SpoofChecker.RESTRICTION_LEVEL)
			.setRestrictionLevel(SpoofChecker.RestrictionLevel.MODERATELY_RESTRICTIVE)
			.build();

		private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

		private static final Set<String> LOOKS = LETTERS.chars()
			.mapToObj((c) -> CHECKER.getSkeleton(Character.toString(c)))
			.collect(Collectors.toUnmodifiableSet());

		// 0 for what nobody has asked for, else 1 or 2. A text of a page has many.
		private static final byte[] KNOWN = new byte[0x10000];

		static boolean isMixed(int[] word) {
			return CHECKER.failsChecks(new String(word, 0, word.length));
		}

		static boolean looksLikeAscii(int c) {
			if (c >= KNOWN.length) {
				return compute(c);
			}
			if (KNOWN[c] == 0) {
				KNOWN[c] = (byte) (compute(c) ? 2 : 1);
			}
			return KNOWN[c] == 2;
		}

		private static boolean compute(int c) {
			return LOOKS.contains(CHECKER.getSkeleton(Character.toString(c)));
		}

		static boolean looksLikeOneOf(String characters, int c) {
			if (isAscii(c) || Character.isLetterOrDigit(c)) {
				return false;
			}
			String one = Character.toString(c);
			return isOneOf(characters, CHECKER.getSkeleton(one))
					|| isOneOf(characters, Normalizer.normalize(one, Normalizer.Form.NFKC));
		}

		private static boolean isOneOf(String characters, String look) {
			return look.length() == 1 && characters.contains(look);
		}

	}

}
