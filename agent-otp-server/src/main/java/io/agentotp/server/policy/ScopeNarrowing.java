package io.agentotp.server.policy;

import java.util.Map;

import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Narrows a scope, never widens it. A template of a policy is the operator's word:
 * numbers take the smaller ({@code min}, {@code min_*} the larger), {@code allowed_*}
 * lists intersect, {@code blocked_*}, {@code excluded_*} and {@code denied_*} lists
 * unite, booleans take {@code false}, an absent key is added, nested objects recurse. Two
 * values that cannot be ordered, or that leave nothing allowed, cannot be narrowed. A
 * person changes only what is known to be a limit, as {@link ScopeLimits} says.
 */
public final class ScopeNarrowing {

	private static final String MAX_USES = "max_uses";

	// What a policy calls min is a minimum, too, unless the catalogue says otherwise.
	private static final String MINIMUM = "min";

	private final ScopeLimits limits;

	private ScopeNarrowing(ScopeLimits limits) {
		this.limits = limits;
	}

	/**
	 * Narrows a scope by the limits of a template.
	 * @param scope the scope
	 * @param template the limits
	 * @param limits which entries are limits
	 * @return the narrowed scope
	 * @throws NotNarrowerException if the two cannot be ordered
	 */
	public static ObjectNode narrow(ObjectNode scope, ObjectNode template, ScopeLimits limits) {
		return new ScopeNarrowing(limits).narrow("", withMaxUses(scope, template), template);
	}

	/**
	 * Applies what a person changes: only limits that were asked for, each in its known
	 * direction.
	 * @param scope the scope
	 * @param modifications the new values
	 * @param limits which entries are limits
	 * @return the narrowed scope
	 * @throws NotNarrowerException if a modification is of something else, or would widen
	 * the scope
	 */
	public static ObjectNode modify(ObjectNode scope, ObjectNode modifications, ScopeLimits limits) {
		return new ScopeNarrowing(limits).modify("", withMaxUses(scope, modifications), modifications);
	}

	private ObjectNode modify(String path, ObjectNode scope, ObjectNode modifications) {
		ObjectNode result = scope.deepCopy();
		for (Map.Entry<String, JsonNode> modification : modifications.properties()) {
			String key = modification.getKey();
			JsonNode value = scope.get(key);
			if (value == null) {
				throw new NotNarrowerException(path + key, "was not asked for, so it cannot be changed");
			}
			result.set(key, modify(path + key, key, value, modification.getValue()));
		}
		return result;
	}

	private JsonNode modify(String path, String key, JsonNode value, JsonNode wanted) {
		if (JsonValues.same(value, wanted)) {
			return value;
		}
		if (ScopeLimits.areWithin(key, value) && wanted instanceof ObjectNode nested) {
			return modify(path + ".", (ObjectNode) value, nested);
		}
		ScopeLimit limit = this.limits.of(path, key, value);
		if (limit == null) {
			throw new NotNarrowerException(path,
					"is not known to be a limit, so it cannot be changed. Limits are numbers named max_… or min_…, "
							+ "lists named allowed_… or blocked_…, and what the action catalogue calls a limit");
		}
		if (!limit.fits(wanted)) {
			throw new NotNarrowerException(path, "cannot be compared with what was asked for");
		}
		if (!limit.isNarrower(value, wanted)) {
			throw new NotNarrowerException(path, "would be wider than what was asked for");
		}
		return switch (limit) {
			case MAXIMUM, MINIMUM -> wanted;
			case ALLOWED -> intersect(path, value, wanted);
			case FORBIDDEN -> unite(value, wanted);
		};
	}

	// Without max_uses there is one use, so that adding a larger number would widen.
	private static ObjectNode withMaxUses(ObjectNode scope, ObjectNode template) {
		if (template.has(MAX_USES) && !scope.has(MAX_USES)) {
			return scope.deepCopy().put(MAX_USES, 1);
		}
		return scope;
	}

	private ObjectNode narrow(String path, ObjectNode scope, ObjectNode template) {
		ObjectNode result = scope.deepCopy();
		for (Map.Entry<String, JsonNode> limit : template.properties()) {
			String key = limit.getKey();
			JsonNode value = scope.get(key);
			result.set(key,
					(value != null) ? narrow(path + key, key, value, limit.getValue()) : limit.getValue().deepCopy());
		}
		return result;
	}

	private JsonNode narrow(String path, String key, JsonNode value, JsonNode limit) {
		if (JsonValues.same(value, limit)) {
			return value;
		}
		ScopeLimit kind = this.limits.of(path, key, value);
		if (value.isNumber() && limit.isNumber()) {
			boolean limitIsLess = limit.decimalValue().compareTo(value.decimalValue()) < 0;
			return (limitIsLess != ((kind != null) ? kind == ScopeLimit.MINIMUM : key.equals(MINIMUM))) ? limit : value;
		}
		if (value.isBoolean() && limit.isBoolean()) {
			return BooleanNode.FALSE;
		}
		if (value instanceof ObjectNode object && limit instanceof ObjectNode nested) {
			return narrow(path + ".", object, nested);
		}
		if (limit.isArray() && kind == ScopeLimit.ALLOWED) {
			return intersect(path, value, limit);
		}
		if (limit.isArray() && kind == ScopeLimit.FORBIDDEN) {
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
