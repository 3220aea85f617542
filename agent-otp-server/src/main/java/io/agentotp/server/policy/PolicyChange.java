package io.agentotp.server.policy;

import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A change of one stored policy.
 *
 * @param event what was done
 * @param id the policy
 * @param before the policy before, unless it is new
 * @param after the policy afterwards, unless it is gone
 * @param seal its seal afterwards, unless it is gone
 */
record PolicyChange(AuditEvent event, String id, @Nullable PolicyDraft before, @Nullable PolicyDraft after,
		@Nullable String seal) {

	String cause() {
		return this.event.text() + " " + this.id;
	}

	ObjectNode details(long version) {
		ObjectNode details = Json.object().put("policyId", this.id).put("version", version);
		if (this.before != null) {
			details.set("before", this.before.toJson());
		}
		if (this.after != null) {
			details.set("after", this.after.toJson());
		}
		return details;
	}

}
