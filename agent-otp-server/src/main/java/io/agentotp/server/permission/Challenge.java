package io.agentotp.server.permission;

import java.time.Instant;
import java.util.List;

import io.agentotp.server.json.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a person is asked to sign.
 *
 * @param id names it
 * @param statements the texts of all statements
 * @param options what a browser is told, to have it signed
 * @param validUntil how long
 */
public record Challenge(String id, List<String> statements, ObjectNode options, Instant validUntil) {

	/**
	 * What the pages and the API answer.
	 * @return the answer
	 */
	public ObjectNode toJson() {
		ObjectNode json = Json.object().put("challengeId", this.id).put("validUntil", this.validUntil.toString());
		this.statements.forEach(json.putArray("statements")::add);
		json.set("publicKey", this.options);
		return json;
	}

}
