package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.aopalliance.intercept.MethodInterceptor;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.DeclareParents;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.ProxyFactoryBean;
import org.springframework.aop.support.DefaultIntroductionAdvisor;
import org.springframework.aop.support.DelegatePerTargetObjectIntroductionInterceptor;
import org.springframework.aop.support.DelegatingIntroductionInterceptor;
import org.springframework.aop.target.HotSwappableTargetSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Annotated classes that a proxy hides: behind an introduction, or an opaque proxy.
 */
class UnseenImplementationTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	@BeforeEach
	void deny() {
		RAN.clear();
		this.guarded.service.deny("wipe", "No");
	}

	@ParameterizedTest
	@MethodSource
	void startWhenAnIntroductionHidesAnAnnotatedClassThenStops(Class<?> configuration) {
		this.guarded.runner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withUserConfiguration(configuration)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOfSatisfying(InvalidAnnotationException.class, (ex) -> assertThat(ex.problem())
					.contains(".wipe()", "an introduction, such as @DeclareParents")));
		assertThat(RAN).isEmpty();
	}

	static Stream<Class<?>> startWhenAnIntroductionHidesAnAnnotatedClassThenStops() {
		return Stream.of(ByAspect.class, ByDelegate.class, ByClass.class, ByMixin.class, ByAnnotatedSuperclass.class,
				InsideAnotherProxy.class, ProxiedDelegate.class);
	}

	@Test
	void callWhenTheImplementationOfAnIntroductionIsAGuardedBeanThenGuarded() {
		this.guarded.runner().withUserConfiguration(GuardedDelegate.class).run((context) -> {
			assertThat(context).hasNotFailed();
			Wiping bean = (Wiping) context.getBean("plain");
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(bean::wipe);
			assertThat(RAN).isEmpty();
			this.guarded.service.approve("wipe");
			bean.wipe();
			assertThat(RAN).containsExactly("wipe");
		});
	}

	@Test
	void startWhenNothingOfAnIntroductionIsAnnotatedThenStarts() {
		this.guarded.runner().withUserConfiguration(HarmlessDelegate.class).run((context) -> {
			assertThat(context).hasNotFailed();
			((Wiping) context.getBean("plain")).wipe();
			assertThat(RAN).containsExactly("harmless");
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { Opaque.class, OpaqueFactoryBean.class, OpaqueInsideAnother.class, OpaqueSwappable.class,
			OpaqueSwappableInsideAnother.class })
	void startWhenAProxyIsOpaqueThenStops(Class<?> configuration) {
		this.guarded.runner().withUserConfiguration(configuration).run((context) -> {
			assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOfSatisfying(InvalidAnnotationException.class, (ex) -> assertThat(ex.problem() + ex.remedy())
					.contains("AnnotatedWiping.wipe()", "setOpaque(false)"));
			assertThat(RAN).isEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "lazy", "prototype" })
	void getWhenAnOpaqueProxyIsMadeLaterThenFails(String name) {
		this.guarded.runner().withUserConfiguration(OpaqueLater.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThatException().isThrownBy(() -> context.getBean(name, Wiping.class).wipe())
				.havingRootCause()
				.isInstanceOf(InvalidAnnotationException.class);
			assertThat(RAN).isEmpty();
		});
	}

	@Test
	void startWhenAProxyIsOpaqueAndTheContextHasNoGuardThenStops() {
		assertThatException()
			.isThrownBy(() -> new SpringApplicationBuilder(Opaque.class).web(WebApplicationType.NONE).run().close())
			.havingRootCause()
			.isInstanceOf(InvalidAnnotationException.class)
			.withMessageContaining("has no guard");
	}

	@Test
	void callWhenAnOpaqueProxyHidesNothingOrShowsItsClassThenAsWithoutIt() {
		this.guarded.runner().withUserConfiguration(HarmlessOpaque.class).run((context) -> {
			assertThat(context).hasNotFailed();
			context.getBean("harmless", Wiping.class).wipe();
			assertThat(RAN).containsExactly("harmless");
			Wiping byClass = context.getBean("byClass", Wiping.class);
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(byClass::wipe);
			assertThat(RAN).containsExactly("harmless");
		});
	}

	private static Object opaque(Object target, boolean byClass) {
		ProxyFactory factory = new ProxyFactory(target);
		factory.setProxyTargetClass(byClass);
		factory.setOpaque(true);
		factory.addAdvice((MethodInterceptor) (invocation) -> invocation.proceed());
		return factory.getProxy();
	}

	private static Object introduced(DefaultIntroductionAdvisor advisor) {
		ProxyFactory factory = new ProxyFactory(new Plain());
		factory.addAdvisor(advisor);
		return factory.getProxy();
	}

	public interface Wiping {

		void wipe();

	}

	public static class AnnotatedWiping implements Wiping {

		@Override
		@RequiresPermission(action = "wipe")
		public void wipe() {
			RAN.add("wipe");
		}

	}

	public static class InheritingWiping extends AnnotatedWiping {

		@Override
		public void wipe() {
			RAN.add("wipe");
		}

	}

	public static class HarmlessWiping implements Wiping {

		@Override
		public void wipe() {
			RAN.add("harmless");
		}

	}

	@SuppressWarnings("serial")
	public static class Mixin extends DelegatingIntroductionInterceptor implements Wiping {

		@Override
		@RequiresPermission(action = "wipe")
		public void wipe() {
			RAN.add("wipe");
		}

	}

	public static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	static class ByAspect {

		@Bean
		Plain plain() {
			return new Plain();
		}

		@Bean
		Mixing mixing() {
			return new Mixing();
		}

		@Aspect
		static class Mixing {

			@DeclareParents(value = "io.agentotp.spring.guard.UnseenImplementationTests.Plain",
					defaultImpl = AnnotatedWiping.class)
			public static Wiping mix;

		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByDelegate {

		@Bean
		Object plain() {
			return introduced(new DefaultIntroductionAdvisor(
					new DelegatingIntroductionInterceptor(new AnnotatedWiping()), Wiping.class));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByClass {

		@Bean
		Object plain() {
			return introduced(new DefaultIntroductionAdvisor(
					new DelegatePerTargetObjectIntroductionInterceptor(AnnotatedWiping.class, Wiping.class),
					Wiping.class));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByMixin {

		@Bean
		Object plain() {
			return introduced(new DefaultIntroductionAdvisor(new Mixin(), Wiping.class));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ByAnnotatedSuperclass {

		@Bean
		Object plain() {
			return introduced(new DefaultIntroductionAdvisor(
					new DelegatingIntroductionInterceptor(new InheritingWiping()), Wiping.class));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InsideAnotherProxy {

		@Bean
		Object plain() {
			ProxyFactory outer = new ProxyFactory(introduced(new DefaultIntroductionAdvisor(
					new DelegatingIntroductionInterceptor(new AnnotatedWiping()), Wiping.class)));
			return outer.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ProxiedDelegate {

		@Bean
		Object plain() {
			return introduced(new DefaultIntroductionAdvisor(
					new DelegatingIntroductionInterceptor(new ProxyFactory(new AnnotatedWiping()).getProxy()),
					Wiping.class));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class GuardedDelegate {

		@Bean
		AnnotatedWiping wiping() {
			return new AnnotatedWiping();
		}

		@Bean
		Object plain(Wiping wiping) {
			return introduced(
					new DefaultIntroductionAdvisor(new DelegatingIntroductionInterceptor(wiping), Wiping.class));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class HarmlessDelegate {

		@Bean
		Object plain() {
			return introduced(new DefaultIntroductionAdvisor(
					new DelegatingIntroductionInterceptor(new HarmlessWiping()), Wiping.class));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Opaque {

		@Bean
		Wiping wiping() {
			return (Wiping) opaque(new AnnotatedWiping(), false);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OpaqueFactoryBean {

		@Bean
		ProxyFactoryBean wiping() {
			ProxyFactoryBean factory = new ProxyFactoryBean();
			factory.setTarget(new AnnotatedWiping());
			factory.setInterfaces(Wiping.class);
			factory.setOpaque(true);
			return factory;
		}

		@Bean
		Object user(Wiping wiping) {
			return List.of(wiping);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OpaqueInsideAnother {

		@Bean
		Wiping wiping() {
			return (Wiping) new ProxyFactory(opaque(new AnnotatedWiping(), false)).getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OpaqueSwappable {

		@Bean
		Wiping wiping() {
			return (Wiping) swappable(opaque(new AnnotatedWiping(), false));
		}

		private static Object swappable(Object target) {
			ProxyFactory factory = new ProxyFactory();
			factory.setInterfaces(Wiping.class);
			factory.setTargetSource(new HotSwappableTargetSource(target));
			return factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OpaqueSwappableInsideAnother {

		@Bean
		Object wiping() {
			return new ProxyFactory(OpaqueSwappable.swappable(new OpaqueSwappable().wiping())).getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OpaqueLater {

		@Bean
		@Lazy
		Wiping lazy() {
			return (Wiping) opaque(new AnnotatedWiping(), false);
		}

		@Bean
		@Scope("prototype")
		Wiping prototype() {
			return (Wiping) opaque(new AnnotatedWiping(), false);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class HarmlessOpaque {

		@Bean
		Wiping harmless() {
			return (Wiping) opaque(new HarmlessWiping(), false);
		}

		@Bean
		Wiping byClass() {
			return (Wiping) opaque(new AnnotatedWiping(), true);
		}

	}

}
