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

	private final String field;

	private final Map<String, String> errors;

	private final List<Object> path = new ArrayList<>(4);

	private JsonCopies(String field, Map<String, String> errors) {
		this.field = field;
		this.errors = errors;
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

	/**
	 * Copies a map.
	 * @param field the name of the map, for errors
	 * @param errors takes what is wrong, by the path of its place
	 */
	@SuppressWarnings({ "NullAway", "unchecked" }) // JSON objects may hold null
	static Map<String, Object> freeze(String field, Map<String, ? extends @Nullable Object> map,
			Map<String, String> errors) {
		return (Map<String, Object>) new JsonCopies(field, errors).freeze(map, 0);
	}

	private @Nullable Object freeze(@Nullable Object value, int depth) {
		if (this.errors.size() >= MAX_ERRORS) {
			return null;
		}
		if (depth > MAX_DEPTH) {
			return error("is nested deeper than " + MAX_DEPTH + " levels");
		}
		if (value == null || value instanceof String || value instanceof Boolean) {
			return value;
		}
		if (value instanceof Double || value instanceof Float) {
			return Double.isFinite(((Number) value).doubleValue()) ? value
					: error("is " + value + ", which JSON cannot express");
		}
		if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte
				|| value instanceof BigInteger || value instanceof BigDecimal) {
			return value;
		}
		if (value instanceof Character || value instanceof Enum<?>) {
			return value.toString();
		}
		if (value instanceof Map<?, ?> map) {
			return freezeMap(map, depth);
		}
		if (value instanceof Object[] array) {
			return freeze(Arrays.asList(array), depth);
		}
		if (value instanceof Collection<?> collection) {
			List<@Nullable Object> copy = new ArrayList<>(collection.size());
			for (Object element : collection) {
				this.path.add(copy.size());
				copy.add(freeze(element, depth + 1));
				this.path.remove(this.path.size() - 1);
			}
			return Collections.unmodifiableList(copy);
		}
		return error("is a " + value.getClass().getTypeName()
				+ ", which has no JSON form; use text, numbers, booleans, maps and lists");
	}

	private Map<String, @Nullable Object> freezeMap(Map<?, ?> map, int depth) {
		if (map.isEmpty()) {
			return Collections.emptyMap();
		}
		Map<String, @Nullable Object> copy = new LinkedHashMap<>(map.size() * 4 / 3 + 1);
		map.forEach((key, element) -> {
			if (key instanceof String name) {
				this.path.add(name);
				copy.put(name, freeze(element, depth + 1));
				this.path.remove(this.path.size() - 1);
			}
			else {
				error("has a key that is not text");
			}
		});
		return Collections.unmodifiableMap(copy);
	}

	/** The path is needed only here, and most values have no error. */
	private @Nullable Object error(String problem) {
		StringBuilder place = new StringBuilder(this.field);
		for (Object segment : this.path) {
			if (segment instanceof Integer index) {
				place.append('[').append(index).append(']');
			}
			else {
				place.append('.').append(segment);
			}
		}
		this.errors.put(place.toString(), problem);
		return null;
	}

}
