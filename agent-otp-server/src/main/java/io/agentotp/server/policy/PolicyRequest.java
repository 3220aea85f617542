package io.agentotp.server.policy;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What policies look at.
 *
 * @param agentId the agent
 * @param action what it wants to do
 * @param resource on what
 * @param scope within which limits
 * @param context what it says about it
 */
public record PolicyRequest(String agentId, String action, @Nullable String resource, ObjectNode scope,
		ObjectNode context) {
}
