package io.agentotp.spring.method;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.util.ConcurrentReferenceHashMap;

/**
 * Runs the default methods that a guarded bean inherits, such as
 * {@code Function.andThen()}, on its proxy: what they call of it then passes the guard,
 * also later.
 */
final class InheritedDefaults implements MethodInterceptor {

	private static final Map<Method, MethodHandle> HANDLES = new ConcurrentReferenceHashMap<>();

	private InheritedDefaults() {
	}

	/**
	 * Return the advisor of a guarded proxy, which is its last.
	 */
	static Advisor advisor() {
		return new DefaultPointcutAdvisor(new StaticMethodMatcherPointcut() {

			@Override
			public boolean matches(Method method, Class<?> targetClass) {
				// What another proxy does with it, is for that to say.
				return isOfJdk(UniqueAnnotation.specific(method, targetClass))
						|| AopUtils.getMostSpecificMethod(method, targetClass).isDefault();
			}

		}, new InheritedDefaults());
	}

	/**
	 * Return whether a method is a default one of the JDK, which can only call other
	 * methods of the bean.
	 */
	static boolean isOfJdk(Method method) {
		return method.isDefault() && method.getDeclaringClass().getName().startsWith("java.");
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		return (invocation instanceof GuardedInvocation guarded) ? guarded.runBody(() -> run(guarded))
				: run((ProxyMethodInvocation) invocation);
	}

	private static @Nullable Object run(ProxyMethodInvocation invocation) throws Throwable {
		Object bean = invocation.getProxy();
		Object target = invocation.getThis();
		Method inherited = UniqueAnnotation.specific(invocation.getMethod(),
				(target != null) ? target.getClass() : null);
		Class<?> contract = inherited.getDeclaringClass();
		if (contract.isInstance(bean)
				&& contract.getModule().isOpen(contract.getPackageName(), InheritedDefaults.class.getModule())) {
			return handle(inherited, contract).bindTo(bean).invokeWithArguments(invocation.getArguments());
		}
		ClassLoader loader = (contract.getClassLoader() != null) ? contract.getClassLoader()
				: InheritedDefaults.class.getClassLoader();
		Object view = Proxy.newProxyInstance(loader, new Class<?>[] { contract },
				(proxy, method, arguments) -> method.equals(inherited)
						? InvocationHandler.invokeDefault(proxy, method, arguments)
						: AopUtils.invokeJoinpointUsingReflection(bean, method,
								(arguments != null) ? arguments : new Object[0]));
		return AopUtils.invokeJoinpointUsingReflection(view, inherited, invocation.getArguments());
	}

	private static MethodHandle handle(Method inherited, Class<?> contract) throws IllegalAccessException {
		MethodHandle known = HANDLES.get(inherited);
		if (known == null) {
			known = MethodHandles.privateLookupIn(contract, MethodHandles.lookup())
				.unreflectSpecial(inherited, contract)
				.asFixedArity();
			HANDLES.put(inherited, known);
		}
		return known;
	}

}
