package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidGuardException;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.DecoratingProxy;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Looks {@link RequiresPermission} up: on the method itself, else on what it overrides or
 * implements, else on the class likewise. Where two say different things, neither is
 * taken.
 */
final class PermissionAnnotations {

	private PermissionAnnotations() {
	}

	/**
	 * Finds the annotation of a method.
	 * @throws InvalidGuardException if there are two, or it stands where it cannot be
	 * honoured
	 */
	static Optional<RequiresPermission> find(Method method, @Nullable Class<?> targetClass) {
		Method specific = specific(method, targetClass);
		if (specific.isSynthetic() && !specific.isBridge()) {
			return Optional.empty();
		}
		Optional<RequiresPermission> found = onMethod(method, specific, targetClass);
		if (ReflectionUtils.isObjectMethod(method)) {
			if (found.isPresent()) {
				throw new InvalidGuardException(specific, "methods of Object are called by everybody and never guarded",
						"Put the annotation on a method of your own.", null);
			}
			return Optional.empty();
		}
		return found.isPresent() ? found : onClass(specific, targetClass);
	}

	/**
	 * Return the method as the application wrote it: that of the bean's class, but that
	 * of the interface where the class is a JDK proxy or a lambda, which knows neither
	 * parameter names nor annotations.
	 */
	static Method specific(Method method, @Nullable Class<?> targetClass) {
		Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
		Class<?> declaring = specific.getDeclaringClass();
		return (Proxy.isProxyClass(declaring) || ClassUtils.isLambdaClass(declaring))
				? ClassUtils.getInterfaceMethodIfPossible(specific, declaring) : specific;
	}

	/**
	 * Whether the annotation is on the method itself and not only on its class.
	 */
	static boolean isOnMethod(Method method) {
		return !annotations(method).isEmpty();
	}

	private static Optional<RequiresPermission> onMethod(Method method, Method specific,
			@Nullable Class<?> targetClass) {
		List<MergedAnnotation<RequiresPermission>> found = new ArrayList<>(annotations(specific));
		if (isOwn(found)) {
			return unique(found, specific);
		}
		if (!specific.equals(method)) {
			found.addAll(annotations(method));
		}
		if (targetClass != null) {
			found.addAll(fromInterfaces(specific, targetClass));
		}
		return unique(found, specific);
	}

	private static Optional<RequiresPermission> onClass(Method specific, @Nullable Class<?> targetClass) {
		Class<?> declaring = specific.getDeclaringClass();
		if (declaring == Proxy.class || declaring == DecoratingProxy.class
				|| declaring.isAssignableFrom(Advised.class)) {
			// Of the proxy, and not of what stands behind it.
			return Optional.empty();
		}
		Optional<RequiresPermission> found = unique(annotations(declaring), specific);
		return (found.isEmpty() && targetClass != null) ? unique(annotations(targetClass), specific) : found;
	}

	private static List<MergedAnnotation<RequiresPermission>> annotations(Method method) {
		return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).stream(RequiresPermission.class).toList();
	}

	private static List<MergedAnnotation<RequiresPermission>> annotations(Class<?> type) {
		return MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY).stream(RequiresPermission.class).toList();
	}

	private static boolean isOwn(List<MergedAnnotation<RequiresPermission>> found) {
		return !found.isEmpty() && found.get(0).getAggregateIndex() == 0;
	}

	/**
	 * Return the one on the element itself, else the only one that it inherits.
	 */
	private static Optional<RequiresPermission> unique(List<MergedAnnotation<RequiresPermission>> found,
			Method method) {
		List<RequiresPermission> distinct = found.stream()
			.filter((annotation) -> !isOwn(found) || annotation.getAggregateIndex() == 0)
			.map(MergedAnnotation::synthesize)
			.distinct()
			.toList();
		if (distinct.size() > 1) {
			throw new InvalidGuardException(method,
					"it has " + distinct.size() + " competing annotations, for "
							+ String.join(" and ", distinct.stream().map(RequiresPermission::action).toList()),
					"Keep one: put the one that counts on the method itself.", null);
		}
		return distinct.stream().findFirst();
	}

	/**
	 * Finds the annotation where the implementation is inherited from a class that does
	 * not know the interface.
	 */
	private static List<MergedAnnotation<RequiresPermission>> fromInterfaces(Method specific, Class<?> targetClass) {
		List<MergedAnnotation<RequiresPermission>> found = new ArrayList<>();
		for (Class<?> type : ClassUtils.getAllInterfacesForClassAsSet(targetClass)) {
			for (Method candidate : type.getMethods()) {
				if (candidate.getName().equals(specific.getName())
						&& candidate.getParameterCount() == specific.getParameterCount()
						&& isImplementedBy(candidate, specific, targetClass)) {
					found.addAll(annotations(candidate));
				}
			}
		}
		return found;
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

}
