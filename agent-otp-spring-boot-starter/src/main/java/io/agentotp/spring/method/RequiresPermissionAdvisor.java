package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.function.Supplier;

import io.agentotp.AgentOtpClient;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ClassFilter;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.aop.Pointcut;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.util.ClassUtils;
import org.springframework.util.ConcurrentReferenceHashMap;
import org.aopalliance.aop.Advice;

/**
 * Guards every bean method with {@link io.agentotp.spring.RequiresPermission}.
 */
public final class RequiresPermissionAdvisor extends AbstractPointcutAdvisor implements AopInfrastructureBean {

	/**
	 * After {@code @PreAuthorize}, so that a call that is forbidden anyway bothers
	 * nobody; outside {@code @Transactional} and {@code @Cacheable}, so that no
	 * transaction waits for a human.
	 */
	public static final int DEFAULT_ORDER = 650;

	private final transient GuardedMethods guardedMethods;

	private final transient Pointcut pointcut;

	private final transient Advice advice;

	/**
	 * Creates the advisor. Nothing is asked of the suppliers before the first guarded
	 * call.
	 * @param beanFactory resolves placeholders and bean references
	 * @param client supplies the client
	 * @param approvalTimeout supplies how long a call waits for a human unless its
	 * annotation says so
	 * @param events publishes {@link io.agentotp.spring.PermissionPendingEvent}
	 */
	public RequiresPermissionAdvisor(ConfigurableBeanFactory beanFactory, Supplier<AgentOtpClient> client,
			Supplier<Duration> approvalTimeout, ApplicationEventPublisher events) {
		GuardedMethods guardedMethods = new GuardedMethods(beanFactory);
		this.guardedMethods = guardedMethods;
		this.advice = new PermissionMethodInterceptor(guardedMethods, client, approvalTimeout, events);
		Set<Class<?>> verified = Collections.newSetFromMap(new ConcurrentReferenceHashMap<>());
		this.pointcut = new StaticMethodMatcherPointcut() {

			@Override
			public ClassFilter getClassFilter() {
				return (type) -> !type.getName().startsWith("java.");
			}

			@Override
			public boolean matches(Method method, Class<?> targetClass) {
				// Here, too, because a lazy bean or one behind an interface shows its
				// class only when it is made.
				if (!verified.contains(targetClass)) {
					GuardedShape.verify(ClassUtils.getUserClass(targetClass));
					verified.add(targetClass);
				}
				return guardedMethods.find(method, targetClass) != null;
			}

		};
		setOrder(DEFAULT_ORDER);
	}

	/**
	 * Finds out whether a method is guarded, and whether it can be.
	 * @param method the method
	 * @param targetClass the class of the bean behind a proxy
	 * @return whether the method has the annotation
	 * @throws InvalidGuardException if the annotation cannot be honoured
	 */
	boolean isGuarded(Method method, @Nullable Class<?> targetClass) {
		return this.guardedMethods.find(method, targetClass) != null;
	}

	@Override
	public Pointcut getPointcut() {
		return this.pointcut;
	}

	@Override
	public Advice getAdvice() {
		return this.advice;
	}

}
