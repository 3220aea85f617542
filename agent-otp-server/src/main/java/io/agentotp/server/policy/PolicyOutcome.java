package io.agentotp.server.policy;

import java.util.List;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What came of a policy when all of them were asked.
 *
 * @param policy the policy
 * @param forThisAgent whether it is for the agent that asks
 * @param conditions what came of its conditions
 * @param matches whether it matches
 * @param problem why that could not be decided
 */
public record PolicyOutcome(Policy policy, boolean forThisAgent, List<ConditionOutcome> conditions, boolean matches,
		@Nullable String problem) {

	public ObjectNode toJson() {
		ObjectNode json = this.policy.reference()
			.put("priority", this.policy.priority())
			.put("active", this.policy.active())
			.put("shadow", this.policy.shadow())
			.put("forThisAgent", this.forThisAgent)
			.put("matches", this.matches);
		if (this.problem != null) {
			json.put("problem", this.problem);
		}
		json.set("conditions", toJson(this.conditions));
		return json;
	}

	static ArrayNode toJson(List<ConditionOutcome> conditions) {
		ArrayNode array = Json.mapper().createArrayNode();
		conditions.forEach((condition) -> array.add(condition.toJson()));
		return array;
	}

}
