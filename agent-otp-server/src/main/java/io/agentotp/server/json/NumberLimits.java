package io.agentotp.server.json;

import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.util.JsonParserDelegate;

/**
 * Refuses a number before anything is made of it.
 */
final class NumberLimits extends JsonParserDelegate {

	private final Predicate<String> allowed;

	NumberLimits(JsonParser parser, Predicate<String> allowed) {
		super(parser);
		this.allowed = allowed;
	}

	@Override
	public @Nullable JsonToken nextToken() {
		JsonToken token = super.nextToken();
		if (token != null && token.isNumeric() && !this.allowed.test(getString())) {
			throw new NumberLimitException(path(streamReadContext()));
		}
		return token;
	}

	private static String path(TokenStreamContext place) {
		StringBuilder path = new StringBuilder();
		for (TokenStreamContext at = place; at != null && !at.inRoot(); at = at.getParent()) {
			String dot = (path.isEmpty() || path.charAt(0) == '[') ? "" : ".";
			path.insert(0, (at.inArray() ? "[" + at.getCurrentIndex() + "]" : at.currentName()) + dot);
		}
		return path.toString();
	}

}
