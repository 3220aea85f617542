package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Stops the start of the application if a method has the annotation but no proxy would
 * guard it: Spring itself would run it unguarded without a word.
 */
public final class GuardVerifier implements SmartInitializingSingleton {

	private final ConfigurableListableBeanFactory beanFactory;

	private final RequiresPermissionAdvisor advisor;

	/**
	 * Creates a verifier.
	 * @param beanFactory the beans to look at
	 * @param advisor the advisor that must be on each guarded bean
	 */
	public GuardVerifier(ConfigurableListableBeanFactory beanFactory, RequiresPermissionAdvisor advisor) {
		this.beanFactory = beanFactory;
		this.advisor = advisor;
	}

	@Override
	public void afterSingletonsInstantiated() {
		Set<String> names = new LinkedHashSet<>(List.of(this.beanFactory.getSingletonNames()));
		names.addAll(List.of(this.beanFactory.getBeanDefinitionNames()));
		for (String name : names) {
			if (!this.beanFactory.containsBeanDefinition(name)
					|| !this.beanFactory.getMergedBeanDefinition(name).isAbstract()) {
				Class<?> type = targetClass(name);
				if (type != null && !type.getName().startsWith("java.")) {
					verify(type, this.beanFactory.getSingleton(name));
				}
			}
		}
	}

	private @Nullable Class<?> targetClass(String name) {
		Class<?> target = AutoProxyUtils.determineTargetClass(this.beanFactory, name);
		Object singleton = this.beanFactory.getSingleton(name);
		if (singleton != null && (target == null || target.isInterface())) {
			target = AopUtils.getTargetClass(singleton);
		}
		return (target != null) ? ClassUtils.getUserClass(target) : null;
	}

	private void verify(Class<?> type, @Nullable Object bean) {
		this.advisor.verify(type);
		// What a factory makes is proxied when it is made, which the factory itself is
		// not.
		Object instance = (bean instanceof FactoryBean<?> && !type.isInstance(bean)) ? null : bean;
		GuardedShape.forEachGuarded(type, (method) -> {
			this.advisor.find(method, type);
			if (instance != null && !this.advisor.isOn(instance)) {
				throw new InvalidGuardException(method, "the bean is not proxied, so the method would run unguarded",
						"Let Spring create and proxy the bean: it must not be registered ready-made or created before the "
								+ "bean post-processors, and another auto-proxy creator must take up advisors of the "
								+ "infrastructure role.",
						null);
			}
			if (instance != null && AopUtils.isJdkDynamicProxy(instance) && !isCallableOn(instance, method)) {
				throw new InvalidGuardException(method, "the bean's proxy does not offer the method",
						"Add the method to an interface of the bean, or set spring.aop.proxy-target-class=true.", null);
			}
		});
	}

	private static boolean isCallableOn(Object proxy, Method method) {
		return ClassUtils.hasMethod(proxy.getClass(), method.getName(), method.getParameterTypes());
	}

}
