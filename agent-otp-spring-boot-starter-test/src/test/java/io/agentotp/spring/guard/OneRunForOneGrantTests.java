package io.agentotp.spring.guard;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.github.resilience4j.retry.annotation.Retry;
import io.github.resilience4j.springboot.bulkhead.autoconfigure.BulkheadAutoConfiguration;
import io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration;
import io.github.resilience4j.springboot.retry.autoconfigure.RetryAutoConfiguration;
import org.aopalliance.intercept.MethodInterceptor;
import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.Before;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.RequestScope;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.context.request.SessionScope;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each way in which Spring calls or wraps a bean's method, against each answer: as many
 * bodies run as grants were used for one.
 */
class OneRunForOneGrantTests {

	private static final AtomicInteger RAN = new AtomicInteger();

	private static final Map<String, ThrowingCall> METHODS = Map.ofEntries(Map.entry("value", Desk::value),
			Map.entry("failing", Desk::failing), Map.entry("future", (desk) -> desk.future().get(60, TimeUnit.SECONDS)),
			Map.entry("failingFuture", (desk) -> desk.failingFuture().get(60, TimeUnit.SECONDS)),
			Map.entry("mono", (desk) -> desk.mono().block()),
			Map.entry("failingMono", (desk) -> desk.failingMono().block()),
			Map.entry("flux", (desk) -> desk.flux().collectList().block()),
			Map.entry("bound", (desk) -> desk.bound("text")),
			Map.entry("boundFuture", (desk) -> desk.boundFuture("text").get(60, TimeUnit.SECONDS)),
			Map.entry("boundMono", (desk) -> desk.boundMono("text").block()), Map.entry("retried", Desk::retried),
			Map.entry("retriedMono", (desk) -> desk.retriedMono().block()), Map.entry("cached", Desk::cached),
			Map.entry("transactional", Desk::transactional),
			Map.entry("async", (desk) -> desk.async().get(60, TimeUnit.SECONDS)),
			Map.entry("resilience4jRetry", Desk::resilience4jRetry),
			Map.entry("resilience4jRetryMono", (desk) -> desk.resilience4jRetryMono().block()),
			Map.entry("resilience4jRetryFuture", (desk) -> desk.resilience4jRetryFuture().get(60, TimeUnit.SECONDS)));

	/** The others are the same whenever the bean is made. */
	private static final Set<String> EVERYWHERE = Set.of("value", "failing", "future", "mono");

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@TestFactory
	Stream<DynamicNode> cells() {
		List<DynamicNode> rows = new ArrayList<>();
		for (Surroundings around : Surroundings.values()) {
			for (boolean proxyTargetClass : new boolean[] { true, false }) {
				rows.add(DynamicTest.dynamicTest(around + (proxyTargetClass ? ", class proxy" : ", interface proxy"),
						() -> start(around, proxyTargetClass)));
			}
		}
		return rows.stream();
	}

	private void start(Surroundings around, boolean proxyTargetClass) {
		runner(around, proxyTargetClass).run((context) -> {
			assertThat(context).hasNotFailed();
			try (ConfigurableApplicationContext child = child(context)) {
				for (String bean : List.of("singleton", "lazy", "prototype", "scoped", "scopedByProxy", "request",
						"requestByProxy", "session", "sessionByProxy", "child")) {
					for (Map.Entry<String, ThrowingCall> method : METHODS.entrySet()) {
						if (!bean.equals("singleton") && !EVERYWHERE.contains(method.getKey())) {
							continue;
						}
						for (Answer answer : Answer.values()) {
							cell(bean.equals("child") ? child : context, bean, method, answer);
						}
					}
				}
			}
		});
	}

