package io.agentotp.server.policy;

/**
 * Adds up how large the regular expressions of a set are while it is read, since each is
 * compiled.
 */
final class PatternTotal {

	private long sum;

	/**
	 * Adds those of a rule.
	 * @param rule the rule
	 * @return the rule
	 * @throws InvalidPolicyException if all together are too large
	 */
	<R extends Rule> R add(R rule) {
		this.sum += rule.patternSize();
		if (this.sum > PatternSize.MAX_OF_SET) {
			throw new InvalidPolicyException("policies",
					"and actions have regular expressions that are too large together, the last one of '" + rule.name()
							+ "': they may have at most " + PatternSize.MAX_OF_SET
							+ " characters once repetitions such as {1,100} are written out");
		}
		return rule;
	}

}
