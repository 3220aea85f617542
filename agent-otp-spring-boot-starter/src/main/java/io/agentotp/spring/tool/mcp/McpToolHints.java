package io.agentotp.spring.tool.mcp;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What the guard reads of Spring AI's handlers by reflection.
 */
final class McpToolHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		hints.reflection()
			.registerTypeIfPresent(classLoader, McpToolMethods.HANDLER, MemberCategory.ACCESS_DECLARED_FIELDS)
			.registerTypeIfPresent(classLoader, "io.modelcontextprotocol.server.McpSyncServer",
					MemberCategory.ACCESS_DECLARED_FIELDS)
			.registerTypeIfPresent(classLoader, "io.modelcontextprotocol.server.McpAsyncServer",
					MemberCategory.ACCESS_DECLARED_FIELDS)
			.registerTypeIfPresent(classLoader, "io.modelcontextprotocol.spec.DefaultMcpStreamableServerSessionFactory",
					MemberCategory.ACCESS_DECLARED_FIELDS);
	}

}
