package io.agentotp.server.policy;

import tools.jackson.databind.JsonNode;

/**
 * Compares JSON values: numbers by value (1 is 1.0), everything else exactly, and never
 * across types.
 */
final class JsonValues {

	private JsonValues() {
	}

	static boolean same(JsonNode one, JsonNode other) {
		return one.equals(JsonValues::compare, other);
	}

	static boolean contains(JsonNode list, JsonNode value) {
		for (JsonNode element : list.values()) {
			if (same(element, value)) {
				return true;
			}
		}
		return false;
	}

	static boolean sameKind(JsonNode one, JsonNode other) {
		return one.getNodeType() == other.getNodeType();
	}

	private static int compare(JsonNode one, JsonNode other) {
		if (one.isNumber() && other.isNumber()) {
			return one.decimalValue().compareTo(other.decimalValue());
		}
		return one.equals(other) ? 0 : 1;
	}

}
