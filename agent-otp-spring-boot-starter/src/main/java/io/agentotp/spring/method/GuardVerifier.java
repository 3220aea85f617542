package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.method.BoundNames.BoundName;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.aopalliance.aop.Advice;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.IntroductionAdvisor;
import org.springframework.aop.SpringProxy;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.core.BridgeMethodResolver;
import org.springframework.core.DecoratingProxy;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Stops the start of the application if a method has the annotation but no proxy would
 * guard it: Spring itself would run it unguarded without a word.
 */
public final class GuardVerifier implements SmartInitializingSingleton, ApplicationListener<ContextRefreshedEvent> {

	private final ConfigurableListableBeanFactory beanFactory;

	private final RequiresPermissionAdvisor advisor;

	private final TestDoubles testDoubles;

	private final BoundNames names;

	private final InnerAdvice innerAdvice;

	private final Set<Class<?>> warned = ConcurrentHashMap.newKeySet();

	/**
	 * Creates a verifier.
	 * @param beanFactory the beans to look at
	 * @param advisor the advisor that must be on each guarded bean
	 */
	public GuardVerifier(ConfigurableListableBeanFactory beanFactory, RequiresPermissionAdvisor advisor) {
		this.beanFactory = beanFactory;
		this.advisor = advisor;
		this.innerAdvice = new InnerAdvice(beanFactory);
		this.names = new BoundNames(beanFactory);
		this.testDoubles = TestDoubles.load(beanFactory.getBeanClassLoader());
	}

	@Override
	public void afterSingletonsInstantiated() {
		BeanTypes.forEach(this.beanFactory, (name, type, bean) -> {
			begin(type, name);
			if (bean != null) {
				this.advisor.enter(bean, boundName(bean, name, type));
			}
			verify(type, bean);
		});
		for (String name : this.beanFactory.getBeanDefinitionNames()) {
			Class<?> factory = this.beanFactory.isFactoryBean(name)
					? this.beanFactory.getType(BeanFactory.FACTORY_BEAN_PREFIX + name, false) : null;
			if (factory != null) {
				begin(ClassUtils.getUserClass(factory), name);
			}
		}
	}

	/**
	 * Makes sure that a bean that the container is about to fill can be guarded.
	 * @throws InvalidAnnotationException if it has guarded methods and cannot
	 */
	void begin(Class<?> type, String beanName) {
		begin(type,
				this.beanFactory.containsBeanDefinition(beanName)
						&& this.beanFactory.getMergedBeanDefinition(beanName) instanceof RootBeanDefinition merged
								? merged : null);
	}

	/**
	 * Makes sure that a bean that the container is about to fill can be guarded.
	 * @throws InvalidAnnotationException if it has guarded methods and cannot
	 */
	void begin(Class<?> type, @Nullable RootBeanDefinition definition) {
		List<Method> guarded = this.advisor.methods(type);
		if (guarded.isEmpty()) {
			return;
		}
		this.advisor.verify(type);
		this.advisor.verify(type, new ContainerCalls(type, definition));
		if (definition != null && definition.isSynthetic()) {
			throw new InvalidAnnotationException(RequiresPermission.class, guarded.get(0),
					"the definition of its bean is synthetic, so that Spring makes no proxy for it",
					"Do not call setSynthetic(true) on the definition.");
		}
	}

	/**
	 * Makes the proxy of a bean a guarded one, whatever is put around it later.
	 * @param made the object that the container has made
	 * @param bean what has come out of the auto-proxy creator
	 * @param beanName the name of the bean
	 * @throws InvalidAnnotationException if the object has guarded methods and no guard
	 */
	void proxied(Object made, Object bean, String beanName) {
		Class<?> type = BeanTypes.of(made);
		List<Method> guarded = (made instanceof FactoryBean) ? List.of() : this.advisor.methods(type);
		if (guarded.isEmpty() || this.testDoubles.contain(bean)) {
			return;
		}
		if (!GuardedProxies.isAround(bean, made) && !type.isAssignableFrom(BeanTypes.of(bean))) {
			throw new InvalidAnnotationException(RequiresPermission.class, guarded.get(0),
					"a bean post-processor has put a " + BeanTypes.of(bean).getName()
							+ " around its bean before that was proxied, so that the method would run unguarded",
					"Put it around the proxy: in postProcessAfterInitialization of a bean post-processor without an order.");
		}
		if (!GuardedProxies.isAdvised(bean)) {
			throw unguarded(guarded.get(0), bean);
		}
		this.advisor.enter(bean, boundName(bean, beanName, type));
	}

