package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

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
		for (String name : this.beanFactory.getBeanDefinitionNames()) {
			BeanDefinition definition = this.beanFactory.getMergedBeanDefinition(name);
			if (!definition.isAbstract()) {
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
		ReflectionUtils.doWithMethods(type, (method) -> {
			if (isMeant(method, type)) {
				verifyShape(method);
				this.advisor.isGuarded(method, type);
				if (bean != null && !isAdvised(bean)) {
					throw new InvalidGuardException(method,
							"the bean is not proxied, so the method would run unguarded",
							"Let Spring proxy the bean: it must not be created before the bean post-processors, and "
									+ "another auto-proxy creator must take up advisors of the infrastructure role.",
							null);
				}
				if (bean != null && AopUtils.isJdkDynamicProxy(bean) && !isCallableOn(bean, method)) {
					throw new InvalidGuardException(method, "the bean's proxy does not offer the method",
							"Add the method to an interface of the bean, or set spring.aop.proxy-target-class=true.",
							null);
				}
			}
		}, ReflectionUtils.USER_DECLARED_METHODS);
	}

	/**
	 * An annotation on the class is meant for what can be called from outside.
	 */
	private static boolean isMeant(Method method, Class<?> type) {
		return Modifier.isPrivate(method.getModifiers()) ? GuardedMethods.isAnnotatedItself(method)
				: GuardedMethods.isAnnotated(method, type);
	}

	private static void verifyShape(Method method) {
		int modifiers = method.getModifiers();
		String obstacle = Modifier.isPrivate(modifiers) ? "private"
				: Modifier.isStatic(modifiers) ? "static" : Modifier.isFinal(modifiers) ? "final" : null;
		if (obstacle != null) {
			throw new InvalidGuardException(method, "the method is " + obstacle + ", which no proxy can guard",
					"Make it an instance method that can be overridden, and call it through the bean.", null);
		}
	}

	private boolean isAdvised(Object bean) {
		return bean instanceof Advised advised
				&& Arrays.stream(advised.getAdvisors()).anyMatch((candidate) -> candidate == this.advisor);
	}

	private static boolean isCallableOn(Object proxy, Method method) {
		return ClassUtils.hasMethod(proxy.getClass(), method.getName(), method.getParameterTypes());
	}

}
