package io.agentotp.server.permission;

import io.agentotp.server.call.CallDigest;
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
 * @param callDigest the digest that the permission is to be bound to
 * @param call the call that the digest covers; without it the digest covers nothing that
 * is known here
 */
public record PermissionRequest(String action, @Nullable String resource, ObjectNode scope, ObjectNode context,
		int ttlSeconds, @Nullable String callDigest, @Nullable ObjectNode call) {

	/**
	 * Whether the digest is that of what is shown.
	 * @return {@code true}, too, where no call is shown
	 */
	public boolean fitsDigest() {
		return this.call == null || CallDigest.fits(this.callDigest, this.action, this.resource, this.scope, this.call);
	}

	PolicyRequest toPolicyRequest(String agentId) {
		return new PolicyRequest(agentId, this.action, this.resource, this.scope, this.context, this.call);
	}

	// The generated form would print what the agent says, and the arguments.
	@Override
	public String toString() {
		return "PermissionRequest[" + this.action + "]";
	}

}
