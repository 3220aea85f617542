package io.agentotp.server.notification.push;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts a message so that only the browser reads it that subscribed (RFC 8291, with
 * the content coding aes128gcm of RFC 8188).
 */
final class PushEncryption {

	/**
	 * How long the secret of a subscription is.
	 */
	static final int SECRET = 16;

	private static final int RECORD = 4096;

	// What all push services take, less the header, the tag and the end of the text.
	private static final int MAX_TEXT = RECORD - (16 + 4 + 1 + PushKey.LENGTH) - 16 - 1;

	private static final SecureRandom RANDOM = new SecureRandom();

	private PushEncryption() {
	}

	/**
	 * Encrypts a message.
	 * @param text the message
	 * @param receiver the key of the browser
	 * @param secret the secret of the browser
	 * @return the body to send
	 * @throws GeneralSecurityException if the key is none
	 */
	static byte[] encrypt(byte[] text, byte[] receiver, byte[] secret) throws GeneralSecurityException {
		byte[] salt = new byte[16];
		RANDOM.nextBytes(salt);
		return encrypt(text, receiver, secret, PushKey.random(), salt);
	}

	static byte[] encrypt(byte[] text, byte[] receiver, byte[] secret, PushKey sender, byte[] salt)
			throws GeneralSecurityException {
		if (text.length > MAX_TEXT) {
			throw new IllegalArgumentException("A message has at most " + MAX_TEXT + " bytes");
		}
		byte[] from = sender.publicHalf();
		byte[] agreed = mac(secret, sender.agree(PushKey.read(receiver)));
		byte[] input = mac(agreed, ascii("WebPush: info\0"), receiver, from, new byte[] { 1 });
		byte[] key = mac(salt, input);
		Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
		cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(expand(key, "Content-Encoding: aes128gcm\0", 16), "AES"),
				new GCMParameterSpec(128, expand(key, "Content-Encoding: nonce\0", 12)));
		// Its last byte says that it is the last record of the message.
		byte[] last = Arrays.copyOf(text, text.length + 1);
		last[text.length] = 2;
		byte[] encrypted = cipher.doFinal(last);
		return ByteBuffer.allocate(salt.length + 4 + 1 + from.length + encrypted.length)
			.put(salt)
			.putInt(RECORD)
			.put((byte) from.length)
			.put(from)
			.put(encrypted)
			.array();
	}

	private static byte[] expand(byte[] key, String info, int length) throws GeneralSecurityException {
		return Arrays.copyOf(mac(key, ascii(info), new byte[] { 1 }), length);
	}

	private static byte[] mac(byte[] key, byte[]... texts) throws GeneralSecurityException {
		Mac mac = Mac.getInstance("HmacSHA256");
		mac.init(new SecretKeySpec(key, "HmacSHA256"));
		for (byte[] text : texts) {
			mac.update(text);
		}
		return mac.doFinal();
	}

	private static byte[] ascii(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

}
