package io.agentotp.spring.tool.langchain4j;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolMemoryId;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.service.tool.DefaultToolExecutor;
import dev.langchain4j.service.tool.ToolExecutor;
import io.agentotp.spring.tool.Decorators;
import io.agentotp.spring.tool.Tool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.ReflectionUtils;

/**
 * Tells what stands behind the executors of tools.
 */
final class ToolExecutors {

	static final String FRAMEWORK = "LangChain4j";

	private static final Logger logger = LoggerFactory.getLogger(ToolExecutors.class);

	static final String MCP = "dev.langchain4j.mcp.McpToolExecutor";

	/** Their calls go on to what they decorate, and nowhere else. */
	private static final Set<String> DECORATORS = Set.of(GuardedToolExecutor.class.getName(),
			NamedCallerExecutor.class.getName());

	private ToolExecutors() {
	}

	static Tool describe(String name, ToolExecutor executor) {
		if (inside(executor, DefaultToolExecutor.class::isInstance) instanceof DefaultToolExecutor method) {
			// LangChain4j tells nobody on which object.
			Object object = value(method, "object");
			if (object == null) {
				logger.warn("This version of LangChain4j does not let the guard see whose method the tool {} is: "
						+ "one with @RequiresPermission and a rule asks twice", name);
			}
			return new Tool(name, name, FRAMEWORK, object, method.originalMethod())
				.leading(Decorators.leads(executor, DECORATORS, ToolExecutors::callsMethod));
		}
		// The name at the MCP server, where the application gives it another one.
		Object mcp = inside(executor, (candidate) -> candidate.getClass().getName().equals(MCP));
		String original = (mcp != null && value(mcp, "fixedToolName") instanceof Optional<?> fixed && fixed.isPresent())
				? fixed.get().toString() : name;
		return Tool.of(name, original, FRAMEWORK);
	}

	/**
	 * Another method than the one it tells may be called.
	 */
	private static boolean callsMethod(Object executor) {
		if (!isMethod(executor) || !(value(executor, "methodToInvoke") instanceof Method called)) {
			return false;
		}
		Method told = ((DefaultToolExecutor) executor).originalMethod();
		return called.getName().equals(told.getName())
				&& Arrays.equals(called.getParameterTypes(), told.getParameterTypes());
	}

	/**
	 * Return whether a tool can read the parameters of its invocation.
	 */
	static boolean readsParameters(ToolExecutor executor) {
		if (isMethod(executor)) {
			return reads(executor, (parameter) -> InvocationParameters.class.isAssignableFrom(parameter.getType())
					|| parameter.getType() == InvocationContext.class);
		}
		Method read = ReflectionUtils.findMethod(executor.getClass(), "executeWithContext", ToolExecutionRequest.class,
				InvocationContext.class);
		return read == null || read.getDeclaringClass() != ToolExecutor.class;
	}

	/**
	 * Return whether a tool can read the id of the chat memory.
	 */
	static boolean readsMemory(ToolExecutor executor) {
		if (isMethod(executor)) {
			return reads(executor, (parameter) -> parameter.isAnnotationPresent(ToolMemoryId.class)
					|| parameter.getType() == InvocationContext.class);
		}
		return !executor.getClass().getName().equals(MCP);
	}

	private static boolean reads(ToolExecutor executor, Predicate<Parameter> wanted) {
		return Arrays.stream(((DefaultToolExecutor) executor).originalMethod().getParameters()).anyMatch(wanted);
	}

	/** A subclass may do anything. */
	private static boolean isMethod(Object executor) {
		return executor.getClass() == DefaultToolExecutor.class;
	}

	private static @Nullable Object inside(ToolExecutor executor, Predicate<Object> wanted) {
		return Decorators.find(executor, ToolExecutor.class::isInstance, wanted).orElse(null);
	}

	/**
	 * Return the method by whose parameters the arguments are named.
	 */
	static @Nullable Method named(ToolExecutor executor, Tool tool) {
		return (executor instanceof DefaultToolExecutor method) ? method.originalMethod() : tool.method();
	}

	private static @Nullable Object value(Object executor, String name) {
		Field field = ReflectionUtils.findField(executor.getClass(), name);
		if (field == null) {
			return null;
		}
		ReflectionUtils.makeAccessible(field);
		return ReflectionUtils.getField(field, executor);
	}

}
