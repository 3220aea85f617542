package io.agentotp.server.audit;

import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.agentotp.server.database.Times;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
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
 * @param visible which rows may be seen at all
 */
public record AuditQuery(@Nullable String permissionId, @Nullable String agentId, @Nullable String event,
		@Nullable String actor, @Nullable Instant from, @Nullable Instant to, VisibleRows visible) {

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
		return conditions.append(this.visible.condition(table, params)).toString();
	}

	/**
	 * Whether nothing but the time limits it, as in an export that can be verified.
	 * @return whether it is so
	 */
	boolean isAll() {
		return this.permissionId == null && this.agentId == null && this.event == null && this.actor == null
				&& this.visible.all();
	}

	public static AuditQuery ofEvent(AuditEvent event) {
		return new AuditQuery(null, null, event.text(), null, null, null, VisibleRows.ALL);
	}

	public static AuditQuery ofPermission(String id) {
		return new AuditQuery(id, null, null, null, null, null, VisibleRows.ALL);
	}

	/**
	 * The same query of what somebody may see.
	 * @param rows what that is
	 * @return the query
	 */
	public AuditQuery seenBy(VisibleRows rows) {
		return new AuditQuery(this.permissionId, this.agentId, this.event, this.actor, this.from, this.to, rows);
	}

	/**
	 * Reads the filters of a request.
	 * @param parameters finds a parameter by its name; empty is as good as none
	 * @return the query
	 * @throws RefusedException if a filter cannot be used
	 */
	public static AuditQuery read(Function<String, @Nullable String> parameters) {
		Function<String, @Nullable String> read = (name) -> text(parameters.apply(name));
		return new AuditQuery(read.apply("permissionId"), read.apply("agentId"), event(read.apply("event")),
				read.apply("actor"), instant("from", read.apply("from")), instant("to", read.apply("to")),
				VisibleRows.ALL);
	}

	private static @Nullable String text(@Nullable String value) {
		return (value == null || value.isEmpty()) ? null : value;
	}

	private static @Nullable String event(@Nullable String event) {
		if (event != null && Arrays.stream(AuditEvent.values()).noneMatch((known) -> known.text().equals(event))) {
			throw new InvalidInputException("event", "must be one of "
					+ Arrays.stream(AuditEvent.values()).map(AuditEvent::text).collect(Collectors.joining(", ")));
		}
		return event;
	}

	private static @Nullable Instant instant(String name, @Nullable String value) {
		return (value != null) ? Times.parse(name, value) : null;
	}

}
