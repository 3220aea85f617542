package io.agentotp.server.permission;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Which permissions are asked for.
 *
 * @param status only this status
 * @param agentId only this agent's
 * @param action only actions that begin so
 * @param decided only those that are not pending
 */
public record PermissionFilter(@Nullable PermissionState status, @Nullable String agentId, @Nullable String action,
		boolean decided) {

	public PermissionFilter(@Nullable PermissionState status, @Nullable String agentId, boolean decided) {
		this(status, agentId, null, decided);
	}

	String where(List<Object> params) {
		List<String> conditions = new ArrayList<>();
		if (this.status != null) {
			conditions.add("status = ?");
			params.add(this.status.text());
		}
		if (this.agentId != null) {
			conditions.add("agent_id = ?");
			params.add(this.agentId);
		}
		if (this.action != null) {
			conditions.add("action LIKE ? ESCAPE '!'");
			params.add(this.action.replaceAll("[!%_]", "!$0") + "%");
		}
		if (this.decided) {
			conditions.add("status <> 'pending'");
		}
		return conditions.isEmpty() ? "" : "WHERE " + String.join(" AND ", conditions);
	}

}
