package io.agentotp.spring.token;

import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.web.reactive.result.method.RequestMappingInfoHandlerMapping;
import org.springframework.web.util.pattern.PathPattern;

/**
 * The handler methods of WebFlux.
 */
public final class ReactiveHandlers implements WebHandlers {

	private final ListableBeanFactory beanFactory;

	/**
	 * Creates the look-up.
	 * @param beanFactory has the handler mappings
	 */
	public ReactiveHandlers(ListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	public @Nullable Set<String> patterns(Method method, Class<?> beanType) {
		Set<String> patterns = new HashSet<>();
		BeanFactoryUtils.beansOfTypeIncludingAncestors(this.beanFactory, RequestMappingInfoHandlerMapping.class)
			.values()
			.forEach((mapping) -> mapping.getHandlerMethods().forEach((info, handler) -> {
				if (handler.getMethod().equals(method) && handler.getBeanType() == beanType) {
					info.getPatternsCondition()
						.getPatterns()
						.stream()
						.map(PathPattern::getPatternString)
						.forEach(patterns::add);
				}
			}));
		return patterns.isEmpty() ? null : patterns;
	}

}
