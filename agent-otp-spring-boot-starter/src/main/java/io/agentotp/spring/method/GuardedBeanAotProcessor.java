package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.TextTemplate;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.beans.factory.aot.BeanRegistrationAotContribution;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.TypeReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.util.ClassUtils;

/**
 * Registers for a native image what the guard reaches by reflection: the guarded methods,
 * the state of their arguments, and the beans and types that their expressions name.
 */
final class GuardedBeanAotProcessor implements BeanRegistrationAotProcessor {

	private static final SpelExpressionParser PARSER = new SpelExpressionParser();

	@Override
	public @Nullable BeanRegistrationAotContribution processAheadOfTime(RegisteredBean bean) {
		Class<?> type = ClassUtils.getUserClass(bean.getBeanClass());
		if (type.getName().startsWith("java.") || type.getName().startsWith("org.springframework.")) {
			return null;
		}
		ConfigurableListableBeanFactory beanFactory = bean.getBeanFactory();
		GuardedMethods guardedMethods = new GuardedMethods(beanFactory);
		Set<Method> guarded = new LinkedHashSet<>(guardedMethods.in(type));
		if (guarded.isEmpty()) {
			return null;
		}
		return (generation, code) -> guarded.forEach((method) -> {
			register(generation.getRuntimeHints(), method, type);
			guardedMethods.annotation(method, type)
				.ifPresent(
						(annotation) -> register(generation.getRuntimeHints().reflection(), annotation, beanFactory));
		});
	}

	private static void register(RuntimeHints hints, Method method, Class<?> type) {
		ReflectionHints reflection = hints.reflection();
		reflection.registerType(type, MemberCategory.INVOKE_PUBLIC_METHODS);
		reflection.registerMethod(method, ExecutableMode.INVOKE);
		for (Class<?> contract : Contracts.of(type)) {
			reflection.registerType(contract, MemberCategory.INVOKE_PUBLIC_METHODS);
			if (Arrays.stream(contract.getMethods()).anyMatch(InheritedDefaults::isOfJdk)) {
				hints.proxies().registerJdkProxy(contract);
			}
		}
		ArgumentHints arguments = new ArgumentHints(reflection);
		Arrays.stream(method.getGenericParameterTypes()).forEach(arguments::register);
	}

	private static void register(ReflectionHints hints, RequiresPermission annotation,
			ConfigurableListableBeanFactory beanFactory) {
		AnnotationUtils.getAnnotationAttributes(annotation).values().forEach((value) -> {
			if (value instanceof String text) {
				register(hints, text, beanFactory);
			}
		});
	}

	private static void register(ReflectionHints hints, String text, ConfigurableListableBeanFactory beanFactory) {
		try {
			if (text.contains("#{")) {
				TextTemplate.parse(text, PARSER).expressions().forEach((part) -> register(hints, part, beanFactory));
			}
			else if (!text.isBlank()) {
				register(hints, PARSER.parseExpression(text), beanFactory);
			}
		}
		catch (ParseException | IllegalStateException ex) {
			// Plain text. What is meant as an expression is checked by the guard.
		}
	}

	private static void register(ReflectionHints hints, Expression expression,
			ConfigurableListableBeanFactory beanFactory) {
		if (expression instanceof SpelExpression spel) {
			register(hints, spel.getAST(), beanFactory);
		}
	}

	private static void register(ReflectionHints hints, SpelNode node, ConfigurableListableBeanFactory beanFactory) {
		if (node instanceof BeanReference) {
			String name = node.toStringAST().replaceFirst("^[@&]+", "").replaceAll("^'|'$", "");
			Class<?> type = beanFactory.containsBean(name) ? beanFactory.getType(name) : null;
			if (type != null) {
				registerCallable(hints, ClassUtils.getUserClass(type));
			}
		}
		if (node instanceof TypeReference) {
			String name = node.toStringAST().replaceFirst("^T\\(", "").replaceFirst("\\)$", "");
			String qualified = name.contains(".") ? name : "java.lang." + name;
			if (ClassUtils.isPresent(qualified, beanFactory.getBeanClassLoader())) {
				registerCallable(hints, ClassUtils.resolveClassName(qualified, beanFactory.getBeanClassLoader()));
			}
		}
		for (int index = 0; index < node.getChildCount(); index++) {
			register(hints, node.getChild(index), beanFactory);
		}
	}

	private static void registerCallable(ReflectionHints hints, Class<?> type) {
		hints.registerType(type, MemberCategory.INVOKE_PUBLIC_METHODS, MemberCategory.ACCESS_PUBLIC_FIELDS);
		for (Class<?> contract : Contracts.of(type)) {
			hints.registerType(contract, MemberCategory.INVOKE_PUBLIC_METHODS);
		}
	}

}
