package io.agentotp.spring.operation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Writes what attributes evaluate to: a date or an id is the same text as in an argument.
 */
final class PlainValues {

	private static final int MAX_DEPTH = 32;

	private PlainValues() {
	}

	static Map<String, @Nullable Object> of(Map<String, ?> values) {
		Map<String, @Nullable Object> plain = new LinkedHashMap<>();
		values.forEach((name, value) -> plain.put(name, of(value, 0)));
		return plain;
	}

	private static @Nullable Object of(@Nullable Object value, int depth) {
		if (value == null || depth > MAX_DEPTH) {
			return value;
		}
		if (value instanceof Map<?, ?> map) {
			Map<@Nullable Object, @Nullable Object> plain = new LinkedHashMap<>();
			map.forEach((name, element) -> plain.put(name, of(element, depth + 1)));
			return plain;
		}
		if (value instanceof Object[] array) {
			return of(Arrays.asList(array), depth);
		}
		if (value instanceof Collection<?> collection) {
			List<@Nullable Object> plain = new ArrayList<>(collection.size());
			collection.forEach((element) -> plain.add(of(element, depth + 1)));
			return plain;
		}
		Object text = StateWriter.text(value);
		return (text != null) ? text : value;
	}

}
