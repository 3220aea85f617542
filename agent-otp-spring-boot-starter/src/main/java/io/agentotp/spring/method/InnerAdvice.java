package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.Advisor;
import org.springframework.aop.PointcutAdvisor;
import org.springframework.aop.aspectj.AspectJPrecedenceInformation;
import org.springframework.aop.framework.Advised;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Warns of known advice that stands inside the guard and may keep the body from running,
 * or run it again: somebody is asked for a call that is then not made.
 */
final class InnerAdvice {

	private static final Logger logger = LoggerFactory.getLogger(InnerAdvice.class);

	/** How far before the guard, so that they keep their order among themselves. */
	private static final Map<String, Remedy> REMEDIES = Map.of(
			"io.github.resilience4j.spring6.retry.configure.RetryAspect",
			new Remedy("resilience4j.retry.retry-aspect-order", 50),
			"io.github.resilience4j.spring6.circuitbreaker.configure.CircuitBreakerAspect",
			new Remedy("resilience4j.circuitbreaker.circuit-breaker-aspect-order", 40),
			"io.github.resilience4j.spring6.ratelimiter.configure.RateLimiterAspect",
			new Remedy("resilience4j.ratelimiter.rate-limiter-aspect-order", 30),
			"io.github.resilience4j.spring6.timelimiter.configure.TimeLimiterAspect",
			new Remedy("resilience4j.timelimiter.time-limiter-aspect-order", 20),
			"io.github.resilience4j.spring6.bulkhead.configure.BulkheadAspect",
			new Remedy("resilience4j.bulkhead.bulkhead-aspect-order", 10),
			"org.springframework.retry.annotation.RetryConfiguration", new Remedy("the order of @EnableRetry", 50));

	private final ConfigurableListableBeanFactory beanFactory;

	InnerAdvice(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Looks at a proxy.
	 * @param guard the guard, which the proxy has
	 * @param methods the guarded methods of its target
	 */
	void warn(Advised proxy, RequiresPermissionAdvisor guard, List<Method> methods, Class<?> type) {
		Advisor[] advisors = proxy.getAdvisors();
		for (Advisor advisor : Arrays.copyOfRange(advisors, proxy.indexOf(guard) + 1, advisors.length)) {
			String name = name(advisor);
			Remedy remedy = REMEDIES.get(name);
			if (remedy != null && advisor instanceof PointcutAdvisor inner) {
				methods.stream()
					.filter((method) -> inner.getPointcut().getMethodMatcher().matches(method, type))
					.forEach((method) -> logger.warn(
							"{} stands inside the guard of {}(): a permission is asked for and used although it may keep the "
									+ "method from running, and a second run is refused. Set {} to {}, or another value "
									+ "below that of agentotp.method.order",
							ClassUtils.getShortName(name), ClassUtils.getQualifiedMethodName(method), remedy.setting(),
							guard.getOrder() - remedy.distance()));
			}
		}
	}

	private String name(Advisor advisor) {
		if (advisor instanceof AspectJPrecedenceInformation aspect
				&& this.beanFactory.containsBean(aspect.getAspectName())) {
			Class<?> type = this.beanFactory.getType(aspect.getAspectName(), false);
			return (type != null) ? ClassUtils.getUserClass(type).getName() : "";
		}
		return ClassUtils.getUserClass(advisor).getName();
	}

	/**
	 * What to set.
	 *
	 * @param setting the property
	 * @param distance how far before the guard
	 */
	private record Remedy(String setting, int distance) {
	}

}
