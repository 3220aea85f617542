package io.agentotp.spring.operation;

import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.util.CollectionUtils;

/**
 * Writes what attributes evaluate to: a date or an id is the same text as in an argument,
 * and the same value is the same text at each start.
 */
@SuppressWarnings("JavaUtilDate") // applications pass it
final class PlainValues {

	private static final int MAX_DEPTH = 32;

	/** More would be no scope. */
	private static final int MAX_PARTS = 20_000;

	private int parts;

	private PlainValues() {
	}

	/**
	 * Return the plain form of a value.
	 * @throws AttributeException if it is too large
	 */
	static @Nullable Object of(@Nullable Object value) {
		return new PlainValues().of(value, 0);
	}

	private @Nullable Object of(@Nullable Object value, int depth) {
		if (++this.parts > MAX_PARTS || depth > MAX_DEPTH) {
			throw new AttributeException("it is too large or nested too deep");
		}
		if (value == null || (value instanceof String text && CanonicalJson.isUnicode(text))) {
			return value;
		}
		requireUnseen(value);
		if (value instanceof Optional<?> optional) {
			return of(optional.orElse(null), depth + 1);
		}
		if (value instanceof OptionalInt || value instanceof OptionalLong || value instanceof OptionalDouble) {
			return of(StateWriter.number(value), depth + 1);
		}
		if (value instanceof Calendar calendar) {
			return calendar.toInstant().toString();
		}
		if (value instanceof Map<?, ?> map) {
			return map(map, depth);
		}
		if (value instanceof JsonNode json) {
			return JsonTrees.values(json);
		}
		if (value instanceof Collection<?> collection) {
			return list(collection, depth);
		}
		if (value.getClass().isArray() && value.getClass() != byte[].class && value.getClass() != char[].class) {
			return list(CollectionUtils.arrayToList(value), depth);
		}
		if (value instanceof Double || value instanceof Float) {
			return Double.isFinite(((Number) value).doubleValue()) ? WireNumbers.shortest((Number) value) : value;
		}
		String text = StateWriter.text(value);
		return (text != null) ? text : value;
	}

	/**
	 * Makes sure that an attribute does not show a credential.
	 * @throws AttributeException if the value holds one
	 */
	static void requireUnseen(Object value) {
		String credentials = Credentials.problemOf(value);
		if (credentials != null) {
			throw new AttributeException(
					"a value of class " + value.getClass().getTypeName() + " would be shown, and it holds credentials");
		}
	}

	/**
	 * Return whether the text of a plain form is all of it: that of a class of the
	 * application's may show what nobody looked at.
	 */
	static boolean isText(@Nullable Object plain) {
		if (plain instanceof Map<?, ?> map) {
			return isText(map.keySet()) && isText(map.values());
		}
		if (plain instanceof Collection<?> collection) {
			return collection.stream().allMatch(PlainValues::isText);
		}
		return plain == null || plain instanceof String || plain instanceof Boolean
				|| (plain instanceof Number number && CollectionKind.isJdk(number.getClass()));
	}

	private List<@Nullable Object> list(Collection<?> collection, int depth) {
		List<@Nullable Object> plain = new ArrayList<>(collection.size());
		for (Object element : collection) {
			plain.add(of(element, depth + 1));
		}
		if (!CollectionKind.isOrdered(collection)) {
			plain.sort(Comparator.comparing(String::valueOf));
		}
		return plain;
	}

	/** A scope keeps the order in which it is written, unless that differs each time. */
	private Map<Object, @Nullable Object> map(Map<?, ?> map, int depth) {
		Map<Object, @Nullable Object> plain = new LinkedHashMap<>(2 * Math.min(map.size(), 8));
		map.forEach((key, value) -> {
			Object name = (key != null) ? of(key, depth + 1) : null;
			plain.put((name != null) ? name : "null", of(value, depth + 1));
		});
		// An expression's own map needs no look.
		boolean isSorted = map.getClass() != LinkedHashMap.class && !CollectionKind.isOrdered(map.keySet())
				&& plain.keySet().stream().allMatch(String.class::isInstance);
		return isSorted ? new TreeMap<>(plain) : plain;
	}

}
