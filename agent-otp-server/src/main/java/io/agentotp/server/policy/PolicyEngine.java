package io.agentotp.server.policy;

import java.util.Comparator;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the policies. The highest priority first, on equal priority the stricter action
 * first, the first match decides. Without a match a person is asked; what cannot be
 * decided is denied.
 */
public final class PolicyEngine {

	private static final Logger logger = LoggerFactory.getLogger(PolicyEngine.class);

	private final List<Policy> policies;

	private final List<Policy> active;

	PolicyEngine(List<Policy> policies) {
		this.policies = policies.stream()
			.sorted(Comparator.comparingInt(Policy::priority).reversed().thenComparing(Policy::action))
			.toList();
		this.active = this.policies.stream().filter(Policy::active).toList();
	}

	/**
	 * All policies, in the order in which they are asked.
	 * @return the policies
	 */
	public List<Policy> policies() {
		return this.policies;
	}

	public PolicyDecision decide(PolicyRequest request) {
		for (Policy policy : this.active) {
			try {
				if (policy.matches(request)) {
					return apply(policy, request);
				}
			}
			catch (EvaluationException ex) {
				return failed(policy, request, ex.text());
			}
			catch (ScopeNarrowing.NotNarrowerException ex) {
				return failed(policy, request, "scope." + ex.key() + " " + ex.problem());
			}
			catch (RuntimeException ex) {
				logger.error("Policy '{}' failed", policy.name(), ex);
				return failed(policy, request, "it failed");
			}
		}
		return new PolicyDecision(PolicyAction.REQUIRE_APPROVAL, null, null, request.scope());
	}

	private PolicyDecision apply(Policy policy, PolicyRequest request) {
		if (policy.action() == PolicyAction.DENY) {
			String reason = (policy.description() != null) ? policy.description()
					: "Denied by policy '" + policy.name() + "'";
			return new PolicyDecision(PolicyAction.DENY, policy.name(), reason, request.scope());
		}
		return new PolicyDecision(policy.action(), policy.name(), null,
				ScopeNarrowing.narrow(request.scope(), policy.scopeTemplate()));
	}

	private static PolicyDecision failed(Policy policy, PolicyRequest request, String problem) {
		return new PolicyDecision(PolicyAction.DENY, policy.name(),
				"Policy '" + policy.name() + "' could not be evaluated: " + problem, request.scope());
	}

}
