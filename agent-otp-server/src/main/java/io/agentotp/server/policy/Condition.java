package io.agentotp.server.policy;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One condition of a policy.
 *
 * @param path where it looks
 * @param operator what it asks
 * @param operand the value it compares with
 * @param check the check of operator and operand
 * @param approving the check where it is only asked whether a policy would approve
 */
record Condition(ConditionPath path, Operator operator, JsonNode operand, Operator.Check check,
		Operator.Check approving) {

	static Condition of(ConditionPath path, Operator operator, JsonNode operand, boolean strict) {
		return new Condition(path, operator, operand, operator.check(operand, strict), operator.check(operand, false));
	}

	long patternSize() {
		return (this.operator == Operator.MATCHES) ? PatternSize.of(this.operand.stringValue()) : 0;
	}

	boolean holds(PolicyRequest request) {
		try {
			return this.check.holds(this.path.find(request));
		}
		catch (EvaluationException ex) {
			throw new EvaluationException(this.path + " " + ex.text());
		}
	}

	boolean holdsToApprove(PolicyRequest request) {
		return this.approving.holds(this.path.find(request));
	}

	ConditionOutcome outcome(PolicyRequest request) {
		JsonNode actual = null;
		try {
			actual = this.path.find(request);
			return outcome(actual, this.check.holds(actual), null);
		}
		catch (EvaluationException ex) {
			return outcome(actual, false, ex.text());
		}
	}

	private ConditionOutcome outcome(@Nullable JsonNode actual, boolean holds, @Nullable String problem) {
		return new ConditionOutcome(this.path.toString(), this.operator.text(), this.operand, actual, holds, problem);
	}

}
