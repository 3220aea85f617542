package io.agentotp.server.policy;

import java.util.Comparator;
import java.util.List;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A rule that decides before a person is asked.
 */
public final class Policy implements Rule {

	private final String id;

	private final PolicyOrigin origin;

	private final PolicyDraft definition;

	private final String name;

	private final PolicyAction action;

	private final List<Condition> conditions;

	private final List<Condition> cheapestFirst;

	Policy(String id, PolicyOrigin origin, PolicyDraft definition, String name, PolicyAction action,
			List<Condition> conditions) {
		this.id = id;
		this.origin = origin;
		this.definition = definition;
		this.name = name;
		this.action = action;
		this.conditions = List.copyOf(conditions);
		this.cheapestFirst = conditions.stream()
			.sorted(Comparator.comparing((condition) -> condition.operator() == Operator.MATCHES))
			.toList();
	}

	@Override
	public long patternSize() {
		return this.conditions.stream().mapToLong(Condition::patternSize).sum();
	}

	boolean matches(PolicyRequest request) {
		if (!isFor(request)) {
			return false;
		}
		EvaluationException problem = null;
		for (Condition condition : this.cheapestFirst) {
			try {
				if (!condition.holds(request)) {
					return false;
				}
			}
			catch (EvaluationException ex) {
				// Only counts if no other condition says that the policy is not meant.
				problem = ex;
			}
		}
		if (problem != null) {
			throw problem;
		}
		return true;
	}

	PolicyOutcome outcome(PolicyRequest request) {
		List<ConditionOutcome> outcomes = outcomes(request);
		try {
			return new PolicyOutcome(this, isFor(request), outcomes, matches(request), null);
		}
		catch (EvaluationException ex) {
			return new PolicyOutcome(this, isFor(request), outcomes, false, ex.text());
		}
	}

	// A value that is not there, or of another type, is not the forbidden one: enough to
	// ask a person, but not to let it be the owner.
	boolean letsOwnerDecide(PolicyRequest request) {
		return allowSelfApproval()
				&& this.conditions.stream().allMatch((condition) -> condition.holdsToApprove(request));
	}

	List<ConditionOutcome> outcomes(PolicyRequest request) {
		return this.conditions.stream().map((condition) -> condition.outcome(request)).toList();
	}

	private boolean isFor(PolicyRequest request) {
		return agentId() == null || agentId().equals(request.agentId());
	}

	/**
	 * Whether it approves, or lets the owner approve, on what the agent says about
	 * itself.
	 * @return {@code true} for a policy that does
	 */
	public boolean trustsAgentsWord() {
		return (this.action == PolicyAction.AUTO_APPROVE || allowSelfApproval())
				&& this.conditions.stream().anyMatch((condition) -> condition.path().isContext());
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public PolicyOrigin origin() {
		return this.origin;
	}

	public PolicyDraft definition() {
		return this.definition;
	}

	@Override
	public String name() {
		return this.name;
	}

	public @Nullable String description() {
		return this.definition.description();
	}

	public @Nullable String agentId() {
		return this.definition.agentId();
	}

	public int priority() {
		return this.definition.priority();
	}

	public PolicyAction action() {
		return this.action;
	}

	/**
	 * The conditions as they were written.
	 * @return path, operator and value
	 */
	public ObjectNode conditions() {
		return this.definition.conditions();
	}

	public ObjectNode scopeTemplate() {
		return this.definition.scopeTemplate();
	}

	/**
	 * Whether the owner of the agent may decide.
	 * @return {@code true} for a policy that asks a person and lets it be the owner
	 */
	public boolean allowSelfApproval() {
		return this.definition.allowSelfApproval();
	}

	/**
	 * Whom it asks, and for how long.
	 * @return the routing
	 */
	public Routing routing() {
		return this.definition.routing();
	}

	public boolean active() {
		return this.definition.active();
	}

	/**
	 * Whether it only reports what it would have decided.
	 * @return {@code true} for a policy that decides nothing
	 */
	public boolean shadow() {
		return this.definition.shadow();
	}

	ObjectNode reference() {
		return Json.object().put("id", this.id).put("name", this.name).put("action", this.action.text());
	}

	@Override
	public ObjectNode source() {
		return this.definition.toJson();
	}

	@Override
	public ObjectNode toJson() {
		ObjectNode json = Json.object().put("id", this.id);
		json.setAll(this.definition.toJson());
		return json.put("action", this.action.text()).put("origin", this.origin.text());
	}

}
