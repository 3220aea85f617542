package io.agentotp.server.permission;

import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import tools.jackson.databind.node.ObjectNode;

/**
 * What questions have in common that are identical to who decides. A digest alone would
 * not do: an agent can send that of another call.
 *
 * @param hash the hash of all of it
 */
public record RequestIdentity(String hash) {

	/**
	 * What tells a question from others.
	 * @param permission the question
	 * @return the same for questions that are identical
	 */
	public static RequestIdentity of(StoredPermission permission) {
		return of(permission, true);
	}

	/**
	 * What tells a question from others, whatever was granted: one that was approved may
	 * have been narrowed.
	 */
	static RequestIdentity ofRequest(StoredPermission permission) {
		return of(permission, false);
	}

	private static RequestIdentity of(StoredPermission permission, boolean withGrant) {
		PermissionRequest request = permission.request();
		ObjectNode all = Json.object()
			.put("agentId", permission.agentId())
			.put("action", request.action())
			.put("resource", request.resource())
			.put("ttl", request.ttlSeconds())
			.put("callDigest", request.callDigest());
		all.set("requested", request.scope());
		if (withGrant) {
			all.set("granted", permission.grant().scope());
		}
		if (request.call() != null) {
			all.set("call", request.call());
		}
		else {
			// Where the call is known, what the agent says besides may differ.
			all.set("context", request.context());
		}
		return new RequestIdentity(Secrets.sha256(Json.writeSorted(all)));
	}

}
