package io.agentotp.spring.method;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The granted scope as {@code #granted}: reading a limit that it does not have is an
 * error. SpEL takes {@code null} for less than every number, so that a limit that is not
 * there would often be kept.
 */
final class GrantedScope extends AbstractMap<String, Object> {

	private final Map<String, Object> scope;

	GrantedScope(Map<String, Object> scope) {
		this.scope = scope;
	}

	@Override
	public Object get(@Nullable Object key) {
		Object value = this.scope.get(key);
		if (value == null) {
			throw new IllegalStateException("the grant has no '" + key + "'");
		}
		return value;
	}

	@Override
	public boolean containsKey(@Nullable Object key) {
		return this.scope.get(key) != null;
	}

	@Override
	public Set<Entry<String, Object>> entrySet() {
		return this.scope.entrySet();
	}

}
