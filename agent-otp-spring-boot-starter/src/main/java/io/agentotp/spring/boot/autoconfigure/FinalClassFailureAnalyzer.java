package io.agentotp.spring.boot.autoconfigure;

import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopConfigException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Says why a guarded class has no proxy: Spring's message does not know that it is
 * guarded.
 */
final class FinalClassFailureAnalyzer extends AbstractFailureAnalyzer<AopConfigException> {

	private static final Pattern CLASS = Pattern.compile("subclass of class (\\S+?):");

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, AopConfigException cause) {
		Matcher name = CLASS.matcher(String.valueOf(cause.getMessage()));
		Class<?> type = name.find() ? find(name.group(1)) : null;
		if (type == null || !isGuarded(type)) {
			return null;
		}
		String obstacle = obstacle(type);
		if (obstacle == null) {
			return null;
		}
		return new FailureAnalysis(
				"@RequiresPermission on methods of " + type.getName() + ": " + obstacle
						+ ", so that no proxy can guard it",
				"Make it a class that can be extended and has a constructor that is not private. Or let it implement an"
						+ " interface with the guarded methods, and set spring.aop.proxy-target-class=false.",
				cause);
	}

	private static @Nullable Class<?> find(String name) {
		try {
			return ClassUtils.forName(name, null);
		}
		catch (ClassNotFoundException | LinkageError ex) {
			return null;
		}
	}

	private static boolean isGuarded(Class<?> type) {
		return MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY).isPresent(RequiresPermission.class)
				|| Arrays.stream(ReflectionUtils.getAllDeclaredMethods(type))
					.anyMatch((method) -> MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY)
						.isPresent(RequiresPermission.class));
	}

	private static @Nullable String obstacle(Class<?> type) {
		if (type.isRecord()) {
			return "it is a record, and so final";
		}
		if (Modifier.isFinal(type.getModifiers())) {
			return "the class is final";
		}
		if (type.isSealed()) {
			return "the class is sealed";
		}
		return Arrays.stream(type.getDeclaredConstructors())
			.allMatch((constructor) -> Modifier.isPrivate(constructor.getModifiers()))
					? "all constructors of the class are private" : null;
	}

}
