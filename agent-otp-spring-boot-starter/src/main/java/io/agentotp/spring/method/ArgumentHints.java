package io.agentotp.spring.method;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.core.ResolvableType;

/**
 * Registers the types that arguments can be made of: their fields, which are bound, and
 * their methods, which expressions call. Of the subclasses of a declared type only those
 * of a sealed one are known ahead of time.
 */
final class ArgumentHints {

	private final ReflectionHints hints;

	private final Set<Class<?>> seen = new HashSet<>();

	/** A type variable can be part of its own bound. */
	private final Set<Type> resolved = new HashSet<>();

	ArgumentHints(ReflectionHints hints) {
		this.hints = hints;
	}

	void register(Type type) {
		register(ResolvableType.forType(type));
	}

	private void register(ResolvableType type) {
		if (!this.resolved.add(type.getType())) {
			return;
		}
		if (type.isArray()) {
			register(type.getComponentType());
			return;
		}
		for (ResolvableType argument : type.getGenerics()) {
			register(argument);
		}
		register(type.resolve());
	}

	private void register(@Nullable Class<?> type) {
		if (type == null || type.isPrimitive() || type.getName().startsWith("java.") || !this.seen.add(type)) {
			return;
		}
		this.hints.registerType(type, MemberCategory.ACCESS_DECLARED_FIELDS, MemberCategory.INVOKE_PUBLIC_METHODS);
		register(type.getSuperclass());
		for (Field field : type.getDeclaredFields()) {
			if (!Modifier.isStatic(field.getModifiers())) {
				register(ResolvableType.forField(field));
			}
		}
		if (type.isSealed()) {
			for (Class<?> permitted : type.getPermittedSubclasses()) {
				register(permitted);
			}
		}
	}

}
