package io.agentotp.server.policy;

import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A change of one stored policy or entry of the action catalogue.
 *
 * @param kind what it is
 * @param event what was done
 * @param id the rule
 * @param before the rule before, unless it is new
 * @param after the rule afterwards, unless it is gone
 * @param seal its seal afterwards, unless it is gone
 */
record PolicyChange(Rule.Kind kind, AuditEvent event, String id, @Nullable ObjectNode before,
		@Nullable ObjectNode after, @Nullable String seal) {

	PolicyChange(Rule.Kind kind, String id, @Nullable ObjectNode before, @Nullable ObjectNode after,
			@Nullable String seal) {
		this(kind, kind.event(before, after), id, before, after, seal);
	}

	String cause() {
		return this.event.text() + " " + this.id;
	}

	ObjectNode details(long version) {
		ObjectNode details = Json.object().put(this.kind.idName(), this.id).put("version", version);
		if (this.before != null) {
			details.set("before", this.before);
		}
		if (this.after != null) {
			details.set("after", this.after);
		}
		return details;
	}

}
