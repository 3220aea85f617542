package io.agentotp.spring.tool;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Answers the calls of one interface in place of a bean, which keeps its class: others
 * may have it injected by that, and frameworks look at it.
 */
public final class InterfaceAdvice implements MethodInterceptor {

	private final Class<?> contract;

	private final Object replacement;

	private InterfaceAdvice(Class<?> contract, Object replacement) {
		this.contract = contract;
		this.replacement = replacement;
	}

	/**
	 * Makes a proxy of a bean.
	 * @param <T> the interface
	 * @param bean the bean
	 * @param contract the interface whose methods are answered
	 * @param replacement answers them; it calls the bean itself
	 * @return the proxy, of the bean's class where that can be
	 */
	public static <T> Object of(Object bean, Class<T> contract, T replacement) {
		Advisor advisor = new DefaultPointcutAdvisor(new InterfaceAdvice(contract, replacement));
		ProxyFactory factory = new ProxyFactory(bean);
		factory.setProxyTargetClass(canBeSubclassed(bean, contract));
		factory.addAdvisor(advisor);
		return factory.getProxy(bean.getClass().getClassLoader());
	}

	/**
	 * Return whether a proxy can have the class of a bean, so that it can be injected by
	 * that.
	 * @param bean the bean
	 * @param contract the interface whose methods are answered
	 * @return whether it can
	 */
	public static boolean canBeSubclassed(Object bean, Class<?> contract) {
		Class<?> type = bean.getClass();
		// A final method would run on the proxy itself, past the guard.
		return !Modifier.isFinal(type.getModifiers()) && !AopUtils.isJdkDynamicProxy(bean)
				&& !ClassUtils.isLambdaClass(type) && Arrays.stream(contract.getMethods()).noneMatch((method) -> {
					Method implementation = ReflectionUtils.findMethod(type, method.getName(),
							method.getParameterTypes());
					return implementation != null && Modifier.isFinal(implementation.getModifiers());
				});
	}

	/**
	 * Return what answers in place of a bean, if it is such a proxy.
	 * @param <T> the type
	 * @param bean the bean
	 * @param type the type of what answers
	 * @return what answers, or {@code null}
	 */
	public static <T> @Nullable T find(Object bean, Class<T> type) {
		if (bean instanceof Advised advised) {
			for (Advisor advisor : advised.getAdvisors()) {
				if (advisor.getAdvice() instanceof InterfaceAdvice found && type.isInstance(found.replacement)) {
					return type.cast(found.replacement);
				}
			}
		}
		return null;
	}

	/**
	 * Return whether a bean is such a proxy.
	 * @param bean the bean
	 * @return whether something answers in its place
	 */
	public static boolean isOne(Object bean) {
		return find(bean, Object.class) != null;
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Method method = invocation.getMethod();
		Method answered = ClassUtils.getMethodIfAvailable(this.contract, method.getName(), method.getParameterTypes());
		if (answered == null) {
			return invocation.proceed();
		}
		try {
			return answered.invoke(this.replacement, invocation.getArguments());
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

}
