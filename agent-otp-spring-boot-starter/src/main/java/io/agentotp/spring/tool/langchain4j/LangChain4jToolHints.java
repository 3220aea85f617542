package io.agentotp.spring.tool.langchain4j;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What the guard reads of LangChain4j's executors by reflection.
 */
final class LangChain4jToolHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		hints.reflection()
			.registerTypeIfPresent(classLoader, "dev.langchain4j.service.tool.DefaultToolExecutor",
					MemberCategory.ACCESS_DECLARED_FIELDS)
			.registerTypeIfPresent(classLoader, ToolExecutors.MCP, MemberCategory.ACCESS_DECLARED_FIELDS);
	}

}
