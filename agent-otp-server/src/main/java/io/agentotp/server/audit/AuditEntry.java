package io.agentotp.server.audit;

import java.time.Instant;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One row of the record.
 *
 * @param id position of the row
 * @param at when it happened
 * @param permissionId the permission
 * @param agentId the agent that asked
 * @param event what happened
 * @param actor who acted
 * @param address from where
 * @param details what else is known
 */
public record AuditEntry(long id, Instant at, String permissionId, String agentId, String event, String actor,
		@Nullable String address, ObjectNode details) {
}
