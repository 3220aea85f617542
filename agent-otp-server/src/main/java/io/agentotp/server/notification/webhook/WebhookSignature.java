package io.agentotp.server.notification.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signature of Standard Webhooks 1.0 with symmetric keys.
 */
final class WebhookSignature {

	private static final String ALGORITHM = "HmacSHA256";

	private WebhookSignature() {
	}

	/**
	 * Signs a message with all keys, so that a receiver that knows one accepts it.
	 * @param id the id of the message, without dots
	 * @param timestamp when it is sent, in seconds
	 * @param body the bytes that are sent
	 * @param keys the keys
	 * @return the value of the header
	 */
	static String of(String id, long timestamp, byte[] body, List<byte[]> keys) {
		byte[] head = (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
		return keys.stream().map((key) -> "v1," + sign(key, head, body)).collect(Collectors.joining(" "));
	}

	private static String sign(byte[] key, byte[] head, byte[] body) {
		try {
			Mac mac = Mac.getInstance(ALGORITHM);
			mac.init(new SecretKeySpec(key, ALGORITHM));
			mac.update(head);
			return Base64.getEncoder().encodeToString(mac.doFinal(body));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
