package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.MethodClassKey;

/**
 * Tells which methods are guarded. The one place where it is decided, so that pointcut,
 * interceptor and verifier cannot disagree.
 */
final class GuardedMethods {

	private final ConfigurableBeanFactory beanFactory;

	private final ConcurrentMap<MethodClassKey, Optional<GuardedMethod>> cache = new ConcurrentHashMap<>();

	GuardedMethods(ConfigurableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Finds out whether a method is guarded.
	 * @throws InvalidGuardException if its annotation cannot be honoured
	 */
	@Nullable GuardedMethod find(Method method, @Nullable Class<?> targetClass) {
		MethodClassKey key = new MethodClassKey(method, targetClass);
		Optional<GuardedMethod> known = this.cache.get(key);
		if (known == null) {
			Method specific = PermissionAnnotations.specific(method, targetClass);
			known = PermissionAnnotations.find(method, targetClass)
				.map((annotation) -> new GuardedMethod(specific, annotation, this.beanFactory));
			this.cache.put(key, known);
		}
		return known.orElse(null);
	}

}
