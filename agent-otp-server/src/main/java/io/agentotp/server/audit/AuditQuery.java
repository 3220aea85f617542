package io.agentotp.server.audit;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Which rows are asked for; what is {@code null} does not limit.
 *
 * @param permissionId the permission
 * @param agentId the agent
 * @param event the event
 * @param actor the actor
 * @param from the first moment
 * @param to the first moment no more
 */
public record AuditQuery(@Nullable String permissionId, @Nullable String agentId, @Nullable String event,
		@Nullable String actor, @Nullable Instant from, @Nullable Instant to) {

	public static AuditQuery ofPermission(String id) {
		return new AuditQuery(id, null, null, null, null, null);
	}

}
