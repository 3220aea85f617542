package io.agentotp.spring.method;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.framework.autoproxy.AbstractAutoProxyCreator;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.util.ClassUtils;

/**
 * Looks at each bean as the last of all post-processors, also at those that are made
 * before the others are there, or later: a bean with guarded methods leaves the container
 * guarded, or not at all. A target that an auto-proxy creator makes in a container of its
 * own has its guard before it, so that this one does not look there.
 */
public final class GuardedBeans
		implements SmartInstantiationAwareBeanPostProcessor, MergedBeanDefinitionPostProcessor, AopInfrastructureBean {

	private final DefaultListableBeanFactory beanFactory;

	private final MissingGuardVerifier missing;

	private final BeanPostProcessor behindProxies = new BeanPostProcessor() {

		@Override
		public Object postProcessAfterInitialization(Object bean, String beanName) {
			return proxied(bean, beanName);
		}

	};

	/** The objects themselves, as the container has made them. */
	private final Map<String, WeakReference<Object>> made = new ConcurrentHashMap<>();

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

	@Override
	public @Nullable Object postProcessBeforeInstantiation(Class<?> type, String beanName) {
		stayLast();
		// A constructor may call what is guarded, too.
		GuardVerifier known = RequiresPermissionAdvisor.class.isAssignableFrom(type) ? null : verifier();
		if (known != null && this.beanFactory.containsBeanDefinition(beanName)) {
			known.begin(ClassUtils.getUserClass(type), beanName);
		}
		return null;
	}

	private void stayLast() {
		List<BeanPostProcessor> all = this.beanFactory.getBeanPostProcessors();
		if (all.get(all.size() - 1) != this) {
			// One that was added meanwhile would look at the bean after this one.
			this.beanFactory.addBeanPostProcessor(this);
		}
		int behind = all.size();
		while (behind > 0 && !(all.get(behind - 1) instanceof AbstractAutoProxyCreator)) {
			behind--;
		}
		if (behind > 0 && all.get(behind) != this.behindProxies) {
			all.add(behind, this.behindProxies);
			if (all.indexOf(this.behindProxies) < behind) {
				all.remove(this.behindProxies);
			}
		}
	}

	/** What else the container knows of a bean, the guard finds by its name. */
	@Override
	public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String beanName) {
		if (definition.isSynthetic() && FactoryBean.class.isAssignableFrom(type)
				&& this.beanFactory.containsBeanDefinition(beanName)) {
			showProducts(definition, type, beanName);
		}
		if (definition.isSynthetic() || !this.beanFactory.containsBeanDefinition(beanName)) {
			GuardVerifier known = RequiresPermissionAdvisor.class.isAssignableFrom(type) ? null : verifier();
			if (known != null) {
				known.begin(ClassUtils.getUserClass(type), definition);
			}
		}
	}

	/**
	 * No post-processor sees what a factory makes whose definition is synthetic. Those of
	 * frameworks say what that is.
	 */
	private void showProducts(RootBeanDefinition definition, Class<?> factory, String beanName) {
		Class<?> product = this.beanFactory.getType(beanName, false);
		if (product == null || product == Object.class || !factory.getName().startsWith("org.springframework.")) {
			definition.setSynthetic(false);
			if (this.beanFactory.getBeanDefinition(beanName) instanceof AbstractBeanDefinition original) {
				original.setSynthetic(false);
			}
		}
	}

	@Override
	public boolean postProcessAfterInstantiation(Object bean, String beanName) {
		if (!isOwn(bean, beanName)) {
			return true;
		}
		GuardVerifier known = verifier();
		if (known == null) {
			this.missing.verify(bean);
			return true;
		}
		known.begin(BeanTypes.of(bean), beanName);
		this.made.put(beanName, new WeakReference<>(bean));
		keepClass(bean, beanName);
		return true;
	}

	/**
	 * What looks at a bean from here on gets the proxy, also one that another bean has
	 * got already: the container would show the bean itself.
	 */
	private Object proxied(Object bean, String beanName) {
		Object known = this.early.get(beanName);
		if (known != null && bean == GuardedProxies.target(known) && GuardedProxies.guard(known)) {
			return known;
		}
		WeakReference<Object> reference = this.made.get(beanName);
		Object object = (reference != null) ? reference.get() : null;
		GuardVerifier verifier = this.verifier;
		if (object != null && verifier != null) {
			verifier.proxied(object, bean, beanName);
		}
		return bean;
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
		Object target = (known != null) ? GuardedProxies.target(known) : null;
		if (known == null || bean != target) {
			finish(bean, beanName);
		}
		// The container takes the early one instead of the bean itself.
		return (target != null && bean == known) ? target : bean;
	}

	private void finish(Object bean, String beanName) {
		if (!isOwn(bean, beanName)) {
			return;
		}
		GuardVerifier known = verifier();
		if (known != null) {
			known.finish(bean, beanName, this.made.containsKey(beanName));
		}
		else {
			this.missing.verify(bean);
		}
	}

	/** A test, for example, is filled by the container, but no bean of it. */
	private boolean isOwn(Object bean, String beanName) {
		return !(bean instanceof RequiresPermissionAdvisor)
				&& (!beanName.endsWith(AutowireCapableBeanFactory.ORIGINAL_INSTANCE_SUFFIX)
						|| this.beanFactory.containsBeanDefinition(beanName));
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
