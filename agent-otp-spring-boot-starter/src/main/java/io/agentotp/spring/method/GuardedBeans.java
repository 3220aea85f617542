package io.agentotp.spring.method;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

/**
 * Looks at each bean as the last of all post-processors, also at those that are made
 * before the others are there, or later: a bean with guarded methods leaves the container
 * guarded, or not at all.
 */
public final class GuardedBeans implements SmartInstantiationAwareBeanPostProcessor {

	private final DefaultListableBeanFactory beanFactory;

	private final MissingGuardVerifier missing;

	private final Map<String, Object> early = new ConcurrentHashMap<>();

	private volatile @Nullable GuardVerifier verifier;

	private GuardedBeans(DefaultListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
		this.missing = new MissingGuardVerifier(beanFactory);
	}

	/**
	 * Looks at the beans of a container from now on.
	 * @param beanFactory the container
	 */
	public static void watch(BeanFactory beanFactory) {
		if (beanFactory instanceof DefaultListableBeanFactory container
				&& container.getBeanPostProcessors().stream().noneMatch(GuardedBeans.class::isInstance)) {
			container.addBeanPostProcessor(new GuardedBeans(container));
		}
	}

	/**
	 * Return whether a bean of a container is looked at when it is made.
	 */
	static boolean isWatching(BeanFactory beanFactory, String beanName) {
		return beanFactory instanceof DefaultListableBeanFactory container && container.containsBeanDefinition(beanName)
				&& container.getBeanPostProcessors().stream().anyMatch(GuardedBeans.class::isInstance);
	}

	/** One that was added meanwhile would look at the bean after this one. */
	@Override
	public @Nullable Object postProcessBeforeInstantiation(Class<?> type, String beanName) {
		List<BeanPostProcessor> all = this.beanFactory.getBeanPostProcessors();
		if (all.get(all.size() - 1) != this) {
			this.beanFactory.addBeanPostProcessor(this);
		}
		return null;
	}

	@Override
	public boolean postProcessAfterInstantiation(Object bean, String beanName) {
		GuardVerifier known = isOwn(bean, beanName) ? verifier() : null;
		if (known != null) {
			known.begin(BeanTypes.of(bean), beanName);
			keepClass(bean, beanName);
		}
		return true;
	}

	/** A bean of another context may get a proxy around its own here, too. */
	private void keepClass(Object bean, String beanName) {
		if (AopUtils.isCglibProxy(bean) && GuardedProxies.guard(bean)
				&& this.beanFactory.containsBeanDefinition(beanName)) {
			this.beanFactory.getBeanDefinition(beanName)
				.setAttribute(AutoProxyUtils.PRESERVE_TARGET_CLASS_ATTRIBUTE, true);
		}
	}

	@Override
	public Object getEarlyBeanReference(Object bean, String beanName) {
		this.early.put(beanName, bean);
		finish(bean, beanName);
		return bean;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		Object known = this.early.remove(beanName);
		// The container takes the early one instead of the bean itself.
		if (known == null || bean == known || bean != GuardedProxies.target(known)) {
			finish(bean, beanName);
		}
		return bean;
	}

	private void finish(Object bean, String beanName) {
		if (!isOwn(bean, beanName)) {
			return;
		}
		GuardVerifier known = verifier();
		if (known != null) {
			known.finish(bean, beanName);
		}
		else {
			this.missing.verify(bean);
		}
	}

	/** A test, for example, is filled by the container, but no bean of it. */
	private static boolean isOwn(Object bean, String beanName) {
		return !(bean instanceof RequiresPermissionAdvisor)
				&& !beanName.endsWith(AutowireCapableBeanFactory.ORIGINAL_INSTANCE_SUFFIX);
	}

	/** For an early bean the guard may not be known yet. */
	private @Nullable GuardVerifier verifier() {
		GuardVerifier known = this.verifier;
		if (known == null) {
			RequiresPermissionAdvisor advisor = MissingGuardVerifier.guard(this.beanFactory);
			if (advisor != null) {
				known = new GuardVerifier(this.beanFactory, advisor);
				this.verifier = known;
			}
		}
		return known;
	}

}
