package io.agentotp.server.permission;

import tools.jackson.databind.node.ObjectNode;

/**
 * What questions have in common that are identical to who decides. A digest alone would
 * not do: an agent can send that of another call.
 */
record RequestIdentity(String agentId, PermissionRequest request, ObjectNode scope) {

	// Where the call is known, what the agent says besides may differ.
	static RequestIdentity of(StoredPermission permission) {
		PermissionRequest request = permission.request();
		return new RequestIdentity(permission.agentId(), (request.call() != null) ? request.withoutContext() : request,
				permission.grant().scope());
	}

}
