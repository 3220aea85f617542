package io.agentotp.server.audit;

import java.time.Instant;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One row of the record.
 *
 * @param id position of the row
 * @param at when it happened
 * @param permissionId the permission, if it is about one
 * @param agentId the agent that asked, if one did
 * @param event what happened
 * @param actor who acted
 * @param address from where
 * @param details what else is known
 */
public record AuditEntry(long id, Instant at, @Nullable String permissionId, @Nullable String agentId, String event,
		String actor, @Nullable String address, ObjectNode details) {
}
