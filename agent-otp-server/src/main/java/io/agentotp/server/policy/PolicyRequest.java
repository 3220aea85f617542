package io.agentotp.server.policy;

import java.util.Set;

import io.agentotp.server.call.CallFormat;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What policies look at.
 *
 * @param agentId the agent
 * @param action what it wants to do
 * @param resource on what
 * @param scope within which limits
 * @param context what it says about it
 * @param call the call that the permission is bound to, if it is known
 */
public record PolicyRequest(String agentId, String action, @Nullable String resource, ObjectNode scope,
		ObjectNode context, @Nullable ObjectNode call) {

	private static final Set<String> FIELDS = Set.of("agentId", "action", "resource", "scope", "context", "call");

	/**
	 * Reads a made-up request.
	 * @param field the name of the request, for problems
	 * @param json the request
	 * @return the request
	 * @throws InvalidPolicyException if it is not one
	 */
	public static PolicyRequest read(String field, ObjectNode json) {
		PolicyExample.requireKnown(field + ".", json, FIELDS);
		String agent = text(field + ".agentId", json.get("agentId"), 1, 64);
		String action = text(field + ".action", json.get("action"), 1, 255);
		if (action == null) {
			throw new InvalidPolicyException(field + ".action", "is required");
		}
		return new PolicyRequest((agent != null) ? agent : "", action,
				text(field + ".resource", json.get("resource"), 0, 255), object(field + ".scope", json.get("scope")),
				object(field + ".context", json.get("context")), call(field + ".call", json.get("call")));
	}

	/**
	 * The request as it would be granted, without what the agent says.
	 * @param granted the scope that would be granted
	 * @return what a grant would be bound to
	 */
	public PolicyRequest bound(ObjectNode granted) {
		return new PolicyRequest(this.agentId, this.action, this.resource, granted, Json.object(), this.call);
	}

	private static @Nullable ObjectNode call(String field, @Nullable JsonNode value) {
		if (value == null || value.isNull()) {
			return null;
		}
		CallFormat.check(field, value, (path, problem) -> {
			throw new InvalidPolicyException(path, problem);
		});
		return (ObjectNode) value;
	}

	static @Nullable String text(String field, @Nullable JsonNode value, int min, int max) {
		if (value == null || value.isNull()) {
			return null;
		}
		if (!value.isString() || value.stringValue().length() < min || value.stringValue().length() > max) {
			throw new InvalidPolicyException(field, "must be text of " + min + " to " + max + " characters");
		}
		return value.stringValue();
	}

	private static ObjectNode object(String field, @Nullable JsonNode value) {
		if (value == null || value.isNull()) {
			return Json.object();
		}
		if (value instanceof ObjectNode object) {
			return object;
		}
		throw new InvalidPolicyException(field, "must be an object");
	}

}
