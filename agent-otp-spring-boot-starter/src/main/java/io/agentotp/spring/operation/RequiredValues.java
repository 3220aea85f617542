package io.agentotp.spring.operation;

import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.LinkedHashMap;
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

	@Override
	public Set<Entry<String, Object>> entrySet() {
		Map<String, Object> entries = new LinkedHashMap<>();
		// So that it can be printed, null stays null here.
		this.values.forEach((key, value) -> entries.put(key, (value != null) ? get(key) : value));
		return entries.entrySet();
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
