package io.agentotp.server.policy;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which entries of a scope are limits, and in which direction each is narrower: those of
 * which the action catalogue says so, and those whose names do. This is the only place
 * that knows; nothing else in a scope can be changed by a person.
 */
public final class ScopeLimits {

	/**
	 * Only what has the name of a limit is one.
	 */
	public static final ScopeLimits BY_NAME = new ScopeLimits(Map.of());

	private final Map<String, ScopeLimit> byPath;

	ScopeLimits(Map<String, ScopeLimit> byPath) {
		this.byPath = Map.copyOf(byPath);
	}

	/**
	 * What kind of limit a value is.
	 * @param path its path in the scope, the names joined by dots
	 * @param name its own name
	 * @param value the value
	 * @return the kind, or {@code null} if it is not known to be a limit
	 */
	public @Nullable ScopeLimit of(String path, String name, JsonNode value) {
		ScopeLimit limit = this.byPath.getOrDefault(path, ScopeLimit.named(name));
		return (limit != null && limit.fits(value)) ? limit : null;
	}

	/**
	 * Whether limits can be within a value. What is within a list of what is forbidden,
	 * or beside a limit, has no direction that is known.
	 * @param name its name
	 * @param value the value
	 * @return {@code true} for an object without the name of a limit
	 */
	public static boolean areWithin(String name, JsonNode value) {
		return value.isObject() && ScopeLimit.named(name) == null;
	}

}
