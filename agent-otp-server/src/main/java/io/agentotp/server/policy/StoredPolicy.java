package io.agentotp.server.policy;

import java.time.Instant;

/**
 * A policy that is kept in the database.
 *
 * @param id its id
 * @param draft the policy as it was written
 * @param createdAt when it was made
 * @param createdBy by whom
 * @param updatedAt when it was last changed
 * @param updatedBy by whom
 */
public record StoredPolicy(String id, PolicyDraft draft, Instant createdAt, String createdBy, Instant updatedAt,
		String updatedBy) {
}
