package io.agentotp.spring.operation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

import io.agentotp.spring.CallRefusedException;
import org.erdtman.jcs.JsonCanonicalizer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The digest that binds a permission to one call: SHA-256 over the RFC 8785 form of
 * method, action, resource, scope and arguments, as {@code sha256:} and lower-case hex.
 */
public final class CallDigest {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final BigInteger LARGEST_EXACT = BigInteger.TWO.pow(53);

	private CallDigest() {
	}

	/**
	 * Return the digest of a call.
	 * @throws io.agentotp.spring.CallRefusedException if a text in it is not Unicode
	 */
	public static String of(String method, String action, @Nullable String resource, Map<String, ?> scope,
			JsonNode arguments) {
		ObjectNode call = JsonNodeFactory.instance.objectNode();
		call.put("method", method);
		call.put("action", action);
		call.put("resource", resource);
		call.set("scope", JSON.valueToTree(scope));
		call.set("arguments", arguments);
		return "sha256:" + HexFormat.of().formatHex(sha256(canonical(call)));
	}

	/**
	 * Whether two values are the same JSON.
	 */
	public static boolean same(Map<String, ?> left, Map<String, ?> right) {
		return left.equals(right)
				|| MessageDigest.isEqual(canonical(JSON.valueToTree(left)), canonical(JSON.valueToTree(right)));
	}

	/**
	 * Return the hash of some JSON.
	 */
	public static String hash(Map<String, ?> values) {
		return HexFormat.of().formatHex(sha256(canonical(JSON.valueToTree(values))));
	}

	static byte[] canonical(JsonNode node) {
		try {
			return utf8(new JsonCanonicalizer(exact(node).toString()).getEncodedString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public static byte[] sha256(byte[] bytes) {
		return sha256().digest(bytes);
	}

	public static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The JDK's usual encoding makes every lone surrogate the same question mark. */
	static byte[] utf8(String text) {
		try {
			ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text.toCharArray()));
			byte[] encoded = new byte[bytes.remaining()];
			bytes.get(encoded);
			return encoded;
		}
		catch (CharacterCodingException ex) {
			throw new CallRefusedException("ARGUMENT_NOT_BINDABLE", "A text of the call is not valid Unicode", null);
		}
	}

	/**
	 * RFC 8785 reads numbers as IEEE doubles, so two large ids would be one. A number
	 * that a double cannot hold exactly stands as marked text instead.
	 */
	private static JsonNode exact(JsonNode node) {
		if (node.isObject()) {
			ObjectNode copy = JsonNodeFactory.instance.objectNode();
			node.forEachEntry((name, value) -> copy.set(name.startsWith("$") ? "$" + name : name, exact(value)));
			return copy;
		}
		if (node.isArray()) {
			ArrayNode copy = JsonNodeFactory.instance.arrayNode();
			node.forEach((element) -> copy.add(exact(element)));
			return copy;
		}
		if (node.isNumber() && !isExact(node)) {
			return JsonNodeFactory.instance.objectNode()
				.put("$number", node.decimalValue().stripTrailingZeros().toString());
		}
		return node;
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

}
