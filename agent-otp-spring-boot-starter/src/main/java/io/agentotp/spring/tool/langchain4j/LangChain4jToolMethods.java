package io.agentotp.spring.tool.langchain4j;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.service.IllegalConfigurationException;
import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.DefaultToolExecutor;
import dev.langchain4j.service.tool.ToolExecutor;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.StringUtils;

/**
 * A method that is a tool, of an object that may be a proxy.
 *
 * @param object the object
 * @param method the method of its class
 * @param declared the method that has the annotation, which may be that of an interface
 */
record LangChain4jToolMethods(Object object, Method method, Method declared) {

	/**
	 * Return the tools that an object has.
	 */
	static List<LangChain4jToolMethods> find(Object object) {
		Map<Method, Method> methods = in(AopUtils.getTargetClass(object));
		if (methods.isEmpty()) {
			throw IllegalConfigurationException.illegalConfiguration(
					"Object '%s' does not have any methods annotated with @Tool", object.getClass().getName());
		}
		List<LangChain4jToolMethods> tools = new ArrayList<>();
		methods.forEach((method, declared) -> tools.add(new LangChain4jToolMethods(object, method, declared)));
		return tools;
	}

	/**
	 * Return whether a class has methods that are tools.
	 */
	static boolean areIn(Class<?> type) {
		return AnnotationUtils.isCandidateClass(type, Tool.class) && !in(type).isEmpty();
	}

	private static Map<Method, Method> in(Class<?> type) {
		return MethodIntrospector.selectMethods(type, LangChain4jToolMethods::declaration);
	}

	private static @Nullable Method declaration(Method method) {
		return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY)
			.get(Tool.class)
			.getSource() instanceof Method declared ? declared : null;
	}

	/**
	 * Makes sure that the method behind an executor is guarded if it has the annotation.
	 * @throws IllegalConfigurationException if its object is no bean
	 */
	static void requireBean(String tool, ToolExecutor executor) {
		if (executor instanceof GuardedToolExecutor) {
			return;
		}
		io.agentotp.spring.tool.Tool described = ToolExecutors.describe(tool, executor);
		Object object = described.bean();
		Method method = described.method();
		if (object != null && method != null && isAnnotated(method, AopUtils.getTargetClass(object))
				&& !isGuarded(object)) {
			throw IllegalConfigurationException.illegalConfiguration(
					"The tool '%s' of class %s has @RequiresPermission and its object is no Spring bean. Pass the bean "
							+ "as it is injected: a bean that passes itself takes itself from an ObjectProvider",
					tool, object.getClass().getName());
		}
	}

	private static boolean isAnnotated(Method method, Class<?> type) {
		return MergedAnnotations.from(AopUtils.getMostSpecificMethod(method, type), SearchStrategy.TYPE_HIERARCHY)
			.isPresent(RequiresPermission.class)
				|| MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY).isPresent(RequiresPermission.class);
	}

	private static boolean isGuarded(Object object) {
		for (Object proxy = object; proxy instanceof Advised advised; proxy = AopProxyUtils
			.getSingletonTarget(advised)) {
			if (Arrays.stream(advised.getAdvisors()).anyMatch(RequiresPermissionAdvisor.class::isInstance)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Return the tool, as LangChain4j makes it of an object that is no proxy.
	 */
	AiServiceTool tool() {
		return AiServiceTool.builder()
			.toolSpecification(ToolSpecifications.toolSpecificationFrom(this.declared))
			.toolExecutor(DefaultToolExecutor.builder()
				.object(this.object)
				.originalMethod(this.declared)
				.methodToInvoke(AopUtils.selectInvocableMethod(this.method, this.object.getClass()))
				.wrapToolArgumentsExceptions(true)
				.propagateToolExecutionExceptions(true)
				.build())
			.returnBehavior(this.declared.getAnnotation(Tool.class).returnBehavior())
			.build();
	}

	io.agentotp.spring.tool.Tool describe() {
		ToolSpecification specification = ToolSpecifications.toolSpecificationFrom(this.declared);
		String name = specification.name();
		return new io.agentotp.spring.tool.Tool(name, name, ToolExecutors.FRAMEWORK, this.object, this.method,
				() -> Specifications.schema(specification.parameters()));
	}

	/**
	 * Return how LangChain4j names a parameter.
	 */
	static String nameOf(Parameter parameter) {
		P annotation = parameter.getAnnotation(P.class);
		return (annotation != null && StringUtils.hasText(annotation.name())) ? annotation.name() : parameter.getName();
	}

}
