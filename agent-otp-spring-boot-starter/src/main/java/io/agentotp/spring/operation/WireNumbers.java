package io.agentotp.spring.operation;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/**
 * Numbers as they are sent: one text for equal numbers on every JDK, since a request that
 * is sent again must be the same, and the service reads the text.
 */
final class WireNumbers {

	/** Well within what the wire carries: 64 digits and an exponent of 308. */
	private static final int MAX_DIGITS = 60;

	private static final int MAX_BITS = 190;

	private static final int MAX_EXPONENT = 240;

	/** With more, looking at the digits would take seconds. */
	private static final int MAX_READABLE_BITS = 40_000;

	private static final int FLOAT_DIGITS = 9;

	private WireNumbers() {
	}

	/**
	 * Return the shortest number that is read as the same double or float. The JDK's own
	 * text differs between its versions.
	 * @throws UnwritableStateException if it is not finite
	 */
	static BigDecimal shortest(Number number) {
		if (!Double.isFinite(number.doubleValue())) {
			throw new UnwritableStateException(number.getClass(), "it is not a finite number");
		}
		if (!(number instanceof Float)) {
			return new BigDecimal(CanonicalJson.number(number.doubleValue()));
		}
		BigDecimal exact = new BigDecimal(number.doubleValue());
		for (int digits = 1; digits < FLOAT_DIGITS; digits++) {
			BigDecimal rounded = exact.round(new MathContext(digits));
			if (rounded.floatValue() == number.floatValue()) {
				return rounded;
			}
		}
		return exact.round(new MathContext(FLOAT_DIGITS));
	}

	/**
	 * Return a number in its one form: as text, if the wire does not carry it.
	 * @throws UnwritableStateException if it has more digits than anybody could read
	 */
	static Object exact(Number number) {
		if (number instanceof BigInteger integer) {
			requireReadable(integer);
			return (integer.bitLength() > MAX_BITS) ? integer.toString() : integer;
		}
		if (number instanceof BigDecimal decimal) {
			requireReadable(decimal.unscaledValue());
			BigDecimal stripped = decimal.stripTrailingZeros();
			if (stripped.precision() > MAX_DIGITS || Math.abs((long) stripped.scale()) > MAX_EXPONENT) {
				return stripped.toString();
			}
			return (stripped.scale() < 0 && stripped.precision() - stripped.scale() <= MAX_DIGITS)
					? stripped.setScale(0) : stripped;
		}
		return number;
	}

	private static void requireReadable(BigInteger integer) {
		if (integer.bitLength() > MAX_READABLE_BITS) {
			throw new UnwritableStateException(integer.getClass(), "it has too many digits");
		}
	}

}
