package io.agentotp;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Deep, unmodifiable copies of values that have one obvious JSON form. What has none is
 * an error that names its place: a guess could show the approver something else than what
 * runs.
 */
final class JsonCopies {

	private static final int MAX_DEPTH = 30;

	/** Ends the search in a map that contains itself. */
	private static final int MAX_ERRORS = 20;

	private JsonCopies() {
	}

	/**
	 * The values of an object that was read.
	 * @throws IllegalArgumentException if it is nested too deeply
	 */
	static Map<String, Object> of(JsonNode object) {
		return of(object, 0);
	}

	@SuppressWarnings("NullAway") // JSON objects may hold null
	private static Map<String, Object> of(JsonNode object, int depth) {
		if (object.isEmpty()) {
			return Map.of();
		}
		Map<String, Object> copy = new LinkedHashMap<>(object.size() * 4 / 3 + 1);
		object.forEachEntry((name, value) -> copy.put(name, value(value, depth + 1)));
		return Collections.unmodifiableMap(copy);
	}

	private static @Nullable Object value(JsonNode node, int depth) {
		if (depth > MAX_DEPTH) {
			throw new IllegalArgumentException("is nested deeper than " + MAX_DEPTH + " levels");
		}
		if (node.isObject()) {
			return of(node, depth);
		}
		if (node.isArray()) {
			List<@Nullable Object> copy = new ArrayList<>(node.size());
			node.forEach((element) -> copy.add(value(element, depth + 1)));
			return Collections.unmodifiableList(copy);
		}
		if (node.isNumber()) {
			return node.numberValue();
		}
		return node.isBoolean() ? (Object) node.booleanValue() : node.stringValue(null);
	}

	@SuppressWarnings({ "NullAway", "unchecked" }) // JSON objects may hold null
	static Map<String, Object> freeze(String field, Map<String, ? extends @Nullable Object> map,
			Map<String, String> errors) {
		return (Map<String, Object>) freeze(field, map, errors, 0);
	}

	private static @Nullable Object freeze(String path, @Nullable Object value, Map<String, String> errors, int depth) {
		if (errors.size() >= MAX_ERRORS) {
			return null;
		}
		if (depth > MAX_DEPTH) {
			errors.put(path, "is nested deeper than " + MAX_DEPTH + " levels");
			return null;
		}
		if (value == null || value instanceof String || value instanceof Boolean) {
			return value;
		}
		if (value instanceof Double || value instanceof Float) {
			if (!Double.isFinite(((Number) value).doubleValue())) {
				errors.put(path, "is " + value + ", which JSON cannot express");
			}
			return value;
		}
		if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte
				|| value instanceof BigInteger || value instanceof BigDecimal) {
			return value;
		}
		if (value instanceof Character || value instanceof Enum<?>) {
			return value.toString();
		}
		if (value instanceof Map<?, ?> map) {
			Map<String, @Nullable Object> copy = new LinkedHashMap<>();
			map.forEach((key, element) -> {
				if (key instanceof String name) {
					copy.put(name, freeze(path + "." + name, element, errors, depth + 1));
				}
				else {
					errors.put(path, "has a key that is not text");
				}
			});
			return Collections.unmodifiableMap(copy);
		}
		if (value instanceof Object[] array) {
			return freeze(path, Arrays.asList(array), errors, depth);
		}
		if (value instanceof Collection<?> collection) {
			List<@Nullable Object> copy = new ArrayList<>(collection.size());
			collection
				.forEach((element) -> copy.add(freeze(path + "[" + copy.size() + "]", element, errors, depth + 1)));
			return Collections.unmodifiableList(copy);
		}
		errors.put(path, "is a " + value.getClass().getTypeName()
				+ ", which has no JSON form; use text, numbers, booleans, maps and lists");
		return null;
	}

}
