package io.agentotp.spring.tool;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
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
	 * Return whether each call of something comes to a method, and goes nowhere else.
	 * What a decorator of the application does cannot be known: only those of frameworks
	 * lead.
	 * @param outermost where to begin
	 * @param known the names of the classes that hand each call to their delegate
	 * @param wanted tells what calls a method
	 * @return whether it does
	 */
	public static boolean leads(Object outermost, Set<String> known, Predicate<Object> wanted) {
		Object link = outermost;
		while (link != null && !wanted.test(link)) {
			link = next(link, known);
		}
		return link != null;
	}

	private static @Nullable Object next(Object link, Set<String> known) {
		if (known.contains(link.getClass().getName())) {
			Field delegate = ReflectionUtils.findField(link.getClass(), "delegate");
			return (delegate != null) ? value(link, delegate) : null;
		}
		return (link instanceof Advised proxy && Arrays.stream(proxy.getAdvisors())
			.allMatch((advisor) -> advisor.getAdvice() instanceof InterfaceAdvice))
					? AopProxyUtils.getSingletonTarget(link) : null;
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
