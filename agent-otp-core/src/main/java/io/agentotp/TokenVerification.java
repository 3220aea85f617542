package io.agentotp;

import java.time.Instant;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Whether a token could be used now. Verifying uses nothing up.
 *
 * @param valid whether the token is good
 * @param scope what the token allows; empty if it is not valid
 * @param usesRemaining how often it can still be used, or {@code null} if the service did
 * not say
 * @param expiresAt when the token's life ends, or {@code null} if the service did not say
 * @param reason why the token is not valid, or {@code null}
 */
public record TokenVerification(boolean valid, Map<String, Object> scope, @Nullable Integer usesRemaining,
		@Nullable Instant expiresAt, @Nullable String reason) {
}
