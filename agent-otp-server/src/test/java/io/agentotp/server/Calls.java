package io.agentotp.server;

import io.agentotp.server.call.CallDigest;
import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Requests that are bound to the call that they show.
 */
final class Calls {

	/** A digest of which nobody knows what it covers. */
	static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

	/** Another one. */
	static final String OTHER_DIGEST = "sha256:" + "f".repeat(64);

	private Calls() {
	}

	/**
	 * Adds the digest to a request, if it shows a call.
	 */
	static String bound(String request) {
		ObjectNode json = (ObjectNode) Json.read(request);
		return json.has("call") ? Json.write(json.put("callDigest", digest(json))) : request;
	}

	static String digest(String request) {
		return digest(Json.read(request));
	}

	private static String digest(JsonNode json) {
		JsonNode scope = json.path("scope");
		return CallDigest.of(json.path("action").stringValue(), json.path("resource").asStringOpt().orElse(null),
				scope.isObject() ? scope : Json.object(), json.path("call"));
	}

}
