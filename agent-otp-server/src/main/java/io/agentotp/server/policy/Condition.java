package io.agentotp.server.policy;

/**
 * One condition of a policy.
 *
 * @param path where it looks
 * @param operator what it asks
 * @param check the check of operator and operand
 */
record Condition(ConditionPath path, Operator operator, Operator.Check check) {

	boolean holds(PolicyRequest request) {
		try {
			return this.check.holds(this.path.find(request));
		}
		catch (EvaluationException ex) {
			throw new EvaluationException(this.path + " " + ex.text());
		}
	}

}
