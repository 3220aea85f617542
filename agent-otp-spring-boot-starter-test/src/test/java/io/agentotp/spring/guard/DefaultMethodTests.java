package io.agentotp.spring.guard;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.FakeAgentOtp;
import jakarta.annotation.PostConstruct;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;

import org.springframework.aop.Advisor;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.convert.converter.Converter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.invoker.HttpExchangeAdapter;
import org.springframework.web.service.invoker.HttpRequestValues;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Default methods of interfaces run on the proxy, whoever wrote them: what they call
 * passes the guard.
 */
class DefaultMethodTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callWhenADefaultMethodReachesAGuardedOneThenIsGuarded(boolean byClass) {
		runner(byClass, Mail.class).run((context) -> {
			Sender bean = context.getBean(Sender.class);
			assertGuarded(bean::send, "send");
			assertGuarded(bean::sendAll, "all", "send", "send");
			assertGuarded(bean::sendByOther, "send", "send");
			assertGuarded(bean::sendLater, "send");
			assertGuarded(bean::sendInAnonymous, "send");
			assertGuarded(bean::sendPrivately, "send");
			assertGuarded(() -> bean.sendThrough(bean), "send");
			assertGuarded(() -> bean.sendMany("a", "b"), "send", "send");
			assertThat(bean.name()).isEqualTo("a sender");
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { Lambda.class, Scoped.class })
	void callWhenTheBeanIsALambdaOrBehindAnotherProxyThenIsGuarded(Class<?> configuration) {
		this.guarded.runner().withUserConfiguration(configuration).run((context) -> {
			assertThat(context).hasNotFailed();
			assertGuarded(context.getBean("sender", Sender.class)::sendAll, "all", "send", "send");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callWhenTheDefaultMethodItselfIsGuardedThenItsBodyRunsOnceForItsGrant(boolean byClass) {
		runner(byClass, Strict.class).withUserConfiguration(Retrying.class).run((context) -> {
			Batch bean = context.getBean(Batch.class);
			this.service.deny("batch", "No");
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> bean.batch(null));
			assertThat(RAN).isEmpty();
			this.service.reset();
			this.service.approve((asked) -> true);
			bean.batch(null);
			assertThat(RAN).containsExactly("batch with permission", "send");
			assertThat(this.service.asked()).hasSize(2);
			RAN.clear();
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(bean::retried)
				.satisfies((ex) -> assertThat(RAN).containsExactly("retried"));
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@SuppressWarnings("unchecked")
	void callWhenTheInterfaceIsALibrarysThenIsGuarded(boolean byClass) {
		runner(byClass, Tool.class)
			.run((context) -> assertGuarded(() -> context.getBean(ToolCallback.class).call("{}", null), "call {}"));
		runner(byClass, Texts.class).run((context) -> {
			Converter<String, String> bean = context.getBean(Converter.class);
			assertGuarded(() -> bean.andThen(String::trim).convert("a"), "convert a");
		});
		runner(byClass, Checks.class)
			.run((context) -> assertGuarded(() -> context.getBean(Validator.class).validateObject("a"), "validate a"));
	}

	@Test
	void stopWhenALifecycleIsGuardedThenIsGuarded() {
		runner(true, Lifecycle.class)
			.run((context) -> assertGuarded(() -> context.getBean(Lifecycle.class).stop(() -> RAN.add("stopped")),
					"stop", "stopped"));
		RAN.clear();
	}

	@Test
	void callWhenDefaultMethodsOfTheJdkAreOverriddenByAnInterfaceThenIsGuarded() {
		runner(false, Negated.class).run((context) -> {
			Negating bean = context.getBean(Negating.class);
			assertGuarded(() -> bean.negate().test("a"), "test");
		});
		runner(false, Composed.class).run((context) -> {
			Composing bean = context.getBean(Composing.class);
			assertGuarded(() -> bean.andThen(String::trim).apply("a"), "apply");
			assertGuarded(() -> bean.compose(String::trim).apply("a"), "apply");
		});
	}

	@ParameterizedTest
	@MethodSource
	void startWhenADefaultMethodIsCalledOnTheBeanItselfThenStops(Class<?> bean, String problem) {
		this.guarded.runner(bean).run((context) -> {
			assertThat(context.getStartupFailure()).isNotNull()
				.rootCause()
				.isInstanceOf(InvalidAnnotationException.class)
				.hasMessageContaining(problem);
			assertThat(RAN).isEmpty();
		});
	}

	static Stream<Object[]> startWhenADefaultMethodIsCalledOnTheBeanItselfThenStops() {
		return Stream.of(new Object[] { Calls.class, "sendAll" }, new Object[] { CallsByReference.class, "sendAll" },
				new Object[] { CallsAnother.class, "sendByOther" }, new Object[] { CallsSuper.class, "sendAll" },
				new Object[] { CallsGuardedSuper.class, "batch" }, new Object[] { Overrides.class, "send()" },
				new Object[] { CallsInInner.class, "sendAll" }, new Object[] { CallsPrivate.class, "sendPrivately" },
				new Object[] { Initialized.class, "afterPropertiesSet" }, new Object[] { Constructed.class, "made" },
				new Object[] { Closed.class, "close" });
	}

	@ParameterizedTest
	@ValueSource(classes = { OtherProxy.class, HttpClient.class })
	void startWhenAProxyRunsDefaultMethodsOnItselfThenStops(Class<?> configuration) {
		this.guarded.runner().withUserConfiguration(configuration).run((context) -> {
			assertThat(context.getStartupFailure()).hasStackTraceContaining("sendAll() calls send(");
			assertThat(RAN).isEmpty();
		});
	}

	@Test
	void callWhenTheBeanCallsAHarmlessDefaultMethodThenRuns() {
		runner(true, CallsHarmless.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(CallsHarmless.class).title()).isEqualTo("A SENDER");
		});
	}

	private ApplicationContextRunner runner(boolean byClass, Class<?> bean) {
		return this.guarded.runner(bean)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withPropertyValues("spring.aop.proxy-target-class=" + byClass);
	}

	private void assertGuarded(Runnable call, String... runs) {
		List<String> guardedRuns = Stream.of(runs)
			.filter((run) -> !run.equals("all") && !run.equals("stopped"))
			.toList();
		this.service.reset();
		this.service.deny((asked) -> true, "No");
		RAN.clear();
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(call::run);
		assertThat(RAN).doesNotContainAnyElementsOf(guardedRuns);
		this.service.reset();
		this.service.approve((asked) -> true);
		RAN.clear();
		call.run();
		assertThat(RAN).containsExactly(runs);
		assertThat(this.service.asked()).hasSize(guardedRuns.size());
	}

	/** Not public, as many interfaces of an application. */
	interface Sender {

		@RequiresPermission(action = "send")
		void send();

		default void sendAll() {
			RAN.add("all");
			send();
			send();
		}

		default void sendByOther() {
			Runnable send = this::send;
			send.run();
			send();
		}

		default void sendLater() {
			Stream.of("a").forEach((to) -> send());
		}

		default void sendInAnonymous() {
			new Runnable() {

				@Override
				public void run() {
					send();
				}

			}.run();
		}

		default void sendPrivately() {
			hidden();
		}

		private void hidden() {
			send();
		}

		default void sendThrough(Sender other) {
			through(this);
		}

		static void through(Sender sender) {
			sender.send();
		}

		default void sendMany(String... recipients) {
			Stream.of(recipients).forEach((recipient) -> send());
		}

		default String name() {
			return "a sender";
		}

	}

	interface NamedSender extends Sender {

		@Override
		default void sendByOther() {
			Sender.super.sendByOther();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OtherProxy {

		@Bean
		Sender sender() {
			return (Sender) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { Sender.class },
					(proxy, method, arguments) -> method.isDefault()
							? InvocationHandler.invokeDefault(proxy, method, arguments) : RAN.add("send"));
		}

	}

	public interface Remote {

		@PostExchange("/send")
		@RequiresPermission(action = "send")
		String send(@RequestBody String text);

		default void sendAll() {
			send("a");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class HttpClient {

		@Bean
		Remote remote() {
			return HttpServiceProxyFactory.builderFor(new HttpExchangeAdapter() {

				@Override
				public boolean supportsRequestAttributes() {
					return false;
				}

				@Override
				public void exchange(HttpRequestValues values) {
				}

				@Override
				public HttpHeaders exchangeForHeaders(HttpRequestValues values) {
					return new HttpHeaders();
				}

				@Override
				public <T> @Nullable T exchangeForBody(HttpRequestValues values, ParameterizedTypeReference<T> type) {
					RAN.add("send");
					return null;
				}

				@Override
				public ResponseEntity<Void> exchangeForBodilessEntity(HttpRequestValues values) {
					return ResponseEntity.ok().build();
				}

				@Override
				public <T> ResponseEntity<T> exchangeForEntity(HttpRequestValues values,
						ParameterizedTypeReference<T> type) {
					return ResponseEntity.ok().build();
				}

			}).build().createClient(Remote.class);
		}

	}

	public static class Mail implements NamedSender {

		@Override
		public void send() {
			RAN.add("send");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Lambda {

		@Bean
		Sender sender() {
			return () -> RAN.add("send");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Scoped {

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Mail sender() {
			return new Mail();
		}

	}

	public interface Batch {

		@RequiresPermission(action = "send")
		void send();

		@RequiresPermission(action = "batch")
		default void batch(@Nullable Permission permission) {
			RAN.add((permission != null) ? "batch with permission" : "batch");
			send();
		}

		@RequiresPermission(action = "retried")
		@Retried
		default void retried() {
			RAN.add("retried");
			throw new IllegalStateException();
		}

	}

	public static class Strict implements Batch {

		@Override
		public void send() {
			RAN.add("send");
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@interface Retried {

	}

	@Configuration(proxyBeanMethods = false)
	static class Retrying {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static Advisor retries() {
			return new DefaultPointcutAdvisor(new AnnotationMatchingPointcut(null, Retried.class),
					(MethodInterceptor) (invocation) -> {
						try {
							return ((ProxyMethodInvocation) invocation).invocableClone().proceed();
						}
						catch (IllegalStateException ex) {
							return invocation.proceed();
						}
					});
		}

	}

	public static class Tool implements ToolCallback {

		@Override
		public ToolDefinition getToolDefinition() {
			return ToolDefinition.builder().name("tool").description("a tool").inputSchema("{}").build();
		}

		@Override
		@RequiresPermission(action = "tool")
		public String call(String input) {
			RAN.add("call " + input);
			return "called";
		}

	}

	public static class Texts implements Converter<String, String> {

		@Override
		@RequiresPermission(action = "convert")
		public String convert(String text) {
			RAN.add("convert " + text);
			return text;
		}

	}

	public static class Checks implements Validator {

		@Override
		public boolean supports(Class<?> type) {
			return true;
		}

		@Override
		@RequiresPermission(action = "validate")
		public void validate(Object value, @NotBound Errors errors) {
			RAN.add("validate " + value);
		}

	}

	public static class Lifecycle implements SmartLifecycle {

		@Override
		public void start() {
		}

		@Override
		@RequiresPermission(action = "stop")
		public void stop() {
			RAN.add("stop");
		}

		@Override
		public boolean isRunning() {
			return false;
		}

	}

	public interface Negating extends Predicate<String> {

		@Override
		default Predicate<String> negate() {
			return Predicate.super.negate();
		}

	}

	public static class Negated implements Negating {

		@Override
		@RequiresPermission(action = "test")
		public boolean test(String text) {
			RAN.add("test");
			return true;
		}

	}

	public interface Composing extends Function<String, String> {

		@Override
		default <V> Function<String, V> andThen(Function<? super String, ? extends V> after) {
			return Function.super.andThen(after);
		}

	}

	public static class Composed implements Composing {

		@Override
		@RequiresPermission(action = "apply")
		public String apply(String text) {
			RAN.add("apply");
			return text;
		}

	}

	public static class Calls extends Mail {

		public void run() {
			sendAll();
		}

	}

	public static class CallsByReference extends Mail {

		public Runnable run() {
			return this::sendAll;
		}

	}

	public static class CallsAnother extends Mail {

		public void run() {
			sendByOther();
		}

	}

	public static class CallsSuper implements Sender {

		@Override
		public void send() {
			RAN.add("send");
		}

		@Override
		public void sendAll() {
			Sender.super.sendAll();
		}

	}

	public static class CallsGuardedSuper extends Strict {

		@Override
		public void batch(@Nullable Permission permission) {
			super.batch(permission);
		}

	}

	public static class Overrides extends Mail {

		@Override
		public void sendAll() {
			send();
		}

	}

	public static class CallsInInner extends Mail {

		public Runnable run() {
			return new Runnable() {

				@Override
				public void run() {
					sendAll();
				}

			};
		}

	}

	public static class CallsPrivate extends Mail {

		public void run() {
			sendPrivately();
		}

	}

	interface Initializing extends Sender, InitializingBean {

		@Override
		default void afterPropertiesSet() {
			sendAll();
		}

	}

	public static class Initialized extends Mail implements Initializing {

	}

	interface Constructing extends Sender {

		@PostConstruct
		default void made() {
			send();
		}

	}

	public static class Constructed extends Mail implements Constructing {

	}

	interface Closing extends Sender, AutoCloseable {

		@Override
		default void close() {
			send();
		}

	}

	public static class Closed extends Mail implements Closing {

	}

	public static class CallsHarmless extends Mail {

		public String title() {
			return name().toUpperCase(Locale.ROOT);
		}

	}

}
