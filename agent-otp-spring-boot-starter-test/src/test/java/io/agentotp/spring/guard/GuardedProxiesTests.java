package io.agentotp.spring.guard;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.event.PermissionRequestedEvent;
import io.agentotp.spring.method.GuardReport;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.InitDestroyAnnotationBeanPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.InstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Whatever stands between the caller and the bean: scopes, proxies around proxies,
 * guarded methods that call others, many callers at once.
 */
class GuardedProxiesTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@ParameterizedTest
	@ValueSource(strings = { "prototype", "scoped", "scopedInterface", "lazy", "user" })
	void callWhenTheBeanIsMadeLaterThenGuarded(String name) {
		this.service.deny("pay", "No");
		this.guarded.runner()
			.withInitializer((context) -> context.getBeanFactory().registerScope("thread", new SimpleThreadScope()))
			.withUserConfiguration(Scopes.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				Payment bean = context.getBean(name, Payment.class);
				assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(bean::pay);
				assertThat(RAN).isEmpty();
				this.service.approve("pay");
				bean.pay();
				assertThat(RAN).containsExactly("pay");
				assertThat(this.service.asked()).hasSize(2);
			});
	}

	@Test
	void callWhenTheProxyIsInsideAnotherThenGuardedOnce() {
		this.guarded.runner(Till.class, Wrapper.class).run((context) -> {
			assertThat(context).hasNotFailed();
			Payment bean = context.getBean(Payment.class);
			assertThat(AopUtils.isJdkDynamicProxy(bean)).isTrue();
			this.service.deny("pay", "No");
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(bean::pay);
			assertThat(RAN).containsExactly("wrapper");
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@Test
	void reportWhenAFactoryMakesTheBeanThenItsMethodsAreListed() {
		this.guarded.runner(OrdersFactory.class).run((context) -> {
			assertThat(context).hasNotFailed();
			this.service.deny("orders.delete", "No");
			assertThatExceptionOfType(PermissionDeniedException.class)
				.isThrownBy(() -> context.getBean(Orders.class).deleteAll());
			assertThat(RAN).isEmpty();
			GuardReport report = new GuardReport(context.getBeanFactory(),
					context.getBean(RequiresPermissionAdvisor.class), context.getBean(PermissionGuard.class));
			assertThat(report.methods()).singleElement().satisfies((method) -> {
				assertThat(method.action()).isEqualTo("orders.delete");
				assertThat(method.method()).endsWith("Orders.deleteAll()");
			});
		});
	}

	@Test
	void startWhenAProxyIsWithoutTheGuardThenFails() {
		ProxyFactory factory = new ProxyFactory(new Till());
		factory.addAdvice((MethodInterceptor) (invocation) -> invocation.proceed());
		this.guarded.runner()
			.withInitializer((context) -> context.getBeanFactory().registerSingleton("till", factory.getProxy()))
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(InvalidAnnotationException.class,
						(ex) -> assertThat(ex.problem()).contains("hides the class of what stands behind it")));
	}

	@ParameterizedTest
	@EnumSource
	void startWhenNoGuardCanStandBeforeTheMethodThenFails(Hidden hidden) {
		this.guarded.runner(hidden.application)
			.run((context) -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
				.isInstanceOf(InvalidAnnotationException.class)
				.hasMessageContaining(hidden.problem));
	}

	@ParameterizedTest
	@ValueSource(strings = { "singleton", "prototype", "thread" })
	void callWhenASyntheticFactoryMakesTheBeanThenGuarded(String scope) {
		this.service.deny("pay", "No");
		this.guarded.runner(SyntheticFactory.class)
			.withPropertyValues("scope=" + scope)
			.withInitializer((context) -> context.getBeanFactory().registerScope("thread", new SimpleThreadScope()))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				Payment payment = (Payment) context.getBean("payment");
				assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(payment::pay);
				assertThat(RAN).isEmpty();
			});
	}

	@ParameterizedTest
	@ValueSource(classes = { ConstructorCall.class, NestedProperty.class, UpperCaseProperty.class, OwnInit.class })
	void startWhenAGuardedMethodIsCalledWhileTheBeanIsMadeThenNothingRuns(Class<?> application) {
		this.guarded.runner(application)
			.run((context) -> assertThat(NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure()))
				.isInstanceOf(InvalidAnnotationException.class));
		assertThat(RAN).isEmpty();
	}

	@Test
	void callWhenTheBeanIsAnOpaqueProxyWithoutATargetThenGuarded() {
		this.service.deny("orders.delete", "No");
		this.guarded.runner(OpaqueOrders.class).run((context) -> {
			Orders orders = context.getBean(Orders.class);
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(orders::deleteAll);
			assertThat(RAN).isEmpty();
		});
	}

	@Test
	void callWhenAListenerOfItsEventMakesAnotherThenItEnds() {
		this.guarded.runner(Till.class, Counter.class, Listener.class).run((context) -> {
			context.getBean(Payment.class).pay();
			assertThat(this.service.asked()).extracting(AskedPermission::action).containsExactly("count", "pay");
			assertThat(RAN).hasSize(2).last().isEqualTo("pay");
		});
	}

	@Test
	void callWhenAGuardedMethodCallsAnotherThenEachHasItsOwnPermission() {
		this.guarded.runner(Till.class, Shop.class).run((context) -> {
			context.getBean(Shop.class).sell();
			List<AskedPermission> asked = this.service.asked();
			assertThat(asked).extracting(AskedPermission::action).containsExactly("sell", "pay");
			assertThat(RAN).containsExactly("sell " + asked.get(0).id(), "pay", "sell " + asked.get(0).id());
			assertThat(PermissionContext.find()).isEmpty();
		});
	}

	@Test
	void callWhenTheInnerMethodIsDeniedThenTheOuterPermissionIsCurrentAgain() {
		this.service.deny("pay", "No");
		this.guarded.runner(Till.class, Shop.class).run((context) -> {
			context.getBean(Shop.class).sellAnyway();
			AskedPermission sold = this.service.asked().get(0);
			assertThat(RAN).containsExactly("denied " + sold.id());
			assertThat(this.service.asked()).extracting(AskedPermission::action).containsExactly("sell", "pay");
		});
	}

	@Test
	void callWhenManyCallAtOnceThenEachRunsUnderItsOwnPermission() throws Exception {
		this.service.deny((asked) -> asked.resource().endsWith("7"), "No");
		this.guarded.runner(Counter.class).run((context) -> {
			Counter counter = context.getBean(Counter.class);
			List<Thread> callers = IntStream.range(0, 40).mapToObj((number) -> Guarded.start(() -> {
				try {
					counter.count(number);
				}
				catch (PermissionDeniedException ex) {
					RAN.add("denied " + number);
				}
			})).toList();
			for (Thread caller : callers) {
				caller.join();
			}
			List<AskedPermission> asked = this.service.asked();
			assertThat(asked).hasSize(40);
			assertThat(RAN).containsExactlyInAnyOrderElementsOf(asked.stream()
				.map((permission) -> permission.resource().endsWith("7") ? "denied " + permission.resource()
						: permission.resource() + " " + permission.id())
				.toList());
		});
	}

	enum Hidden {

		REPLACED(Replaced.class, "instead of its bean"), OPAQUE(OpaqueTwice.class, "so is the one inside"),
		OPAQUE_THRICE(OpaqueThrice.class, "so is the one inside"), FROZEN(Frozen.class, "frozen"),
		FROZEN_AROUND_OPAQUE(FrozenAroundOpaque.class, "proxy is"),
		POST_PROCESSOR(GuardedPostProcessor.class, "the container calls it");

		private final Class<?> application;

		private final String problem;

		Hidden(Class<?> application, String problem) {
			this.application = application;
			this.problem = problem;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Till.class)
	static class Replaced implements InstantiationAwareBeanPostProcessor {

		@Override
		public @Nullable Object postProcessBeforeInstantiation(Class<?> type, String name) {
			return (type == Till.class) ? (Payment) new Till()::pay : null;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OpaqueTwice {

		@Bean
		Payment payment() {
			return (Payment) opaque(opaque(new Till()));
		}

		private static Object opaque(Object target) {
			ProxyFactory factory = new ProxyFactory(target);
			factory.setOpaque(true);
			return factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OpaqueThrice {

		@Bean
		Object payment() {
			return OpaqueTwice.opaque(new OpaqueTwice().payment());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OpaqueOrders {

		@Bean
		Object orders() {
			ProxyFactory factory = new ProxyFactory(Orders.class, (MethodInterceptor) (invocation) -> {
				RAN.add("delete");
				return null;
			});
			factory.setOpaque(true);
			return factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SyntheticFactory {

		@Bean
		static BeanDefinitionRegistryPostProcessor registrar(Environment environment) {
			return (registry) -> {
				RootBeanDefinition definition = new RootBeanDefinition(PaymentFactory.class);
				definition.setSynthetic(true);
				definition.setScope(environment.getProperty("scope"));
				registry.registerBeanDefinition("payment", definition);
			};
		}

	}

	static class PaymentFactory implements FactoryBean<Payment> {

		@Override
		public Payment getObject() {
			return new Till();
		}

		@Override
		public @Nullable Class<?> getObjectType() {
			return null;
		}

	}

	public static class ConstructorCall {

		ConstructorCall() {
			send();
		}

		@RequiresPermission(action = "pay")
		public void send() {
			RAN.add("send");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NestedProperty {

		@Bean
		static BeanDefinitionRegistryPostProcessor registrar() {
			return registering("account.name");
		}

		private static BeanDefinitionRegistryPostProcessor registering(String property) {
			return (registry) -> {
				RootBeanDefinition definition = new RootBeanDefinition(Properties.class);
				definition.getPropertyValues().add(property, "x");
				registry.registerBeanDefinition("properties", definition);
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UpperCaseProperty {

		@Bean
		static BeanDefinitionRegistryPostProcessor registrar() {
			return NestedProperty.registering("uRL");
		}

	}

	public static class Properties {

		@RequiresPermission(action = "pay")
		public Account getAccount() {
			RAN.add("account");
			return new Account();
		}

		@RequiresPermission(action = "pay")
		public void setURL(String url) {
			RAN.add("url");
		}

	}

	public static class Account {

		public void setName(String name) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnInit {

		@Bean
		static InitDestroyAnnotationBeanPostProcessor initializing() {
			InitDestroyAnnotationBeanPostProcessor processor = new InitDestroyAnnotationBeanPostProcessor();
			processor.setInitAnnotationType(OnStart.class);
			return processor;
		}

		@Bean
		Initialized initialized() {
			return new Initialized();
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@interface OnStart {

	}

	public static class Initialized {

		@OnStart
		@RequiresPermission(action = "pay")
		public void begin() {
			RAN.add("begin");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FrozenAroundOpaque {

		@Bean
		Object orders() {
			ProxyFactory factory = new ProxyFactory(new OpaqueOrders().orders());
			factory.setFrozen(true);
			return factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Frozen {

		@Bean
		Payment payment() {
			ProxyFactory factory = new ProxyFactory(new Till());
			factory.setFrozen(true);
			return (Payment) factory.getProxy();
		}

	}

	static class GuardedPostProcessor implements BeanPostProcessor {

		@Override
		@RequiresPermission(action = "process")
		public Object postProcessAfterInitialization(Object bean, String name) {
			return bean;
		}

	}

	record Listener(Counter counter) {

		@EventListener(PermissionRequestedEvent.class)
		void onRequested() {
			this.counter.count(1);
		}

	}

	public interface Orders {

		@RequiresPermission(action = "orders.delete")
		void deleteAll();

	}

	/** As that of a repository: a proxy whose target does not know the interface. */
	static class OrdersFactory implements FactoryBean<Orders> {

		@Override
		public Orders getObject() {
			ProxyFactory factory = new ProxyFactory(new Object());
			factory.setInterfaces(Orders.class);
			factory.addAdvice((MethodInterceptor) (invocation) -> {
				RAN.add(invocation.getMethod().getName());
				return null;
			});
			return (Orders) factory.getProxy();
		}

		@Override
		public Class<?> getObjectType() {
			return Orders.class;
		}

	}

	public interface Payment {

		void pay();

	}

	public static class Till implements Payment {

		@Override
		@RequiresPermission(action = "pay")
		public void pay() {
			RAN.add("pay");
		}

	}

	static class User implements Payment {

		private final Payment payment;

		User(Payment payment) {
			this.payment = payment;
		}

		@Override
		public void pay() {
			this.payment.pay();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Scopes {

		@Bean
		@Scope("prototype")
		Till prototype() {
			return new Till();
		}

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Till scoped() {
			return new Till();
		}

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.INTERFACES)
		Till scopedInterface() {
			return new Till();
		}

		@Bean
		@Lazy
		Till lazy() {
			return new Till();
		}

		@Bean
		User user(@Lazy @org.springframework.beans.factory.annotation.Qualifier("lazy") Payment lazy) {
			return new User(lazy);
		}

	}

	/** Puts a proxy of its own around what is proxied already. */
	static class Wrapper implements BeanPostProcessor, Ordered {

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			if (!(bean instanceof Payment)) {
				return bean;
			}
			ProxyFactory factory = new ProxyFactory();
			factory.setTarget(bean);
			factory.setInterfaces(Payment.class);
			factory.setOpaque(false);
			factory.addAdvice((MethodInterceptor) (invocation) -> {
				RAN.add("wrapper");
				return invocation.proceed();
			});
			return factory.getProxy();
		}

		@Override
		public int getOrder() {
			return Ordered.LOWEST_PRECEDENCE;
		}

	}

	public static class Shop {

		private final Payment payment;

		Shop(Payment payment) {
			this.payment = payment;
		}

		@RequiresPermission(action = "sell")
		public void sell() {
			RAN.add("sell " + PermissionContext.current().id());
			this.payment.pay();
			RAN.add("sell " + PermissionContext.current().id());
		}

		@RequiresPermission(action = "sell")
		public void sellAnyway() {
			try {
				this.payment.pay();
			}
			catch (PermissionDeniedException ex) {
				RAN.add("denied " + PermissionContext.current().id());
			}
		}

	}

	public static class Counter {

		@RequiresPermission(action = "count", resource = "#{#number}")
		public void count(int number) {
			RAN.add(number + " " + PermissionContext.current().id());
		}

	}

}
