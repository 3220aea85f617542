package io.agentotp.spring.tool.mcp;

import java.lang.reflect.Field;
import java.lang.reflect.Method;

import io.agentotp.spring.tool.Tool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.ReflectionUtils;

/**
 * Tells which method stands behind the handler of a tool.
 */
final class ToolMethods {

	private static final Logger logger = LoggerFactory.getLogger(ToolMethods.class);

	/** As its own tools are listed. */
	static final String SPRING_AI = "Spring AI";

	private static final String FRAMEWORK = "MCP server";

	private static final String ANNOTATED = "org.springframework.ai.mcp.annotation.";

	/** What those of methods have in common. */
	static final String HANDLER = ANNOTATED + "method.tool.AbstractMcpToolMethodCallback";

	/** Those that Spring AI makes of its own tools. */
	private static final String CONVERTED = "org.springframework.ai.mcp.McpToolUtils";

	private ToolMethods() {
	}

	static Tool describe(String name, Object handler) {
		if (!handler.getClass().getName().startsWith(ANNOTATED)) {
			return Tool.of(name, name, FRAMEWORK);
		}
		// Spring AI tells nobody which method a tool is.
		Object bean = value(handler, "toolObject", Object.class);
		Method method = (Method) value(handler, "toolMethod", Method.class);
		if (bean == null || method == null) {
			logger.warn("This version of Spring AI does not let the guard see which method the MCP tool {} is: "
					+ "one with @RequiresPermission and a rule asks twice", name);
		}
		return new Tool(name, name, FRAMEWORK, bean, method);
	}

	/**
	 * Return whether a handler calls a tool of Spring AI, which is guarded itself.
	 */
	static boolean isConverted(Object handler) {
		return handler.getClass().getName().startsWith(CONVERTED);
	}

	private static @Nullable Object value(Object handler, String name, Class<?> type) {
		Field field = ReflectionUtils.findField(handler.getClass(), name, type);
		if (field == null) {
			return null;
		}
		ReflectionUtils.makeAccessible(field);
		return ReflectionUtils.getField(field, handler);
	}

}
