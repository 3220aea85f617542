package io.agentotp.server.page;

import java.util.List;
import java.util.Locale;

import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An argument of the call.
 *
 * @param name its name
 * @param type its type, if it was sent
 * @param kind whether its value is shown
 * @param value its value, if it is
 * @param size how large it is, if it was too large to be sent
 * @param hash what binds it, if it is not shown
 */
public record ArgumentRow(List<Segment> name, List<Segment> type, String kind, Shown value, String size, String hash) {

	private static final long UNIT = 1024;

	private static final String LEFT_OUT = "left-out";

	boolean isLeftOut() {
		return this.kind.equals(LEFT_OUT);
	}

	/**
	 * Return the row of an argument.
	 * @param call the call
	 * @param typed whether the application has written runtime types into it; what a
	 * model sends as arguments of a tool has none
	 */
	static ArgumentRow of(JsonNode argument, JsonNode call, boolean typed) {
		JsonNode value = argument.get("value");
		boolean masked = argument.has("masked");
		return new ArgumentRow(VisibleText.of(argument.path("name").asString("")),
				VisibleText.of(argument.path("type").asString("")),
				(value != null) ? "shown" : masked ? "masked" : LEFT_OUT,
				(value == null) ? Shown.raw(List.of())
						: Facts.guess(argument.path("name").asString(""), argument.path("type").asString(""), value,
								currency(call), typed),
				size(argument.path("bytes").asLong(0)), argument.path("sha256").asString(""));
	}

	private static @Nullable JsonNode currency(JsonNode call) {
		return call.path("arguments")
			.valueStream()
			.filter((other) -> other.path("name").asString("").equals("currency"))
			.findFirst()
			.map((other) -> other.get("value"))
			.orElse(null);
	}

	private static String size(long bytes) {
		String exact = bytes + ((bytes == 1) ? " byte" : " bytes");
		if (bytes < UNIT) {
			return exact;
		}
		boolean large = bytes >= UNIT * UNIT;
		return String.format(Locale.ROOT, "%.1f %s (%s)", bytes / (large ? (double) (UNIT * UNIT) : UNIT),
				large ? "MiB" : "KiB", exact);
	}

}
