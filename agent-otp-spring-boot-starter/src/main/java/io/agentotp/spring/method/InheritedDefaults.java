package io.agentotp.spring.method;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;

/**
 * Runs the JDK's default methods, such as {@code Function.andThen()}, on the proxy of a
 * guarded bean: what they call of it then passes the guard, also later.
 */
final class InheritedDefaults implements MethodInterceptor {

	private InheritedDefaults() {
	}

	/**
	 * Return the advisor of a guarded proxy, which is its last.
	 */
	static Advisor advisor() {
		return new DefaultPointcutAdvisor(new StaticMethodMatcherPointcut() {

			@Override
			public boolean matches(Method method, Class<?> targetClass) {
				return isInherited(UniqueAnnotation.specific(method, targetClass));
			}

		}, new InheritedDefaults());
	}

	/**
	 * Return whether a method is a default one of the JDK, which can only call other
	 * methods of the bean.
	 */
	static boolean isInherited(Method method) {
		return method.isDefault() && method.getDeclaringClass().getName().startsWith("java.");
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Object bean = ((ProxyMethodInvocation) invocation).getProxy();
		Object target = invocation.getThis();
		Method inherited = UniqueAnnotation.specific(invocation.getMethod(),
				(target != null) ? target.getClass() : null);
		Object view = Proxy.newProxyInstance(InheritedDefaults.class.getClassLoader(),
				new Class<?>[] { inherited.getDeclaringClass() },
				(proxy, method, arguments) -> method.equals(inherited)
						? InvocationHandler.invokeDefault(proxy, method, arguments)
						: AopUtils.invokeJoinpointUsingReflection(bean, method,
								(arguments != null) ? arguments : new Object[0]));
		return AopUtils.invokeJoinpointUsingReflection(view, inherited, invocation.getArguments());
	}

}
