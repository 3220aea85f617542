package io.agentotp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Deep, unmodifiable copies of values that have one obvious JSON form. What has none is
 * an error that names its place: a guess could show the approver something else than what
 * runs.
 */
final class JsonValues {

	private static final int MAX_DEPTH = 30;

	private JsonValues() {
	}

	@SuppressWarnings("NullAway") // JSON objects may hold null; readers of scope see it
	static Map<String, Object> freeze(String field, Map<String, ? extends @Nullable Object> map,
			Map<String, String> errors) {
		Map<String, Object> copy = new LinkedHashMap<>();
		map.forEach((name, value) -> copy.put(name, freeze(field + "." + name, value, errors, 1)));
		return Collections.unmodifiableMap(copy);
	}

	private static @Nullable Object freeze(String path, @Nullable Object value, Map<String, String> errors, int depth) {
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
		if (value instanceof Number number) {
			return number;
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
		errors.put(path, "is a " + value.getClass().getName()
				+ ", which has no JSON form; use text, numbers, booleans, maps and lists");
		return null;
	}

}
