package io.agentotp.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import tools.jackson.databind.node.ObjectNode;

/**
 * A passkey that signs whatever a test wants, also what no authenticator would.
 */
public final class SoftPasskey {

	/** The person was there, and was verified. */
	public static final int VERIFIED = 0x05;

	/** The person was there. */
	public static final int PRESENT = 0x01;

	private final String id = Secrets.random();

	private final KeyPair keys;

	private final String rpId;

	private final String origin;

	private SoftPasskey(KeyPair keys, String rpId, String origin) {
		this.keys = keys;
		this.rpId = rpId;
		this.origin = origin;
	}

	/**
	 * Makes one.
	 * @param rpId the relying party
	 * @param origin of the page on which it signs
	 * @return the passkey
	 */
	public static SoftPasskey of(String rpId, String origin) {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
			generator.initialize(new ECGenParameterSpec("secp256r1"));
			return new SoftPasskey(generator.generateKeyPair(), rpId, origin);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	public String id() {
		return this.id;
	}

	public KeyPair keys() {
		return this.keys;
	}

	/**
	 * The public key as a SubjectPublicKeyInfo.
	 * @return the key, in Base64 for URLs
	 */
	public String publicKey() {
		return base64(this.keys.getPublic().getEncoded());
	}

	/**
	 * Signs.
	 * @param challenge the challenge, in Base64 for URLs
	 * @return the fields of the assertion
	 */
	public ObjectNode sign(String challenge) {
		return sign(challenge, "webauthn.get", this.rpId, this.origin, VERIFIED);
	}

	/**
	 * Signs what a test says.
	 */
	public ObjectNode sign(String challenge, String type, String party, String from, int flag) {
		return sign(Json.object()
			.put("type", type)
			.put("challenge", challenge)
			.put("origin", from)
			.put("crossOrigin", false), party, flag);
	}

	/**
	 * Signs what a browser would say of a page.
	 */
	public ObjectNode sign(ObjectNode page, String party, int flag) {
		try {
			byte[] client = Json.write(page).getBytes(StandardCharsets.UTF_8);
			byte[] authenticator = ByteBuffer.allocate(37)
				.put(sha256(party.getBytes(StandardCharsets.UTF_8)))
				.put((byte) flag)
				.putInt(0)
				.array();
			Signature signer = Signature.getInstance("SHA256withECDSA");
			signer.initSign(this.keys.getPrivate());
			signer.update(authenticator);
			signer.update(sha256(client));
			return Json.object()
				.put("credentialId", this.id)
				.put("authenticatorData", base64(authenticator))
				.put("clientDataJSON", base64(client))
				.put("signature", base64(signer.sign()));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
		return MessageDigest.getInstance("SHA-256").digest(bytes);
	}

	public static String base64(byte[] bytes) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

}
