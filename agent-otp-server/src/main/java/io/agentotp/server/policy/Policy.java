package io.agentotp.server.policy;

import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A rule that decides before a person is asked.
 */
public final class Policy {

	private final String name;

	private final @Nullable String description;

	private final @Nullable String agentId;

	private final int priority;

	private final PolicyAction action;

	private final List<Condition> conditions;

	private final ObjectNode source;

	private final ObjectNode scopeTemplate;

	private final boolean active;

	Policy(String name, @Nullable String description, @Nullable String agentId, int priority, PolicyAction action,
			List<Condition> conditions, ObjectNode source, ObjectNode scopeTemplate, boolean active) {
		this.name = name;
		this.description = description;
		this.agentId = agentId;
		this.priority = priority;
		this.action = action;
		this.conditions = conditions;
		this.source = source;
		this.scopeTemplate = scopeTemplate;
		this.active = active;
	}

	boolean matches(PolicyRequest request) {
		if (this.agentId != null && !this.agentId.equals(request.agentId())) {
			return false;
		}
		EvaluationException problem = null;
		for (Condition condition : this.conditions) {
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

	/**
	 * Whether it approves on what the agent says about itself.
	 * @return {@code true} for a policy that does
	 */
	public boolean trustsAgentsWord() {
		return this.action == PolicyAction.AUTO_APPROVE
				&& this.conditions.stream().anyMatch((condition) -> condition.path().isContext());
	}

	public String name() {
		return this.name;
	}

	public @Nullable String description() {
		return this.description;
	}

	public @Nullable String agentId() {
		return this.agentId;
	}

	public int priority() {
		return this.priority;
	}

	public PolicyAction action() {
		return this.action;
	}

	/**
	 * The conditions as they were written.
	 * @return path, operator and value
	 */
	public ObjectNode conditions() {
		return this.source;
	}

	public ObjectNode scopeTemplate() {
		return this.scopeTemplate;
	}

	public boolean active() {
		return this.active;
	}

}
