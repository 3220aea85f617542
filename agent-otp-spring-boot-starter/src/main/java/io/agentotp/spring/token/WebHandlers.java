package io.agentotp.spring.token;

import java.lang.reflect.Method;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The handler methods before which the annotation is looked at.
 */
@FunctionalInterface
public interface WebHandlers {

	/**
	 * Return under which paths a method is called.
	 * @param method the method
	 * @param beanType the class of the bean
	 * @return the path patterns, or {@code null} if the method is no handler
	 */
	@Nullable Set<String> patterns(Method method, Class<?> beanType);

}
