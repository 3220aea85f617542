package io.agentotp.spring.method;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.core.io.support.SpringFactoriesLoader;

/**
 * Knows the beans that a test has put in the place of others. Implementations are named
 * in {@code META-INF/spring.factories}; the test starter brings the one for Mockito.
 */
@FunctionalInterface
public interface TestDoubles {

	/**
	 * Return whether a bean is a mock, whose methods have no body that a guard could keep
	 * from running. It need not be proxied then.
	 * @param bean the bean
	 * @return whether there is nothing to guard
	 */
	boolean contain(Object bean);

	/**
	 * Loads all of them.
	 * @param classLoader of the beans, or {@code null} for the default one
	 * @return all of them, as one
	 */
	static TestDoubles load(@Nullable ClassLoader classLoader) {
		List<TestDoubles> all = SpringFactoriesLoader.forDefaultResourceLocation(classLoader).load(TestDoubles.class);
		return (bean) -> all.stream().anyMatch((doubles) -> doubles.contain(bean));
	}

}
