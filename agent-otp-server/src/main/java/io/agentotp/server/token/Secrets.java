package io.agentotp.server.token;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.jspecify.annotations.Nullable;

/**
 * Random values, their hashes, and comparing them.
 */
public final class Secrets {

	private static final SecureRandom RANDOM = new SecureRandom();

	private static final byte[] NONE = { '-', ';' };

	private Secrets() {
	}

	/**
	 * Makes a random text of 256 bits.
	 * @return the text, base64url
	 */
	public static String random() {
		byte[] bytes = new byte[32];
		RANDOM.nextBytes(bytes);
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	public static String sha256(String text) {
		return sha256(text.getBytes(StandardCharsets.UTF_8));
	}

	public static String sha256(byte[] bytes) {
		try {
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Writes values one after the other, each with its length, so that no two lists of
	 * values give the same bytes.
	 * @param values the values
	 * @return the bytes
	 */
	public static byte[] join(@Nullable String... values) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
		for (String value : values) {
			if (value == null) {
				bytes.writeBytes(NONE);
			}
			else {
				byte[] text = value.getBytes(StandardCharsets.UTF_8);
				bytes.writeBytes((text.length + ":").getBytes(StandardCharsets.UTF_8));
				bytes.writeBytes(text);
				bytes.write(';');
			}
		}
		return bytes.toByteArray();
	}

	/**
	 * Computes a MAC, HMAC-SHA-256.
	 * @param key the key
	 * @param text what it is of
	 * @return the MAC, base64url
	 */
	public static String mac(byte[] key, String text) {
		try {
			Mac mac = Mac.getInstance("HmacSHA256");
			mac.init(new SecretKeySpec(key, "HmacSHA256"));
			return Base64.getUrlEncoder()
				.withoutPadding()
				.encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Compares in constant time.
	 * @param expected the known value
	 * @param actual the given value
	 * @return whether they are the same
	 */
	public static boolean same(@Nullable String expected, String actual) {
		return expected != null && MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8),
				actual.getBytes(StandardCharsets.UTF_8));
	}

}
