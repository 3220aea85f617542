package io.agentotp.spring.operation;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

import io.agentotp.spring.CallRefusedException;
import org.erdtman.jcs.NumberToJSON;
import tools.jackson.databind.JsonNode;

/**
 * Writes JSON as RFC 8785 says: one text for all ways in which the same values can be
 * written.
 * <p>
 * RFC 8785 reads numbers as IEEE doubles, so two large ids would be one. A number that a
 * double cannot hold exactly stands as marked text instead, {@code {"$number": "..."}},
 * and a name that begins like that mark begins with one {@code $} more.
 */
final class CanonicalJson {

	private static final BigInteger LARGEST_EXACT = BigInteger.TWO.pow(53);

	private static final long LARGEST_EXACT_LONG = 1L << 53;

	private final StringBuilder text = new StringBuilder(256);

	private CanonicalJson() {
	}

	/**
	 * Return the canonical form, in UTF-8.
	 * @throws CallRefusedException if a text in it is not Unicode, or a part of it no
	 * JSON
	 */
	static byte[] bytes(JsonNode node) {
		return utf8(text(node));
	}

	static String text(JsonNode node) {
		CanonicalJson canonical = new CanonicalJson();
		canonical.write(node);
		return canonical.text.toString();
	}

	/** The JDK's usual encoding makes every lone surrogate the same question mark. */
	static byte[] utf8(String text) {
		try {
			ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
			byte[] encoded = new byte[bytes.remaining()];
			bytes.get(encoded);
			return encoded;
		}
		catch (CharacterCodingException ex) {
			throw refused("A text of the call is not valid Unicode");
		}
	}

	private static CallRefusedException refused(String message) {
		return new CallRefusedException("ARGUMENT_NOT_BINDABLE", message, null);
	}

	private void write(JsonNode node) {
		switch (node.getNodeType()) {
			case OBJECT -> writeObject(node);
			case ARRAY -> writeArray(node);
			case STRING -> writeText(node.stringValue());
			case NUMBER -> writeNumber(node);
			case NULL, BOOLEAN -> this.text.append(node);
			default -> throw refused("A part of the call is no JSON");
		}
	}

	@SuppressWarnings("unchecked")
	private void writeObject(JsonNode node) {
		Map.Entry<String, JsonNode>[] entries = node.properties().toArray(Map.Entry[]::new);
		// By UTF-16, as the RFC says and as Java compares.
		Arrays.sort(entries, Map.Entry.comparingByKey());
		this.text.append('{');
		for (int i = 0; i < entries.length; i++) {
			if (i > 0) {
				this.text.append(',');
			}
			String name = entries[i].getKey();
			writeText(name.startsWith("$") ? "$" + name : name);
			this.text.append(':');
			write(entries[i].getValue());
		}
		this.text.append('}');
	}

	private void writeArray(JsonNode node) {
		this.text.append('[');
		for (int i = 0; i < node.size(); i++) {
			if (i > 0) {
				this.text.append(',');
			}
			write(node.path(i));
		}
		this.text.append(']');
	}

	private void writeNumber(JsonNode node) {
		if (node.isInt() || node.isShort() || (node.isLong() && Math.abs(node.longValue()) <= LARGEST_EXACT_LONG
				&& node.longValue() != Long.MIN_VALUE)) {
			this.text.append(node.longValue());
		}
		else if (isExact(node)) {
			try {
				this.text.append(NumberToJSON.serializeNumber(node.doubleValue()));
			}
			catch (IOException ex) {
				throw refused("A number of the call is not finite");
			}
		}
		else {
			this.text.append("{\"$number\":");
			writeText(node.decimalValue().stripTrailingZeros().toString());
			this.text.append('}');
		}
	}

	private static boolean isExact(JsonNode node) {
		if (node.isIntegralNumber()) {
			return node.bigIntegerValue().abs().compareTo(LARGEST_EXACT) <= 0;
		}
		if (node.isDouble() || node.isFloat()) {
			return true;
		}
		BigDecimal decimal = node.decimalValue();
		double nearest = decimal.doubleValue();
		return Double.isFinite(nearest) && new BigDecimal(Double.toString(nearest)).compareTo(decimal) == 0;
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

}
