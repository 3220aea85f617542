package io.agentotp.server.web;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;

/**
 * When the person of a session signed in, the last time in it.
 *
 * @param at when
 */
public record SignedIn(Instant at) {

	/**
	 * When a caller signed in.
	 * @param caller the caller
	 * @return when, {@code null} for who came with a key
	 */
	public static @Nullable Instant at(Authentication caller) {
		return (caller.getDetails() instanceof SignedIn signedIn) ? signedIn.at : null;
	}

}
