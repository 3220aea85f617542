package io.agentotp.spring.tool;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;

import io.agentotp.spring.method.MethodProtection;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.interceptor.AsyncExecutionInterceptor;
import org.springframework.aop.interceptor.ExposeInvocationInterceptor;
import org.springframework.aop.support.AopUtils;

/**
 * Guarded methods that a framework calls as tools.
 */
final class ToolMethods {

	private static final String OWN = RequiresPermissionAdvisor.class.getPackageName();

	private ToolMethods() {
	}

	/**
	 * Return why a model would read a result before anybody has decided, or {@code null}
	 * if it would not.
	 */
	static @Nullable String runsAhead(Tool tool, Object bean, Method method, MethodProtection protection) {
		if (isAsync(bean, method)) {
			return "its method is @Async, so that the model reads a result before anybody has decided";
		}
		Class<?> type = method.getReturnType();
		boolean waits = protection.blocking() || (tool.waitsForPublishers()
				&& !CompletionStage.class.isAssignableFrom(type) && !Future.class.isAssignableFrom(type));
		return waits ? null
				: "its method returns " + type.getSimpleName() + ", which " + tool.framework() + " does not wait for";
	}

	/**
	 * Return whether nothing of the application's stands around the guard of a bean: it
	 * would see how a call ends that is only made to make its request.
	 */
	static boolean isOutermost(Object bean) {
		if (!(bean instanceof Advised advised)) {
			return false;
		}
		for (Advisor advisor : advised.getAdvisors()) {
			if (advisor instanceof RequiresPermissionAdvisor) {
				return true;
			}
			if (advisor != ExposeInvocationInterceptor.ADVISOR
					&& !advisor.getAdvice().getClass().getPackageName().equals(OWN)) {
				return false;
			}
		}
		return false;
	}

	private static boolean isAsync(Object bean, Method method) {
		Class<?> type = AopUtils.getTargetClass(bean);
		Method called = AopUtils.getMostSpecificMethod(method, type);
		for (Object proxy = bean; proxy instanceof Advised advised; proxy = AopProxyUtils.getSingletonTarget(advised)) {
			if (Arrays.stream(advised.getAdvisors()).anyMatch((advisor) -> isAsync(advisor, called, type))) {
				return true;
			}
		}
		return false;
	}

	private static boolean isAsync(Advisor advisor, Method method, Class<?> type) {
		return advisor.getAdvice() instanceof AsyncExecutionInterceptor
				&& (!(advisor instanceof PointcutAdvisor pointcut) || (AopUtils.canApply(pointcut.getPointcut(), type)
						&& pointcut.getPointcut().getMethodMatcher().matches(method, type)));
	}

}
