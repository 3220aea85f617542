package io.agentotp.spring.operation;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Values for expressions, such as the granted scope as {@code #granted}: reading one that
 * is not there is an error. SpEL takes {@code null} for less than every number, so that a
 * limit that is not there would often be kept.
 */
public final class RequiredValues extends AbstractMap<String, Object> {

	private final Map<String, Object> values;

	private final String owner;

	public RequiredValues(Map<String, Object> values, String owner) {
		this.values = values;
		this.owner = owner;
	}

	@Override
	public Object get(@Nullable Object key) {
		Object value = this.values.get(key);
		if (value == null) {
			throw new IllegalStateException(this.owner + " has no '" + key + "'");
		}
		return value;
	}

	@Override
	public boolean containsKey(@Nullable Object key) {
		return this.values.get(key) != null;
	}

	@Override
	public Set<Entry<String, Object>> entrySet() {
		return this.values.entrySet();
	}

}