	private void cell(ApplicationContext context, String bean, Map.Entry<String, ThrowingCall> method, Answer answer) {
		RAN.set(0);
		this.service.reset();
		answer.prepare(this.service);
		context.getBean(CacheManager.class).getCacheNames().forEach((name) -> {
			Cache cache = context.getBean(CacheManager.class).getCache(name);
			if (cache != null) {
				cache.clear();
			}
		});
		Throwable failure = null;
		RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(new MockHttpServletRequest()));
		try {
			method.getValue().call(context.getBean(bean, Desk.class));
		}
		catch (Throwable ex) {
			failure = ex;
		}
		finally {
			RequestContextHolder.resetRequestAttributes();
		}
		List<String> outcomes = this.service.asked().stream().map(AskedPermission::outcome).toList();
		String cell = bean + "." + method.getKey() + "(), " + answer + ": " + outcomes + ", " + failure;
		assertThat(RAN.get()).as(cell)
			.isEqualTo(
					(int) outcomes.stream().filter((outcome) -> outcome != null && !outcome.equals("not run")).count());
		if (answer == Answer.APPROVE) {
			assertThat(RAN.get()).as(cell).isPositive();
		}
		else {
			assertThat(RAN.get()).as(cell).isZero();
			assertThat(this.service.asked()).as(cell).hasSize(1);
			assertThat(failure).as(cell).isNotNull();
		}
	}

	private ApplicationContextRunner runner(Surroundings around, boolean proxyTargetClass) {
		ApplicationContextRunner runner = this.guarded.runner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, RetryAutoConfiguration.class,
					CircuitBreakerAutoConfiguration.class, BulkheadAutoConfiguration.class))
			.withPropertyValues("spring.aop.proxy-target-class=" + proxyTargetClass,
					"resilience4j.retry.instances.desk.max-attempts=3",
					"resilience4j.retry.instances.desk.wait-duration=1ms",
					"resilience4j.retry.retry-aspect-order=" + ((around.ordinal() % 2 == 0) ? 600 : 2000))
			.withInitializer((context) -> {
				context.getBeanFactory().registerScope("thread", new SimpleThreadScope());
				context.getBeanFactory().registerScope("request", new RequestScope());
				context.getBeanFactory().registerScope("session", new SessionScope());
			})
			.withUserConfiguration(Everything.class, Beans.class, WebBeans.class);
		return around.add(runner);
	}

	private static DefaultPointcutAdvisor advisor(Surroundings around) {
		DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(
				AnnotationMatchingPointcut.forMethodAnnotation(RequiresPermission.class), around.advice);
		advisor.setOrder(around.order);
		return advisor;
	}

	private static ConfigurableApplicationContext child(ApplicationContext parent) {
		AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
		child.setParent(parent);
		child.register(ChildBeans.class, AgentOtpMethodAutoConfiguration.class, AopAutoConfiguration.class);
		child.refresh();
		return child;
	}

	@FunctionalInterface
	interface ThrowingCall {

		void call(Desk desk) throws Exception;

	}

	enum Answer {

		APPROVE {
			@Override
			void prepare(FakeAgentOtp service) {
				service.approve((asked) -> true);
			}
		},
		DENY {
			@Override
			void prepare(FakeAgentOtp service) {
				service.deny((asked) -> true, "No");
			}
		},
		NARROW {
			@Override
			void prepare(FakeAgentOtp service) {
				service.approve((asked) -> true, Map.of("max", 1));
			}
		};

		abstract void prepare(FakeAgentOtp service);

	}

	/** What stands around the guard besides. */
	enum Surroundings {

		NOTHING(0, null), PROCEEDS_AGAIN_OUTSIDE(100, again(false)), PROCEEDS_AGAIN_INSIDE(1000, again(false)),
		CLONES_OUTSIDE(100, again(true)), CLONES_INSIDE(1000, again(true)),
		FIRST_OF_ALL(Integer.MIN_VALUE, again(false)), LAST_OF_ALL(Integer.MAX_VALUE, again(true)),
		SUBSCRIBES_AGAIN_INSIDE(1000, resubscribe());

		private final int order;

		private final MethodInterceptor advice;

		Surroundings(int order, MethodInterceptor advice) {
			this.order = order;
			this.advice = advice;
		}

		ApplicationContextRunner add(ApplicationContextRunner runner) {
			return (this.advice == null) ? runner
					: runner.withBean("advisor", DefaultPointcutAdvisor.class, () -> advisor(this));
		}

		private static MethodInterceptor again(boolean clones) {
			return (invocation) -> {
				Exception failure = null;
				for (int i = 0; i < 4; i++) {
					try {
						return (clones ? ((ProxyMethodInvocation) invocation).invocableClone() : invocation).proceed();
					}
					catch (Exception ex) {
						failure = ex;
					}
				}
				throw failure;
			};
		}

		private static MethodInterceptor resubscribe() {
			return (invocation) -> {
				Object result = invocation.proceed();
				if (result instanceof Mono<?> mono) {
					return mono.retry(2);
				}
				return (result instanceof Flux<?> flux) ? flux.repeat(2) : result;
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	@EnableCaching
	@EnableResilientMethods
	@EnableTransactionManagement
	static class Everything {

		@Bean
		CacheManager cacheManager() {
			return new ConcurrentMapCacheManager();
		}

		@Bean
		PlatformTransactionManager transactionManager() {
			return new JdbcTransactionManager(
					new SimpleDriverDataSource(new org.h2.Driver(), "jdbc:h2:mem:matrix;DB_CLOSE_DELAY=-1"));
		}

		@Bean
		Auditing auditing() {
			return new Auditing();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Beans {

		@Bean
		Desk singleton() {
			return new OfficeDesk();
		}

		@Bean
		@Lazy
		Desk lazy() {
			return new OfficeDesk();
		}

		@Bean
		@Scope("prototype")
		Desk prototype() {
			return new OfficeDesk();
		}

		@Bean
		@Scope("thread")
		Desk scoped() {
			return new OfficeDesk();
		}

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.INTERFACES)
		Desk scopedByProxy() {
			return new OfficeDesk();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WebBeans {

		@Bean
		@Scope("request")
		Desk request() {
			return new OfficeDesk();
		}

		@Bean
		@Scope(scopeName = "request", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Desk requestByProxy() {
			return new OfficeDesk();
		}

		@Bean
		@Scope("session")
		Desk session() {
			return new OfficeDesk();
		}

		@Bean
		@Scope(scopeName = "session", proxyMode = ScopedProxyMode.INTERFACES)
		Desk sessionByProxy() {
			return new OfficeDesk();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	@EnableResilientMethods
	static class ChildBeans {

		@Bean
		Desk child() {
			return new OfficeDesk();
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@interface Audited {

	}

	/** Binds what it is called with, inside the guard. */
	@Aspect
	@Order(1500)
	static class Auditing {

		private final List<Object> seen = new CopyOnWriteArrayList<>();

		@Around("@annotation(audited)")
		Object audit(ProceedingJoinPoint call, Audited audited) throws Throwable {
			this.seen.add(audited);
			return call.proceed();
		}

		@Before("@annotation(io.agentotp.spring.guard.OneRunForOneGrantTests.Audited) && args(text, ..)")
		void before(String text) {
			this.seen.add(text);
		}

	}

	public interface Desk {

		String value();

		String failing();

		CompletableFuture<String> future();

		CompletableFuture<String> failingFuture();

		Mono<String> mono();

		Mono<String> failingMono();

		Flux<String> flux();

		String bound(String text);

		CompletableFuture<String> boundFuture(String text);

		Mono<String> boundMono(String text);

		String retried();

		Mono<String> retriedMono();

		String cached();

		String transactional();

		CompletableFuture<String> async();

		String resilience4jRetry();

		Mono<String> resilience4jRetryMono();

		CompletableFuture<String> resilience4jRetryFuture();

	}

	public static class OfficeDesk implements Desk {

		private static String run() {
			RAN.incrementAndGet();
			return "done";
		}

		private static String fail() {
			RAN.incrementAndGet();
			throw new IllegalStateException("after the deed");
		}

		@Override
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public String value() {
			return run();
		}

		@Override
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public String failing() {
			return fail();
		}

		@Override
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public CompletableFuture<String> future() {
			return CompletableFuture.completedFuture(run());
		}

		@Override
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public CompletableFuture<String> failingFuture() {
			run();
			return CompletableFuture.failedFuture(new IllegalStateException("after the deed"));
		}

		@Override
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public Mono<String> mono() {
			return Mono.fromSupplier(OfficeDesk::run);
		}

		@Override
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public Mono<String> failingMono() {
			return Mono.fromSupplier(OfficeDesk::fail);
		}

		@Override
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public Flux<String> flux() {
			return Flux.defer(() -> Flux.just(run(), "more"));
		}

		@Override
		@Audited
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public String bound(String text) {
			return run();
		}

		@Override
		@Audited
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public CompletableFuture<String> boundFuture(String text) {
			return CompletableFuture.completedFuture(run());
		}

		@Override
		@Audited
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public Mono<String> boundMono(String text) {
			return Mono.fromSupplier(OfficeDesk::run);
		}

		@Override
		@Retryable(maxRetries = 2, delay = 1)
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public String retried() {
			return fail();
		}

		@Override
		@Retryable(maxRetries = 2, delay = 1)
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public Mono<String> retriedMono() {
			return Mono.fromSupplier(OfficeDesk::fail);
		}

		@Override
		@Cacheable("desk")
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public String cached() {
			return run();
		}

		@Override
		@Transactional
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public String transactional() {
			return run();
		}

		@Override
		@Async
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public CompletableFuture<String> async() {
			return CompletableFuture.completedFuture(run());
		}

		@Override
		@Retry(name = "desk")
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public String resilience4jRetry() {
			return fail();
		}

		@Override
		@Retry(name = "desk")
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public Mono<String> resilience4jRetryMono() {
			return Mono.fromSupplier(OfficeDesk::fail);
		}

		@Override
		@Retry(name = "desk")
		@RequiresPermission(action = "work", scope = "{max: 5}")
		public CompletableFuture<String> resilience4jRetryFuture() {
			run();
			return CompletableFuture.failedFuture(new IllegalStateException("after the deed"));
		}

	}

}
