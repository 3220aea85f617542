package io.agentotp.spring.operation;

import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * Values for expressions, such as the granted scope as {@code #granted}: reading one that
 * is not there is an error, at any depth. SpEL takes {@code null} for less than every
 * number, so that a limit that is not there would often be kept.
 */
public final class RequiredValues extends AbstractMap<String, Object> {

	private final Map<String, ?> values;

	private final String owner;

	private final Map<String, Object> read = new ConcurrentHashMap<>();

	/**
	 * Creates a view.
	 * @param values the JSON values
	 * @param owner what has them, for messages
	 */
	public RequiredValues(Map<String, ?> values, String owner) {
		this.values = values;
		this.owner = owner;
	}

	@Override
	public Object get(@Nullable Object key) {
		Object value = required(this.values.get(key), this.owner, String.valueOf(key));
		Object known = this.read.putIfAbsent((String) Objects.requireNonNull(key), value);
		return (known != null) ? known : value;
	}

	@SuppressWarnings("unchecked") // JSON has no other keys
	private static Object required(@Nullable Object value, String owner, String name) {
		if (value == null) {
			throw new AttributeException(owner + " has no", name);
		}
		String place = owner + "'s '" + name + "'";
		if (value instanceof Map<?, ?> map) {
			return new RequiredValues((Map<String, ?>) map, place);
		}
		return (value instanceof List<?> list) ? new RequiredElements(list, place) : value;
	}

	/**
	 * Return whether a value has been read.
	 * @param path its names, from the outermost to its own
	 */
	boolean hasRead(List<String> path) {
		Object value = this.read.get(path.get(0));
		return (path.size() == 1) ? value != null
				: value instanceof RequiredValues nested && nested.hasRead(path.subList(1, path.size()));
	}

	/** Counting is not reading. */
	@Override
	public int size() {
		return this.values.size();
	}

	@Override
	public boolean containsKey(@Nullable Object key) {
		return this.values.get(key) != null;
	}

	/** Who copies or filters all of them looks at none. */
	@Override
	public Set<Entry<String, Object>> entrySet() {
		Set<Entry<String, Object>> entries = new LinkedHashSet<>();
		this.values.keySet().forEach((key) -> entries.add(new RequiredEntry(key)));
		return entries;
	}

	/** Printing and comparing all of them looks at none. */
	@Override
	public String toString() {
		return this.values.toString();
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return this.values.equals((other instanceof RequiredValues required) ? required.values : other);
	}

	@Override
	public int hashCode() {
		return this.values.hashCode();
	}

	private final class RequiredEntry implements Entry<String, Object> {

		private final String key;

		RequiredEntry(String key) {
			this.key = key;
		}

		@Override
		public String getKey() {
			return this.key;
		}

		@Override
		public Object getValue() {
			return required(RequiredValues.this.values.get(this.key), RequiredValues.this.owner, this.key);
		}

		@Override
		public Object setValue(Object value) {
			throw new UnsupportedOperationException();
		}

	}

	private static final class RequiredElements extends AbstractList<Object> {

		private final List<?> elements;

		private final String place;

		RequiredElements(List<?> elements, String place) {
			this.elements = elements;
			this.place = place;
		}

		@Override
		public Object get(int index) {
			return required(this.elements.get(index), this.place, "[" + index + "]");
		}

		@Override
		public int size() {
			return this.elements.size();
		}

	}

}
