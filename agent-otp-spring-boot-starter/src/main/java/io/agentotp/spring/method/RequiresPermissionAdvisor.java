package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import io.agentotp.spring.guard.PermissionGuard;
import io.agentotp.spring.guard.ReturnKind;
import io.agentotp.spring.method.BoundNames.BoundName;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.aopalliance.aop.Advice;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.ClassFilter;
import org.springframework.aop.Pointcut;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.support.AbstractPointcutAdvisor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.util.ClassUtils;
import org.springframework.util.ConcurrentReferenceHashMap;

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

	private final transient GuardedShape shape;

	private final transient Set<Class<?>> verified = Collections.newSetFromMap(new ConcurrentReferenceHashMap<>());

	private final transient Pointcut pointcut;

	private final transient Advice advice;

	/**
	 * Creates the advisor. Nothing is asked of the supplier before the first guarded
	 * call.
	 * @param beanFactory resolves placeholders and bean references
	 * @param guard supplies what runs the calls
	 * @param selfInvocation what to do about beans that call guarded methods of their own
	 */
	public RequiresPermissionAdvisor(ConfigurableBeanFactory beanFactory, Supplier<PermissionGuard> guard,
			SelfInvocationPolicy selfInvocation) {
		this(beanFactory, guard, () -> null, selfInvocation);
	}

	/**
	 * Creates the advisor. Nothing is asked of the suppliers before the first guarded
	 * call.
	 * @param beanFactory resolves placeholders and bean references
	 * @param guard supplies what runs the calls
	 * @param validation supplies what validates arguments before anybody is asked
	 * @param selfInvocation what to do about beans that call guarded methods of their own
	 */
	public RequiresPermissionAdvisor(ConfigurableBeanFactory beanFactory, Supplier<PermissionGuard> guard,
			Supplier<@Nullable ArgumentValidation> validation, SelfInvocationPolicy selfInvocation) {
		GuardedMethods guardedMethods = new GuardedMethods(beanFactory);
		this.shape = new GuardedShape(guardedMethods, selfInvocation);
		this.guardedMethods = guardedMethods;
		this.advice = new PermissionMethodInterceptor(guardedMethods, guard, validation);
		this.pointcut = new StaticMethodMatcherPointcut() {

			@Override
			public ClassFilter getClassFilter() {
				return guardedMethods::isIn;
			}

			@Override
			public boolean matches(Method method, Class<?> targetClass) {
				// Here, too, because a lazy bean or one behind an interface shows its
				// class only when it is made.
				verify(ClassUtils.getUserClass(targetClass));
				// Placeholders may have a value only when the application runs.
				return Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)
						? guardedMethods.annotation(method, targetClass).isPresent()
						: guardedMethods.find(method, targetClass) != null;
			}

		};
		setOrder(DEFAULT_ORDER);
	}

	/**
	 * Checks the guarded methods of a class, once.
	 * @throws InvalidAnnotationException if one could be called without its guard
	 */
	void verify(Class<?> type) {
		if (!this.verified.contains(type)) {
			this.shape.verify(type);
			this.verified.add(type);
		}
	}

	/**
	 * Checks that the container itself calls no guarded method of a bean.
	 * @throws InvalidAnnotationException if it does
	 */
	void verify(Class<?> type, ContainerCalls calls) {
		this.shape.verify(type, calls);
	}

	/**
	 * Return the methods of a class that have the annotation.
	 */
	List<Method> methods(Class<?> type) {
		return this.guardedMethods.in(type);
	}

	/**
	 * Return the guarded method, if it is one.
	 * @param method the method
	 * @param targetClass the class of the bean behind a proxy
	 * @return the method with its attributes, or {@code null} without the annotation
	 * @throws InvalidAnnotationException if the annotation cannot be honoured
	 */
	@Nullable GuardedMethod find(Method method, @Nullable Class<?> targetClass) {
		return this.guardedMethods.find(method, targetClass);
	}

	/**
	 * Return how a method is guarded when it is called on an object.
	 * @param bean the object, such as a proxy
	 * @param method the method, as its class or an interface declares it
	 * @return how it is guarded, or {@code null} if it has no annotation
	 * @throws InvalidAnnotationException if the annotation cannot be honoured
	 */
	public @Nullable MethodProtection protection(Object bean, Method method) {
		GuardedMethod guarded = find(method, AopUtils.getTargetClass(bean));
		return (guarded != null) ? new MethodProtection(guarded.action(), GuardedProxies.guard(bean),
				guarded.returnKind() == ReturnKind.VALUE) : null;
	}

	/**
	 * Lets calls of a bean enter through the guard, if it has a proxy with this advisor.
	 * Without that, all its guarded calls are refused. The container's own beans have
	 * been seen to already.
	 * @param bean the proxy
	 * @param beanName the name that its calls are bound to
	 */
	public void enter(Object bean, String beanName) {
		enter(bean, new BoundName(beanName, true));
	}

	void enter(Object bean, BoundName name) {
		new GuardedProxies(this, bean).enter(name);
	}

	/**
	 * Return the proxy of an object that guards it, or {@code null} if none does.
	 */
	@Nullable Advised guarding(Object bean) {
		return new GuardedProxies(this, bean).guarding();
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
