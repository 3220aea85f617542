package io.agentotp.spring.method;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;

/**
 * The proxies of a bean, of which one guards it: the innermost, because an invocation of
 * a proxy inside would know nothing of the guard.
 */
final class GuardedProxies {

	private final RequiresPermissionAdvisor guard;

	private final List<Advised> proxies;

	GuardedProxies(RequiresPermissionAdvisor guard, Object bean) {
		this.guard = guard;
		this.proxies = proxies(bean);
	}

	/** The outermost first. */
	private static List<Advised> proxies(@Nullable Object bean) {
		List<Advised> proxies = new ArrayList<>();
		Object proxy = bean;
		while (proxy instanceof Advised advised) {
			proxies.add(advised);
			proxy = AopProxyUtils.getSingletonTarget(advised);
		}
		return proxies;
	}

	/**
	 * Return what stands behind all proxies of a bean.
	 */
	static @Nullable Object target(Object bean) {
		Object target = bean;
		while (target instanceof Advised advised) {
			target = AopProxyUtils.getSingletonTarget(advised);
		}
		return target;
	}

	/**
	 * Return the proxy that guards the bean, or {@code null} if none does.
	 */
	@Nullable Advised guarding() {
		return this.proxies.stream()
			.filter((proxy) -> proxy.indexOf(this.guard) > 0 && proxy.getAdvisors()[0].getAdvice() instanceof Entrance)
			.findFirst()
			.orElse(null);
	}

	/**
	 * Lets calls of the guarded methods enter through the guard, if a proxy has it.
	 */
	void enter(String beanName) {
		if (this.proxies.stream().noneMatch((proxy) -> proxy.indexOf(this.guard) >= 0)) {
			return;
		}
		Advised own = own();
		for (Advised proxy : this.proxies) {
			if (proxy != own) {
				proxy.removeAdvisor(this.guard);
			}
		}
		if (own.indexOf(this.guard) < 0) {
			// In front, since an advice inside may never go on to what stands behind it.
			own.addAdvisor(0, this.guard);
		}
		if (!(own.getAdvisors()[0].getAdvice() instanceof Entrance)) {
			Arrays.stream(own.getAdvisors())
				.filter((advisor) -> advisor.getAdvice() instanceof Entrance)
				.forEach(own::removeAdvisor);
			own.addAdvisor(0, entrance(own, beanName));
		}
	}

	private Advisor entrance(Advised proxy, String beanName) {
		return new DefaultPointcutAdvisor(this.guard.getPointcut(), new Entrance(proxy, beanName));
	}

	/**
	 * Return the innermost proxy, if the guarded methods are those of its target. They
	 * are not where its advice does what an interface says, as that of a repository or an
	 * HTTP client.
	 */
	private Advised own() {
		for (int index = this.proxies.size() - 1; index >= 0; index--) {
			Advised proxy = this.proxies.get(index);
			Class<?> type = proxy.getTargetClass();
			if (proxy.indexOf(this.guard) >= 0 || (type != null && AopUtils.canApply(this.guard, type))) {
				return proxy;
			}
		}
		return this.proxies.get(0);
	}

}
