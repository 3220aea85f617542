package io.agentotp.spring.tool;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Looks for a tool behind what decorates it. Frameworks tell nobody what their decorators
 * decorate, and applications have their own.
 */
public final class Decorators {

	/** No chain is longer. */
	private static final int MOST = 100;

	private Decorators() {
	}

	/**
	 * Finds what something decorates, or the thing itself.
	 * @param outermost where to begin
	 * @param decorators tells what may decorate, by the values of its fields
	 * @param wanted tells what is looked for
	 * @return the first one, or empty if there is none
	 */
	public static Optional<Object> find(Object outermost, Predicate<Object> decorators, Predicate<Object> wanted) {
		Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		Deque<Object> next = new ArrayDeque<>();
		next.add(outermost);
		while (!next.isEmpty() && seen.size() < MOST) {
			Object candidate = next.remove();
			if (!seen.add(candidate)) {
				continue;
			}
			if (wanted.test(candidate)) {
				return Optional.of(candidate);
			}
			Object target = AopProxyUtils.getSingletonTarget(candidate);
			if (target != null) {
				next.add(target);
			}
			ReflectionUtils.doWithFields(candidate.getClass(), (field) -> {
				Object value = value(candidate, field);
				if (value != null && decorators.test(value)) {
					next.add(value);
				}
			}, (field) -> !Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive());
		}
		return Optional.empty();
	}

	/**
	 * Return whether something decorates what is wanted and nothing else: none on the way
	 * to it has two to choose from.
	 * @param outermost where to begin
	 * @param decorators tells what may decorate, by the values of its fields
	 * @param wanted tells what is looked for
	 * @return whether each call that goes on comes to it
	 */
	public static boolean leads(Object outermost, Predicate<Object> decorators, Predicate<Object> wanted) {
		Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		Object link = outermost;
		while (!wanted.test(link)) {
			seen.add(link);
			List<Object> next = new ArrayList<>();
			Object target = AopProxyUtils.getSingletonTarget(link);
			if (target != null) {
				next.add(target);
			}
			else {
				collectFields(link, decorators, seen, next);
			}
			if (next.size() != 1) {
				return false;
			}
			link = next.get(0);
		}
		return true;
	}

	private static void collectFields(Object holder, Predicate<Object> decorators, Set<Object> seen,
			List<Object> found) {
		ReflectionUtils.doWithFields(holder.getClass(),
				(field) -> collect(value(holder, field), decorators, seen, found),
				(field) -> !Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive());
	}

	/** Several can be in a collection, or be what a function calls. */
	private static void collect(@Nullable Object value, Predicate<Object> decorators, Set<Object> seen,
			List<Object> found) {
		if (value == null || !seen.add(value)) {
			return;
		}
		if (decorators.test(value)) {
			found.add(value);
		}
		else if (value instanceof Collection<?> several) {
			several.forEach((element) -> collect(element, decorators, seen, found));
		}
		else if (value instanceof Map<?, ?> several) {
			several.values().forEach((element) -> collect(element, decorators, seen, found));
		}
		else if (value instanceof Object[] several) {
			Arrays.stream(several).forEach((element) -> collect(element, decorators, seen, found));
		}
		else if (ClassUtils.isLambdaClass(value.getClass())) {
			collectFields(value, decorators, seen, found);
		}
	}

	private static @Nullable Object value(Object holder, Field field) {
		try {
			ReflectionUtils.makeAccessible(field);
			return ReflectionUtils.getField(field, holder);
		}
		catch (InaccessibleObjectException ex) {
			// Of another module, which is closed.
			return null;
		}
	}

}
