package io.agentotp.server.permission;

import io.agentotp.server.json.Json;
import io.agentotp.server.policy.Routing;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which policy applied, if one did.
 *
 * @param id the policy
 * @param name its name
 * @param version the version of the set of policies
 * @param trace why it applied: its conditions, and what shadow policies would have
 * decided
 * @param routing whom it asks
 */
public record PolicyTrace(@Nullable String id, @Nullable String name, @Nullable Long version,
		@Nullable ObjectNode trace, Routing routing) {

	/**
	 * The routing as it is stored.
	 * @return the text, or {@code null} if all approvers are asked
	 */
	@Nullable String routingText() {
		return this.routing.isNone() ? null : Json.write(this.routing.toJson());
	}

}
