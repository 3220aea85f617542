package io.agentotp.spring.method;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

/**
 * The names that calls of beans are bound to, which are the same after a restart. The
 * container gives an inner bean another one each time.
 */
final class BoundNames {

	private static final Pattern INNER = Pattern.compile(".*#([0-9a-f]+)(#\\d+)?", Pattern.DOTALL);

	private final ConfigurableListableBeanFactory beanFactory;

	/** Which one of the inner beans has the name. */
	private final Map<String, String> inner = new ConcurrentHashMap<>();

	BoundNames(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Return the name of a bean, that of an inner one by its class and the bean around
	 * it, and in a child context with the id of that; or {@code null} if another inner
	 * bean has that name already.
	 */
	@Nullable String of(String beanName, Class<?> type) {
		String name = inContext(beanName, type);
		// Its siblings may have a bean of the same name and class.
		return (name != null && this.beanFactory.getParentBeanFactory() != null
				&& this.beanFactory instanceof DefaultListableBeanFactory own && own.getSerializationId() != null)
						? own.getSerializationId() + "/" + name : name;
	}

	private @Nullable String inContext(String beanName, Class<?> type) {
		String outer = outer(beanName);
		Matcher name = INNER.matcher(beanName);
		if (outer == null || !name.matches()) {
			return beanName;
		}
		String stable = outer + "/" + type.getName();
		String known = this.inner.putIfAbsent(stable, name.group(1));
		return (known == null || known.equals(name.group(1))) ? stable : null;
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

}
