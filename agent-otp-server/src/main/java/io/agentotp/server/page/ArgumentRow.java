package io.agentotp.server.page;

import java.math.BigDecimal;
import java.util.List;

import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.FieldFormat;
import tools.jackson.databind.JsonNode;

/**
 * An argument of the call, as it was sent.
 *
 * @param name its path
 * @param type its type, if it was sent
 * @param kind whether its value is shown
 * @param value its value, if it is; empty if it is long and stands above as it is
 * @param size how large it is, if it was too large to be sent
 * @param hash what binds it, if it is not shown
 */
public record ArgumentRow(List<Segment> name, List<Segment> type, String kind, List<Segment> value, String size,
		String hash) {

	/**
	 * Return the row of an argument.
	 * @param typed whether the application has written runtime types into it; what a
	 * model sends as arguments of a tool has none
	 * @param above whether the value stands above as it is
	 */
	static ArgumentRow of(JsonNode argument, boolean typed, boolean above) {
		JsonNode value = argument.get("value");
		return new ArgumentRow(VisibleText.of(Facts.ARGUMENT + argument.path("name").asString("")),
				VisibleText.of(argument.path("type").asString("")),
				(value != null) ? above ? "above" : "shown" : argument.has("masked") ? "masked" : "left-out",
				(value == null || above) ? List.of() : typed ? ValueText.ofCall(value) : ValueText.of(value),
				size(argument.path("bytes").asLong(0)), argument.path("sha256").asString(""));
	}

	static String size(long bytes) {
		return FieldFormat.bytes(BigDecimal.valueOf(bytes));
	}

}
