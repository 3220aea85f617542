package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ReflectionUtils;

/**
 * Whether a proxy can stand before the guarded methods of a class.
 */
final class GuardedShape {

	private GuardedShape() {
	}

	/**
	 * Checks all guarded methods of a class.
	 * @throws InvalidGuardException if one cannot be overridden by a proxy
	 */
	static void verify(Class<?> type) {
		forEachGuarded(type, (method) -> verify(method, type));
	}

	/**
	 * Visits the guarded methods of a class. An annotation on the class is meant for what
	 * can be called from outside.
	 */
	static void forEachGuarded(Class<?> type, Consumer<Method> visitor) {
		ReflectionUtils.doWithMethods(type, (method) -> {
			boolean guarded = Modifier.isPrivate(method.getModifiers()) ? GuardedMethods.isAnnotatedItself(method)
					: GuardedMethods.isAnnotated(method, type);
			if (guarded) {
				visitor.accept(method);
			}
		}, ReflectionUtils.USER_DECLARED_METHODS);
	}

	private static void verify(Method method, Class<?> type) {
		String obstacle = obstacle(method, type);
		if (obstacle != null) {
			throw new InvalidGuardException(method, "the method is " + obstacle + ", which no proxy can guard",
					"Make it an instance method that can be overridden, and call it through the bean.", null);
		}
	}

	private static @Nullable String obstacle(Method method, Class<?> type) {
		int modifiers = method.getModifiers();
		if (Modifier.isPrivate(modifiers)) {
			return "private";
		}
		if (Modifier.isStatic(modifiers)) {
			return "static";
		}
		if (Modifier.isFinal(modifiers)) {
			return "final";
		}
		boolean packagePrivate = !Modifier.isPublic(modifiers) && !Modifier.isProtected(modifiers);
		return (packagePrivate && !method.getDeclaringClass().getPackageName().equals(type.getPackageName()))
				? "package-private in another package than the bean" : null;
	}

}
