package io.agentotp.server.permission;

import io.agentotp.server.json.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * What questions have in common that are identical to who decides. The digest alone would
 * not do: it is the agent that sends it, so that a harmless question could lend its own
 * to another one.
 */
record RequestIdentity(String agentId, PermissionRequest request, ObjectNode scope) {

	static RequestIdentity of(StoredPermission permission) {
		return new RequestIdentity(permission.agentId(), permission.request().withContext(context(permission)),
				permission.grant().scope());
	}

	// Where a digest binds the call, what the agent says besides may differ.
	private static ObjectNode context(StoredPermission permission) {
		ObjectNode context = permission.request().context();
		if (permission.request().callDigest() == null) {
			return context;
		}
		ObjectNode facts = Json.object();
		for (String fact : StoredPermission.FACTS) {
			if (context.has(fact)) {
				facts.set(fact, context.get(fact));
			}
		}
		return facts;
	}

}
