package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentotp.Permission;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ConcurrentReferenceHashMap;

/**
 * Whether a proxy can stand before the guarded methods of a class.
 */
final class GuardedShape {

	private static final Logger logger = LoggerFactory.getLogger(GuardedShape.class);

	private static final String SPRING_AI_TOOL = "org.springframework.ai.tool.annotation.Tool";

	private static final String LANGCHAIN4J_TOOL = "dev.langchain4j.agent.tool.Tool";

	/** Calls through a proxy of a class that is not public end in an access error. */
	private static final Set<String> TOOLS = Set.of(SPRING_AI_TOOL, "org.springframework.ai.mcp.annotation.McpTool",
			"org.springaicommunity.mcp.annotation.McpTool", LANGCHAIN4J_TOOL);

	private static final Set<String> SPRING_AI_TOOLS = Set.of(SPRING_AI_TOOL,
			"org.springframework.ai.mcp.annotation.McpTool");

	private static final String BEAN = "org.springframework.context.annotation.Bean";

	private static final String REQUEST_MAPPING = "org.springframework.web.bind.annotation.RequestMapping";

	private static final String MODEL_ATTRIBUTE = "org.springframework.web.bind.annotation.ModelAttribute";

	/** What a framework calls for itself, before or instead of a handler. */
	private static final Set<String> CALLBACKS = Set.of("org.springframework.web.bind.annotation.InitBinder",
			"org.springframework.web.bind.annotation.ExceptionHandler",
			"org.springframework.messaging.handler.annotation.MessageExceptionHandler",
			"org.springframework.graphql.data.method.annotation.GraphQlExceptionHandler");

	private final GuardedMethods guardedMethods;

	private final SelfInvocationPolicy selfInvocation;

	/** Those that call a guarded method. */
	private final Map<Class<?>, List<Method>> defaults = new ConcurrentReferenceHashMap<>();

	GuardedShape(GuardedMethods guardedMethods, SelfInvocationPolicy selfInvocation) {
		this.guardedMethods = guardedMethods;
		this.selfInvocation = selfInvocation;
	}

	/**
	 * Checks all guarded methods of a class.
	 * @throws InvalidAnnotationException if one could be called without its guard
	 */
	void verify(Class<?> type) {
		List<Method> guarded = this.guardedMethods.in(type);
		guarded.forEach((method) -> verify(method, type));
		if (!guarded.isEmpty() && this.selfInvocation != SelfInvocationPolicy.IGNORE) {
			List<String> calls = SelfInvocations.find(type, guarded);
			if (!calls.isEmpty()) {
				selfInvoked(guarded.stream()
					.filter((method) -> calls.get(0).endsWith(" calls " + SelfInvocations.name(method)))
					.findFirst()
					.orElse(guarded.get(0)), calls);
			}
		}
	}

	private void selfInvoked(Method method, List<String> calls) {
		InvalidAnnotationException problem = new InvalidAnnotationException(RequiresPermission.class, method,
				"its class calls guarded methods of its own, which does not pass the proxy and would run unguarded: "
						+ String.join(", ", calls),
				"Move the guarded method to a bean of its own, or call it through the injected bean. Where each such call "
						+ "is meant, set agentotp.method.self-invocation to warn or ignore.");
		if (this.selfInvocation == SelfInvocationPolicy.FAIL) {
			throw problem;
		}
		logger.warn("{}", problem.getMessage());
	}

