package io.agentotp.server.json;

import java.math.BigDecimal;

import org.jspecify.annotations.Nullable;

/**
 * Which numbers the service accepts.
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
		BigDecimal plain;
		try {
			// Its exponent stays a number: no digits are made of it.
			BigDecimal number = new BigDecimal(text);
			plain = (number.signum() != 0) ? number.stripTrailingZeros() : number;
		}
		catch (NumberFormatException | ArithmeticException ex) {
			return false;
		}
		long magnitude = (long) plain.precision() - plain.scale() - 1;
		return plain.precision() <= MAX_DIGITS && Math.abs(magnitude) <= MAX_EXPONENT;
	}

}
