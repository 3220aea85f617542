package io.agentotp.server.notification.push;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;

import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reads messages as a browser does that has subscribed.
 */
public final class PushReceiver {

	private static final byte[] SECRET = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

	private static final int HEAD = 21 + PushKey.LENGTH;

	private final PushKey key = PushKey.random();

	public String key() {
		return this.key.text();
	}

	public String secret() {
		return PushKey.base64(SECRET);
	}

	public JsonNode decrypt(byte[] body) {
		try {
			byte[] from = Arrays.copyOfRange(body, 21, HEAD);
			byte[] agreed = mac(SECRET, this.key.agree(PushKey.read(from)));
			byte[] input = mac(agreed, ascii("WebPush: info\0"), this.key.publicHalf(), from, new byte[] { 1 });
			byte[] secret = mac(Arrays.copyOf(body, 16), input);
			assertThat(new BigInteger(Arrays.copyOfRange(body, 16, 20))).isEqualTo(4096);
			Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
			cipher.init(Cipher.DECRYPT_MODE,
					new SecretKeySpec(Arrays.copyOf(mac(secret, ascii("Content-Encoding: aes128gcm\0\1")), 16), "AES"),
					new GCMParameterSpec(128, Arrays.copyOf(mac(secret, ascii("Content-Encoding: nonce\0\1")), 12)));
			byte[] text = cipher.doFinal(body, HEAD, body.length - HEAD);
			assertThat(text[text.length - 1]).isEqualTo((byte) 2);
			return Json.read(Arrays.copyOf(text, text.length - 1));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

	private static byte[] mac(byte[] key, byte[]... texts) throws GeneralSecurityException {
		Mac mac = Mac.getInstance("HmacSHA256");
		mac.init(new SecretKeySpec(key, "HmacSHA256"));
		for (byte[] text : texts) {
			mac.update(text);
		}
		return mac.doFinal();
	}

}
