package io.agentotp.server.token;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HexFormat;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * One secret that tokens are derived from.
 */
final class TokenSecret {

	private final String id;

	private final SecretKeySpec key;

	TokenSecret(String secret) {
		this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
		// The id tells secrets apart and gives nothing of them away.
		this.id = HexFormat.of().formatHex(mac("id"), 0, 8);
	}

	String id() {
		return this.id;
	}

	byte[] seed(String purpose) {
		return mac("seed:" + purpose);
	}

	String token(String permissionId, String nonce) {
		return "otp_"
				+ Base64.getUrlEncoder().withoutPadding().encodeToString(mac("token:" + permissionId + ":" + nonce));
	}

	String seal(String kind, byte[] content) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(mac("seal:" + kind + ":", content));
	}

	private byte[] mac(String text, byte... more) {
		try {
			Mac mac = Mac.getInstance(this.key.getAlgorithm());
			mac.init(this.key);
			mac.update(text.getBytes(StandardCharsets.UTF_8));
			return mac.doFinal(more);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
