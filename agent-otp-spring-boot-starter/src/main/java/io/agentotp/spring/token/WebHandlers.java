package io.agentotp.spring.token;

import java.lang.reflect.Method;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The handler methods before which the annotation is looked at, of Spring MVC or of
 * WebFlux.
 */
public final class WebHandlers {

	private final Supplier<Stream<Handler>> handlers;

	/**
	 * Creates the look-up.
	 * @param handlers supplies all that the handler mappings know
	 */
	public WebHandlers(Supplier<Stream<Handler>> handlers) {
		this.handlers = handlers;
	}

	/**
	 * Return under which paths a method is called.
	 * @param method the method
	 * @param beanType the class of the bean
	 * @return the path patterns, or {@code null} if the method is no handler
	 */
	@Nullable Set<String> patterns(Method method, Class<?> beanType) {
		Set<String> patterns = this.handlers.get()
			.filter((handler) -> handler.method().equals(method) && handler.beanType() == beanType)
			.flatMap((handler) -> handler.patterns().stream())
			.collect(Collectors.toSet());
		return patterns.isEmpty() ? null : patterns;
	}

	/**
	 * A handler method.
	 *
	 * @param method the method
	 * @param beanType the class of the bean
	 * @param patterns the path patterns under which it is called
	 */
	public record Handler(Method method, Class<?> beanType, Set<String> patterns) {
	}

}
