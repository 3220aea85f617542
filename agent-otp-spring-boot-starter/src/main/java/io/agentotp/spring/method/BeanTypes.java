package io.agentotp.spring.method;

import java.lang.reflect.Proxy;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * The classes of an application's own beans, behind their proxies. Makes no bean.
 */
public final class BeanTypes {

	private BeanTypes() {
	}

	/**
	 * Visits the class of each bean with the bean itself, or with {@code null} if it is
	 * made later.
	 * @param beanFactory the beans
	 * @param visitor takes class and bean
	 */
	public static void forEach(ConfigurableListableBeanFactory beanFactory,
			BiConsumer<Class<?>, @Nullable Object> visitor) {
		Set<String> names = new LinkedHashSet<>(List.of(beanFactory.getSingletonNames()));
		names.addAll(List.of(beanFactory.getBeanDefinitionNames()));
		for (String name : names) {
			if (!beanFactory.containsBeanDefinition(name) || !beanFactory.getMergedBeanDefinition(name).isAbstract()) {
				Class<?> type = targetClass(beanFactory, name);
				if (type != null && !type.getName().startsWith("java.")) {
					visitor.accept(type, beanFactory.getSingleton(name));
				}
			}
		}
	}

	/**
	 * Return the class of a bean behind its proxies.
	 */
	static Class<?> of(Object bean) {
		return ClassUtils.getUserClass(AopProxyUtils.ultimateTargetClass(bean));
	}

	private static @Nullable Class<?> targetClass(ConfigurableListableBeanFactory beanFactory, String name) {
		Class<?> target = AutoProxyUtils.determineTargetClass(beanFactory, name);
		Object singleton = beanFactory.getSingleton(name);
		if (singleton != null && !(singleton instanceof FactoryBean<?>)
				&& (target == null || target.isInterface() || Proxy.isProxyClass(target))) {
			target = AopProxyUtils.ultimateTargetClass(singleton);
		}
		return (target != null) ? ClassUtils.getUserClass(target) : null;
	}

}
