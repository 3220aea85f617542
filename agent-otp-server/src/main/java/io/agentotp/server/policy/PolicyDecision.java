package io.agentotp.server.policy;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the policies say to a request.
 *
 * @param action what is to happen
 * @param policy the policy that spoke, {@code null} when none matched
 * @param reason why, where there is something to say
 * @param scope the requested scope, narrowed by the policy
 */
public record PolicyDecision(PolicyAction action, @Nullable String policy, @Nullable String reason, ObjectNode scope) {
}
