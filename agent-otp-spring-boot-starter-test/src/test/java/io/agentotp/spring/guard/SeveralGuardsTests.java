package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.method.SelfInvocationPolicy;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.Ordered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A bean that more than one guard could guard: exactly one asks.
 */
class SeveralGuardsTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@ParameterizedTest
	@MethodSource
	void callWhenABeanOfTheParentIsExposedAgainThenAskedOnce(Class<?>[] child, String bean) {
		this.guarded.runner()
			.withInitializer((context) -> context.getBeanFactory().registerScope("thread", new SimpleThreadScope()))
			.withUserConfiguration(Scopes.class)
			.run((parent) -> {
				assertThat(parent).hasNotFailed();
				try (ConfigurableApplicationContext again = application(parent.getSourceApplicationContext(), child)) {
					assertAskedOnce(again.getBean(bean, Till.class));
				}
				assertAskedOnce(parent.getBean("till", Till.class));
			});
	}

	static Stream<Object[]> callWhenABeanOfTheParentIsExposedAgainThenAskedOnce() {
		return Stream
			.of(new Class<?>[] {}, new Class<?>[] { AgentOtpMethodAutoConfiguration.class },
					new Class<?>[] { Proxying.class })
			.flatMap(
					(guards) -> Stream.of("tillAgain", "scopedAgain", "lazyAgain", "made")
						.map((bean) -> new Object[] {
								Stream.concat(Stream.of(guards), Stream.of(Again.class)).toArray(Class<?>[]::new),
								bean }));
	}

	@ParameterizedTest
	@ValueSource(strings = { "alias", "byAdvisor", "byOtherAdvisor" })
	void callWhenProxiesOfOneContextHaveAGuardEachThenAskedOnce(String bean) {
		this.guarded.runner(Wrapper.class)
			.withUserConfiguration(Aliases.class)
			.run((context) -> assertAskedOnce(context.getBean(bean, Till.class)));
	}

	@Test
	void callWhenAChildMadeByHandProxiesItsBeansThenGuarded() {
		this.guarded.runner().run((parent) -> {
			try (ConfigurableApplicationContext child = byHand(parent, Proxying.class, Till.class)) {
				assertAskedOnce(child.getBean(Till.class));
			}
		});
	}

	@ParameterizedTest
	@MethodSource
	void startWhenABeanOfAChildMadeByHandIsCalledMeanwhileThenItNeverRunsOpen(Class<?> guard) {
		this.service.deny((asked) -> true, "No");
		this.guarded.runner().run((parent) -> {
			Throwable refusal = catchThrowable(
					() -> byHand(parent, guard, Till.class, CallsWhenItStarts.class).close());
			assertThat(refusal).as("what stops the start").isNotNull();
			assertThat(RAN).isEmpty();
		});
	}

	static Stream<Class<?>> startWhenABeanOfAChildMadeByHandIsCalledMeanwhileThenItNeverRunsOpen() {
		return Stream.of(Proxying.class, AgentOtpMethodAutoConfiguration.class);
	}

	private void assertAskedOnce(Till till) {
		RAN.clear();
		this.service.reset();
		this.service.deny((asked) -> true, "No");
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(till::pay);
		assertThat(RAN).isEmpty();
		this.service.approve((asked) -> true);
		till.pay();
		assertThat(RAN).containsExactly("pay");
		assertThat(this.service.asked()).hasSize(2).extracting(AskedPermission::outcome).last().isNotNull();
	}

	private static ConfigurableApplicationContext application(ApplicationContext parent, Class<?>... beans) {
		return new SpringApplicationBuilder(beans).parent((ConfigurableApplicationContext) parent)
			.web(WebApplicationType.NONE)
			.logStartupInfo(false)
			.run();
	}

	private static ConfigurableApplicationContext byHand(ApplicationContext parent, Class<?>... beans) {
		AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
		child.setParent(parent);
		child.register(beans);
		child.refresh();
		return child;
	}

	public static class Till {

		@RequiresPermission(action = "pay")
		public void pay() {
			RAN.add("pay");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Scopes {

		@Bean
		Till till() {
			return new Till();
		}

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Till scoped() {
			return new Till();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Again {

		@Bean
		Till tillAgain(@Qualifier("till") Till till) {
			return till;
		}

		@Bean
		Till scopedAgain(@Qualifier("scoped") Till scoped) {
			return scoped;
		}

		@Bean
		Till lazyAgain(@Lazy @Qualifier("till") Till till) {
			return till;
		}

		@Bean
		Object made(@Qualifier("till") Till till) {
			return till;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAspectJAutoProxy(proxyTargetClass = true)
	static class Proxying {

	}

	@Configuration(proxyBeanMethods = false)
	static class Aliases {

		@Bean
		Till till() {
			return new Till();
		}

		@Bean
		Till alias(@Lazy @Qualifier("till") Till till) {
			return till;
		}

		@Bean
		Till byAdvisor() {
			return new Till();
		}

		@Bean
		Till byOtherAdvisor() {
			return new Till();
		}

	}

	/** Puts a proxy with a guard around what is guarded already. */
	static class Wrapper implements BeanPostProcessor, Ordered {

		private final RequiresPermissionAdvisor guard;

		private final RequiresPermissionAdvisor other;

		Wrapper(RequiresPermissionAdvisor guard, PermissionGuard permissions, ConfigurableBeanFactory beanFactory) {
			this.guard = guard;
			this.other = new RequiresPermissionAdvisor(beanFactory, () -> permissions, SelfInvocationPolicy.FAIL);
		}

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			if (!name.startsWith("by")) {
				return bean;
			}
			ProxyFactory factory = new ProxyFactory(bean);
			factory.setProxyTargetClass(true);
			factory.addAdvisor(name.equals("byAdvisor") ? this.guard : this.other);
			return factory.getProxy();
		}

		@Override
		public int getOrder() {
			return LOWEST_PRECEDENCE;
		}

	}

	static class CallsWhenItStarts implements InitializingBean {

		private final Till till;

		CallsWhenItStarts(Till till) {
			this.till = till;
		}

		@Override
		public void afterPropertiesSet() {
			this.till.pay();
		}

	}

}
