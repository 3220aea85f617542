package io.agentotp.spring.operation;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The metadata of a call over MCP, which the agent's side writes. It names a token for
 * what is told about progress, another one in each call, which is no part of the call.
 */
final class McpMetadata {

	/** MCP is optional. */
	private static final Set<String> HOLDERS = Set.of("org.springframework.ai.mcp.annotation.McpMeta",
			"io.modelcontextprotocol.spec.McpSchema$CallToolRequest");

	private McpMetadata() {
	}

	/**
	 * Return what is bound of a field.
	 * @param owner the class that has the field
	 * @param field the name of the field
	 * @param value its value
	 */
	static @Nullable Object bound(Class<?> owner, String field, @Nullable Object value) {
		if (!field.equals("meta") || !HOLDERS.contains(owner.getName())) {
			return value;
		}
		Map<Object, Object> bound = (value instanceof Map<?, ?> meta) ? new HashMap<>(meta) : new HashMap<>();
		bound.remove("progressToken");
		return bound;
	}

}
