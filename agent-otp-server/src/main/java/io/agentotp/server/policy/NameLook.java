package io.agentotp.server.policy;

import java.text.Normalizer;
import java.util.Locale;

import com.ibm.icu.text.SpoofChecker;

/**
 * What a name looks like: the audit log and pages identify a policy or an action by its
 * name, so two that look alike would be taken for one.
 */
public final class NameLook {

	private NameLook() {
	}

	/**
	 * The look of a name.
	 * @param text the name
	 * @return the same for names that differ in case, spaces, invisible characters or
	 * look-alikes only
	 */
	public static String of(String text) {
		StringBuilder look = new StringBuilder();
		Normalizer.normalize(text, Normalizer.Form.NFKC)
			.toLowerCase(Locale.ROOT)
			.codePoints()
			.filter(NameLook::isSeen)
			.forEach((character) -> look.append(of(character)));
		// In either case an i, a one and a line look like an l.
		return look.toString().toLowerCase(Locale.ROOT).replaceAll("[1i|]", "l").replace('0', 'o').replace("m", "rn");
	}

	private static String of(int character) {
		String plain = Character.toString(character);
		return (character < 0x80) ? plain : Icu.CHECKER.getSkeleton(plain);
	}

	private static boolean isSeen(int character) {
		return !Character.isWhitespace(character) && !Character.isSpaceChar(character)
				&& !Character.isISOControl(character) && Character.getType(character) != Character.FORMAT;
	}

	/** Read when the first name needs it: that takes a tenth of a second of the start. */
	private static final class Icu {

		private static final SpoofChecker CHECKER = new SpoofChecker.Builder().build();

	}

}
