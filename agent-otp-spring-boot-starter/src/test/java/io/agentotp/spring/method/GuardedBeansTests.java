package io.agentotp.spring.method;

import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.agentotp.AgentOtpException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.config.ScheduledTaskHolder;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A bean leaves the container guarded or not at all, whenever it is made and in whichever
 * context.
 */
class GuardedBeansTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private static final List<Throwable> ENDED = new CopyOnWriteArrayList<>();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
				AopAutoConfiguration.class))
		.withInitializer((context) -> context.getBeanFactory().registerScope("thread", new SimpleThreadScope()))
		.withPropertyValues("agentotp.mode=deny-all");

	@BeforeEach
	void forget() {
		RAN.clear();
		ENDED.clear();
	}

	@ParameterizedTest
	@ValueSource(classes = { EarlyRegistry.class, EarlyFactory.class, EarlyPriority.class, EarlyOrdered.class,
			EarlyUnordered.class, EarlyMerged.class })
	void callWhenABeanIsFetchedEarlyThenNothingRuns(Class<?> early) {
		for (String bean : List.of("prototype", "scoped", "scopedByProxy", "lazy", "singleton")) {
			ENDED.clear();
			this.contextRunner.withUserConfiguration(Beans.class)
				.withPropertyValues("early=" + bean)
				.withBean(early)
				.run((context) -> assertThat(ENDED).as(bean + " fetched by " + early.getSimpleName()).hasSize(1));
			assertThat(RAN).as(bean).isEmpty();
		}
	}

	@ParameterizedTest
	@MethodSource
	void callWhenAPostProcessorTakesTheProxyAwayThenTheBeanIsNotMade(BeanPostProcessor processor) {
		this.contextRunner.withUserConfiguration(Late.class)
			.withBean("unwrapping", BeanPostProcessor.class, () -> processor)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				for (String bean : List.of("prototype", "lazy", "scoped")) {
					assertThat(catchThrowable(() -> context.getBean(bean, Till.class).pay())).as(bean)
						.rootCause()
						.isInstanceOf(InvalidAnnotationException.class);
				}
			});
		assertThat(RAN).isEmpty();
	}

	static Stream<BeanPostProcessor> callWhenAPostProcessorTakesTheProxyAwayThenTheBeanIsNotMade() {
		return Stream.of(new Unwraps(), new UnwrapsAsMerged());
	}

	@Test
	void callWhenAPostProcessorIsAddedLaterThenTheBeanIsNotMade() {
		this.contextRunner.withUserConfiguration(Late.class).run((context) -> {
			context.getBeanFactory().addBeanPostProcessor(new Unwraps());
			assertThat(catchThrowable(() -> context.getBean("prototype", Till.class).pay())).rootCause()
				.isInstanceOf(InvalidAnnotationException.class);
		});
		assertThat(RAN).isEmpty();
	}

	@Test
	void callWhenBeansNeedEachOtherThenGuarded() {
		this.contextRunner.withAllowCircularReferences(true).withUserConfiguration(Circle.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThatExceptionOfType(AgentOtpException.class).isThrownBy(context.getBean(First.class)::pay);
			assertThatExceptionOfType(AgentOtpException.class).isThrownBy(context.getBean(Second.class)::payFirst);
		});
		assertThat(RAN).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(classes = { Circle.class, NeedsItself.class })
	void callWhenBeansNeedEachOtherThenPostProcessorsGetTheProxy(Class<?> beans) {
		this.contextRunner.withAllowCircularReferences(true)
			.withUserConfiguration(beans, Scheduling.class)
			.withBean(Registering.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				Till registered = context.getBean(Registering.class).tills.get(0);
				assertThat(registered).isSameAs(context.getBean(Till.class));
				assertThatExceptionOfType(AgentOtpException.class).isThrownBy(registered::pay);
				context.getBean(ScheduledTaskHolder.class)
					.getScheduledTasks()
					.forEach((task) -> assertThatExceptionOfType(AgentOtpException.class)
						.isThrownBy(task.getTask().getRunnable()::run));
				assertThat(context.getBean(ScheduledTaskHolder.class).getScheduledTasks()).hasSize(1);
			});
		assertThat(RAN).isEmpty();
	}

	@ParameterizedTest
	@MethodSource
	void startWhenAPostProcessorHidesTheBeanFromItsProxyThenFails(BeanPostProcessor processor) {
		for (Class<?> beans : List.of(PaymentBean.class, LaterPayments.class)) {
			this.contextRunner.withUserConfiguration(beans)
				.withBean("wrapping", BeanPostProcessor.class, () -> processor)
				.run((context) -> assertThat(catchThrowable(() -> {
					context.getBean("lazy", Payment.class).pay();
					context.getBean("prototype", Payment.class).pay();
				})).rootCause()
					.isInstanceOfSatisfying(InvalidAnnotationException.class,
							(ex) -> assertThat(ex.problem()).contains("Cash.pay()", "around its bean before")));
		}
		assertThat(RAN).isEmpty();
	}

	static Stream<BeanPostProcessor> startWhenAPostProcessorHidesTheBeanFromItsProxyThenFails() {
		return Stream.of(new BeanPostProcessor() {

			@Override
			public Object postProcessBeforeInitialization(Object bean, String name) {
				return (bean instanceof Payment payment) ? new Discount(payment) : bean;
			}

		}, new BeanPostProcessor() {

			@Override
			public Object postProcessBeforeInitialization(Object bean, String name) {
				return (bean instanceof Payment payment) ? Proxy.newProxyInstance(getClass().getClassLoader(),
						new Class<?>[] { Payment.class }, (proxy, method, arguments) -> method.invoke(payment)) : bean;
			}

		});
	}

	@Test
	void startWhenAnOrderedPostProcessorHidesTheBeanFromItsProxyThenFails() {
		this.contextRunner.withUserConfiguration(PaymentBean.class)
			.withBean(FirstWrapping.class)
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("around its bean before"));
		assertThat(RAN).isEmpty();
	}

	@Test
	void callWhenAPostProcessorPutsSomethingAroundTheProxyThenGuarded() {
		this.contextRunner.withUserConfiguration(PaymentBean.class, LaterPayments.class)
			.withBean(Discounting.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				for (String bean : List.of("payment", "lazy", "prototype")) {
					assertThat(context.getBean(bean)).isInstanceOf(Discount.class);
					assertThatExceptionOfType(AgentOtpException.class)
						.isThrownBy(context.getBean(bean, Payment.class)::pay);
				}
			});
		assertThat(RAN).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "prototype", "singleton" })
	void startWhenTheDefinitionIsSyntheticThenFails(String scope) {
		this.contextRunner.withInitializer((context) -> register(context, "till", scope, true, true))
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("Till.pay(): the definition of its bean is synthetic"));
		assertThat(RAN).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "prototype", "singleton" })
	void getWhenTheNameSaysThatTheBeanIsNotProxiedThenFails(String scope) {
		String name = Till.class.getName() + ".ORIGINAL";
		this.contextRunner.withInitializer((context) -> register(context, name, scope, false, true))
			.run((context) -> assertThat(catchThrowable(() -> context.getBean(name, Till.class).pay())).rootCause()
				.isInstanceOf(InvalidAnnotationException.class));
		assertThat(RAN).isEmpty();
	}

	private static void register(ConfigurableApplicationContext context, String name, String scope, boolean synthetic,
			boolean lazy) {
		RootBeanDefinition definition = new RootBeanDefinition(Till.class);
		definition.setScope(scope);
		definition.setSynthetic(synthetic);
		definition.setLazyInit(lazy);
		((BeanDefinitionRegistry) context.getBeanFactory()).registerBeanDefinition(name, definition);
	}

	@Test
	void callWhenTheGuardIsLeftOutThenABeanWhoseClassIsHiddenIsNotMade() {
		SpringApplication application = application(WithoutGuard.class);
		try (ConfigurableApplicationContext context = application.run("--server.port=0", "--agentotp.mode=deny-all")) {
			assertThat(catchThrowable(() -> ((Till) context.getBean("hidden")).pay())).rootCause()
				.isInstanceOfSatisfying(InvalidAnnotationException.class,
						(ex) -> assertThat(ex.problem()).contains("has no guard"));
		}
		assertThat(RAN).isEmpty();
	}

	@Test
	void callWhenAControllerIsInTheManagementContextThenGuarded() throws Exception {
		SpringApplication application = application(Managed.class);
		try (ConfigurableApplicationContext context = application.run("--management.server.port=0", "--server.port=0",
				"--agentotp.mode=deny-all")) {
			String port = context.getEnvironment().getProperty("local.management.port");
			HttpResponse<String> answer = HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/pay")).build(),
						HttpResponse.BodyHandlers.ofString());
			assertThat(answer.statusCode()).isEqualTo(500);
		}
		assertThat(RAN).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(classes = { Beans.class, HiddenBean.class })
	void startWhenAChildIsMadeByHandThenItFailsOrItsBeansDo(Class<?> beans) {
		this.contextRunner.run((parent) -> {
			AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
			try (child) {
				child.setParent(parent);
				child.getBeanFactory().registerScope("thread", new SimpleThreadScope());
				child.register(beans);
				assertThat(catchThrowable(() -> {
					child.refresh();
					((Till) child.getBean("hidden")).pay();
				})).hasStackTraceContaining(InvalidAnnotationException.class.getName());
			}
		});
		assertThat(RAN).isEmpty();
	}

	@Test
	void callWhenAChildIsMadeByHandAndImportsTheGuardThenGuarded() {
		this.contextRunner.run((parent) -> {
			AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
			try (child) {
				child.setParent(parent);
				child.register(Till.class, AgentOtpMethodAutoConfiguration.class);
				child.refresh();
				assertThatExceptionOfType(AgentOtpException.class).isThrownBy(child.getBean(Till.class)::pay);
			}
		});
		assertThat(RAN).isEmpty();
	}

	private static SpringApplication application(Class<?> source) {
		return new SpringApplicationBuilder(source).logStartupInfo(false).build();
	}

	private static void fetch(BeanFactory beans, String name) {
		try {
			((Till) beans.getBean(name)).pay();
		}
		catch (Throwable ex) {
			ENDED.add(ex);
		}
	}

	public static class Till {

		@Scheduled(fixedDelay = 1, initialDelay = 1, timeUnit = TimeUnit.DAYS)
		@RequiresPermission(action = "pay")
		public void pay() {
			RAN.add("pay");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Beans {

		@Bean
		static Till singleton() {
			return new Till();
		}

		@Bean
		@Lazy
		static Till lazy() {
			return new Till();
		}

		@Bean
		@Scope("prototype")
		static Till prototype() {
			return new Till();
		}

		@Bean
		@Scope("thread")
		static Till scoped() {
			return new Till();
		}

		@Bean
		@Scope(scopeName = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
		static Till scopedByProxy() {
			return new Till();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Late {

		@Bean
		@Lazy
		Till lazy() {
			return new Till();
		}

		@Bean
		@Scope("prototype")
		Till prototype() {
			return new Till();
		}

		@Bean
		@Scope("thread")
		Till scoped() {
			return new Till();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class HiddenBean {

		@Bean
		@Lazy
		Object hidden() {
			return new Till();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(HiddenBean.class)
	@EnableAutoConfiguration(exclude = AgentOtpMethodAutoConfiguration.class)
	static class WithoutGuard {

	}

	abstract static class Early {

		void fetch(BeanFactory beans) {
			GuardedBeansTests.fetch(beans, beans.getBean(Environment.class).getRequiredProperty("early"));
		}

	}

	static class EarlyRegistry extends Early implements BeanDefinitionRegistryPostProcessor {

		@Override
		public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
			fetch((BeanFactory) registry);
		}

	}

	static class EarlyFactory extends Early implements BeanFactoryPostProcessor {

		@Override
		public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
			fetch(beans);
		}

	}

	static class EarlyUnordered extends Early implements BeanPostProcessor, BeanFactoryAware {

		@Override
		public void setBeanFactory(BeanFactory beans) {
			fetch(beans);
		}

	}

	static class EarlyPriority extends EarlyUnordered implements PriorityOrdered {

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE;
		}

	}

	static class EarlyOrdered extends EarlyUnordered implements Ordered {

		@Override
		public int getOrder() {
			return 0;
		}

	}

	static class EarlyMerged extends EarlyUnordered implements MergedBeanDefinitionPostProcessor {

		@Override
		public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String name) {
		}

	}

	static class Unwraps implements BeanPostProcessor {

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			return (bean instanceof Till && bean instanceof Advised advised) ? AopProxyUtils.getSingletonTarget(advised)
					: bean;
		}

	}

	static class UnwrapsAsMerged extends Unwraps implements MergedBeanDefinitionPostProcessor {

		@Override
		public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String name) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ First.class, Second.class })
	static class Circle {

	}

	public static class First extends Till {

		@Autowired
		private Second second;

	}

	public static class Second {

		@Autowired
		private First first;

		void payFirst() {
			this.first.pay();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Selfish.class)
	static class NeedsItself {

	}

	public static class Selfish extends Till {

		@Autowired
		private Selfish self;

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class Scheduling {

	}

	static class Registering implements BeanPostProcessor {

		private final List<Till> tills = new CopyOnWriteArrayList<>();

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			if (bean instanceof Till till) {
				this.tills.add(till);
			}
			return bean;
		}

	}

	public interface Payment {

		void pay();

	}

	public static class Cash implements Payment {

		@Override
		@RequiresPermission(action = "pay")
		public void pay() {
			RAN.add("pay");
		}

	}

	record Discount(Payment payment) implements Payment {

		@Override
		public void pay() {
			this.payment.pay();
		}

	}

	static class Discounting implements BeanPostProcessor {

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			return (bean instanceof Payment payment) ? new Discount(payment) : bean;
		}

	}

	static class FirstWrapping extends Discounting implements PriorityOrdered {

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PaymentBean {

		@Bean
		Payment payment() {
			return new Cash();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LaterPayments {

		@Bean
		@Lazy
		Payment lazy() {
			return new Cash();
		}

		@Bean
		@Scope("prototype")
		Payment prototype() {
			return new Cash();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Managed {

	}

	/** Named in the test's {@code META-INF/spring}, as an application does it. */
	@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
	static class ManagementTill {

		@Bean
		ManagementController managementController() {
			return new ManagementController();
		}

	}

	@RestController
	public static class ManagementController {

		@GetMapping("/pay")
		@RequiresPermission(action = "pay")
		public String pay() {
			RAN.add("pay");
			return "paid";
		}

	}

}
