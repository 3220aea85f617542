package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.ConditionOutcome;
import io.agentotp.server.policy.Policy;
import io.agentotp.server.policy.PolicyDecision;
import io.agentotp.server.policy.PolicyOutcome;
import tools.jackson.databind.JsonNode;

/**
 * What came of a policy that was tried.
 *
 * @param id its name, for tests and scripts
 * @param name its name, for people
 * @param action what it does
 * @param applied whether it decided
 * @param matches whether it matches
 * @param verdict what came of it, for people
 * @param conditions what came of its conditions
 */
public record SimulatedPolicy(String id, List<Segment> name, String action, boolean applied, boolean matches,
		String verdict, List<Check> conditions) {

	static SimulatedPolicy of(PolicyOutcome outcome, PolicyDecision decision) {
		Policy policy = outcome.policy();
		boolean applied = policy == decision.policy();
		return new SimulatedPolicy(policy.name(), VisibleText.of(policy.name()), policy.action().text(), applied,
				outcome.matches(), verdict(outcome, applied), outcome.conditions().stream().map(Check::of).toList());
	}

	private static String verdict(PolicyOutcome outcome, boolean applied) {
		if (applied) {
			return Messages.get("simulation.applied");
		}
		if (!outcome.policy().active()) {
			return Messages.get("policies.not-active");
		}
		if (!outcome.forThisAgent()) {
			return Messages.get("simulation.other-agent");
		}
		if (outcome.problem() != null) {
			return Messages.get("simulation.failed");
		}
		if (!outcome.matches()) {
			return Messages.get("simulation.no-match");
		}
		return Messages.get(outcome.policy().shadow() ? "simulation.reports" : "simulation.other-policy");
	}

	/**
	 * What came of a condition.
	 *
	 * @param condition what is asked
	 * @param actual the value of the request
	 * @param holds whether it holds
	 * @param verdict the same, for people
	 */
	public record Check(List<Segment> condition, List<Segment> actual, boolean holds, List<Segment> verdict) {

		static Check of(ConditionOutcome outcome) {
			JsonNode json = outcome.toJson();
			String verdict = Messages.get(outcome.holds() ? "simulation.holds" : "simulation.does-not-hold");
			return new Check(
					VisibleText.of(outcome.path() + " " + outcome.operator() + " " + Json.write(json.path("value"))),
					VisibleText
						.of(json.has("actual") ? Json.write(json.path("actual")) : Messages.get("policies.not-there")),
					outcome.holds(),
					VisibleText.of((outcome.problem() != null) ? Messages.ofDomain(outcome.problem()) : verdict));
		}

	}

}
