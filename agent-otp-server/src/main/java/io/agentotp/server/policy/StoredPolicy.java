package io.agentotp.server.policy;

import java.time.Instant;

import tools.jackson.databind.node.ObjectNode;

/**
 * A policy, or an entry of the action catalogue, that is kept in the database.
 *
 * @param id its id
 * @param kind what it is
 * @param name its name
 * @param definition the rule as it was written
 * @param createdAt when it was made
 * @param createdBy by whom
 * @param updatedAt when it was last changed
 * @param updatedBy by whom
 */
public record StoredPolicy(String id, Rule.Kind kind, String name, ObjectNode definition, Instant createdAt,
		String createdBy, Instant updatedAt, String updatedBy) {
}
