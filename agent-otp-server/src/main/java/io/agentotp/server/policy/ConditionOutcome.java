package io.agentotp.server.policy;

import java.nio.charset.StandardCharsets;

import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came of a condition.
 *
 * @param path where it looks
 * @param operator what it asks
 * @param operand the value it compares with
 * @param actual the value of the request, {@code null} if there is none
 * @param holds whether it holds
 * @param problem why it could not be decided
 */
public record ConditionOutcome(String path, String operator, JsonNode operand, @Nullable JsonNode actual, boolean holds,
		@Nullable String problem) {

	private static final int MAX_SHOWN = 500;

	public ObjectNode toJson() {
		ObjectNode json = Json.object().put("path", this.path).put("operator", this.operator);
		json.set("value", shown(this.operand));
		if (this.actual != null) {
			json.set("actual", shown(this.actual));
		}
		json.put("holds", this.holds);
		return (this.problem != null) ? json.put("problem", this.problem) : json;
	}

	// What is too long to stand here is named by its size and hash, not cut.
	private static JsonNode shown(JsonNode value) {
		String text = Json.write(value);
		return (text.length() <= MAX_SHOWN) ? value
				: Json.object()
					.put("bytes", text.getBytes(StandardCharsets.UTF_8).length)
					.put("sha256", Secrets.sha256(text));
	}

}