	/**
	 * Makes a bean a guarded one.
	 * @param made whether the container has made it, and not a post-processor instead
	 * @throws InvalidAnnotationException if it has guarded methods and cannot be guarded
	 */
	void finish(Object bean, String beanName, boolean made) {
		Class<?> type = BeanTypes.of(bean);
		if (!made) {
			verifyReplacement(type, bean, beanName);
		}
		this.advisor.enter(bean, boundName(bean, beanName, type));
		verify(type, bean);
		Advised proxy = this.advisor.guarding(bean);
		if (proxy != null && proxy.indexOf(this.advisor) >= 0 && this.warned.add(type)) {
			this.innerAdvice.warn(proxy, this.advisor, this.advisor.methods(type), type);
		}
	}

	/** A post-processor may answer instead of the container, which then makes no bean. */
	private void verifyReplacement(Class<?> type, Object bean, String beanName) {
		Class<?> declared = this.beanFactory.containsBeanDefinition(beanName)
				&& this.beanFactory.getMergedBeanDefinition(beanName) instanceof RootBeanDefinition definition
						? definition.getTargetType() : null;
		if (declared == null || declared.isAssignableFrom(type) || FactoryBean.class.isAssignableFrom(declared)
				|| GuardedProxies.guard(bean) || this.testDoubles.contain(bean)) {
			return;
		}
		this.advisor.methods(ClassUtils.getUserClass(declared)).stream().findFirst().ifPresent((method) -> {
			throw new InvalidAnnotationException(RequiresPermission.class, method,
					"a bean post-processor has made a " + type.getName()
							+ " instead of its bean, behind which the method would run unguarded",
					"Let the container make the bean, and put what stands around it there in postProcessAfterInitialization "
							+ "of a bean post-processor without an order.");
		});
	}

	private BoundName boundName(Object bean, String beanName, Class<?> type) {
		List<Method> guarded = this.advisor.methods(type);
		boolean isNamed = guarded.isEmpty() || this.advisor.guarding(bean) != null;
		return isNamed ? new BoundName(beanName, true) : this.names.of(beanName, type, guarded.get(0));
	}

	/** What a child context makes is guarded there, or not at all. */
	@Override
	public void onApplicationEvent(ContextRefreshedEvent event) {
		if (event.getApplicationContext()
			.getAutowireCapableBeanFactory() instanceof ConfigurableListableBeanFactory refreshed
				&& refreshed != this.beanFactory) {
			GuardedBeans.watch(refreshed);
			new MissingGuardVerifier(refreshed).afterSingletonsInstantiated();
		}
	}

	private void verify(Class<?> type, @Nullable Object bean) {
		this.advisor.verify(type);
		GuardedProxies.proxies(bean).forEach(this::verifyIntroductions);
		Object instance = isToBeProxied(type, bean) ? bean : null;
		if (instance != null && GuardedProxies.target(instance) instanceof DecoratingProxy opaque
				&& Proxy.isProxyClass(opaque.getDecoratedClass())
				&& SpringProxy.class.isAssignableFrom(opaque.getDecoratedClass())) {
			throw new InvalidAnnotationException(
					"A bean with the interfaces "
							+ Arrays.stream(AopProxyUtils.proxiedUserInterfaces(instance)).map(Class::getName).toList(),
					"its proxy is opaque, and so is the one inside, so that nothing shows which methods it has",
					"Call setOpaque(false) where the proxies are made.", null);
		}
		List<Method> guarded = this.advisor.methods(type);
		if (!guarded.isEmpty()) {
			new OtherAnnotations(guarded, instance != null && AopUtils.isJdkDynamicProxy(instance)).verify(type);
		}
		guarded.forEach((method) -> {
			this.advisor.find(method, type);
			if (instance != null && !GuardedProxies.guard(instance)) {
				throw unguarded(method, instance);
			}
			if (instance != null && AopUtils.isJdkDynamicProxy(instance) && !isCallableOn(instance, method, type)) {
				throw new InvalidAnnotationException(RequiresPermission.class, method,
						"the bean's proxy does not offer the method",
						"Add the method to an interface of the bean, or set spring.aop.proxy-target-class=true"
								+ (Modifier.isFinal(type.getModifiers())
										? " and make the class extensible: it is final." : "."));
			}
			if (instance != null && AopUtils.isJdkDynamicProxy(instance) && GuardedShape.isToolOfItsClass(method)) {
				throw new InvalidAnnotationException(RequiresPermission.class, method,
						"it is an AI tool that is called as the method of its class, which the bean's interface proxy is not",
						"Set spring.aop.proxy-target-class=true.");
			}
		});
	}

