package io.agentotp.spring.method;

import org.jspecify.annotations.Nullable;

/**
 * Bean validation of the arguments before anybody is asked: Spring's own runs inside the
 * guard, so that a human would approve a call that then fails.
 */
@FunctionalInterface
public interface ArgumentValidation {

	/**
	 * Lets all arguments through.
	 */
	ArgumentValidation NONE = (method, target, arguments) -> {
	};

	/**
	 * Validates the arguments of a call, as its bean is validated anyway.
	 * @param method the method
	 * @param target the bean, or {@code null} if there is none
	 * @param arguments the arguments
	 * @throws RuntimeException if they are invalid
	 */
	void validate(GuardedMethod method, @Nullable Object target, @Nullable Object[] arguments);

}
