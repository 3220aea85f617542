package io.agentotp.server.notification.slack;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;

/**
 * Checks that Slack sent a request, over the very bytes of it and before anything reads
 * them.
 */
final class SlackSignature {

	private static final Duration TOLERANCE = Duration.ofMinutes(5);

	private static final String ALGORITHM = "HmacSHA256";

	private final SecretKeySpec key;

	SlackSignature(String secret) {
		this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
	}

	/**
	 * Whether a request is one of Slack, sent now.
	 * @param timestamp the header with the time
	 * @param signature the header with the signature
	 * @param body the body
	 * @param now the present time
	 * @return whether it is
	 */
	boolean isGood(@Nullable String timestamp, @Nullable String signature, byte[] body, Instant now) {
		return timestamp != null && signature != null && timestamp.matches("\\d{1,12}")
		// A stamp of the future would be good for longer.
				&& Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), now)
					.abs()
					.compareTo(TOLERANCE) <= 0
				&& Secrets.same(of(timestamp, body), signature);
	}

	private String of(String timestamp, byte[] body) {
		try {
			Mac mac = Mac.getInstance(ALGORITHM);
			mac.init(this.key);
			mac.update(("v0:" + timestamp + ":").getBytes(StandardCharsets.UTF_8));
			return "v0=" + HexFormat.of().formatHex(mac.doFinal(body));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
