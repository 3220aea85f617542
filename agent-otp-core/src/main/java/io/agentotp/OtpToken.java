package io.agentotp;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

import org.jspecify.annotations.Nullable;

/**
 * The one-time token of a granted permission. A secret: {@link #toString()} does not show
 * it and it cannot be serialised.
 */
public final class OtpToken {

	/** Passed over by those who write down fields, such as frameworks of tools. */
	private final transient String value;

	private OtpToken(String value) {
		this.value = value;
	}

	/**
	 * Wraps a token that came from elsewhere, such as a request header.
	 * @param value the token
	 * @return the token
	 * @throws IllegalArgumentException if the text is blank
	 */
	public static OtpToken of(String value) {
		if (value.isBlank()) {
			throw new IllegalArgumentException("token must not be blank");
		}
		return new OtpToken(value);
	}

	/**
	 * Return the secret itself, to be sent and never to be logged.
	 * @return the token's text
	 */
	public String value() {
		return this.value;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof OtpToken that && MessageDigest.isEqual(this.value.getBytes(StandardCharsets.UTF_8),
				that.value.getBytes(StandardCharsets.UTF_8));
	}

	@Override
	public int hashCode() {
		return this.value.hashCode();
	}

	@Override
	public String toString() {
		return "OtpToken[***]";
	}

}
