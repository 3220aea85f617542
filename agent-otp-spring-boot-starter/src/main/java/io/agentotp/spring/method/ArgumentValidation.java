package io.agentotp.spring.method;

import org.jspecify.annotations.Nullable;

/**
 * Bean validation of the arguments before anybody is asked: Spring's own runs inside the
 * guard, so that a human would approve a call that then fails.
 */
@FunctionalInterface
interface ArgumentValidation {

	/**
	 * Validates the arguments of a call, as its bean is validated anyway.
	 * @throws RuntimeException if they are invalid
	 */
	void validate(GuardedMethod guarded, @Nullable Object target, @Nullable Object[] arguments);

}
