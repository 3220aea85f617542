package io.agentotp.server.policy;

import java.time.Instant;

/**
 * A set of policies that was, or is, in force. It never changes.
 *
 * @param version its number
 * @param cause what made it
 * @param createdAt when
 * @param createdBy who made it
 * @param contentHash the hash of its policies
 */
public record PolicyVersion(long version, String cause, Instant createdAt, String createdBy, String contentHash) {
}
