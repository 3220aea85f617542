package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.TargetSource;
import org.springframework.aop.framework.ProxyFactoryBean;
import org.springframework.aop.framework.autoproxy.AbstractAutoProxyCreator;
import org.springframework.aop.framework.autoproxy.TargetSourceCreator;
import org.springframework.aop.framework.autoproxy.target.LazyInitTargetSourceCreator;
import org.springframework.aop.framework.autoproxy.target.AbstractBeanFactoryBasedTargetSourceCreator;
import org.springframework.aop.target.AbstractBeanFactoryBasedTargetSource;
import org.springframework.aop.target.HotSwappableTargetSource;
import org.springframework.aop.target.LazyInitTargetSource;
import org.springframework.aop.target.PrototypeTargetSource;
import org.springframework.aop.target.SingletonTargetSource;
import org.springframework.aop.target.ThreadLocalTargetSource;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Proxies that take their target from somewhere else, for each call.
 */
class TargetSourceTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@ParameterizedTest
	@ValueSource(strings = { "swappable", "singleton", "prototype", "threadLocal", "lazyInit" })
	void callWhenTheTargetSourceIsABeanThenGuarded(String name) {
		this.guarded.runner(Sources.class).run((context) -> {
			assertThat(context).hasNotFailed();
			requireGuarded(context.getBean(name, Payment.class));
		});
	}

	@Test
	void callWhenTheTargetIsSwappedThenGuarded() throws Exception {
		this.guarded.runner(Sources.class).run((context) -> {
			context.getBean(HotSwappableTargetSource.class).swap(new OtherTill());
			Payment payment = context.getBean("swappable", Payment.class);
			this.service.deny("pay", "No");
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(payment::pay);
			assertThat(RAN).isEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { LazyInitTargetSourceCreator.class, Prototypes.class })
	void callWhenTheAutoProxyCreatorMakesTheTargetSourceThenGuarded(Class<? extends TargetSourceCreator> creator) {
		this.guarded.runner(Creators.class)
			.withBean(TargetSourceCreator.class, () -> BeanUtils.instantiateClass(creator))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				requireGuarded(context.getBean(Payment.class));
			});
	}

	@Test
	void beanWhenTheProxyHidesAGuardedTargetThenNotMade() {
		this.guarded.runner(HiddenTarget.class)
			.run((context) -> assertThatException().isThrownBy(() -> context.getBean("payment"))
				.havingRootCause()
				.isInstanceOf(InvalidAnnotationException.class)
				.withMessageContaining("hides the class of what stands behind it"));
	}

	private void requireGuarded(Payment payment) {
		this.service.deny("pay", "No");
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(payment::pay);
		assertThat(RAN).isEmpty();
		this.service.approve("pay");
		payment.pay();
		assertThat(RAN).containsExactly("pay");
		assertThat(this.service.asked()).hasSize(2);
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

	public static class OtherTill extends Till {

	}

	@Configuration(proxyBeanMethods = false)
	static class Sources {

		@Bean
		HotSwappableTargetSource swapper() {
			return new HotSwappableTargetSource(new Till());
		}

		@Bean
		ProxyFactoryBean swappable(HotSwappableTargetSource swapper) {
			return proxy(swapper);
		}

		@Bean
		SingletonTargetSource one() {
			return new SingletonTargetSource(new Till());
		}

		@Bean
		ProxyFactoryBean singleton(SingletonTargetSource one) {
			return proxy(one);
		}

		@Bean
		@Scope("prototype")
		Till till() {
			return new Till();
		}

		@Bean
		PrototypeTargetSource each() {
			return named(new PrototypeTargetSource(), "till");
		}

		@Bean
		ProxyFactoryBean prototype(PrototypeTargetSource each) {
			return proxy(each);
		}

		@Bean
		ThreadLocalTargetSource perThread() {
			return named(new ThreadLocalTargetSource(), "till");
		}

		@Bean
		ProxyFactoryBean threadLocal(ThreadLocalTargetSource perThread) {
			return proxy(perThread);
		}

		@Bean
		@Lazy
		Till lazy() {
			return new Till();
		}

		@Bean
		LazyInitTargetSource later() {
			return named(new LazyInitTargetSource(), "lazy");
		}

		@Bean
		ProxyFactoryBean lazyInit(LazyInitTargetSource later) {
			return proxy(later);
		}

		private static <T extends AbstractBeanFactoryBasedTargetSource> T named(T source, String target) {
			source.setTargetBeanName(target);
			return source;
		}

		private static ProxyFactoryBean proxy(TargetSource source) {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTargetSource(source);
			// Where the target is no bean, the proxy's class must show what it does.
			factory.setProxyTargetClass(!(source instanceof AbstractBeanFactoryBasedTargetSource));
			return factory;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class HiddenTarget {

		@Bean
		ProxyFactoryBean payment() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTarget(new Till());
			return factory;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Creators {

		@Bean
		static BeanFactoryPostProcessor creators() {
			return (beanFactory) -> beanFactory.addBeanPostProcessor(new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					if (bean instanceof AbstractAutoProxyCreator creator) {
						creator.setCustomTargetSourceCreators(beanFactory.getBean(TargetSourceCreator.class));
					}
					return bean;
				}

			});
		}

		@Bean
		@Lazy
		Till payment() {
			return new Till();
		}

	}

	static class Prototypes extends AbstractBeanFactoryBasedTargetSourceCreator {

		@Override
		protected AbstractBeanFactoryBasedTargetSource createBeanFactoryBasedTargetSource(Class<?> type, String name) {
			return type == Till.class ? new PrototypeTargetSource() : null;
		}

		@Override
		protected boolean isPrototypeBased() {
			return true;
		}

	}

}
