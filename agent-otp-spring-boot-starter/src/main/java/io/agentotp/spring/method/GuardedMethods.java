package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.BoundForms;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.Advised;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.DecoratingProxy;
import org.springframework.core.MethodClassKey;
import org.springframework.util.ClassUtils;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.util.ReflectionUtils;

/**
 * Tells which methods are guarded. The one place where it is decided, so that pointcut,
 * interceptor and verifier cannot disagree, and where an annotation is looked for once.
 */
final class GuardedMethods {

	private final ConfigurableBeanFactory beanFactory;

	private final BoundForms forms;

	private final UniqueAnnotation<RequiresPermission> search = new UniqueAnnotation<>(RequiresPermission.class,
			RequiresPermission::action);

	private final ConcurrentMap<MethodClassKey, Optional<RequiresPermission>> annotations = new ConcurrentHashMap<>();

	private final ConcurrentMap<MethodClassKey, GuardedMethod> methods = new ConcurrentHashMap<>();

	private final Map<Class<?>, List<Method>> classes = new ConcurrentReferenceHashMap<>();

	GuardedMethods(ConfigurableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
		this.forms = BoundForms.of(beanFactory);
	}

	/**
	 * Finds out whether a method is guarded.
	 * @throws InvalidAnnotationException if its annotation cannot be honoured
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
		Class<?> type = (targetClass != null) ? targetClass : method.getDeclaringClass();
		Set<String> guarded = in(ClassUtils.getUserClass(type)).stream()
			.map(Method::getName)
			.collect(Collectors.toSet());
		GuardedMethod found = new GuardedMethod(UniqueAnnotation.specific(method, targetClass), annotation, type,
				guarded, this.beanFactory, this.forms);
		GuardedMethod other = this.methods.putIfAbsent(key, found);
		return (other != null) ? other : found;
	}

	/**
	 * Finds the annotation of a method, whose attributes nobody has looked at.
	 * @throws InvalidAnnotationException if there are two, or it stands where it cannot
	 * be honoured
	 */
	Optional<RequiresPermission> annotation(Method method, @Nullable Class<?> targetClass) {
		MethodClassKey key = new MethodClassKey(method, targetClass);
		Optional<RequiresPermission> known = this.annotations.get(key);
		if (known == null) {
			known = search(method, targetClass);
			this.annotations.put(key, known);
		}
		return known;
	}

	private Optional<RequiresPermission> search(Method method, @Nullable Class<?> targetClass) {
		Method specific = UniqueAnnotation.specific(method, targetClass);
		if (specific.isSynthetic() && !specific.isBridge()) {
			return Optional.empty();
		}
		Optional<RequiresPermission> found = this.search.onMethod(method, targetClass);
		if (isOfObject(method)) {
			if (found.isPresent()) {
				throw new InvalidAnnotationException(RequiresPermission.class, specific,
						"methods of Object are called by everybody and never guarded",
						"Put the annotation on a method of your own.");
			}
			return Optional.empty();
		}
		// A static method is no call of the bean.
		return (found.isPresent() || Modifier.isStatic(specific.getModifiers())) ? found
				: onClass(specific, targetClass);
	}

	/** The JVM calls the last of them on the bean itself. */
	private static boolean isOfObject(Method method) {
		return ReflectionUtils.isObjectMethod(method)
				|| (method.getName().equals("finalize") && method.getParameterCount() == 0);
	}

	private Optional<RequiresPermission> onClass(Method specific, @Nullable Class<?> targetClass) {
		Class<?> declaring = specific.getDeclaringClass();
		if (declaring == Proxy.class || declaring == DecoratingProxy.class
				|| declaring.isAssignableFrom(Advised.class)) {
			// Of the proxy, and not of what stands behind it.
			return Optional.empty();
		}
		if (InheritedDefaults.isOfJdk(specific)) {
			// It runs on the proxy, and calls what is guarded.
			return Optional.empty();
		}
		return this.search.onClass(declaring, specific)
			.or(() -> (targetClass != null) ? this.search.onClass(targetClass, specific) : Optional.empty());
	}

	/**
	 * Return whether the annotation is on the method and not only on its class.
	 */
	boolean isOnMethod(Method method) {
		return this.search.isOnMethod(method);
	}

	/**
	 * Return whether a class can have guarded methods.
	 */
	boolean isIn(Class<?> type) {
		return this.search.isIn(type);
	}

	/**
	 * Return the methods of a class that have the annotation. One on the class is meant
	 * for what can be called from outside.
	 * @throws InvalidAnnotationException if a method has two
	 */
	List<Method> in(Class<?> type) {
		List<Method> known = this.classes.get(type);
		if (known == null) {
			List<Method> found = new ArrayList<>();
			if (isIn(type)) {
				ReflectionUtils.doWithMethods(type, (declared) -> {
					Method method = UniqueAnnotation.specific(declared, null);
					if (Modifier.isPrivate(method.getModifiers()) ? isOnMethod(method)
							: annotation(method, type).isPresent()) {
						found.add(method);
					}
				}, ReflectionUtils.USER_DECLARED_METHODS);
				Contracts.of(type).forEach((contract) -> ReflectionUtils.doWithLocalMethods(contract, (method) -> {
					int modifiers = method.getModifiers();
					if ((Modifier.isStatic(modifiers) || Modifier.isPrivate(modifiers)) && !method.isSynthetic()
							&& isOnMethod(method)) {
						found.add(method);
					}
				}));
			}
			known = List.copyOf(found);
			this.classes.put(type, known);
		}
		return known;
	}

}
