package io.agentotp.spring.operation;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What a framework writes into each call and each message anew, which is no part of the
 * call: what names a token for what is told about progress, the id and the time of a
 * message.
 */
final class Metadata {

	private static final Set<String> OF_CALL = Set.of("progressToken");

	/** By the field that holds it. None of the libraries need be there. */
	private static final Map<String, Set<String>> ANEW = Map.of("org.springframework.ai.mcp.annotation.McpMeta.meta",
			OF_CALL, "io.modelcontextprotocol.spec.McpSchema$CallToolRequest.meta", OF_CALL,
			"org.springframework.messaging.MessageHeaders.headers", Set.of("id", "timestamp"));

	private static final Set<String> NAMES = Set.of("meta", "headers");

	private Metadata() {
	}

	/**
	 * Return what is bound of a field.
	 * @param field the field
	 * @param value its value
	 */
	static @Nullable Object bound(Field field, @Nullable Object value) {
		Set<String> anew = NAMES.contains(field.getName())
				? ANEW.get(field.getDeclaringClass().getName() + "." + field.getName()) : null;
		if (anew == null) {
			return value;
		}
		Map<Object, Object> bound = (value instanceof Map<?, ?> all) ? new HashMap<>(all) : new HashMap<>();
		bound.keySet().removeAll(anew);
		return bound;
	}

}
