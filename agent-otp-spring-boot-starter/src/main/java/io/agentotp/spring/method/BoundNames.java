package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.DependencyDescriptor;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The names that calls of beans are bound to, which are the same after a restart. The
 * container gives an inner bean another one each time, and beans of two contexts can have
 * one name.
 */
final class BoundNames {

	private static final Pattern INNER = Pattern.compile(".*#([0-9a-f]+)(#\\d+)?", Pattern.DOTALL);

	/** What Spring calls a context that nobody has named. */
	private static final Pattern UNNAMED = Pattern.compile(".*@[0-9a-f]{1,8}", Pattern.DOTALL);

	/** Looked up as what a bean would be injected with. */
	@SuppressWarnings("unused")
	private static final @Nullable ApplicationContext CONTEXT = null;

	/** The beans of all contexts, by the names that their calls are bound to. */
	private static final Map<ApplicationContext, Set<String>> BOUND = new WeakHashMap<>();

	private final ConfigurableListableBeanFactory beanFactory;

	/** Which one of the inner beans has the name. */
	private final Map<String, String> inner = new ConcurrentHashMap<>();

	BoundNames(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Return the name of a bean, that of an inner one by its class and the bean around
	 * it, and that of a child context's with the name of the context.
	 * @param method a guarded method of the bean
	 * @throws InvalidAnnotationException if another bean of its class has that name
	 * already
	 */
	BoundName of(String beanName, Class<?> type, Method method) {
		String name = own(beanName, type, method);
		ApplicationContext context = context();
		if (context == null) {
			return new BoundName(name, true);
		}
		String named = contextName(context);
		boolean isLasting = context.getParent() == null || named != null;
		BoundName bound = new BoundName((named != null) ? name + " of " + named : name, isLasting);
		if (!isOnly(bound.name() + "\n" + type.getName(), context)) {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"another application context has a bean '" + beanName
							+ "' of its class, and an approval of one could not be told from that of the other",
					"Give the child context a name of its own by setId or setDisplayName before its refresh.");
		}
		return bound;
	}

	private String own(String beanName, Class<?> type, Method method) {
		String outer = outer(beanName);
		Matcher name = INNER.matcher(beanName);
		if (outer == null || !name.matches()) {
			return beanName;
		}
		String stable = outer + "/" + type.getName();
		String known = this.inner.putIfAbsent(stable, name.group(1));
		if (known != null && !known.equals(name.group(1))) {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"the bean '" + outer
							+ "' has more than one inner bean of its class, and an approval of one could not be told "
							+ "from that of another after a restart",
					"Make each inner bean a bean with a name of its own.");
		}
		return stable;
	}

	private @Nullable ApplicationContext context() {
		try {
			return (ApplicationContext) this.beanFactory
				.resolveDependency(new DependencyDescriptor(BoundNames.class.getDeclaredField("CONTEXT"), false), null);
		}
		catch (NoSuchFieldException | BeansException ex) {
			return null;
		}
	}

	/**
	 * Return what a child context has been named, or {@code null} if it has no name that
	 * lasts, or needs none.
	 */
	private static @Nullable String contextName(ApplicationContext context) {
		ApplicationContext parent = context.getParent();
		if (parent == null) {
			return null;
		}
		// Spring Boot counts children in the order in which they happen to be made.
		String counted = Pattern.quote(String.valueOf(parent.getId())) + "-\\d+";
		String name = Stream.of(String.valueOf(context.getId()), context.getDisplayName())
			.filter((known) -> !known.isBlank() && !UNNAMED.matcher(known).matches() && !known.matches(counted))
			.distinct()
			.collect(Collectors.joining(" "));
		String outer = contextName(parent);
		return name.isEmpty() ? null : (outer != null) ? name + " of " + outer : name;
	}

	private static boolean isOnly(String name, ApplicationContext context) {
		synchronized (BOUND) {
			boolean isElsewhere = BOUND.entrySet()
				.stream()
				.anyMatch((other) -> other.getKey() != context && isRelated(other.getKey(), context)
						&& other.getValue().contains(name));
			BOUND.computeIfAbsent(context, (key) -> new HashSet<>()).add(name);
			return !isElsewhere;
		}
	}

	private static boolean isRelated(ApplicationContext other, ApplicationContext context) {
		return other instanceof ConfigurableApplicationContext known && known.isActive()
				&& root(other).equals(root(context));
	}

	private static Object root(ApplicationContext context) {
		ApplicationContext root = context;
		for (ApplicationContext parent = root.getParent(); parent != null; parent = root.getParent()) {
			root = parent;
		}
		return (root instanceof ConfigurableApplicationContext known && known.isActive()) ? known.getBeanFactory()
				: root;
	}

	/**
	 * Return the bean around an inner one, or {@code null} if a bean is none.
	 */
	@Nullable String outer(String beanName) {
		if (this.beanFactory.containsBeanDefinition(beanName) || !INNER.matcher(beanName).matches()) {
			return null;
		}
		String[] around = this.beanFactory.getDependentBeans(beanName);
		if (around.length == 0) {
			return null;
		}
		String outer = outer(around[0]);
		return (outer != null) ? outer + "/" + around[0].replaceFirst("#.*", "") : around[0];
	}

	/**
	 * The name that calls of a bean are bound to.
	 *
	 * @param name the name
	 * @param isLasting whether it is that of the same bean after a restart, too
	 */
	record BoundName(String name, boolean isLasting) {
	}

}
