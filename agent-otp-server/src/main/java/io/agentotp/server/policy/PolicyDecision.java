package io.agentotp.server.policy;

import java.util.List;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the policies say to a request.
 *
 * @param version the version of the set of policies
 * @param action what is to happen
 * @param policy the policy that applied, {@code null} when none matched
 * @param reason why, where there is something to say
 * @param scope the requested scope, narrowed by the policy
 * @param conditions what came of the conditions of the policy that applied
 * @param shadow what would have been decided if the shadow policies counted, {@code null}
 * when none of them would have applied
 */
public record PolicyDecision(long version, PolicyAction action, @Nullable Policy policy, @Nullable String reason,
		ObjectNode scope, List<ConditionOutcome> conditions, @Nullable PolicyDecision shadow) {

	public @Nullable String policyId() {
		return (this.policy != null) ? this.policy.id() : null;
	}

	public @Nullable String policyName() {
		return (this.policy != null) ? this.policy.name() : null;
	}

	/**
	 * Whom the policy that applied asks, and for how long.
	 * @return the routing
	 */
	public Routing routing() {
		return (this.policy != null) ? this.policy.routing() : Routing.NONE;
	}

	PolicyDecision withShadow(@Nullable PolicyDecision other) {
		return new PolicyDecision(this.version, this.action, this.policy, this.reason, this.scope, this.conditions,
				other);
	}

	/**
	 * What is decided.
	 * @return action, policy, reason and scope
	 */
	public ObjectNode toJson() {
		ObjectNode json = Json.object()
			.put("action", this.action.text())
			.put("policyId", policyId())
			.put("policy", policyName())
			.put("reason", this.reason);
		json.set("scope", this.scope);
		return json;
	}

	/**
	 * Which policy applied and why, as it is kept.
	 * @return policy, its conditions, and the shadow policies
	 */
	public ObjectNode trace() {
		ObjectNode json = Json.object().put("version", this.version);
		if (this.policy != null) {
			json.set("policy", this.policy.reference().put("origin", this.policy.origin().text()));
			json.set("conditions", PolicyOutcome.toJson(this.conditions));
		}
		if (this.shadow != null) {
			json.set("shadow", this.shadow.shadowReport(this.action));
		}
		return json;
	}

	/**
	 * What the shadow policies would have done, in short.
	 * @param real what was done
	 * @return action, policy and whether it differs
	 */
	public ObjectNode shadowReport(PolicyAction real) {
		return Json.object()
			.put("action", this.action.text())
			.put("policyId", policyId())
			.put("policy", policyName())
			.put("reason", this.reason)
			.put("differs", this.action != real);
	}

}
