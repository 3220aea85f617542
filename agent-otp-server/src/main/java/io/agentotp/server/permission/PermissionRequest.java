package io.agentotp.server.permission;

import io.agentotp.server.policy.PolicyRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an agent asks for.
 *
 * @param action what it wants to do
 * @param resource on what
 * @param scope within which limits
 * @param context what it says about it
 * @param ttlSeconds how long the token should live
 * @param callDigest the call that the permission is to be bound to
 */
public record PermissionRequest(String action, @Nullable String resource, ObjectNode scope, ObjectNode context,
		int ttlSeconds, @Nullable String callDigest) {

	PolicyRequest toPolicyRequest(String agentId) {
		return new PolicyRequest(agentId, this.action, this.resource, this.scope, this.context);
	}

	PermissionRequest withContext(ObjectNode other) {
		return new PermissionRequest(this.action, this.resource, this.scope, other, this.ttlSeconds, this.callDigest);
	}

	// The generated form would print what the agent says, and the arguments.
	@Override
	public String toString() {
		return "PermissionRequest[" + this.action + "]";
	}

}
