package io.agentotp.server.json;

import org.jspecify.annotations.Nullable;

/**
 * Which numbers the service takes. It looks at the text only: making a number of
 * {@code 1e99999999999} would already be too much.
 */
public final class JsonNumbers {

	/**
	 * How many significant digits a number has at most.
	 */
	public static final int MAX_DIGITS = 64;

	/**
	 * How large the exponent of a number is at most, either way.
	 */
	public static final int MAX_EXPONENT = 308;

	/**
	 * What is answered to another number.
	 */
	public static final String PROBLEM = "must be a number of at most " + MAX_DIGITS
			+ " significant digits with an exponent from -" + MAX_EXPONENT + " to " + MAX_EXPONENT
			+ ". Send a longer one as text";

	// A number within the limits, written without an exponent, is shorter.
	private static final int MAX_LENGTH = 400;

	private static final int MAX_EXPONENT_DIGITS = 9;

	private JsonNumbers() {
	}

	/**
	 * Looks at a number.
	 * @param text the number as it is written
	 * @return what is wrong, or {@code null}
	 */
	public static @Nullable String problem(String text) {
		return (text.length() <= MAX_LENGTH && isWithinLimits(text)) ? null : PROBLEM;
	}

	// What is taken may be written a few characters longer than it was read.
	static boolean isReadable(String text) {
		return text.length() <= 2 * MAX_LENGTH && isWithinLimits(text);
	}

	private static boolean isWithinLimits(String text) {
		int mark = Math.max(text.indexOf('e'), text.indexOf('E'));
		String digits = (mark >= 0) ? text.substring(0, mark) : text;
		int exponent = (mark >= 0) ? exponent(text.substring(mark + 1)) : 0;
		int point = digits.indexOf('.');
		int first = -1;
		int last = -1;
		// Of the first digit that is not zero: its power of ten.
		int whole = (point >= 0) ? point : digits.length();
		int magnitude = 0;
		for (int i = 0; i < digits.length(); i++) {
			if (digits.charAt(i) >= '1' && digits.charAt(i) <= '9') {
				if (first < 0) {
					first = i;
					magnitude = (i < whole) ? whole - i - 1 : whole - i;
				}
				last = i;
			}
		}
		int significant = (first < 0) ? 1 : last - first + ((point > first && point < last) ? 0 : 1);
		return significant <= MAX_DIGITS && Math.abs(exponent) <= 2 * MAX_EXPONENT + MAX_LENGTH
				&& Math.abs(magnitude + exponent) <= MAX_EXPONENT;
	}

	private static int exponent(String text) {
		boolean negative = text.startsWith("-");
		String digits = (negative || text.startsWith("+")) ? text.substring(1) : text;
		int begin = 0;
		while (begin < digits.length() - 1 && digits.charAt(begin) == '0') {
			begin++;
		}
		if (digits.length() - begin > MAX_EXPONENT_DIGITS) {
			return Integer.MAX_VALUE / 2;
		}
		try {
			int value = Integer.parseInt(digits.substring(begin));
			return negative ? -value : value;
		}
		catch (NumberFormatException ex) {
			// Not a number at all, which its reader says.
			return 0;
		}
	}

}
