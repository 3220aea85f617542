package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Future;

import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodClassKey;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Tells which methods are guarded. The one place where the annotation is looked up, so
 * that pointcut, interceptor and verifier cannot disagree.
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
			Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
			known = annotation(method, specific, targetClass).map((annotation) -> parse(specific, annotation));
			this.cache.put(key, known);
		}
		return known.orElse(null);
	}

	/**
	 * Whether the annotation is on the method, without parsing it.
	 */
	static boolean isAnnotated(Method method, Class<?> targetClass) {
		return annotation(method, AopUtils.getMostSpecificMethod(method, targetClass), targetClass).isPresent();
	}

	/**
	 * Whether the annotation is on the method itself and not only on its class.
	 */
	static boolean isAnnotatedItself(Method method) {
		return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).isPresent(RequiresPermission.class);
	}

	private static Optional<RequiresPermission> annotation(Method method, Method specific,
			@Nullable Class<?> targetClass) {
		if (specific.isSynthetic() && !specific.isBridge()) {
			return Optional.empty();
		}
		MergedAnnotation<RequiresPermission> found = MergedAnnotations.from(specific, SearchStrategy.TYPE_HIERARCHY)
			.get(RequiresPermission.class);
		if (!found.isPresent()) {
			found = MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).get(RequiresPermission.class);
		}
		if (!found.isPresent() && targetClass != null) {
			found = fromInterfaces(specific, targetClass);
		}
		if (ReflectionUtils.isObjectMethod(method)) {
			if (found.isPresent()) {
				throw new InvalidGuardException(specific, "methods of Object are called by everybody and never guarded",
						"Put the annotation on a method of your own.", null);
			}
			return Optional.empty();
		}
		if (!found.isPresent()) {
			found = MergedAnnotations.from(specific.getDeclaringClass(), SearchStrategy.TYPE_HIERARCHY)
				.get(RequiresPermission.class);
		}
		if (!found.isPresent() && targetClass != null) {
			found = MergedAnnotations.from(targetClass, SearchStrategy.TYPE_HIERARCHY).get(RequiresPermission.class);
		}
		return found.synthesize(MergedAnnotation::isPresent);
	}

	/**
	 * Finds the annotation where the implementation is inherited from a class that does
	 * not know the interface.
	 */
	private static MergedAnnotation<RequiresPermission> fromInterfaces(Method specific, Class<?> targetClass) {
		for (Class<?> type : ClassUtils.getAllInterfacesForClassAsSet(targetClass)) {
			for (Method candidate : type.getMethods()) {
				if (candidate.getName().equals(specific.getName())
						&& candidate.getParameterCount() == specific.getParameterCount()
						&& isImplementedBy(candidate, specific, targetClass)) {
					MergedAnnotation<RequiresPermission> found = MergedAnnotations
						.from(candidate, SearchStrategy.TYPE_HIERARCHY)
						.get(RequiresPermission.class);
					if (found.isPresent()) {
						return found;
					}
				}
			}
		}
		return MergedAnnotation.missing();
	}

	private static boolean isImplementedBy(Method candidate, Method specific, Class<?> targetClass) {
		for (int index = 0; index < candidate.getParameterCount(); index++) {
			Class<?> wanted = ResolvableType.forMethodParameter(candidate, index, targetClass).toClass();
			Class<?> given = ResolvableType.forMethodParameter(specific, index, targetClass).toClass();
			if (wanted != given) {
				return false;
			}
		}
		return true;
	}

	private GuardedMethod parse(Method method, RequiresPermission annotation) {
		Class<?> returned = method.getReturnType();
		if (KotlinDetector.isSuspendingFunction(method) || CompletionStage.class.isAssignableFrom(returned)
				|| Future.class.isAssignableFrom(returned)
				|| ReactiveAdapterRegistry.getSharedInstance().getAdapter(returned) != null) {
			throw new InvalidGuardException(method,
					"its return type " + returned.getName() + " is asynchronous, which the guard does not cover yet",
					"Guard the synchronous method that does the work.", null);
		}
		return new GuardedMethod(method, annotation, this.beanFactory);
	}

}
