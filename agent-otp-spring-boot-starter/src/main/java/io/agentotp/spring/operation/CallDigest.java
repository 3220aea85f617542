package io.agentotp.spring.operation;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The digest that binds a permission to one call: SHA-256 over the RFC 8785 form of
 * action, resource, scope and call, as {@code sha256:} and lower-case hex. The service
 * computes it again from what it shows.
 */
public final class CallDigest {

	private static final int VERSION = 2;

	private CallDigest() {
	}

	/**
	 * Return the digest of a call.
	 * @param action what is done
	 * @param resource to what, if it is said
	 * @param scope the bounds that are asked for
	 * @param call target, arguments and the names of what is not bound
	 * @return the digest
	 * @throws io.agentotp.spring.CallRefusedException if a text in it is not Unicode
	 */
	public static String of(String action, @Nullable String resource, Map<String, ?> scope, Map<String, ?> call) {
		return of(canonical(action, resource, scope, call));
	}

	static String of(CanonicalJson canonical) {
		return "sha256:" + canonical.sha256();
	}

	static CanonicalJson canonical(String action, @Nullable String resource, Map<String, ?> scope,
			Map<String, ?> call) {
		return CanonicalJson.object("action", action, "call", call, "resource", resource, "scope", scope, "v", VERSION);
	}

	/**
	 * Whether two values are the same JSON.
	 */
	public static boolean same(Map<String, ?> left, Map<String, ?> right) {
		return left.equals(right) || MessageDigest.isEqual(CanonicalJson.bytes(left), CanonicalJson.bytes(right));
	}

	/**
	 * Return the hash of some JSON.
	 */
	public static String hash(Map<String, ?> values) {
		return CanonicalJson.of(values).sha256();
	}

	/**
	 * Return the hash of a text's UTF-8, as 64 lower-case hex digits.
	 */
	public static String sha256(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		return sha256(bytes, bytes.length);
	}

	static String sha256(byte[] bytes, int length) {
		try {
			MessageDigest digest = MessageDigest.getInstance("SHA-256");
			digest.update(bytes, 0, length);
			return HexFormat.of().formatHex(digest.digest());
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
