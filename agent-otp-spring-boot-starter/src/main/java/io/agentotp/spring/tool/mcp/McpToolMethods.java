package io.agentotp.spring.tool.mcp;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

import io.agentotp.spring.method.Contracts;
import io.agentotp.spring.tool.Decorators;
import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolProtection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.ReflectionUtils;

/**
 * Tells which method stands behind the handler of a tool. Spring AI tells nobody, so its
 * handlers are looked into. Where that fails, only rules are known to guard the tool: its
 * method asks all the same.
 */
final class McpToolMethods {

	private static final Logger logger = LoggerFactory.getLogger(McpToolMethods.class);

	private static final String FRAMEWORK = "MCP server";

	private static final String ANNOTATED = "org.springframework.ai.mcp.annotation.";

	/** What those of methods have in common. */
	static final String HANDLER = ANNOTATED + "method.tool.AbstractMcpToolMethodCallback";

	/** Makes handlers of Spring AI's own tools. */
	private static final String CONVERTER = "org.springframework.ai.mcp.McpToolUtils";

	private static final String CALLBACK = "org.springframework.ai.tool.ToolCallback";

	/** Their calls go on to what they decorate, and nowhere else. */
	private static final Set<String> DECORATORS = Set.of("io.agentotp.spring.tool.springai.GuardedToolCallback",
			"org.springframework.ai.tool.augment.AugmentedToolCallback");

	private static final String CALLS_METHOD = "org.springframework.ai.tool.method.MethodToolCallback";

	private static final String METHOD = "toolMethod";

	private McpToolMethods() {
	}

	static Tool describe(String name, Object handler) {
		Object callback = handler.getClass().getName().startsWith(ANNOTATED) ? handler : converted(handler);
		Object bean = (callback != null) ? value(callback, "toolObject", Object.class) : null;
		Object method = (callback != null) ? value(callback, METHOD, Method.class) : null;
		if (bean != null && method != null) {
			return new Tool(name, name, FRAMEWORK, bean, (Method) method).leading(callback == handler
					|| Decorators.leads(callbacks(handler).get(0), DECORATORS, McpToolMethods::isMethod));
		}
		if (callback == handler) {
			logger.warn("This version of Spring AI does not let the guard see which method the MCP tool {} is: "
					+ "one with @RequiresPermission and a rule asks twice", name);
		}
		return Tool.of(name, name, FRAMEWORK);
	}

	/**
	 * Return whether a tool can read what a client says beside the arguments.
	 */
	static boolean reads(Tool tool) {
		Method method = tool.method();
		return method == null || Arrays.stream(method.getParameterTypes())
			.map(Class::getName)
			.anyMatch((type) -> type.startsWith("io.modelcontextprotocol.")
					|| type.startsWith("org.springframework.ai."));
	}

	/**
	 * Return the protection of a tool with the one inside, where the server offers a
	 * guarded tool.
	 */
	static ToolProtection around(Tool tool, Object handler, ToolGuard guard) {
		List<Object> callbacks = callbacks(handler);
		return guard.protect(tool)
			.around((callbacks.size() == 1) ? callbacks.get(0) : handler,
					(inside) -> inside instanceof BiFunction<?, ?, ?> || isCallback(inside), guard);
	}

	private static List<Object> callbacks(Object handler) {
		List<Object> callbacks = new ArrayList<>();
		collect(handler, callbacks);
		return callbacks;
	}

	/**
	 * Return the tool that Spring AI has made a handler of.
	 */
	private static @Nullable Object converted(Object handler) {
		List<Object> callbacks = callbacks(handler);
		return (callbacks.size() == 1)
				? Decorators.find(callbacks.get(0), McpToolMethods::isCallback, McpToolMethods::isMethod).orElse(null)
				: null;
	}

	private static boolean isMethod(Object callback) {
		return callback.getClass().getName().equals(CALLS_METHOD);
	}

	/** Lambdas and records: they hold what they were made of. */
	private static void collect(Object holder, List<Object> callbacks) {
		if (isCallback(holder)) {
			callbacks.add(holder);
		}
		else if (holder.getClass().getName().startsWith(CONVERTER)
				|| holder.getClass().getName().startsWith("io.modelcontextprotocol.server.")) {
			Arrays.stream(holder.getClass().getDeclaredFields())
				.filter((field) -> !Modifier.isStatic(field.getModifiers()))
				.map((field) -> value(holder, field))
				.forEach((value) -> {
					if (value != null) {
						collect(value, callbacks);
					}
				});
		}
	}

	private static boolean isCallback(Object object) {
		return Contracts.of(object.getClass()).stream().anyMatch((type) -> type.getName().equals(CALLBACK));
	}

	private static @Nullable Object value(Object holder, String name, @Nullable Class<?> type) {
		Field field = ReflectionUtils.findField(holder.getClass(), name, type);
		return (field != null) ? value(holder, field) : null;
	}

	private static @Nullable Object value(Object holder, Field field) {
		ReflectionUtils.makeAccessible(field);
		return ReflectionUtils.getField(field, holder);
	}

}
