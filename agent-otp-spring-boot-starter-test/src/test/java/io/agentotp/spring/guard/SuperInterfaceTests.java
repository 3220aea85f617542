package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.Sensitive;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.DeclareParents;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ResolvableType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What an interface says that the interfaces of a class extend.
 */
class SuperInterfaceTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	@BeforeEach
	void deny() {
		RAN.clear();
		this.guarded.service.deny("send", "no");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callWhenASuperInterfaceIsAnnotatedThenRefused(boolean classProxy) {
		calls().forEach((bean) -> this.guarded.runner(bean)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withPropertyValues("spring.aop.proxy-target-class=" + classProxy)
			.run((context) -> {
				assertThat(context).as(bean.getSimpleName()).hasNotFailed();
				assertThatExceptionOfType(PermissionDeniedException.class).as(bean.getSimpleName())
					.isThrownBy(() -> send(context));
				assertThat(RAN).as(bean.getSimpleName()).isEmpty();
			}));
	}

	private static Stream<Class<?>> calls() {
		return Stream.of(Direct.class, OnClass.class, Generic.class, Overridden.class, Inherited.class, Lambda.class,
				Deep.class, Both.class);
	}

	private static void send(ApplicationContext context) {
		context.getBeanProvider(Base.class).ifAvailable(Base::send);
		context.getBeanProvider(ClassLevel.class).ifAvailable(ClassLevel::send);
		context
			.<GenericBase<String>>getBeanProvider(ResolvableType.forClassWithGenerics(GenericBase.class, String.class))
			.ifAvailable((bean) -> bean.send("text"));
	}

	@Test
	void callWhenASuperInterfaceSaysHowToBindThenBoundSo() {
		this.guarded.runner(Login.class).run((context) -> {
			context.getBean(SubLogins.class).login("1234", "trace");
			assertThat(RAN).containsExactly("login");
			assertThat(this.guarded.service.asked().get(0).arguments().toString()).doesNotContain("1234", "trace");
		});
	}

	@ParameterizedTest
	@MethodSource
	void startWhenASuperInterfaceLeadsPastTheGuardThenFails(Class<?> bean, String problem) {
		this.guarded.runner(bean).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause().hasMessageContaining(problem);
			assertThat(RAN).isEmpty();
		});
	}

	static Stream<Object[]> startWhenASuperInterfaceLeadsPastTheGuardThenFails() {
		return Stream.of(new Object[] { Initialized.class, "on the bean itself" },
				new Object[] { InitializedByClass.class, "on the bean itself" });
	}

	@Test
	void callWhenADefaultMethodOfASuperInterfaceReachesAGuardedOneThenRefused() {
		this.guarded.runner(CallsItself.class, Negated.class, Composed.class).run((context) -> {
			assertThat(context).hasNotFailed();
			for (Runnable call : List.<Runnable>of(context.getBean(SubAll.class)::all,
					() -> context.getBean(DefaultMethodTests.Negating.class).negate().test("a"),
					() -> context.getBean(DefaultMethodTests.Composing.class).andThen(String::trim).apply("a"))) {
				assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(call::run);
			}
			assertThat(RAN).isEmpty();
		});
	}

	@Test
	void startWhenAnIntroductionsSuperInterfaceIsAnnotatedThenFails() {
		this.guarded.runner(Plain.class, Mixing.class)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("an introduction"));
	}

	public interface Base {

		@RequiresPermission(action = "send")
		void send();

	}

	public interface Sub extends Base {

	}

	public interface SubSub extends Sub {

	}

	public interface Silent extends Base {

		@Override
		void send();

	}

	public static class Direct implements Sub {

		@Override
		public void send() {
			RAN.add("send");
		}

	}

	public static class Deep implements SubSub {

		@Override
		public void send() {
			RAN.add("send");
		}

	}

	public static class Both extends Direct implements Silent {

		@Override
		public void send() {
			RAN.add("send");
		}

	}

	public static class Overridden implements Silent {

		@Override
		public void send() {
			RAN.add("send");
		}

	}

	public static class Sender {

		public void send() {
			RAN.add("send");
		}

	}

	public static class Inherited extends Sender implements Sub {

	}

	@Configuration(proxyBeanMethods = false)
	public static class Lambda {

		@Bean
		Sub sub() {
			return () -> RAN.add("send");
		}

	}

	@RequiresPermission(action = "send")
	public interface ClassLevel {

		void send();

	}

	public interface SubClassLevel extends ClassLevel {

	}

	public static class OnClass implements SubClassLevel {

		@Override
		public void send() {
			RAN.add("send");
		}

	}

	public interface GenericBase<T> {

		@RequiresPermission(action = "send")
		void send(T value);

	}

	public interface GenericSub extends GenericBase<String> {

	}

	public static class Generic implements GenericSub {

		@Override
		public void send(String value) {
			RAN.add("send");
		}

	}

	public interface Logins {

		void login(@Sensitive String pin, @NotBound String trace);

	}

	public interface SubLogins extends Logins {

	}

	public static class Login implements SubLogins {

		@Override
		@RequiresPermission(action = "login")
		public void login(String pin, String trace) {
			RAN.add("login");
		}

	}

	public interface All {

		void send();

		default void all() {
			send();
		}

	}

	public interface SubAll extends All {

	}

	public static class CallsItself implements SubAll {

		@Override
		@RequiresPermission(action = "send")
		public void send() {
			RAN.add("send");
		}

	}

	public interface Lifecycle extends InitializingBean, DisposableBean {

	}

	public static class Initialized implements Lifecycle {

		@Override
		@RequiresPermission(action = "send")
		public void afterPropertiesSet() {
			RAN.add("init");
		}

		@Override
		public void destroy() {
		}

	}

	@RequiresPermission(action = "send")
	public static class InitializedByClass implements Lifecycle {

		@Override
		public void afterPropertiesSet() {
			RAN.add("init");
		}

		@Override
		public void destroy() {
			RAN.add("destroy");
		}

	}

	public static class Negated implements DefaultMethodTests.Negating {

		@Override
		@RequiresPermission(action = "send")
		public boolean test(String text) {
			RAN.add("test");
			return true;
		}

	}

	public static class Composed implements DefaultMethodTests.Composing {

		@Override
		@RequiresPermission(action = "send")
		public String apply(String text) {
			RAN.add("apply");
			return text;
		}

	}

	public static class Plain {

	}

	@Aspect
	public static class Mixing {

		@DeclareParents(value = "io.agentotp.spring.guard.SuperInterfaceTests.Plain", defaultImpl = Direct.class)
		Sub mix;

	}

}
