package io.agentotp.server.permission;

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
 */
public record PolicyTrace(@Nullable String id, @Nullable String name, @Nullable Long version,
		@Nullable ObjectNode trace) {
}
