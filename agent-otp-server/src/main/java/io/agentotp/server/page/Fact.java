package io.agentotp.server.page;

import java.math.BigDecimal;
import java.util.List;

import io.agentotp.server.page.text.Segment;
import io.agentotp.server.policy.FieldFormat;
import tools.jackson.databind.JsonNode;

/**
 * A bound value under its name.
 *
 * @param label its name
 * @param named whether the name is the operator's, not that of the application
 * @param value the value
 * @param folded how long it is, if it is behind one press, else empty
 */
public record Fact(List<Segment> label, boolean named, Shown value, String folded) {

	static String length(JsonNode value) {
		if (value.isString()) {
			return count(value.stringValue().codePointCount(0, value.stringValue().length()), "character",
					"characters");
		}
		return value.isArray() ? count(value.size(), "entry", "entries")
				: count(value.isObject() ? value.size() : 1, "value", "values");
	}

	private static String count(int count, String one, String many) {
		return FieldFormat.grouped(BigDecimal.valueOf(count), 0) + " " + ((count == 1) ? one : many);
	}

}
