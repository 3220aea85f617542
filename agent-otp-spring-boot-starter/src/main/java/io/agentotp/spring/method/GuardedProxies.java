package io.agentotp.spring.method;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.agentotp.spring.method.BoundNames.BoundName;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.TargetSource;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.target.AbstractBeanFactoryBasedTargetSource;
import org.springframework.aop.target.HotSwappableTargetSource;

/**
 * The proxies of a bean, of which one guards it: the innermost, because an invocation of
 * a proxy inside would know nothing of the guard.
 */
final class GuardedProxies {

	private static final String LAZY = "org.springframework.context.annotation.ContextAnnotationAutowireCandidateResolver$";

	private final RequiresPermissionAdvisor guard;

	private final List<Advised> proxies;

	GuardedProxies(RequiresPermissionAdvisor guard, Object bean) {
		this.guard = guard;
		this.proxies = proxies(bean);
	}

	/**
	 * Return the proxies of a bean, the outermost first.
	 */
	static List<Advised> proxies(@Nullable Object bean) {
		List<Advised> proxies = new ArrayList<>();
		Object proxy = bean;
		while (proxy instanceof Advised advised) {
			proxies.add(advised);
			proxy = AopProxyUtils.getSingletonTarget(advised);
		}
		return proxies;
	}

	/**
	 * Return what stands behind all proxies of a bean, now if it can be swapped.
	 */
	static @Nullable Object target(Object bean) {
		Object target = bean;
		while (target instanceof Advised advised) {
			target = (advised.getTargetSource() instanceof HotSwappableTargetSource swappable) ? swappable.getTarget()
					: AopProxyUtils.getSingletonTarget(advised);
		}
		return target;
	}

	/**
	 * Return whether some guard sees the calls of a bean, such as that of the parent
	 * context that it comes from.
	 */
	static boolean guard(Object bean) {
		List<Advised> proxies = proxies(bean);
		return proxies.stream().anyMatch(GuardedProxies::isGuarding) || isMadeOnDemand(proxies);
	}

	/**
	 * Return whether a bean is an object, or its proxies lead to it.
	 */
	static boolean isAround(Object bean, Object object) {
		return target(bean) == object || proxies(bean).stream().anyMatch((proxy) -> proxy == object);
	}

	/**
	 * Return whether some guard can see the calls of a bean, once they enter through it.
	 */
	static boolean isAdvised(Object bean) {
		List<Advised> proxies = proxies(bean);
		return proxies.stream().anyMatch((proxy) -> isGuard(proxy.getAdvisors())) || isMadeOnDemand(proxies);
	}

	/**
	 * Return the proxy that guards the bean, by whichever guard, or {@code null} if none
	 * does.
	 */
	@Nullable Advised guarding() {
		return this.proxies.stream().filter(GuardedProxies::isGuarding).findFirst().orElse(null);
	}

	private static boolean isGuarding(Advised proxy) {
		return proxy.getAdvisorCount() > 1 && proxy.getAdvisors()[0].getAdvice() instanceof Entrance
				&& isGuard(proxy.getAdvisors());
	}

	private static boolean isGuard(Advisor... advisors) {
		return Arrays.stream(advisors).anyMatch(RequiresPermissionAdvisor.class::isInstance);
	}

	/**
	 * Whether the last proxy takes a bean of a container for each call, as that of a
	 * scope or of a lazy dependency: the bean has a guard of its own.
	 */
	private static boolean isMadeOnDemand(List<Advised> proxies) {
		if (proxies.isEmpty()) {
			return false;
		}
		TargetSource target = proxies.get(proxies.size() - 1).getTargetSource();
		return (target instanceof AbstractBeanFactoryBasedTargetSource made)
				? GuardedBeans.isWatching(made.getBeanFactory(), made.getTargetBeanName())
				: target.getClass().getName().startsWith(LAZY);
	}

	/**
	 * Lets calls of the guarded methods enter through the guard, if a proxy has it. One
	 * that has another guard, or whose target has one, needs no second one.
	 */
	void enter(BoundName name) {
		if (this.proxies.stream().noneMatch((proxy) -> isGuard(proxy.getAdvisors()))) {
			return;
		}
		Advised known = guarding();
		Advised own = (known != null || isMadeOnDemand(this.proxies)) ? known : own();
		for (Advised proxy : this.proxies) {
			keep((proxy == own) ? guardOf(proxy) : null, proxy);
		}
		if (own == null || (known == null && own.isFrozen())) {
			return;
		}
		if (known == null) {
			if (guardOf(own) == null) {
				// In front, since an advice inside may never go on to what stands behind
				// it.
				own.addAdvisor(0, this.guard);
			}
			remove(Entrance.class, own);
			own.addAdvisor(0, entrance(own, name));
		}
		if (!(own.getAdvisors()[own.getAdvisorCount() - 1].getAdvice() instanceof InheritedDefaults)) {
			remove(InheritedDefaults.class, own);
			own.addAdvisor(InheritedDefaults.advisor());
		}
	}

	private static void remove(Class<?> advice, Advised proxy) {
		Arrays.stream(proxy.getAdvisors())
			.filter((advisor) -> advice.isInstance(advisor.getAdvice()))
			.forEach(proxy::removeAdvisor);
	}

	private static @Nullable Advisor guardOf(Advised proxy) {
		return Arrays.stream(proxy.getAdvisors()).filter(GuardedProxies::isGuard).findFirst().orElse(null);
	}

	private static void keep(@Nullable Advisor guard, Advised proxy) {
		Arrays.stream(proxy.getAdvisors())
			.filter((advisor) -> isGuard(advisor) && advisor != guard)
			.forEach(proxy::removeAdvisor);
	}

	private Advisor entrance(Advised proxy, BoundName name) {
		return new DefaultPointcutAdvisor(this.guard.getPointcut(), new Entrance(proxy, name));
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
			if (isGuard(proxy.getAdvisors()) || (type != null && AopUtils.canApply(this.guard, type))) {
				return proxy;
			}
		}
		return this.proxies.get(0);
	}

}
