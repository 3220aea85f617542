package io.agentotp.spring.method;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.TargetSource;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.DecoratingProxy;
import org.springframework.util.ClassUtils;

/**
 * The classes of an application's own beans, behind their proxies. Makes no bean.
 */
public final class BeanTypes {

	private BeanTypes() {
	}

	/**
	 * Visits each bean.
	 * @param beanFactory the beans
	 * @param visitor looks at them
	 */
	public static void forEach(ConfigurableListableBeanFactory beanFactory, Visitor visitor) {
		Set<String> names = new LinkedHashSet<>(List.of(beanFactory.getSingletonNames()));
		names.addAll(List.of(beanFactory.getBeanDefinitionNames()));
		for (String name : names) {
			if (!beanFactory.containsBeanDefinition(name) || !beanFactory.getMergedBeanDefinition(name).isAbstract()) {
				Class<?> type = targetClass(beanFactory, name);
				if (type != null && !type.getName().startsWith("java.")) {
					visitor.visit(name, type, beanFactory.getSingleton(name));
				}
			}
		}
	}

	/**
	 * Return the class of a bean behind its proxies.
	 */
	static Class<?> of(Object bean) {
		Object target = GuardedProxies.target(bean);
		if (target instanceof TargetSource) {
			// It gives what it has to its proxies, and is none.
			return target.getClass();
		}
		// An opaque proxy does not give its target, but says of which class that is.
		return ClassUtils.getUserClass((target instanceof DecoratingProxy opaque) ? decorated(opaque)
				: AopProxyUtils.ultimateTargetClass(bean));
	}

	/** One without a target names the class of what has made it. */
	private static Class<?> decorated(DecoratingProxy opaque) {
		Class<?> decorated = opaque.getDecoratedClass();
		return Advised.class.isAssignableFrom(decorated) ? opaque.getClass() : decorated;
	}

	private static @Nullable Class<?> targetClass(ConfigurableListableBeanFactory beanFactory, String name) {
		Object singleton = beanFactory.getSingleton(name);
		if (singleton != null && !(singleton instanceof FactoryBean<?>)) {
			return of(singleton);
		}
		Class<?> target = AutoProxyUtils.determineTargetClass(beanFactory, name);
		return (target != null) ? ClassUtils.getUserClass(target) : null;
	}

	/**
	 * Looks at a bean.
	 */
	@FunctionalInterface
	public interface Visitor {

		/**
		 * Looks at a bean.
		 * @param name its name
		 * @param type its class
		 * @param bean the bean itself, or {@code null} if it is made later
		 */
		void visit(String name, Class<?> type, @Nullable Object bean);

	}

}
