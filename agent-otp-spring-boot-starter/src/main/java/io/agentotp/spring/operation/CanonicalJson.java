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

	private byte[] bytes = new byte[640];

	private int length;

	private CanonicalJson() {
	}

	/**
	 * Writes a value.
	 * @param value maps with text keys, lists, texts, numbers, truth values or
	 * {@code null}
	 * @throws CallRefusedException if a text in it is not Unicode, or a part of it no
	 * JSON
	 */
	static CanonicalJson of(@Nullable Object value) {
		CanonicalJson canonical = new CanonicalJson();
		canonical.write(value);
		return canonical;
	}

	/**
	 * Writes an object.
	 * @param members names, in their order, and values in turns
	 * @throws CallRefusedException if a value cannot be written
	 */
	static CanonicalJson object(@Nullable Object... members) {
		CanonicalJson canonical = new CanonicalJson();
		canonical.put('{');
		for (int i = 0; i < members.length; i += 2) {
			canonical.writeMember(i == 0, String.valueOf(members[i]), members[i + 1]);
		}
		canonical.put('}');
		return canonical;
	}

	/**
	 * Return the canonical form, in UTF-8.
	 * @throws CallRefusedException if the value cannot be written
	 */
	static byte[] bytes(@Nullable Object value) {
		CanonicalJson canonical = of(value);
		return Arrays.copyOf(canonical.bytes, canonical.length);
	}

	/**
	 * Return the canonical form.
	 * @throws CallRefusedException if the value cannot be written
	 */
	static String text(@Nullable Object value) {
		CanonicalJson canonical = of(value);
		return new String(canonical.bytes, 0, canonical.length, StandardCharsets.UTF_8);
	}

	/**
	 * Return how many bytes it has in UTF-8.
	 */
	int length() {
		return this.length;
	}

	/**
	 * Return the hash of its UTF-8, as 64 lower-case hex digits.
	 */
	String sha256() {
		return CallDigest.sha256(this.bytes, this.length);
	}

	private static CallRefusedException refused(String message) {
		return new CallRefusedException("ARGUMENT_NOT_BINDABLE", message, null);
	}

	private void write(@Nullable Object value) {
		if (value == null || value instanceof Boolean) {
			putPlain(String.valueOf(value));
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
		String[] names = object.keySet().toArray(new String[0]);
		Arrays.sort(names);
		put('{');
		for (int i = 0; i < names.length; i++) {
			if (names[i].equals(NUMBER)) {
				throw refused("An object of the call cannot be bound: " + RESERVED);
			}
			writeMember(i == 0, names[i], object.get(names[i]));
		}
		put('}');
	}

	private void writeMember(boolean first, String name, @Nullable Object value) {
		if (!first) {
			put(',');
		}
		writeText(name);
		put(':');
		write(value);
	}

	private void writeArray(List<?> array) {
		put('[');
		for (int i = 0; i < array.size(); i++) {
			if (i > 0) {
				put(',');
			}
			write(array.get(i));
		}
		put(']');
	}

	private void writeNumber(Number number) {
		if (number instanceof Integer || number instanceof Short || number instanceof Byte
				|| (number instanceof Long integer && integer >= -LARGEST_EXACT && integer <= LARGEST_EXACT)) {
			putPlain(Long.toString(number.longValue()));
			return;
		}
		// As it stands on the wire: the service reads the text.
		BigDecimal decimal = (number instanceof BigDecimal known) ? known : new BigDecimal(number.toString());
		double nearest = decimal.doubleValue();
		String shortest = Double.isFinite(nearest) ? number(nearest) : null;
		if (shortest != null && new BigDecimal(shortest).compareTo(decimal) == 0) {
			putPlain(shortest);
		}
		else {
			writeMarked(decimal);
		}
	}

	private void writeMarked(BigDecimal decimal) {
		put('{');
		writeText(NUMBER);
		put(':');
		writeText(decimal.stripTrailingZeros().toString());
		put('}');
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
		put('"');
		if (!putPlain(value)) {
			byte[] escaped = escaped(value).getBytes(StandardCharsets.UTF_8);
			room(escaped.length);
			System.arraycopy(escaped, 0, this.bytes, this.length, escaped.length);
			this.length += escaped.length;
		}
		put('"');
	}

	/** Most texts are their own escaped form, and their own UTF-8. */
	private boolean putPlain(String text) {
		int length = text.length();
		room(length);
		byte[] bytes = this.bytes;
		int start = this.length;
		for (int i = 0; i < length; i++) {
			char c = text.charAt(i);
			if (c < ' ' || c > '~' || c == '"' || c == '\\') {
				return false;
			}
			bytes[start + i] = (byte) c;
		}
		this.length = start + length;
		return true;
	}

	private void put(char c) {
		room(1);
		this.bytes[this.length++] = (byte) c;
	}

	private void room(int more) {
		int needed = Math.addExact(this.length, more);
		if (needed > this.bytes.length) {
			this.bytes = Arrays.copyOf(this.bytes, Math.max(needed, this.length + this.length / 2));
		}
	}

	private static String escaped(String value) {
		StringBuilder text = new StringBuilder(value.length() + 16);
		for (int i = 0; i < value.length(); i++) {
			char c = value.charAt(i);
			switch (c) {
				case '"', '\\' -> text.append('\\').append(c);
				case '\b' -> text.append("\\b");
				case '\f' -> text.append("\\f");
				case '\n' -> text.append("\\n");
				case '\r' -> text.append("\\r");
				case '\t' -> text.append("\\t");
				default -> {
					if (Character.isSurrogate(c) && !isPaired(value, i)) {
						// The JDK would encode each of them as the same question mark.
						throw refused("A text of the call is not valid Unicode");
					}
					if (c < ' ') {
						text.append(c < 0x10 ? "\\u000" : "\\u00").append(Integer.toHexString(c));
					}
					else {
						text.append(c);
					}
				}
			}
		}
		return text.toString();
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
