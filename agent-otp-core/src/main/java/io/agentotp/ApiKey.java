package io.agentotp;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.function.Supplier;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.jspecify.annotations.Nullable;

/**
 * The agent's key, read anew for each request so that it can be rotated, and checked
 * before it becomes a header: the JDK's own error message would repeat it.
 */
final class ApiKey {

	private static final byte[] MASKED_VALUES = "agent-otp masked values".getBytes(StandardCharsets.US_ASCII);

	private final Supplier<? extends @Nullable String> source;

	ApiKey(Supplier<? extends @Nullable String> source) {
		this.source = source;
	}

	String value() {
		String key = this.source.get();
		if (key == null || key.isBlank()) {
			throw new ConfigurationException("The API key is missing: set apiKey(..) or the property agentotp.api-key");
		}
		if (!key.chars().allMatch((c) -> c > ' ' && c < 0x7f)) {
			throw new ConfigurationException(
					"The API key has a space, a line break or a non-ASCII character: check agentotp.api-key");
		}
		if (key.contains("${")) {
			throw new ConfigurationException(
					"The API key is a placeholder that nothing has filled in: check agentotp.api-key");
		}
		if (key.startsWith("uk_")) {
			throw new ConfigurationException(
					"The API key is that of a user (uk_): set agentotp.api-key to the key of an agent (ak_)");
		}
		return key;
	}

	/**
	 * Authenticates content under a key of its own, so that what is published never meets
	 * the key that the service knows.
	 * @return 64 lower-case hex digits
	 */
	String mac(byte[] content) {
		byte[] key = hmac(value().getBytes(StandardCharsets.US_ASCII), MASKED_VALUES);
		return HexFormat.of().formatHex(hmac(key, content));
	}

	private static byte[] hmac(byte[] key, byte[] content) {
		try {
			Mac mac = Mac.getInstance("HmacSHA256");
			mac.init(new SecretKeySpec(key, "HmacSHA256"));
			return mac.doFinal(content);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String toString() {
		return "ApiKey[***]";
	}

}
