package io.agentotp.spring.method;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.agentotp.NetworkException;
import io.agentotp.Permission;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.Sensitive;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.operation.InvalidAnnotationException;
import jakarta.annotation.PostConstruct;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.support.ApplicationObjectSupport;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.bind.annotation.ModelAttribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class GuardVerifierTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
				AopAutoConfiguration.class))
		.withPropertyValues("agentotp.base-url=http://localhost:1", "agentotp.api-key=ak_live_test",
				"agentotp.retries=0");

	@ParameterizedTest
	@MethodSource
	void startWhenAMethodCannotBeGuardedThenFailsAndSaysWhatToChange(Class<?> bean, String problem, String remedy) {
		this.contextRunner.withBean(bean).run((context) -> {
			assertThat(context).hasFailed();
			InvalidAnnotationException failure = invalidGuard(context.getStartupFailure());
			assertThat(failure.problem()).contains(bean.getName()).contains(problem);
			assertThat(failure.remedy()).contains(remedy);
		});
	}

	static Stream<Object[]> startWhenAMethodCannotBeGuardedThenFailsAndSaysWhatToChange() {
		return Stream.of(new Object[] { PrivateMethod.class, "private", "overridden" },
				new Object[] { StaticMethod.class, "static", "overridden" },
				new Object[] { FinalMethod.class, "final", "overridden" },
				new Object[] { ReturnsStream.class, "lets work be done later", "CompletableFuture" },
				new Object[] { UnknownVariable.class, "#too", "to" },
				new Object[] { NestedUnknownVariable.class, "#too", "to" },
				new Object[] { BadExpression.class, "scope is not a valid expression", "Correct" },
				new Object[] { BadPlaceholder.class, "no.such.property", "Set the property" },
				new Object[] { BadDuration.class, "ttl is no duration", "5m" },
				new Object[] { NegativeTimeout.class, "timeout is -5s, but must be positive", "5m" },
				new Object[] { BlankAction.class, "action", "Name what" },
				new Object[] { UnknownBean.class, "@nobody", "name of a bean" },
				new Object[] { SensitiveInResource.class, "#pin, which is sensitive", "Leave it out" },
				new Object[] { SensitiveNotBound.class, "@NotBound and @Sensitive", "Keep one" },
				new Object[] { PlainFuture.class, "complete", "CompletableFuture" },
				new Object[] { Competing.class, "2 competing annotations, for a and b", "method itself" },
				new Object[] { CompetingInterfaces.class, "2 competing annotations, for a and b", "method itself" },
				new Object[] { AtStart.class, "on the bean itself", "when the application runs" },
				new Object[] { AfterProperties.class, "on the bean itself", "when the application runs" },
				new Object[] { CallsItself.class, "run() calls call(String, long)", "bean of its own" },
				new Object[] { Overloads.class, "call(String, int[]) calls call(List)", "bean of its own" },
				new Object[] { OverloadsInALambda.class, "run(String) calls call(List)", "bean of its own" },
				new Object[] { OfALibrary.class, "final", "put it on the methods" },
				new Object[] { Binding.class, "web framework", "put it on the methods" },
				new Object[] { Handling.class, "web framework", "put it on the methods" },
				new Object[] { Modelling.class, "web framework", "put it on the methods" },
				new Object[] { Making.class, "to make the bean", "rule" },
				new Object[] { CallsItselfInALambda.class, "run() calls call()", "bean of its own" },
				new Object[] { CallsItselfByReference.class, "run() calls call()", "bean of its own" },
				new Object[] { CallsItselfInAnAnonymousClass.class, "run() calls call()", "bean of its own" },
				new Object[] { CallsItselfInAnInnerClass.class, "Inner.run() calls call()", "bean of its own" },
				new Object[] { CallsItselfInALambdaOfAnAnonymousClass.class, "run() calls call()", "bean of its own" },
				new Object[] { CallsItselfByAnotherName.class, "run() calls call()", "bean of its own" },
				new Object[] { CallsItselfAfterACast.class, "run() calls call()", "bean of its own" },
				new Object[] { CallsItselfByAnotherNameInALambda.class, "run() calls call()", "bean of its own" },
				new Object[] { CallsItselfFromItsBase.class, "run() calls call()", "bean of its own" },
				new Object[] { CallsItselfFromItsGenericBase.class, "GenericCaller.run(Object) calls call(String)",
						"bean of its own" },
				new Object[] { TwoPermissions.class, "two parameters of type Permission", "Keep one" },
				new Object[] { OnFinalize.class, "methods of Object", "of your own" },
				new Object[] { OnToString.class, "methods of Object", "of your own" });
	}

	@Test
	void callWhenTheBeanCallsItselfThroughItsProxyThenGuarded() {
		this.contextRunner.withBean(CallsItsProxy.class)
			.run((context) -> assertGuarded(context.getBean(CallsItsProxy.class)::run));
	}

	@Test
	void callWhenAHandlerGivesAnAttributeOfTheModelThenGuarded() {
		this.contextRunner.withBean(Handler.class)
			.run((context) -> assertGuarded(context.getBean(Handler.class)::call));
	}

	@Test
	void callWhenADefaultMethodOfItsInterfaceCallsItThenGuarded() {
		this.contextRunner.withBean(CallsItselfFromItsInterface.class)
			.run((context) -> assertThatExceptionOfType(NetworkException.class)
				.isThrownBy(context.getBean(DefaultCaller.class)::run));
	}

	@Test
	void startWhenAnotherInstanceIsCalledThenStarts() {
		this.contextRunner.withBean(CallsAnother.class).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void startWhenAnotherMethodCallsWhatIsInheritedThenFails() {
		this.contextRunner.withBean(CallsTheOverridden.class)
			.run((context) -> assertThat(invalidGuard(context.getStartupFailure()).problem())
				.contains("run() calls call()"));
	}

	@Test
	void callWhenAnOverrideCallsWhatItOverridesThenGuarded() {
		this.contextRunner.withBean(OverridesAndCallsTheOverridden.class)
			.run((context) -> assertGuarded(context.getBean(OverridesAndCallsTheOverridden.class)::call));
	}

	@ParameterizedTest
	@ValueSource(classes = { CallsTheFirst.class, CallsTheSecond.class })
	void startWhenOneOfTwoIsCalledThenThatOneIsNamed(Class<?> bean) {
		this.contextRunner.withBean(bean).run((context) -> {
			InvalidAnnotationException failure = invalidGuard(context.getStartupFailure());
			String called = (bean == CallsTheFirst.class) ? "first(int)" : "second(String)";
			assertThat(failure.problem()).contains("run() calls " + called);
			assertThat(failure.getMessage()).contains(bean.getSimpleName() + "." + called);
		});
	}

	@Test
	void startWhenSelfInvocationIsMeantThenStarts() {
		this.contextRunner.withBean(CallsItself.class)
			.withPropertyValues("agentotp.method.self-invocation=warn")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@ValueSource(classes = { StaticOfInterface.class, PrivateOfInterface.class })
	void startWhenAMethodOfAnInterfaceCannotBeGuardedThenFails(Class<?> bean) {
		this.contextRunner.withBean(bean)
			.run((context) -> assertThat(invalidGuard(context.getStartupFailure()).problem())
				.contains("Contract.call()")
				.contains("which no proxy can guard"));
	}

	@Test
	void callWhenTheAnnotationIsOnTheClassThenItsStaticHelpersAreFree() {
		this.contextRunner.withBean(WithStaticHelper.class).run((context) -> {
			assertGuarded(context.getBean(WithStaticHelper.class)::call);
			assertThat(WithStaticHelper.help(new StringBuilder("it"))).isEqualTo("helps it");
		});
	}

	@Test
	void callWhenAnOverrideOfAGenericMethodCallsItThenGuarded() {
		this.contextRunner.withBean(GenericOverride.class)
			.run((context) -> assertGuarded(() -> context.getBean(GenericOverride.class).delete(1L)));
	}

	@Test
	void startWhenAClassIsFinalThenFails() {
		this.contextRunner.withBean(FinalClass.class).run((context) -> assertThat(context).hasFailed());
	}

	@Test
	void startWhenTheBeanIsNotProxiedThenFails() {
		this.contextRunner.withBean("early", Good.class)
			.withBean(CreatesTooEarly.class)
			.run((context) -> assertThat(invalidGuard(context.getStartupFailure()).problem()).contains("not proxied"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.aop.auto=false", "spring.aop.proxy-target-class=false", "some.other=true" })
	void callWhenAopIsConfiguredInAnyWayThenGuarded(String property) {
		this.contextRunner.withPropertyValues(property).withBean(Good.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertGuarded(() -> context.getBean(Good.class).call());
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.aop.auto=false", "spring.aop.proxy-target-class=false", "some.other=true" })
	void callWhenThereIsNoAspectJThenGuarded(String property) {
		this.contextRunner.withClassLoader(new FilteredClassLoader("org.aspectj"))
			.withPropertyValues(property)
			.withBean(Good.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertGuarded(() -> context.getBean(Good.class).call());
			});
	}

	@Test
	void callWhenTheAnnotationIsOnTheInterfaceThenGuarded() {
		this.contextRunner.withBean(ByInterface.class)
			.run((context) -> assertGuarded(() -> context.getBean(Api.class).call()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.aop.proxy-target-class=true", "spring.aop.proxy-target-class=false" })
	void callWhenTheImplementationIsInheritedFromAClassThatDoesNotKnowTheInterfaceThenGuarded(String property) {
		this.contextRunner.withPropertyValues(property)
			.withBean(InheritsImplementation.class)
			.run((context) -> assertGuarded(() -> context.getBean(Api.class).call()));
		this.contextRunner.withPropertyValues(property)
			.withBean(InheritsGenericImplementation.class)
			.run((context) -> assertGuarded(() -> context.getBean(GenericApi.class).call("x").toString()));
	}

	@Test
	void startWhenAFinalMethodHidesBehindAnInterfaceThenFailsWhenTheBeanIsMade() {
		this.contextRunner.withUserConfiguration(HiddenFinal.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThatExceptionOfType(BeansException.class).isThrownBy(() -> context.getBean("prototype"))
				.satisfies((ex) -> assertThat(invalidGuard(ex).problem()).contains("final"));
			assertThatExceptionOfType(BeansException.class).isThrownBy(() -> context.getBean("lazy"))
				.satisfies((ex) -> assertThat(invalidGuard(ex).problem()).contains("final"));
		});
	}

	@Test
	void startWhenASingletonIsRegisteredReadyMadeThenFails() {
		this.contextRunner
			.withInitializer((context) -> context.getBeanFactory().registerSingleton("readyMade", new Good()))
			.run((context) -> assertThat(invalidGuard(context.getStartupFailure()).problem()).contains("not proxied"));
	}

	@Test
	void callWhenAFactoryMakesTheBeanThenGuarded() {
		this.contextRunner.withBean("made", GoodFactory.class)
			.run((context) -> assertGuarded(() -> context.getBean("made", Good.class).call()));
	}

	@Test
	void callWhenTheAnnotationIsOnTheClassThenEveryMethodButThoseOfObjectIsGuarded() {
		this.contextRunner.withBean(ByClass.class).run((context) -> {
			ByClass bean = context.getBean(ByClass.class);
			assertGuarded(bean::call);
			assertGuarded(bean::inherited);
			assertThat(bean.toString()).isEqualTo("ByClass");
		});
	}

	@Test
	void callWhenMetaAnnotatedThenGuarded() {
		this.contextRunner.withBean(ByMeta.class)
			.run((context) -> assertGuarded(() -> context.getBean(ByMeta.class).call()));
	}

	@Test
	void callWhenNotAnnotatedThenNotGuarded() {
		this.contextRunner.withBean(Good.class)
			.run((context) -> assertThat(context.getBean(Good.class).open()).isEqualTo("open"));
	}

	@Test
	void callWhenThePlaceholderIsSetThenGuarded() {
		this.contextRunner.withPropertyValues("no.such.property=mail")
			.withBean(BadPlaceholder.class)
			.run((context) -> assertGuarded(() -> context.getBean(BadPlaceholder.class).call()));
	}

	/** There is no service at the address, so that asking it fails. */
	private static void assertGuarded(Supplier<String> call) {
		assertThatExceptionOfType(NetworkException.class).isThrownBy(call::get);
	}

	private static InvalidAnnotationException invalidGuard(Throwable failure) {
		Throwable cause = failure;
		while (!(cause instanceof InvalidAnnotationException)) {
			assertThat(cause).as("cause of %s", failure).isNotNull();
			cause = cause.getCause();
		}
		return (InvalidAnnotationException) cause;
	}

	public static class Good {

		@RequiresPermission(action = "a")
		public String call() {
			return "ran";
		}

		public String open() {
			return "open";
		}

	}

	static class PrivateMethod {

		@RequiresPermission(action = "a")
		private void call() {
		}

	}

	static class StaticMethod {

		@RequiresPermission(action = "a")
		public static void call() {
		}

	}

	interface StaticContract {

		@RequiresPermission(action = "a")
		static void call() {
		}

	}

	static class StaticOfInterface implements StaticContract {

	}

	interface PrivateContract {

		@RequiresPermission(action = "a")
		private void call() {
		}

		default void run() {
			call();
		}

	}

	static class PrivateOfInterface implements PrivateContract {

	}

	static class ReturnsStream {

		@RequiresPermission(action = "a")
		public Stream<String> call() {
			return Stream.of("ran");
		}

	}

	@RequiresPermission(action = "a")
	public static class WithStaticHelper {

		public String call() {
			return help(new StringBuilder("ran"));
		}

		public static String help(StringBuilder text) {
			return "helps " + text;
		}

	}

	static class CrudBase<T, I> {

		public String delete(I id) {
			return "ran";
		}

	}

	static class GenericOverride extends CrudBase<String, Long> {

		@Override
		@RequiresPermission(action = "a")
		public String delete(Long id) {
			return super.delete(id);
		}

	}

	static class FinalMethod {

		@RequiresPermission(action = "a")
		public final void call() {
		}

	}

	static final class FinalClass {

		@RequiresPermission(action = "a")
		public void call() {
		}

	}

	static class UnknownVariable {

		@RequiresPermission(action = "a", resource = "mail:#{#too}")
		public void call(String to) {
		}

	}

	static class NestedUnknownVariable {

		@RequiresPermission(action = "a", scope = "{allowed: {#to, {x: #too.length()}}}")
		public void call(String to) {
		}

	}

	static class BadExpression {

		@RequiresPermission(action = "a", scope = "{max: ")
		public void call() {
		}

	}

	static class BadPlaceholder {

		@RequiresPermission(action = "${no.such.property}.send")
		public String call() {
			return "ran";
		}

	}

	static class NegativeTimeout {

		@RequiresPermission(action = "a", timeout = "-5s")
		public void run() {
		}

	}

	static class BadDuration {

		@RequiresPermission(action = "a", ttl = "soon")
		public void call() {
		}

	}

	static class BlankAction {

		@RequiresPermission(action = " ")
		public void call() {
		}

	}

	static class UnknownBean {

		@RequiresPermission(action = "a", scope = "@nobody.limits()")
		public void call() {
		}

	}

	static class SensitiveInResource {

		@RequiresPermission(action = "a", resource = "card:#{#pin}")
		public void call(@Sensitive String pin) {
		}

	}

	static class SensitiveNotBound {

		@RequiresPermission(action = "a")
		public void call(@Sensitive @NotBound String pin) {
		}

	}

	static class PlainFuture {

		@RequiresPermission(action = "a")
		public Future<String> call() {
			return CompletableFuture.completedFuture("");
		}

	}

	@RequiresPermission(action = "a")
	@Retention(RetentionPolicy.RUNTIME)
	@interface A {

	}

	@RequiresPermission(action = "b")
	@Retention(RetentionPolicy.RUNTIME)
	@interface B {

	}

	static class Competing {

		@A
		@B
		public void call() {
		}

	}

	interface WithA {

		@A
		void call();

	}

	interface WithB {

		@B
		void call();

	}

	static class CompetingInterfaces implements WithA, WithB {

		@Override
		public void call() {
		}

	}

	static class AtStart {

		@PostConstruct
		@RequiresPermission(action = "a")
		public void start() {
		}

	}

	static class AfterProperties implements InitializingBean {

		@Override
		@RequiresPermission(action = "a")
		public void afterPropertiesSet() {
		}

	}

	static class CallsItself {

		@RequiresPermission(action = "a")
		public void call(String text, long number) {
		}

		public void run() {
			call("text", 42L);
		}

	}

	static class CallsTheFirst {

		@RequiresPermission(action = "a")
		public void first(int number) {
		}

		@RequiresPermission(action = "a")
		public void second(String text) {
		}

		public void run() {
			first(1);
		}

	}

	static class CallsTheSecond {

		@RequiresPermission(action = "a")
		public void first(int number) {
		}

		@RequiresPermission(action = "a")
		public void second(String text) {
		}

		public void run() {
			second("text");
		}

	}

	static class CallsItselfInALambda {

		@RequiresPermission(action = "a")
		public void call() {
		}

		public Runnable run() {
			return () -> this.call();
		}

	}

	static class CallsItselfInAnAnonymousClass {

		@RequiresPermission(action = "a")
		public void call() {
		}

		public Runnable run() {
			return new Runnable() {

				@Override
				public void run() {
					call();
				}

			};
		}

	}

	static class CallsItselfInAnInnerClass {

		@RequiresPermission(action = "a")
		public void call() {
		}

		class Inner {

			void run() {
				call();
			}

		}

	}

	static class CallsItselfInALambdaOfAnAnonymousClass {

		@RequiresPermission(action = "a")
		public void call() {
		}

		public Supplier<Runnable> run() {
			return new Supplier<>() {

				@Override
				public Runnable get() {
					return () -> call();
				}

			};
		}

	}

	static class CallsItselfByAnotherName {

		@RequiresPermission(action = "a")
		public void call() {
		}

		public void run() {
			CallsItselfByAnotherName self = this;
			self.call();
		}

	}

	static class CallsItselfAfterACast implements DefaultCaller {

		@Override
		@RequiresPermission(action = "a")
		public void call() {
		}

		@Override
		public void run() {
			Object self = this;
			((DefaultCaller) self).call();
		}

	}

	static class CallsItselfByAnotherNameInALambda {

		@RequiresPermission(action = "a")
		public void call() {
		}

		public Runnable run() {
			CallsItselfByAnotherNameInALambda self = this;
			return () -> self.call();
		}

	}

	/** Who is called here may be a proxy. */
	static class CallsAnother {

		private @Nullable CallsAnother other;

		@RequiresPermission(action = "a")
		public void call() {
		}

		public Runnable run(CallsAnother parameter) {
			CallsAnother field = this.other;
			parameter.call();
			field.call();
			return new Runnable() {

				@Override
				public void run() {
					parameter.call();
					CallsAnother.this.other.call();
					Runnable lambda = () -> parameter.call();
					lambda.run();
				}

			};
		}

	}

	static class CallsItselfByReference {

		@RequiresPermission(action = "a")
		public void call() {
		}

		public Runnable run() {
			return this::call;
		}

	}

	static class Caller {

		public void call() {
		}

		public void run() {
			call();
		}

	}

	static class CallsItselfFromItsBase extends Caller {

		@Override
		@RequiresPermission(action = "a")
		public void call() {
		}

	}

	abstract static class GenericCaller<T> {

		public abstract void call(T value);

		public void run(T value) {
			call(value);
		}

	}

	static class CallsItselfFromItsGenericBase extends GenericCaller<String> {

		@Override
		@RequiresPermission(action = "a")
		public void call(String value) {
		}

	}

	interface DefaultCaller {

		void call();

		default void run() {
			call();
		}

	}

	static class Overloads {

		@RequiresPermission(action = "a")
		public void call(List<String> values) {
		}

		public void call(String value, int[] more) {
			call(List.of(value));
		}

	}

	static class OverloadsInALambda {

		@RequiresPermission(action = "a")
		public void call(List<String> values) {
		}

		public Runnable run(String value) {
			return () -> call(List.of(value));
		}

	}

	@RequiresPermission(action = "a")
	static class OfALibrary extends ApplicationObjectSupport {

		public void call() {
		}

	}

	@RequiresPermission(action = "a")
	static class Binding {

		@InitBinder
		public void init(WebDataBinder binder) {
		}

	}

	@RequiresPermission(action = "a")
	static class Handling {

		@ExceptionHandler
		public String failed(IllegalStateException ex) {
			return "failed";
		}

	}

	@RequiresPermission(action = "a")
	static class Modelling {

		@ModelAttribute("user")
		public String user() {
			return "ann";
		}

	}

	static class Making {

		@Bean
		@RequiresPermission(action = "a")
		public StringBuilder made() {
			return new StringBuilder();
		}

	}

	@RequiresPermission(action = "a")
	static class Handler {

		@GetMapping("/user")
		@ModelAttribute("user")
		public String call() {
			return "ann";
		}

	}

	static class CallsItselfFromItsInterface implements DefaultCaller {

		@Override
		@RequiresPermission(action = "a")
		public void call() {
		}

	}

	static class GuardedBase {

		@RequiresPermission(action = "a")
		public String call() {
			return "ran";
		}

	}

	static class CallsTheOverridden extends GuardedBase {

		public String run() {
			return super.call();
		}

	}

	static class OverridesAndCallsTheOverridden extends GuardedBase {

		@Override
		public String call() {
			return super.call();
		}

	}

	/** What is injected is the proxy. */
	static class CallsItsProxy {

		private @Nullable CallsItsProxy self;

		@Autowired
		void setSelf(@Lazy CallsItsProxy self) {
			this.self = self;
		}

		@RequiresPermission(action = "a")
		public String call() {
			return "ran";
		}

		public String run() {
			return this.self.call();
		}

	}

	/** Pulls a bean before the auto-proxy creator is there. */
	static class CreatesTooEarly implements BeanFactoryPostProcessor {

		@Override
		public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
			beanFactory.getBean("early");
		}

	}

	static class TwoPermissions {

		@RequiresPermission(action = "a")
		public void call(Permission one, Permission other) {
		}

	}

	static class OnFinalize {

		@Override
		@SuppressWarnings({ "deprecation", "removal", "Finalize" }) // the JVM calls it
		@RequiresPermission(action = "a")
		protected void finalize() {
		}

	}

	static class OnToString {

		@Override
		@RequiresPermission(action = "a")
		public String toString() {
			return "ran";
		}

	}

	static class DoesNotKnowTheInterface {

		public String call() {
			return "ran";
		}

	}

	static class InheritsImplementation extends DoesNotKnowTheInterface implements Api {

	}

	interface GenericApi<T> {

		@RequiresPermission(action = "a")
		Object call(T value);

	}

	static class GenericBase<T> {

		public Object call(T value) {
			return "ran";
		}

	}

	static class InheritsGenericImplementation extends GenericBase<String> implements GenericApi<String> {

	}

	static class FinalBehindInterface implements Open {

		@Override
		@RequiresPermission(action = "a")
		public final String call() {
			return "ran";
		}

	}

	interface Open {

		String call();

	}

	@Configuration(proxyBeanMethods = false)
	static class HiddenFinal {

		@Bean
		@Scope("prototype")
		Open prototype() {
			return new FinalBehindInterface();
		}

		@Bean
		@Lazy
		Open lazy() {
			return new FinalBehindInterface();
		}

	}

	static class GoodFactory implements FactoryBean<Good> {

		@Override
		public Good getObject() {
			return new Good();
		}

		@Override
		public Class<?> getObjectType() {
			return Good.class;
		}

	}

	interface Api {

		@RequiresPermission(action = "a")
		String call();

	}

	static class ByInterface implements Api {

		@Override
		public String call() {
			return "ran";
		}

	}

	static class Base {

		public String inherited() {
			return "ran";
		}

	}

	@RequiresPermission(action = "a")
	static class ByClass extends Base {

		public String call() {
			return helper();
		}

		private String helper() {
			return "ran";
		}

		@Override
		public String toString() {
			return "ByClass";
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@RequiresPermission(action = "a")
	@interface Dangerous {

	}

	static class ByMeta {

		@Dangerous
		public String call() {
			return "ran";
		}

	}

}
