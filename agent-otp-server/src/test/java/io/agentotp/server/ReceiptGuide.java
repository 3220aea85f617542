package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The code of the page {@code docs/signed-decisions.md} that verifies a receipt.
 */
final class ReceiptGuide {

	private static final JsonMapper JSON = new JsonMapper();

	private ReceiptGuide() {
	}

	// on the page
	static List<String> statements(String receipt, PublicKey service, Map<String, PublicKey> passkeys, String origin)
			throws GeneralSecurityException {
		String[] parts = receipt.split("\\.");
		verify("Ed25519", service, (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII), parts[2]);
		List<String> statements = new ArrayList<>();
		for (JsonNode proof : JSON.readTree(decode(parts[1])).findValues("proof")) {
			byte[] authenticator = decode(proof.path("authenticatorData").stringValue());
			byte[] client = decode(proof.path("clientDataJSON").stringValue());
			ByteArrayOutputStream signed = new ByteArrayOutputStream();
			signed.writeBytes(authenticator);
			signed.writeBytes(sha256(client));
			verify("SHA256withECDSA", passkeys.get(proof.path("credentialId").stringValue()), signed.toByteArray(),
					proof.path("signature").stringValue());
			String statement = proof.path("statement").stringValue();
			String hash = HexFormat.of().formatHex(sha256(statement.getBytes(StandardCharsets.UTF_8)));
			String all = "{\"statements\":" + proof.path("statements") + ",\"type\":\"agent-otp-decisions\",\"v\":1}";
			byte[] challenge = decode(JSON.readTree(client).path("challenge").stringValue());
			if (!all.contains("\"" + hash + "\"") || !MessageDigest.isEqual(challenge, sha256(all.getBytes()))
					|| !JSON.readTree(client).path("origin").stringValue().equals(origin)
					|| (authenticator[32] & 5) != 5) {
				throw new SignatureException("Something else was signed");
			}
			statements.add(statement);
		}
		return statements;
	}
	// end

	// on the page
	static void verify(String algorithm, PublicKey key, byte[] signed, String signature)
			throws GeneralSecurityException {
		Signature verifier = Signature.getInstance(algorithm);
		verifier.initVerify(key);
		verifier.update(signed);
		if (!verifier.verify(decode(signature))) {
			throw new SignatureException("Not signed by this key");
		}
	}

	static byte[] decode(String text) {
		return Base64.getUrlDecoder().decode(text);
	}

	static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
		return MessageDigest.getInstance("SHA-256").digest(bytes);
	}
	// end

}
