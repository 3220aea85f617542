package io.agentotp.server.json;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

import org.erdtman.jcs.NumberToJSON;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Writes JSON as RFC 8785 says: one text for all ways in which the same values can be
 * written.
 * <p>
 * RFC 8785 reads numbers as IEEE doubles, so two large ids would be one. A number that
 * the text of no double is equal to stands as {@code {"$number": "..."}} instead. No
 * other object may have that name.
 */
public final class CanonicalJson {

	/**
	 * The name that stands for a number.
	 */
	public static final String NUMBER = "$number";

	private final StringBuilder text = new StringBuilder(256);

	private CanonicalJson() {
	}

	/**
	 * Writes a value.
	 * @param node the value, without {@link #reserved reserved} names
	 * @return its canonical text, in UTF-8
	 * @throws IllegalArgumentException if a text in it is not Unicode
	 */
	public static byte[] bytes(JsonNode node) {
		CanonicalJson canonical = new CanonicalJson();
		canonical.write(node);
		try {
			// The JDK's usual encoding makes every lone surrogate the same question mark.
			ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(canonical.text));
			byte[] encoded = new byte[bytes.remaining()];
			bytes.get(encoded);
			return encoded;
		}
		catch (CharacterCodingException ex) {
			throw new IllegalArgumentException("A text of it is not Unicode", ex);
		}
	}

	/**
	 * Writes a value as text.
	 * @param node the value, as above
	 * @return its canonical text
	 */
	public static String text(JsonNode node) {
		return new String(bytes(node), StandardCharsets.UTF_8);
	}

	/**
	 * Looks for an object that would pass for a number.
	 * @param path the name of the value
	 * @param node the value
	 * @return the path of the first such name
	 */
	public static Optional<String> reserved(String path, JsonNode node) {
		String place = reserved(node);
		return (place != null) ? Optional.of(path + place) : Optional.empty();
	}

	// The path is made only when there is one to tell.
	private static @Nullable String reserved(JsonNode node) {
		if (node.isObject()) {
			for (Map.Entry<String, JsonNode> entry : node.properties()) {
				String place = entry.getKey().equals(NUMBER) ? "" : reserved(entry.getValue());
				if (place != null) {
					return "." + entry.getKey() + place;
				}
			}
		}
		for (int i = 0; node.isArray() && i < node.size(); i++) {
			String place = reserved(node.path(i));
			if (place != null) {
				return "[" + i + "]" + place;
			}
		}
		return null;
	}

	private void write(JsonNode node) {
		switch (node.getNodeType()) {
			case OBJECT -> writeObject(node);
			case ARRAY -> writeArray(node);
			case STRING -> writeText(node.stringValue());
			case NUMBER -> writeNumber(node.decimalValue());
			case NULL, BOOLEAN -> this.text.append(node);
			default -> throw new IllegalArgumentException("A part of it is not JSON");
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
			writeText(entries[i].getKey());
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

	// By its value, whatever its spelling: 1e20 and its 21 digits are one number.
	private void writeNumber(BigDecimal number) {
		String nearest = nearest(number.doubleValue());
		if (nearest != null && new BigDecimal(nearest).compareTo(number) == 0) {
			this.text.append(nearest);
			return;
		}
		this.text.append("{\"" + NUMBER + "\":");
		writeText(number.stripTrailingZeros().toString());
		this.text.append('}');
	}

	private static @Nullable String nearest(double value) {
		try {
			return Double.isFinite(value) ? NumberToJSON.serializeNumber(value) : null;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
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
