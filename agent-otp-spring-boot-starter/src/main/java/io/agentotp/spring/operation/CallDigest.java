package io.agentotp.spring.operation;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The digest that binds a permission to one call: SHA-256 over the RFC 8785 form of
 * target, action, resource, scope and arguments, as {@code sha256:} and lower-case hex.
 */
public final class CallDigest {

	private static final JsonMapper JSON = JsonMapper.shared();

	private CallDigest() {
	}

	/**
	 * Return the digest of a call.
	 * @param target what is called
	 * @param action what is done
	 * @param resource to what, if it is said
	 * @param scope the bounds that are asked for
	 * @param arguments the arguments by name
	 * @return the digest
	 * @throws io.agentotp.spring.CallRefusedException if a text in it is not Unicode
	 */
	public static String of(Map<String, ?> target, String action, @Nullable String resource, Map<String, ?> scope,
			JsonNode arguments) {
		ObjectNode call = JsonNodeFactory.instance.objectNode();
		call.set("target", JSON.valueToTree(target));
		call.put("action", action);
		call.put("resource", resource);
		call.set("scope", JSON.valueToTree(scope));
		call.set("arguments", arguments);
		return "sha256:" + HexFormat.of().formatHex(sha256(CanonicalJson.bytes(call)));
	}

	/**
	 * Whether two values are the same JSON.
	 */
	public static boolean same(Map<String, ?> left, Map<String, ?> right) {
		return left.equals(right) || MessageDigest.isEqual(CanonicalJson.bytes(JSON.valueToTree(left)),
				CanonicalJson.bytes(JSON.valueToTree(right)));
	}

	/**
	 * Return the hash of some JSON.
	 */
	public static String hash(Map<String, ?> values) {
		return HexFormat.of().formatHex(sha256(CanonicalJson.bytes(JSON.valueToTree(values))));
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

}
