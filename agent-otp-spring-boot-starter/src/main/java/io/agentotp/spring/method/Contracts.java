package io.agentotp.spring.method;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The interfaces of a class. Spring's own look-up leaves out what these extend.
 */
public final class Contracts {

	private Contracts() {
	}

	/**
	 * Return all interfaces of a class: its own, those that it inherits, and what these
	 * extend.
	 * @param type the class, or an interface, which counts as one of its own
	 * @return the interfaces, each before what it extends
	 */
	public static Set<Class<?>> of(Class<?> type) {
		Set<Class<?>> visited = new LinkedHashSet<>();
		collect(type, visited);
		List<Class<?>> found = new ArrayList<>(visited);
		found.removeIf((seen) -> !seen.isInterface());
		Collections.reverse(found);
		return new LinkedHashSet<>(found);
	}

	/** What is extended is entered first. */
	private static void collect(@Nullable Class<?> type, Set<Class<?>> visited) {
		if (type == null || visited.contains(type)) {
			return;
		}
		collect(type.getSuperclass(), visited);
		Class<?>[] contracts = type.getInterfaces();
		for (int index = contracts.length - 1; index >= 0; index--) {
			collect(contracts[index], visited);
		}
		visited.add(type);
	}

}
