package io.agentotp.spring.method;

import java.lang.reflect.Method;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Stops the start of an application context that has annotated methods but not the
 * auto-configuration that guards them, such as a test slice or a child context: Spring
 * would run them unguarded without a word.
 */
public final class MissingGuardVerifier implements SmartInitializingSingleton {

	private final ConfigurableListableBeanFactory beanFactory;

	private final GuardedMethods guardedMethods;

	private final TestDoubles testDoubles;

	/**
	 * Creates a verifier.
	 * @param beanFactory the beans to look at
	 */
	public MissingGuardVerifier(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
		this.guardedMethods = new GuardedMethods(beanFactory);
		this.testDoubles = TestDoubles.load(beanFactory.getBeanClassLoader());
	}

	/**
	 * Refuses a bean with guarded methods, unless it comes from a context that guards it.
	 */
	void verify(Object bean) {
		if (!isHarmless(bean)) {
			verify(BeanTypes.of(bean));
		}
	}

	private boolean isHarmless(Object bean) {
		return GuardedProxies.guard(bean) || this.testDoubles.contain(bean);
	}

	private void verify(Class<?> type) {
		this.guardedMethods.in(type).forEach(MissingGuardVerifier::refuse);
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (this.beanFactory.getBeanNamesForType(GuardVerifier.class, false, false).length > 0) {
			return;
		}
		RequiresPermissionAdvisor guard = guard(this.beanFactory);
		if (guard != null) {
			new GuardVerifier(this.beanFactory, guard).afterSingletonsInstantiated();
			return;
		}
		BeanTypes.forEach(this.beanFactory, (name, type, bean) -> {
			if (bean == null || !isHarmless(bean)) {
				verify(type);
			}
		});
	}

	/**
	 * Return the guard of a context. The advisors of a parent count for the auto-proxy
	 * creator of this context.
	 */
	static @Nullable RequiresPermissionAdvisor guard(ConfigurableListableBeanFactory beanFactory) {
		if (!beanFactory.containsLocalBean(AopConfigUtils.AUTO_PROXY_CREATOR_BEAN_NAME)) {
			return null;
		}
		// Nothing else is made for this: it is asked before the post-processors are
		// there.
		String[] names = BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beanFactory,
				RequiresPermissionAdvisor.class, false, false);
		return (names.length == 1) ? beanFactory.getBean(names[0], RequiresPermissionAdvisor.class) : null;
	}

	private static void refuse(Method method) {
		throw new InvalidAnnotationException(RequiresPermission.class, method,
				"its application context has no guard, so the method would run unguarded",
				"Do not exclude AgentOtpMethodAutoConfiguration. A context without auto-configuration "
						+ "imports it with @ImportAutoConfiguration({ AgentOtpAutoConfiguration.class, "
						+ "AgentOtpMethodAutoConfiguration.class }). A test has it from agent-otp-spring-boot-starter-test: "
						+ "test slices by themselves, others with @AutoConfigureAgentOtp.");
	}

}
