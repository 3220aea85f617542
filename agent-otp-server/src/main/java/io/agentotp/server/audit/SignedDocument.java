package io.agentotp.server.audit;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A document that a key of the audit log has signed, as a JSON Web Signature (RFC 7515)
 * in its compact form.
 *
 * @param header what it is and which key signed it
 * @param payload the document
 * @param signed what was signed
 * @param signature the signature, in Base64 for URLs
 */
record SignedDocument(ObjectNode header, ObjectNode payload, String signed, String signature) {

	private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

	/**
	 * Signs a document.
	 * @param type what it is
	 * @param payload the document
	 * @param key the key
	 * @return the document with its signature
	 */
	static String sign(String type, ObjectNode payload, AuditKey key) {
		ObjectNode header = Json.object().put("alg", "EdDSA").put("kid", key.id()).put("typ", type);
		String signed = encode(Json.write(header)) + "." + encode(Json.write(payload));
		byte[] signature = Base64.getDecoder().decode(key.sign(signed.getBytes(StandardCharsets.US_ASCII)));
		return signed + "." + ENCODER.encodeToString(signature);
	}

	/**
	 * Reads a document, without looking at its signature.
	 * @param type what it should be
	 * @param text the text
	 * @return the document, or {@code null} if it is none
	 */
	static @Nullable SignedDocument read(String type, String text) {
		String[] parts = text.split("\\.", -1);
		if (parts.length != 3) {
			return null;
		}
		ObjectNode header = object(parts[0]);
		ObjectNode payload = object(parts[1]);
		return (header == null || payload == null || !header.path("typ").asString("").equals(type)) ? null
				: new SignedDocument(header, payload, parts[0] + "." + parts[1], parts[2]);
	}

	/**
	 * Whether one of some keys has signed it.
	 * @param keys the keys
	 * @return whether one has
	 */
	boolean isSignedBy(Collection<AuditKey> keys) {
		byte[] bytes = decode(this.signature);
		String id = this.header.path("kid").asString("");
		return bytes != null && this.header.path("alg").asString("").equals("EdDSA") && keys.stream()
			.anyMatch((key) -> key.id().equals(id) && key.verifies(this.signed.getBytes(StandardCharsets.US_ASCII),
					Base64.getEncoder().encodeToString(bytes)));
	}

	private static String encode(String text) {
		return ENCODER.encodeToString(text.getBytes(StandardCharsets.UTF_8));
	}

	private static @Nullable ObjectNode object(String part) {
		byte[] bytes = decode(part);
		return (bytes != null) ? Json.readObjectOrNull(new String(bytes, StandardCharsets.UTF_8)) : null;
	}

	// Only one text stands for some bytes.
	private static byte @Nullable [] decode(String part) {
		try {
			byte[] bytes = Base64.getUrlDecoder().decode(part);
			return ENCODER.encodeToString(bytes).equals(part) ? bytes : null;
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

}