	private void verify(Method method, Class<?> type) {
		boolean isOnMethod = this.guardedMethods.isOnMethod(method);
		String obstacle = obstacle(method, type);
		if (obstacle != null) {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					(isOnMethod ? "" : "the annotation is on the bean's class, " + type.getName() + ", and ")
							+ "the method is " + obstacle + ", which no proxy can guard",
					isOnMethod ? "Make it an instance method that can be overridden, and call it through the bean."
							: "Do not annotate the class: put it on the methods that are to be guarded instead.");
		}
		MergedAnnotations annotations = MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY);
		if (annotations.isPresent(BEAN)) {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"the container calls it to make the bean, whose own methods would not be guarded",
					"Put the annotation on a method of the bean's class. For a tool, write a rule in agentotp.tools.rules.");
		}
		if (!isOnMethod && (CALLBACKS.stream().anyMatch(annotations::isPresent)
				|| (annotations.isPresent(MODEL_ATTRIBUTE) && !annotations.isPresent(REQUEST_MAPPING)))) {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"the web framework calls it beside each request, which would ask each time",
					"The class has the annotation: put it on the methods that are to be guarded instead.");
		}
		if (isTool(method)) {
			verifyTool(method, type);
		}
	}

	private static void verifyTool(Method method, Class<?> type) {
		if (!Modifier.isPublic(type.getModifiers())) {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"it is an AI tool in a class that is not public, and a call of it "
							+ "through the proxy would end in an access error",
					"Make the class public.");
		}
		// The guard hides it from Spring AI's models, also in its MCP servers, and
		// LangChain4j's.
		if (List.of(method.getParameterTypes()).contains(Permission.class) && !isAny(method, SPRING_AI_TOOLS)
				&& !isAny(method, Set.of(LANGCHAIN4J_TOOL))) {
			logger
				.warn("{}.{}() is an AI tool with a parameter of type Permission, which the model is told to fill in. "
						+ "What it passes there is overwritten; take the grant from PermissionContext.current() instead",
						type.getName(), method.getName());
		}
	}

	/**
	 * Makes sure that the container itself calls no guarded method of a bean.
	 */
	void verify(Class<?> type, ContainerCalls calls) {
		List<Method> guarded = this.guardedMethods.in(type);
		List<Method> reaching = this.defaults.computeIfAbsent(type, (key) -> SelfInvocations.defaults(key, guarded));
		reaching.stream().filter(calls::contain).findFirst().ifPresent((method) -> {
			throw new InvalidAnnotationException(RequiresPermission.class, guarded.get(0),
					"the container calls the default method " + ClassUtils.getQualifiedMethodName(method)
							+ "() on the bean itself, which calls a guarded one past the proxy",
					"Guard a method that is called when the application runs.");
		});
		for (Method method : guarded) {
			if (calls.contain(method)) {
				throw new InvalidAnnotationException(RequiresPermission.class, method,
						"the container calls it on the bean itself while it makes or ends it, which does not pass the proxy",
						this.guardedMethods.isOnMethod(method)
								? "Guard a method that is called when the application runs."
								: "Its class has the annotation: put the annotation on the methods that are called when "
										+ "the application runs instead"
										+ (isOfInterface(method, type) ? "." : ", or make this one private."));
			}
		}
	}

	/** It cannot be private then. */
	private static boolean isOfInterface(Method method, Class<?> type) {
		return Contracts.of(type)
			.stream()
			.anyMatch((contract) -> ClassUtils.hasMethod(contract, method.getName(), method.getParameterTypes()));
	}

	/**
	 * Return whether a framework calls the method of the class itself as a tool, which an
	 * interface proxy is no instance of.
	 */
	static boolean isToolOfItsClass(Method method) {
		// Spring AI looks at the class even where the annotation is on an interface.
		return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY)
			.stream()
			.anyMatch((annotation) -> SPRING_AI_TOOLS.contains(annotation.getType().getName()));
	}

	private static boolean isTool(Method method) {
		return isAny(method, TOOLS);
	}

	private static boolean isAny(Method method, Set<String> names) {
		MergedAnnotations annotations = MergedAnnotations.from(method);
		return names.stream().anyMatch(annotations::isPresent);
	}

	private static @Nullable String obstacle(Method method, Class<?> type) {
		int modifiers = method.getModifiers();
		if (Modifier.isPrivate(modifiers)) {
			return "private";
		}
		if (Modifier.isStatic(modifiers)) {
			return "static";
		}
		if (Modifier.isFinal(modifiers)) {
			return "final";
		}
		boolean packagePrivate = !Modifier.isPublic(modifiers) && !Modifier.isProtected(modifiers);
		return (packagePrivate && !method.getDeclaringClass().getPackageName().equals(type.getPackageName()))
				? "package-private in another package than the bean" : null;
	}

}
