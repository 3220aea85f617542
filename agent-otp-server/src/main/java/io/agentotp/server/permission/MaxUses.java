package io.agentotp.server.permission;

import java.util.Optional;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How often a token can be used, from {@code scope.max_uses}.
 */
public final class MaxUses {

	private static final String KEY = "max_uses";

	private static final int LIMIT = 1_000_000;

	private MaxUses() {
	}

	public static Optional<String> problem(ObjectNode scope) {
		JsonNode value = scope.get(KEY);
		boolean valid = value == null || (value.isIntegralNumber() && value.canConvertToInt() && value.intValue() >= 1
				&& value.intValue() <= LIMIT);
		return valid ? Optional.empty() : Optional.of("must be a whole number from 1 to " + LIMIT);
	}

	/**
	 * How often.
	 * @param scope a scope without a problem
	 * @return the number
	 */
	public static int of(ObjectNode scope) {
		JsonNode value = scope.get(KEY);
		return (value != null) ? value.intValue() : 1;
	}

}
