package io.agentotp.server.policy;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All policies at one time; it never changes. The highest priority is asked first, on
 * equal priority the stricter one, the first match decides. Without a match a person is
 * asked; what cannot be decided is denied.
 */
public final class PolicySet {

	private static final Logger logger = LoggerFactory.getLogger(PolicySet.class);

	private final long version;

	private final List<Policy> policies;

	private final List<Policy> deciding;

	private final List<Policy> withShadows;

	private final ActionCatalogue actions;

	PolicySet(long version, List<Policy> policies, ActionCatalogue actions) {
		this.version = version;
		this.actions = actions;
		this.policies = policies.stream()
			.sorted(Comparator.comparingInt(Policy::priority)
				.reversed()
				.thenComparing(Policy::action)
				.thenComparing(Policy::allowSelfApproval))
			.toList();
		this.withShadows = this.policies.stream().filter(Policy::active).toList();
		this.deciding = this.withShadows.stream().filter((policy) -> !policy.shadow()).toList();
	}

	/**
	 * Makes a set that no database numbers.
	 * @param files files that belong to it
	 * @param policies more policies
	 * @param actions more entries of the action catalogue
	 * @return the set
	 * @throws InvalidPolicyException if two policies have the same name, or two entries
	 * are for the same action
	 */
	public static PolicySet of(List<PolicyFile> files, List<Policy> policies, List<ActionEntry> actions) {
		Map<String, Policy> names = new LinkedHashMap<>();
		Stream.concat(files.stream().flatMap((file) -> file.policies().stream()), policies.stream())
			.forEach((policy) -> {
				Policy other = names.putIfAbsent(NameLook.of(policy.name()), policy);
				if (other != null) {
					boolean same = other.name().equals(policy.name());
					throw new InvalidPolicyException(
							policy.origin().isReadOnly() ? policy.origin().text() + " name" : "name",
							"'" + policy.name() + "' is taken ("
									+ (same ? "" : "it looks like '" + other.name() + "', ") + other.origin().text()
									+ "): the audit log identifies a policy by its name");
				}
			});
		return new PolicySet(0, List.copyOf(names.values()), ActionCatalogue
			.of(Stream.concat(files.stream().flatMap((file) -> file.actions().stream()), actions.stream()).toList()));
	}

	PolicySet withVersion(long other) {
		return new PolicySet(other, this.policies, this.actions);
	}

	/**
	 * The number of this set. Each change makes another one.
	 * @return the number, from 1
	 */
	public long version() {
		return this.version;
	}

	/**
	 * All policies, in the order in which they are asked.
	 * @return the policies
	 */
	public List<Policy> policies() {
		return this.policies;
	}

	/**
	 * What the operator says of actions.
	 * @return the catalogue
	 */
	public ActionCatalogue actions() {
		return this.actions;
	}

	public PolicyDecision decide(PolicyRequest request) {
		return decide(this.deciding, request).withShadow(shadow(request));
	}

	/**
	 * Whether the owner of the agent may be the person who decides.
	 * @param request the request
	 * @return {@code true} if the policy that applies says so
	 */
	public boolean letsOwnerDecide(PolicyRequest request) {
		PolicyDecision decision = decide(request);
		return decision.action() == PolicyAction.REQUIRE_APPROVAL && decision.policy() != null
				&& decision.policy().letsOwnerDecide(request);
	}

	/**
	 * Asks all policies, not only until one matches.
	 * @param request the request
	 * @return what came of each, in the order in which they are asked
	 */
	public List<PolicyOutcome> explain(PolicyRequest request) {
		return this.policies.stream().map((policy) -> policy.outcome(request)).toList();
	}

	// A shadow policy has no say, and its errors have none.
	private @Nullable PolicyDecision shadow(PolicyRequest request) {
		if (this.withShadows.size() == this.deciding.size()) {
			return null;
		}
		PolicyDecision decision = decide(this.withShadows, request);
		return (decision.policy() != null && decision.policy().shadow()) ? decision : null;
	}

	private PolicyDecision decide(List<Policy> asked, PolicyRequest request) {
		for (Policy policy : asked) {
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
		return new PolicyDecision(this.version, PolicyAction.REQUIRE_APPROVAL, null, null, request.scope(), List.of(),
				null);
	}

	private PolicyDecision apply(Policy policy, PolicyRequest request) {
		List<ConditionOutcome> conditions = policy.outcomes(request);
		if (policy.action() == PolicyAction.DENY) {
			String reason = (policy.description() != null) ? policy.description()
					: "Denied by policy '" + policy.name() + "'";
			return new PolicyDecision(this.version, PolicyAction.DENY, policy, reason, request.scope(), conditions,
					null);
		}
		return new PolicyDecision(this.version, policy.action(), policy, null,
				ScopeNarrowing.narrow(request.scope(), policy.scopeTemplate(), this.actions.limits(request.action())),
				conditions, null);
	}

	private PolicyDecision failed(Policy policy, PolicyRequest request, String problem) {
		return new PolicyDecision(this.version, PolicyAction.DENY, policy,
				"Policy '" + policy.name() + "' could not be evaluated: " + problem, request.scope(),
				policy.outcomes(request), null);
	}

}
