package io.agentotp.spring.tool.springai;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.agentotp.spring.tool.Decorators;
import io.agentotp.spring.tool.Tool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.mcp.AsyncMcpToolCallback;
import org.springframework.ai.mcp.SyncMcpToolCallback;
import org.springframework.ai.tool.StaticToolCallbackProvider;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.method.MethodToolCallback;
import org.springframework.ai.tool.method.MethodToolCallbackProvider;
import org.springframework.ai.tool.support.ToolUtils;
import org.springframework.ai.util.json.schema.JsonSchemaGenerator;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Tells what stands behind Spring AI's tool callbacks.
 */
final class ToolCallbacks {

	private static final Logger logger = LoggerFactory.getLogger(ToolCallbacks.class);

	private static final String FRAMEWORK = "Spring AI";

	/** Providers that know their tools without asking anybody. */
	private static final Set<Class<?>> LOCAL = Set.of(MethodToolCallbackProvider.class,
			StaticToolCallbackProvider.class);

	/** Their calls go on to what they decorate, and nowhere else. */
	private static final Set<String> DECORATORS = Set.of(GuardedToolCallback.class.getName(),
			"org.springframework.ai.tool.augment.AugmentedToolCallback");

	/** Where Spring AI puts the exchange with a client of MCP, which is optional. */
	private static final String EXCHANGE = "exchange";

	private static final Set<String> EXCHANGES = Set.of("io.modelcontextprotocol.server.McpSyncServerExchange",
			"io.modelcontextprotocol.server.McpAsyncServerExchange");

	private static final boolean MCP = ClassUtils.isPresent("org.springframework.ai.mcp.SyncMcpToolCallback",
			ToolCallbacks.class.getClassLoader());

	// Spring AI tells nobody which method a tool is.
	private static final @Nullable Field METHOD = field("toolMethod", Method.class);

	private static final @Nullable Field OBJECT = field("toolObject", Object.class);

	private ToolCallbacks() {
	}

	private static @Nullable Field field(String name, Class<?> type) {
		Field field = ReflectionUtils.findField(MethodToolCallback.class, name, type);
		if (field == null) {
			logger.warn("This version of Spring AI does not let the guard see which method a tool is: "
					+ "a tool with @RequiresPermission and a rule asks twice, and an object that is no bean is not refused");
			return null;
		}
		ReflectionUtils.makeAccessible(field);
		return field;
	}

	static Tool describe(ToolCallback callback) {
		String name = callback.getToolDefinition().name();
		Object method = inside(callback, MethodToolCallback.class::isInstance).orElse(callback);
		return new Tool(name, originalName(callback, name), FRAMEWORK, value(OBJECT, method),
				(Method) value(METHOD, method), () -> callback.getToolDefinition().inputSchema())
			.leading(Decorators.leads(callback, DECORATORS, MethodToolCallback.class::isInstance));
	}

	/**
	 * Return what a callback decorates, or itself.
	 */
	private static Optional<Object> inside(ToolCallback callback, Predicate<Object> wanted) {
		return Decorators.find(callback, ToolCallback.class::isInstance, wanted);
	}

	/**
	 * Return whether a tool can read the context of its call.
	 */
	static boolean reads(ToolCallback callback) {
		Method method = (Method) value(METHOD, callback);
		return method == null || Arrays.stream(method.getParameterTypes())
			.anyMatch((type) -> ClassUtils.isAssignable(ToolContext.class, type));
	}

	/**
	 * Return what the application has put into a context.
	 */
	static Map<String, Object> withoutFrameworks(Map<String, Object> context) {
		Map<String, Object> own = new LinkedHashMap<>(context);
		own.entrySet().removeIf(ToolCallbacks::isFrameworks);
		return own;
	}

	/**
	 * Return whether the framework has put an entry into a context: a server of MCP hands
	 * its exchange with the client to tools. Other values of its library are what the
	 * application or the client says.
	 */
	static boolean isFrameworks(Map.Entry<String, @Nullable Object> entry) {
		Object value = entry.getValue();
		return value != null && entry.getKey().equals(EXCHANGE) && EXCHANGES.contains(value.getClass().getName());
	}

	/**
	 * Return whether a provider knows its tools without asking anybody.
	 */
	static boolean isLocal(ToolCallbackProvider provider) {
		return LOCAL.contains(AopUtils.getTargetClass(provider));
	}

	/**
	 * Return the methods of an object that are tools, as Spring AI finds them.
	 */
	static Stream<Tool> in(Object bean) {
		Class<?> type = AopUtils.getTargetClass(bean);
		if (bean instanceof ToolCallbackProvider provider && isLocal(provider)) {
			return Arrays.stream(provider.getToolCallbacks()).map(ToolCallbacks::describe);
		}
		return AnnotationUtils.isCandidateClass(type, org.springframework.ai.tool.annotation.Tool.class) ? Arrays
			.stream(type.getDeclaredMethods())
			.filter((method) -> !method.isBridge()
					&& AnnotatedElementUtils.hasAnnotation(method, org.springframework.ai.tool.annotation.Tool.class))
			.map((method) -> {
				String name = ToolUtils.getToolName(method);
				return new Tool(name, name, FRAMEWORK, bean, method,
						() -> JsonSchemaGenerator.generateForMethodInput(method));
			}) : Stream.empty();
	}

	private static @Nullable Object value(@Nullable Field field, Object callback) {
		return (field != null && callback instanceof MethodToolCallback) ? ReflectionUtils.getField(field, callback)
				: null;
	}

	private static String originalName(ToolCallback callback, String name) {
		return MCP ? inside(callback, McpNames::isOne).map(McpNames::original).orElse(name) : name;
	}

	/**
	 * The client of an MCP server changes the names of its tools. On its own, because MCP
	 * is optional.
	 */
	private static final class McpNames {

		static boolean isOne(Object callback) {
			return callback instanceof SyncMcpToolCallback || callback instanceof AsyncMcpToolCallback;
		}

		static String original(Object callback) {
			return (callback instanceof SyncMcpToolCallback tool) ? tool.getOriginalToolName()
					: ((AsyncMcpToolCallback) callback).getOriginalToolName();
		}

	}

}
