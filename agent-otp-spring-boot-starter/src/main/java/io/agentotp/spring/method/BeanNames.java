package io.agentotp.spring.method;

import java.util.Arrays;
import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.core.Ordered;

/**
 * Tells each call of a guarded bean the name of the bean: two beans of one class are not
 * one target.
 */
public final class BeanNames implements SmartInstantiationAwareBeanPostProcessor, Ordered {

	private static final String ATTRIBUTE = BeanNames.class.getName();

	private final Supplier<RequiresPermissionAdvisor> advisor;

	/**
	 * Creates a post-processor.
	 * @param advisor supplies the advisor of the guard, not before there is a proxy
	 */
	public BeanNames(Supplier<RequiresPermissionAdvisor> advisor) {
		this.advisor = advisor;
	}

	/**
	 * Return the name of the bean that is called, or {@code null} outside a container.
	 */
	static @Nullable String of(ProxyMethodInvocation invocation) {
		return (String) invocation.getUserAttribute(ATTRIBUTE);
	}

	/** After the proxies are made. */
	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	@Override
	public Object getEarlyBeanReference(Object bean, String beanName) {
		expose(bean, beanName);
		return bean;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		expose(bean, beanName);
		return bean;
	}

	private void expose(Object bean, String beanName) {
		Object proxy = bean;
		while (proxy instanceof Advised advised) {
			RequiresPermissionAdvisor guard = this.advisor.get();
			boolean isGuarded = Arrays.stream(advised.getAdvisors()).anyMatch((each) -> each == guard);
			boolean isNamed = Arrays.stream(advised.getAdvisors())
				.anyMatch((each) -> each.getAdvice() instanceof BeanNameInterceptor);
			if (isGuarded && !isNamed && !advised.isFrozen()) {
				advised.addAdvisor(0,
						new DefaultPointcutAdvisor(guard.getPointcut(), new BeanNameInterceptor(beanName)));
			}
			proxy = AopProxyUtils.getSingletonTarget(advised);
		}
	}

	private record BeanNameInterceptor(String name) implements MethodInterceptor {

		@Override
		public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
			if (invocation instanceof ProxyMethodInvocation call) {
				call.setUserAttribute(ATTRIBUTE, this.name);
			}
			return invocation.proceed();
		}

	}

}
