package io.agentotp.server.page;

import java.util.List;
import java.util.Objects;

import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.permission.StoredPermission;

/**
 * Who ended a permission before its time, and whose words its reason is. Only the audit
 * log knows.
 *
 * @param by who it was: {@code agent}, {@code user} or {@code system}, else empty
 * @param user the person, if it was one
 * @param reason the reason of a person or of the service
 * @param says the reason of the agent, or of whom nobody knows
 */
public record Ending(String by, List<Segment> user, List<Segment> reason, List<Segment> says) {

	static Ending of(StoredPermission permission, AuditLog audit) {
		List<Segment> reason = VisibleText.of(Objects.requireNonNullElse(permission.decision().reason(), ""));
		if (permission.status() != PermissionState.REVOKED) {
			return new Ending("", List.of(), reason, List.of());
		}
		AuditEntry row = audit.latest(permission.id(), AuditEvent.REVOKED).orElse(null);
		if (row == null || row.forged() || !permission.isIntact()) {
			return new Ending("", List.of(), List.of(), reason);
		}
		String by = row.actor().replaceFirst(":.*", "");
		// Without a reason of its own, that of the decision stays.
		boolean own = by.equals("agent") && row.details().path("reason").isString();
		return new Ending(by, by.equals("user") ? VisibleText.of(PermissionCard.name(row.actor())) : List.of(),
				own ? List.of() : reason, own ? reason : List.of());
	}

}
