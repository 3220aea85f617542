package io.agentotp.server.passkey;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;

import io.agentotp.server.database.Times;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What passkeys sign where it is no decision. Nothing is kept of one that is not used,
 * since strangers ask for them, too: it says itself when it was made and what for.
 */
@Component
final class PasskeyChallenges {

	private static final int TIME = Long.BYTES;

	private static final int RANDOM = 24;

	private final SecureRandom random = new SecureRandom();

	private final List<byte[]> keys;

	private final JdbcClient jdbc;

	private final InstantSource clock;

	PasskeyChallenges(Tokens tokens, JdbcClient jdbc, InstantSource clock) {
		this.keys = tokens.seeds("passkey-challenge");
		this.jdbc = jdbc;
		this.clock = clock;
	}

	/**
	 * Makes one.
	 * @param purpose what for
	 * @return the challenge
	 */
	byte[] create(String purpose) {
		byte[] random = new byte[RANDOM];
		this.random.nextBytes(random);
		byte[] begin = ByteBuffer.allocate(TIME + RANDOM)
			.putLong(this.clock.instant().toEpochMilli())
			.put(random)
			.array();
		byte[] mac = mac(this.keys.get(0), purpose, begin);
		return ByteBuffer.allocate(begin.length + mac.length).put(begin).put(mac).array();
	}

	private static byte[] mac(byte[] key, String purpose, byte[] begin) {
		return Secrets.mac(key, PasskeyText.text(begin) + " " + purpose).getBytes(StandardCharsets.US_ASCII);
	}

	/**
	 * Requires that this service made a challenge a short time ago.
	 * @param challenge the challenge
	 * @param purpose what for
	 * @return until when it is good
	 * @throws InvalidPasskeyException if not
	 */
	Instant require(byte[] challenge, String purpose) {
		if (challenge.length > TIME + RANDOM) {
			byte[] begin = Arrays.copyOf(challenge, TIME + RANDOM);
			String mac = new String(challenge, begin.length, challenge.length - begin.length,
					StandardCharsets.ISO_8859_1);
			Instant end = Instant.ofEpochMilli(ByteBuffer.wrap(begin).getLong()).plus(PasskeyAssertions.TIMEOUT);
			if (this.keys.stream()
				.anyMatch((key) -> Secrets.same(new String(mac(key, purpose, begin), StandardCharsets.US_ASCII), mac))
					&& this.clock.instant().isBefore(end)) {
				return end;
			}
		}
		throw new InvalidPasskeyException("The page was open for too long. Try again");
	}

	/**
	 * Takes one, once. Must run inside the transaction of what it is for.
	 * @param challenge the challenge
	 * @param end until when it is good
	 * @throws InvalidPasskeyException if it was taken before
	 */
	void take(byte[] challenge, Instant end) {
		// A node whose clock is late does not take it again.
		this.jdbc.sql("DELETE FROM agentotp_passkey_sign_in WHERE valid_until < ?")
			.param(Times.toDatabase(this.clock.instant().minus(Duration.ofHours(1))))
			.update();
		try {
			this.jdbc.sql("INSERT INTO agentotp_passkey_sign_in (challenge_hash, valid_until) VALUES (?, ?)")
				.params(Secrets.sha256(challenge), Times.toDatabase(end))
				.update();
		}
		catch (DuplicateKeyException ex) {
			throw new InvalidPasskeyException("This was sent already. Try again");
		}
	}

}
