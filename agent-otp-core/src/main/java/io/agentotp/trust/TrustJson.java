package io.agentotp.trust;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the JSON that was signed, and that of the trust file.
 */
final class TrustJson {

	/** Stands for a number that no double holds. */
	private static final String NUMBER = "$number";

	/** What numbers a service accepts. */
	private static final int MAX_NUMBER = 400;

	private static final JsonMapper JSON = JsonMapper
		.builder(JsonFactory.builder()
			.streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
			.build())
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private TrustJson() {
	}

	/**
	 * Reads an object.
	 * @throws IllegalArgumentException if the text is none
	 */
	static JsonNode object(String text) {
		try {
			JsonNode node = JSON.readTree(text);
			if (node != null && node.isObject()) {
				return node;
			}
		}
		catch (JacksonException | NumberFormatException ex) {
			// A message of the parser may quote what it has read.
		}
		throw new IllegalArgumentException("is not one JSON object");
	}

	/**
	 * Return the values of an object that was signed.
	 * @throws IllegalArgumentException if a number in it is none
	 */
	static Map<String, @Nullable Object> values(JsonNode object) {
		Map<String, @Nullable Object> values = new LinkedHashMap<>();
		object.forEachEntry((name, value) -> values.put(name, value(value)));
		return values;
	}

	private static @Nullable Object value(JsonNode node) {
		if (node.isObject()) {
			return (node.size() == 1 && node.has(NUMBER)) ? number(node.path(NUMBER).stringValue("")) : values(node);
		}
		if (node.isArray()) {
			List<@Nullable Object> list = new ArrayList<>();
			node.forEach((element) -> list.add(value(element)));
			return list;
		}
		if (node.isNumber()) {
			return node.numberValue();
		}
		return node.isBoolean() ? (Object) node.booleanValue() : node.stringValue(null);
	}

	private static BigDecimal number(String text) {
		if (text.length() > MAX_NUMBER) {
			throw new IllegalArgumentException("has a number that is too long");
		}
		return new BigDecimal(text);
	}

	static byte[] sha256(String text) {
		return sha256(text.getBytes(StandardCharsets.UTF_8));
	}

	static byte[] sha256(byte[] bytes) {
		try {
			return MessageDigest.getInstance("SHA-256").digest(bytes);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
