package io.agentotp.spring.token;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.agentotp.spring.RequiresToken;
import io.agentotp.spring.method.BeanTypes;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ReflectionUtils;

/**
 * Stops the start of the application if a method or class has the annotation but nothing
 * would look at it.
 */
public final class RequiresTokenVerifier implements SmartInitializingSingleton {

	private static final String REQUEST_MAPPING = "org.springframework.web.bind.annotation.RequestMapping";

	private final ConfigurableListableBeanFactory beanFactory;

	private final RequiredTokens tokens;

	private final ObjectProvider<WebHandlers> handlers;

	/**
	 * Creates a verifier.
	 * @param beanFactory the beans to look at
	 * @param tokens tells what a handler demands
	 * @param handlers the handlers before which the annotation is looked at; none if the
	 * application serves no requests
	 */
	public RequiresTokenVerifier(ConfigurableListableBeanFactory beanFactory, RequiredTokens tokens,
			ObjectProvider<WebHandlers> handlers) {
		this.beanFactory = beanFactory;
		this.tokens = tokens;
		this.handlers = handlers;
	}

	@Override
	public void afterSingletonsInstantiated() {
		List<WebHandlers> all = this.handlers.stream().toList();
		BeanTypes.forEach(this.beanFactory, (name, type, bean) -> {
			if (this.tokens.search().isIn(type)) {
				verify(type, all);
			}
		});
	}

	private void verify(Class<?> type, List<WebHandlers> all) {
		List<Method> handled = new ArrayList<>();
		boolean onClass = this.tokens.search().onClass(type, type).isPresent();
		ReflectionUtils.doWithMethods(type, (method) -> {
			boolean onMethod = this.tokens.search().onMethod(method, type).isPresent();
			if (!onMethod && !onClass) {
				return;
			}
			Set<String> patterns = patterns(method, type, all);
			if (patterns != null) {
				handled.add(method);
				verify(method, type, patterns);
			}
			else if (onMethod) {
				throw new InvalidAnnotationException(RequiresToken.class, method,
						"the method is no request handler, so nothing looks "
								+ "at the annotation and it would run without a permission",
						"Put it on a handler method of a controller; guard other methods with @RequiresPermission.");
			}
		}, ReflectionUtils.USER_DECLARED_METHODS);
		if (onClass && handled.isEmpty()) {
			throw new InvalidAnnotationException(RequiresToken.class, type,
					"the class has no handler methods, so nothing looks at the annotation",
					"Put it on a controller with handler methods.");
		}
	}

	private void verify(Method method, Class<?> type, Set<String> patterns) {
		RequiredToken required = this.tokens.find(method, type);
		if (required == null) {
			throw new IllegalStateException("No @RequiresToken found for " + method);
		}
		for (String variable : required.variables()) {
			for (String pattern : patterns) {
				boolean there = pattern.contains("{" + variable + "}") || pattern.contains("{" + variable + ":")
						|| pattern.contains("{*" + variable + "}");
				if (!there) {
					throw new InvalidAnnotationException(RequiresToken.class, method,
							"resource uses {" + variable + "}, which is no variable of the path " + pattern,
							"Use a variable of each path that leads to the method.");
				}
			}
		}
	}

	private static @Nullable Set<String> patterns(Method method, Class<?> type, List<WebHandlers> all) {
		if (all.isEmpty()) {
			// Nobody can send a request here.
			return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).isPresent(REQUEST_MAPPING) ? Set.of()
					: null;
		}
		for (WebHandlers handlers : all) {
			Set<String> patterns = handlers.patterns(method, type);
			if (patterns != null) {
				return patterns;
			}
		}
		return null;
	}

}