	private static InvalidAnnotationException unguarded(Method method, Object bean) {
		if (GuardedProxies.target(bean) instanceof SpringProxy) {
			return new InvalidAnnotationException(RequiresPermission.class, method,
					"the bean's proxy is opaque, so that nothing shows whether the method is guarded",
					"Call setOpaque(false) where the proxy is made, and make what stands behind it a bean of its own.");
		}
		if (GuardedProxies.proxies(bean).stream().anyMatch(Advised::isFrozen)) {
			return new InvalidAnnotationException(RequiresPermission.class, method,
					"the bean's proxy is frozen, so that it takes no guard",
					"Call setFrozen(false) where the proxy is made.");
		}
		if (bean instanceof Advised) {
			return new InvalidAnnotationException(RequiresPermission.class, method,
					"the bean's proxy hides the class of what stands behind it, so that no guard is put before the method",
					"Make what stands behind it a bean of its own, or call setProxyTargetClass(true) where the proxy is made.");
		}
		return new InvalidAnnotationException(RequiresPermission.class, method,
				"the bean is not proxied, so the method would run unguarded",
				"Let Spring create and proxy the bean: it must not be registered ready-made or created before the "
						+ "bean post-processors, and another auto-proxy creator must take up advisors of the "
						+ "infrastructure role. A context that you create yourself imports AgentOtpMethodAutoConfiguration.");
	}

	/** Its calls end in the advice that introduces the interface, beside the guard. */
	private void verifyIntroductions(Advised proxy) {
		Arrays.stream(proxy.getAdvisors())
			.filter(IntroductionAdvisor.class::isInstance)
			.flatMap((advisor) -> Stream.concat(Arrays.stream(((IntroductionAdvisor) advisor).getInterfaces()),
					implementations(advisor.getAdvice())))
			.flatMap((type) -> this.advisor.methods(type).stream())
			.findFirst()
			.ifPresent((method) -> {
				throw new InvalidAnnotationException(RequiresPermission.class, method,
						"an introduction, such as @DeclareParents, adds its interface to the bean, which no guard sees",
						"Let a class implement the interface, or put the annotation on a bean that the introduced methods call.");
			});
	}

	/** The advice itself, or what it keeps in a field. */
	private static Stream<Class<?>> implementations(Advice advice) {
		List<Class<?>> found = new ArrayList<>(List.of(advice.getClass()));
		ReflectionUtils.doWithFields(advice.getClass(), (field) -> {
			Object value = field.trySetAccessible() ? field.get(advice) : field.getType();
			if (value != null && !GuardedProxies.guard(value)) {
				found.add((value instanceof Class<?> type) ? type : BeanTypes.of(value));
			}
		}, (field) -> !Modifier.isStatic(field.getModifiers()));
		return found.stream();
	}

	/**
	 * Whether the bean itself has to be proxied. What a factory makes is proxied when it
	 * is made, which the factory itself is not.
	 */
	private boolean isToBeProxied(Class<?> type, @Nullable Object bean) {
		return bean != null && !(bean instanceof FactoryBean<?> && !type.isInstance(bean))
				&& !this.testDoubles.contain(bean);
	}

	/** That of a generic interface is called by its bridge. */
	private static boolean isCallableOn(Object proxy, Method method, Class<?> type) {
		return Stream
			.concat(Stream.of(method), Arrays.stream(ReflectionUtils.getAllDeclaredMethods(type))
				.filter((bridge) -> bridge.isBridge() && BridgeMethodResolver.findBridgedMethod(bridge).equals(method)))
			.anyMatch((called) -> ClassUtils.hasMethod(proxy.getClass(), called.getName(), called.getParameterTypes()));
	}

}
