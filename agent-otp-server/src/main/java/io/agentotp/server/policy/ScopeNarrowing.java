package io.agentotp.server.policy;

import java.util.Map;
import java.util.regex.Pattern;

import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Narrows a scope, never widens it: numbers take the smaller ({@code min_*} the larger),
 * {@code allowed_*} lists intersect, {@code blocked_*}, {@code excluded_*} and
 * {@code denied_*} lists unite, booleans take {@code false}, an absent key is added,
 * nested objects recurse. Two values that cannot be ordered, or that leave nothing
 * allowed, cannot be narrowed.
 */
public final class ScopeNarrowing {

	private static final String MAX_USES = "max_uses";

	private static final Pattern MINIMUM = prefix("min");

	private static final Pattern ALLOWED = prefix("allowed");

	private static final Pattern FORBIDDEN = prefix("blocked|excluded|denied");

	private ScopeNarrowing() {
	}

	/**
	 * Whether a larger number is the narrower one.
	 * @param key the name of the limit
	 * @return {@code true} for minimums
	 */
	public static boolean isMinimum(String key) {
		return MINIMUM.matcher(key).matches();
	}

	/**
	 * Whether a list is narrower with less in it.
	 * @param key the name of the limit
	 * @return {@code true} for what is allowed
	 */
	public static boolean isAllowed(String key) {
		return ALLOWED.matcher(key).matches();
	}

	/**
	 * Whether a list is narrower with more in it.
	 * @param key the name of the limit
	 * @return {@code true} for what is forbidden
	 */
	public static boolean isForbidden(String key) {
		return FORBIDDEN.matcher(key).matches();
	}

	// Matches max_emails, max-emails and maxEmails, but not maximum.
	private static Pattern prefix(String words) {
		return Pattern.compile("(" + words + ")([_-].*|\\p{Lu}.*)");
	}

	/**
	 * Narrows a scope by the limits of a template.
	 * @param scope the scope
	 * @param template the limits
	 * @return the narrowed scope
	 * @throws NotNarrowerException if the two cannot be ordered
	 */
	public static ObjectNode narrow(ObjectNode scope, ObjectNode template) {
		return narrow("", withMaxUses(scope, template), template);
	}

	/**
	 * Applies modifications, each of which must itself be narrower.
	 * @param scope the scope
	 * @param modifications the new values
	 * @return the narrowed scope
	 * @throws NotNarrowerException if a modification would widen the scope
	 */
	public static ObjectNode modify(ObjectNode scope, ObjectNode modifications) {
		ObjectNode narrowed = narrow(scope, modifications);
		requireTaken("", narrowed, modifications);
		return narrowed;
	}

	// Without max_uses there is one use, so that adding a larger number would widen.
	private static ObjectNode withMaxUses(ObjectNode scope, ObjectNode template) {
		if (template.has(MAX_USES) && !scope.has(MAX_USES)) {
			return scope.deepCopy().put(MAX_USES, 1);
		}
		return scope;
	}

	private static ObjectNode narrow(String path, ObjectNode scope, ObjectNode template) {
		ObjectNode result = scope.deepCopy();
		for (Map.Entry<String, JsonNode> limit : template.properties()) {
			String key = limit.getKey();
			JsonNode value = scope.get(key);
			result.set(key,
					(value != null) ? narrow(path + key, key, value, limit.getValue()) : limit.getValue().deepCopy());
		}
		return result;
	}

	private static JsonNode narrow(String path, String key, JsonNode value, JsonNode limit) {
		if (JsonValues.same(value, limit)) {
			return value;
		}
		if (value.isNumber() && limit.isNumber()) {
			boolean limitIsLess = limit.decimalValue().compareTo(value.decimalValue()) < 0;
			return (limitIsLess != isMinimum(key)) ? limit : value;
		}
		if (value.isBoolean() && limit.isBoolean()) {
			return BooleanNode.FALSE;
		}
		if (value instanceof ObjectNode object && limit instanceof ObjectNode limits) {
			return narrow(path + ".", object, limits);
		}
		if (value.isArray() && limit.isArray() && isAllowed(key)) {
			return intersect(path, value, limit);
		}
		if (value.isArray() && limit.isArray() && isForbidden(key)) {
			return unite(value, limit);
		}
		throw new NotNarrowerException(path, "cannot be compared with what was asked for");
	}

	private static ArrayNode intersect(String path, JsonNode value, JsonNode limit) {
		ArrayNode result = Json.mapper().createArrayNode();
		value.values().stream().filter((element) -> JsonValues.contains(limit, element)).forEach(result::add);
		if (result.isEmpty() && !value.isEmpty()) {
			// Much code reads an empty list as "no limit".
			throw new NotNarrowerException(path, "leaves nothing that is allowed");
		}
		return result;
	}

	private static ArrayNode unite(JsonNode value, JsonNode limit) {
		ArrayNode result = Json.mapper().createArrayNode();
		value.values().forEach(result::add);
		limit.values().stream().filter((element) -> !JsonValues.contains(result, element)).forEach(result::add);
		return result;
	}

	private static void requireTaken(String path, JsonNode narrowed, ObjectNode modifications) {
		for (Map.Entry<String, JsonNode> modification : modifications.properties()) {
			String name = path + modification.getKey();
			JsonNode result = narrowed.path(modification.getKey());
			JsonNode wanted = modification.getValue();
			if (wanted instanceof ObjectNode nested && result.isObject()) {
				requireTaken(name + ".", result, nested);
			}
			else if (!sameElements(result, wanted)) {
				throw new NotNarrowerException(name, "would be wider than what was asked for");
			}
		}
	}

	private static boolean sameElements(JsonNode one, JsonNode other) {
		if (one.isArray() && other.isArray()) {
			return one.values().stream().allMatch((element) -> JsonValues.contains(other, element))
					&& other.values().stream().allMatch((element) -> JsonValues.contains(one, element));
		}
		return JsonValues.same(one, other);
	}

	/**
	 * A scope that cannot be narrowed as wanted.
	 */
	public static final class NotNarrowerException extends RuntimeException {

		private final String key;

		private final String problem;

		NotNarrowerException(String key, String problem) {
			super(key + " " + problem, null, false, false);
			this.key = key;
			this.problem = problem;
		}

		public String key() {
			return this.key;
		}

		public String problem() {
			return this.problem;
		}

	}

}
