package io.agentotp;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * A permission that was taken back, or a request that was withdrawn.
 *
 * @param revokedAt when, or {@code null} if the service did not say
 */
public record Revocation(@Nullable Instant revokedAt) {
}
