package io.agentotp.server.policy;

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A kind of limit, and in which direction it is narrower. Its name says so:
 * {@code max_emails}, {@code max-emails} or {@code maxEmails}, but not {@code maximum}.
 */
public enum ScopeLimit {

	/**
	 * A number that is narrower if it is smaller.
	 */
	MAXIMUM("max"),

	/**
	 * A number that is narrower if it is larger.
	 */
	MINIMUM("min"),

	/**
	 * A list that is narrower with less in it, but not with nothing.
	 */
	ALLOWED("allowed"),

	/**
	 * A list that is narrower with more in it.
	 */
	FORBIDDEN("blocked|excluded|denied");

	private final Pattern name;

	ScopeLimit(String words) {
		this.name = Pattern.compile("(" + words + ")([_-].*|\\p{Lu}.*)", Pattern.DOTALL);
	}

	/**
	 * What kind of limit has such a name.
	 * @param name the name of an entry of a scope
	 * @return the kind, or {@code null} if it is not the name of a limit
	 */
	static @Nullable ScopeLimit named(String name) {
		for (ScopeLimit limit : values()) {
			if (limit.name.matcher(name).matches()) {
				return limit;
			}
		}
		return null;
	}

	/**
	 * Whether a value is of the type of this kind of limit.
	 * @param value the value
	 * @return whether it can be compared
	 */
	boolean fits(JsonNode value) {
		return switch (this) {
			case MAXIMUM, MINIMUM -> value.isNumber();
			case ALLOWED, FORBIDDEN -> value.isArray();
		};
	}

	/**
	 * Whether a value is narrower than another, or as wide.
	 * @param value what was asked for
	 * @param wanted what is to be instead
	 * @return whether it is
	 */
	boolean isNarrower(JsonNode value, JsonNode wanted) {
		return switch (this) {
			case MAXIMUM -> wanted.decimalValue().compareTo(value.decimalValue()) <= 0;
			case MINIMUM -> wanted.decimalValue().compareTo(value.decimalValue()) >= 0;
			case ALLOWED -> containsAll(value, wanted);
			case FORBIDDEN -> containsAll(wanted, value);
		};
	}

	private static boolean containsAll(JsonNode list, JsonNode elements) {
		return elements.values().stream().allMatch((element) -> JsonValues.contains(list, element));
	}

}
