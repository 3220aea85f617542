package io.agentotp.spring.token;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * What one handler demands, read once from its annotation.
 *
 * @param action the action
 * @param resource the resource with path variables in braces, or {@code null} for any
 * @param consume whether to use the token
 */
record RequiredToken(String action, @Nullable String resource, boolean consume) {

	private static final Pattern VARIABLE = Pattern.compile("\\{([^{}]*)}");

	/**
	 * Return the names of the path variables in the resource.
	 */
	Set<String> variables() {
		Set<String> names = new LinkedHashSet<>();
		if (this.resource != null) {
			VARIABLE.matcher(this.resource).results().forEach((match) -> names.add(match.group(1)));
		}
		return names;
	}

	/**
	 * Return the resource of one request.
	 * @throws TokenRefusal if a path variable is not there
	 */
	@Nullable String resource(@Nullable Map<?, ?> pathVariables) {
		if (this.resource == null) {
			return null;
		}
		return VARIABLE.matcher(this.resource).replaceAll((match) -> {
			Object value = (pathVariables != null) ? pathVariables.get(match.group(1)) : null;
			if (value == null) {
				throw TokenRefusal.notForThis("there is no path variable " + match.group(1));
			}
			return Matcher.quoteReplacement(value.toString());
		});
	}

}
