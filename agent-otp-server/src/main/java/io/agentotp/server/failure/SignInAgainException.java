package io.agentotp.server.failure;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The person has to sign in again first: a session that somebody left open is not enough
 * for this.
 */
public final class SignInAgainException extends NotAllowedException {

	/**
	 * How long ago the person may have signed in.
	 */
	public static final Duration FRESH = Duration.ofMinutes(5);

	private SignInAgainException(String text, Map<String, ?> details) {
		super(text, details);
	}

	/**
	 * What is answered to who tried to.
	 * @param text what was wrong
	 * @return the exception to throw
	 */
	public static SignInAgainException wrong(String text) {
		return new SignInAgainException(text, Map.of("stepUp", "fresh", "wrong", true));
	}

	/**
	 * Requires that a person signed in a short time ago.
	 * @param signedInAt when, {@code null} for who came with a key or from a chat
	 * @param now the time
	 * @throws SignInAgainException if not
	 */
	public static void requireFresh(@Nullable Instant signedInAt, Instant now) {
		if (!isFresh(signedInAt, now)) {
			throw new SignInAgainException(
					"Sign in again first: this needs a sign-in of the last " + FRESH.toMinutes() + " minutes",
					Map.of("stepUp", "fresh"));
		}
	}

	/**
	 * Whether a person signed in a short time ago.
	 * @param signedInAt when, {@code null} for who came with a key or from a chat
	 * @param now the time
	 * @return whether it is
	 */
	public static boolean isFresh(@Nullable Instant signedInAt, Instant now) {
		return signedInAt != null && now.isBefore(signedInAt.plus(FRESH));
	}

}
