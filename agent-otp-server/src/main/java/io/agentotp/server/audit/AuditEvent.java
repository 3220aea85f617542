package io.agentotp.server.audit;

import java.util.Locale;

/**
 * What can happen to a permission.
 */
public enum AuditEvent {

	REQUESTED, APPROVED, DENIED, USED, USE_REJECTED, REVOKED, EXPIRED;

	public String text() {
		return name().toLowerCase(Locale.ROOT);
	}

}
