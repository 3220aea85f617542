package io.agentotp.spring.method;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.spring.CallRefusedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The arguments of a call as JSON: whole for the digest, readable for the approver.
 */
final class ArgumentBinding {

	private static final JsonMapper STATE = StateMapper.create();

	/** An argument longer than this, as JSON, is shown as size and hash. */
	private static final int MAX_SHOWN_CHARS = 8 * 1024;

	private static final String MASK = "••••••";

	private final List<Parameter> parameters;

	ArgumentBinding(List<Parameter> parameters) {
		this.parameters = parameters;
	}

	/**
	 * Return all bound arguments by parameter name.
	 * @throws CallRefusedException if one has no JSON form
	 */
	ObjectNode bind(@Nullable Object[] arguments) {
		ObjectNode bound = JsonNodeFactory.instance.objectNode();
		for (Parameter parameter : this.parameters) {
			try {
				// Written and read again, which refuses two keys with the same text.
				bound.set(parameter.name(), STATE.readTree(STATE.writeValueAsBytes(arguments[parameter.index()])));
			}
			catch (JacksonException | IllegalArgumentException | StackOverflowError ex) {
				throw new CallRefusedException("ARGUMENT_NOT_BINDABLE",
						"The argument '" + parameter.name()
								+ "' has no JSON form, so that nobody could approve it: pass plain data, or annotate"
								+ " the parameter with @NotBound to leave it out of the approval",
						null);
			}
		}
		return bound;
	}

	/**
	 * Return what the approver sees.
	 */
	Map<String, Object> show(ObjectNode bound) {
		Map<String, Object> shown = new LinkedHashMap<>();
		for (Parameter parameter : this.parameters) {
			shown.put(parameter.name(), parameter.masked() ? MASK : show(bound.get(parameter.name())));
		}
		return shown;
	}

	@SuppressWarnings("NullAway") // null is a JSON value here
	private static Object show(JsonNode node) {
		String json = node.toString();
		if (json.length() > MAX_SHOWN_CHARS) {
			return Map.of("notShown", "too large to show", "characters", json.length(), "sha256",
					HexFormat.of().formatHex(CallDigest.sha256(CallDigest.utf8(json))));
		}
		return STATE.treeToValue(node, Object.class);
	}

	/**
	 * A bound parameter.
	 *
	 * @param index its position
	 * @param name its name
	 * @param masked whether the approver must not see it
	 */
	record Parameter(int index, String name, boolean masked) {
	}

}
