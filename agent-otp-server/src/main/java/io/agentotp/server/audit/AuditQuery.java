package io.agentotp.server.audit;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.server.database.Times;
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

	/**
	 * The conditions of this query.
	 * @param table what stands before the names of columns
	 * @param params gets the values
	 * @return the conditions, each with {@code AND} before it
	 */
	String conditions(String table, List<Object> params) {
		Map<String, @Nullable Object> values = new LinkedHashMap<>();
		values.put("permission_id = ?", this.permissionId);
		values.put("agent_id = ?", this.agentId);
		values.put("event = ?", this.event);
		values.put("actor = ?", this.actor);
		values.put("at >= ?", Times.toDatabaseOrNull(this.from));
		values.put("at < ?", Times.toDatabaseOrNull(this.to));
		StringBuilder conditions = new StringBuilder();
		values.forEach((condition, value) -> {
			if (value != null) {
				conditions.append(" AND ").append(table).append(condition);
				params.add(value);
			}
		});
		return conditions.toString();
	}

	public static AuditQuery ofPermission(String id) {
		return new AuditQuery(id, null, null, null, null, null);
	}

}
