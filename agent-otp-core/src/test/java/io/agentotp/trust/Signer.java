package io.agentotp.trust;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The passkey of an approver, made of a key pair of the JDK's. Every part of what it
 * signs can be another one.
 */
final class Signer {

	static final String RP_ID = "otp.example.com";

	static final String ORIGIN = "https://otp.example.com";

	private static final JsonMapper JSON = new JsonMapper();

	final String name;

	final String algorithm;

	final String credentialId;

	final KeyPair keys;

	String rpId = RP_ID;

	int flags = 0x05;

	Map<String, Object> client = new LinkedHashMap<>();

	List<String> others = List.of();

	private Signer(String name, String algorithm, KeyPair keys) {
		this.name = name;
		this.algorithm = algorithm;
		this.keys = keys;
		this.credentialId = encode(("credential of " + name).getBytes(StandardCharsets.UTF_8));
		this.client.put("type", "webauthn.get");
		this.client.put("origin", ORIGIN);
		this.client.put("crossOrigin", false);
	}

	static Signer of(String name) {
		return of(name, "ES256");
	}

	static Signer of(String name, String algorithm) {
		try {
			KeyPairGenerator generator = KeyPairGenerator
				.getInstance(Map.of("ES256", "EC", "RS256", "RSA", "EdDSA", "Ed25519").get(algorithm));
			if (algorithm.equals("ES256")) {
				generator.initialize(new ECGenParameterSpec("secp256r1"));
			}
			return new Signer(name, algorithm, generator.generateKeyPair());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	Signer copy() {
		return new Signer(this.name, this.algorithm, this.keys);
	}

	/** Return the entry of the trust file. */
	Map<String, Object> entry(List<String> groups, @Nullable String revokedAt) {
		Map<String, @Nullable Object> credential = new LinkedHashMap<>();
		credential.put("id", this.credentialId);
		credential.put("publicKey", encode(this.keys.getPublic().getEncoded()));
		credential.put("algorithm", this.algorithm);
		credential.put("validFrom", "2026-01-01T00:00:00Z");
		credential.put("revokedAt", revokedAt);
		return Map.of("name", this.name, "groups", groups, "credentials", List.of(credential));
	}

	static String trustFile(Map<?, ?>... approvers) {
		return json(Map.of("v", 1, "rpId", RP_ID, "origins", List.of(ORIGIN), "exportedAt", "2026-01-01T00:00:00Z",
				"approvers", List.of(approvers)));
	}

	static String json(Object value) {
		return JSON.writeValueAsString(value);
	}

	Map<String, Object> sign(Map<String, ?> statement) {
		return sign(json(statement));
	}

	Map<String, Object> sign(String statement) {
		List<String> hashes = new ArrayList<>(this.others);
		hashes.add(hash(statement));
		Map<String, Object> client = new LinkedHashMap<>(this.client);
		client.putIfAbsent("challenge", encode(TrustJson.sha256(hashes.stream()
			.map((hash) -> "\"" + hash + "\"")
			.collect(Collectors.joining(",", "{\"statements\":[", "],\"type\":\"agent-otp-decisions\",\"v\":1}")))));
		byte[] clientData = json(client).getBytes(StandardCharsets.UTF_8);
		byte[] authenticator = ByteBuffer.allocate(37)
			.put(TrustJson.sha256(this.rpId))
			.put((byte) this.flags)
			.putInt(0)
			.array();
		Map<String, Object> proof = new LinkedHashMap<>();
		proof.put("statement", statement);
		proof.put("statements", hashes);
		proof.put("credentialId", this.credentialId);
		proof.put("authenticatorData", encode(authenticator));
		proof.put("clientDataJSON", encode(clientData));
		proof.put("signature", encode(signature(authenticator, TrustJson.sha256(clientData))));
		return proof;
	}

	private byte[] signature(byte[] first, byte[] second) {
		try {
			Signature signature = Signature
				.getInstance(Map.of("ES256", "SHA256withECDSA", "RS256", "SHA256withRSA", "EdDSA", "Ed25519")
					.get(this.algorithm));
			signature.initSign(this.keys.getPrivate());
			signature.update(first);
			signature.update(second);
			return signature.sign();
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static String hash(String statement) {
		return HexFormat.of().formatHex(TrustJson.sha256(statement));
	}

	static String encode(byte[] bytes) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

}
