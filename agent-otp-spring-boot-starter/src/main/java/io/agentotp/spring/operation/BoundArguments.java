package io.agentotp.spring.operation;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The arguments of a call as they were at one moment.
 *
 * @param values all of them by name
 * @param masked the names of those that the approver must not see
 */
public record BoundArguments(ObjectNode values, Set<String> masked) {

	/** Stands where the approver must not see an argument. */
	public static final String MASK = "••••••";

	/** An argument longer than this, as JSON, is shown as size and hash. */
	private static final int MAX_SHOWN_CHARS = 8 * 1024;

	private static final JsonMapper PLAIN = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	/**
	 * Return what the approver sees.
	 */
	Map<String, Object> shown() {
		Map<String, Object> shown = new LinkedHashMap<>();
		this.values.forEachEntry((name, value) -> shown.put(name, this.masked.contains(name) ? MASK : show(value)));
		return shown;
	}

	// The generated form would print what is masked.
	@Override
	public String toString() {
		return "BoundArguments" + this.values.propertyNames();
	}

	@SuppressWarnings("NullAway") // null is a JSON value here
	private static Object show(JsonNode value) {
		String text = value.toString();
		if (text.length() > MAX_SHOWN_CHARS) {
			return Map.of("notShown", "too large to show", "characters", text.length(), "sha256",
					HexFormat.of().formatHex(CallDigest.sha256(CanonicalJson.utf8(text))));
		}
		return PLAIN.treeToValue(value, Object.class);
	}

}
