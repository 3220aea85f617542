package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidGuardException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.MethodClassKey;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.util.ReflectionUtils;

/**
 * Tells which methods are guarded. The one place where it is decided, so that pointcut,
 * interceptor and verifier cannot disagree, and where an annotation is looked for once.
 */
final class GuardedMethods {

	private final ConfigurableBeanFactory beanFactory;

	private final ConcurrentMap<MethodClassKey, Optional<RequiresPermission>> annotations = new ConcurrentHashMap<>();

	private final ConcurrentMap<MethodClassKey, GuardedMethod> methods = new ConcurrentHashMap<>();

	private final Map<Class<?>, List<Method>> classes = new ConcurrentReferenceHashMap<>();

	GuardedMethods(ConfigurableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Finds out whether a method is guarded.
	 * @throws InvalidGuardException if its annotation cannot be honoured
	 */
	@Nullable GuardedMethod find(Method method, @Nullable Class<?> targetClass) {
		MethodClassKey key = new MethodClassKey(method, targetClass);
		GuardedMethod known = this.methods.get(key);
		if (known != null) {
			return known;
		}
		RequiresPermission annotation = annotation(method, targetClass).orElse(null);
		if (annotation == null) {
			return null;
		}
		GuardedMethod found = new GuardedMethod(PermissionAnnotations.specific(method, targetClass), annotation,
				this.beanFactory);
		GuardedMethod other = this.methods.putIfAbsent(key, found);
		return (other != null) ? other : found;
	}

	/**
	 * Finds the annotation of a method, whose attributes nobody has looked at.
	 * @throws InvalidGuardException if there are two, or it stands where it cannot be
	 * honoured
	 */
	Optional<RequiresPermission> annotation(Method method, @Nullable Class<?> targetClass) {
		MethodClassKey key = new MethodClassKey(method, targetClass);
		Optional<RequiresPermission> known = this.annotations.get(key);
		if (known == null) {
			known = PermissionAnnotations.find(method, targetClass);
			this.annotations.put(key, known);
		}
		return known;
	}

	/**
	 * Return the methods of a class that have the annotation. One on the class is meant
	 * for what can be called from outside.
	 * @throws InvalidGuardException if a method has two
	 */
	List<Method> in(Class<?> type) {
		List<Method> known = this.classes.get(type);
		if (known == null) {
			List<Method> found = new ArrayList<>();
			ReflectionUtils.doWithMethods(type, (declared) -> {
				Method method = PermissionAnnotations.specific(declared, null);
				if (Modifier.isPrivate(method.getModifiers()) ? PermissionAnnotations.isOnMethod(method)
						: annotation(method, type).isPresent()) {
					found.add(method);
				}
			}, ReflectionUtils.USER_DECLARED_METHODS);
			known = List.copyOf(found);
			this.classes.put(type, known);
		}
		return known;
	}

}
