package io.agentotp.server.audit;

import java.util.List;

/**
 * The keys of this service, the one that signs first.
 *
 * @param keys the keys
 */
public record AuditKeys(List<AuditKey> keys) {

	public AuditKey current() {
		return this.keys.get(0);
	}

}
