package io.agentotp.spring.operation;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.agentotp.spring.CallRefusedException;
import org.erdtman.jcs.NumberToJSON;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON values as RFC 8785 says: one text for all ways in which the same values can
 * be written.
 * <p>
 * RFC 8785 reads numbers as IEEE doubles, so two large ids would be one. A number that a
 * double does not hold exactly stands as {@code {"$number": "..."}} instead, and an
 * object that has such a name itself is refused.
 */
final class CanonicalJson {

	/** The name that marks a number which a double does not hold. */
	static final String NUMBER = "$number";

	static final String RESERVED = "it has the key " + NUMBER + ", which is reserved for large numbers";

	private static final long LARGEST_EXACT = 1L << 53;

	private final StringBuilder text = new StringBuilder(512);

	private CanonicalJson() {
	}

	/**
	 * Return the canonical form, in UTF-8.
	 * @param value maps with text keys, lists, texts, numbers, truth values or
	 * {@code null}
	 * @throws CallRefusedException if a text in it is not Unicode, or a part of it no
	 * JSON
	 */
	static byte[] bytes(@Nullable Object value) {
		return text(value).getBytes(StandardCharsets.UTF_8);
	}

	static String text(@Nullable Object value) {
		CanonicalJson canonical = new CanonicalJson();
		canonical.write(value);
		return canonical.text.toString();
	}

	private static CallRefusedException refused(String message) {
		return new CallRefusedException("ARGUMENT_NOT_BINDABLE", message, null);
	}

	private void write(@Nullable Object value) {
		if (value == null || value instanceof Boolean) {
			this.text.append(value);
		}
		else if (value instanceof String string) {
			writeText(string);
		}
		else if (value instanceof Map<?, ?> object) {
			writeObject(object);
		}
		else if (value instanceof List<?> array) {
			writeArray(array);
		}
		else if (value instanceof Number number) {
			writeNumber(number);
		}
		else {
			throw refused("A part of the call is no JSON");
		}
	}

	private void writeObject(Map<?, ?> object) {
		// By UTF-16, as the RFC says and as Java compares.
		String[] names = object.keySet().toArray(String[]::new);
		Arrays.sort(names);
		this.text.append('{');
		for (int i = 0; i < names.length; i++) {
			if (names[i].equals(NUMBER)) {
				throw refused("An object of the call cannot be bound: " + RESERVED);
			}
			if (i > 0) {
				this.text.append(',');
			}
			writeText(names[i]);
			this.text.append(':');
			write(object.get(names[i]));
		}
		this.text.append('}');
	}

	private void writeArray(List<?> array) {
		this.text.append('[');
		for (int i = 0; i < array.size(); i++) {
			if (i > 0) {
				this.text.append(',');
			}
			write(array.get(i));
		}
		this.text.append(']');
	}

	private void writeNumber(Number number) {
		if (number instanceof Integer || number instanceof Short || number instanceof Byte
				|| (number instanceof Long integer && integer >= -LARGEST_EXACT && integer <= LARGEST_EXACT)) {
			this.text.append(number.longValue());
			return;
		}
		// As it stands on the wire: the service reads the text.
		BigDecimal decimal = (number instanceof BigDecimal known) ? known : new BigDecimal(number.toString());
		double nearest = decimal.doubleValue();
		String shortest = Double.isFinite(nearest) ? number(nearest) : null;
		if (shortest != null && new BigDecimal(shortest).compareTo(decimal) == 0) {
			this.text.append(shortest);
		}
		else {
			writeMarked(decimal);
		}
	}

	private void writeMarked(BigDecimal decimal) {
		this.text.append("{\"" + NUMBER + "\":");
		writeText(decimal.stripTrailingZeros().toString());
		this.text.append('}');
	}

	/**
	 * Return the shortest text that is read as the same double, as ECMAScript writes it.
	 */
	static String number(double value) {
		try {
			return NumberToJSON.serializeNumber(value);
		}
		catch (IOException ex) {
			throw refused("A number of the call is not finite");
		}
	}

	private void writeText(String value) {
		this.text.append('"');
		for (int i = 0; i < value.length(); i++) {
			char c = value.charAt(i);
			switch (c) {
				case '"', '\\' -> this.text.append('\\').append(c);
				case '\b' -> this.text.append("\\b");
				case '\f' -> this.text.append("\\f");
				case '\n' -> this.text.append("\\n");
				case '\r' -> this.text.append("\\r");
				case '\t' -> this.text.append("\\t");
				default -> {
					if (Character.isSurrogate(c) && !isPaired(value, i)) {
						// The JDK would encode each of them as the same question mark.
						throw refused("A text of the call is not valid Unicode");
					}
					if (c < ' ') {
						this.text.append(c < 0x10 ? "\\u000" : "\\u00").append(Integer.toHexString(c));
					}
					else {
						this.text.append(c);
					}
				}
			}
		}
		this.text.append('"');
	}

	/**
	 * Return whether a text has no half of a character.
	 */
	static boolean isUnicode(CharSequence text) {
		for (int i = 0; i < text.length(); i++) {
			if (Character.isSurrogate(text.charAt(i)) && !isPaired(text, i)) {
				return false;
			}
		}
		return true;
	}

	private static boolean isPaired(CharSequence value, int index) {
		return Character.isHighSurrogate(value.charAt(index))
				? index + 1 < value.length() && Character.isLowSurrogate(value.charAt(index + 1))
				: index > 0 && Character.isHighSurrogate(value.charAt(index - 1));
	}

}
