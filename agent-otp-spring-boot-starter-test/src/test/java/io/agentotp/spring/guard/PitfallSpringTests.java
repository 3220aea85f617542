package io.agentotp.spring.guard;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import com.sun.net.httpserver.HttpServer;
import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpHealthContributorAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpObservationAutoConfiguration;
import io.agentotp.spring.boot.health.AgentOtpHealthIndicator;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.FakeAgentOtp;
import io.micrometer.observation.ObservationRegistry;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Pitfalls 17 to 25: what Spring itself does to methods, names, expressions and beans.
 * Pitfall 23 is in the tests of ahead-of-time processing.
 */
@ExtendWith(OutputCaptureExtension.class)
class PitfallSpringTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@Test
	@DisplayName("P17 Kotlin: a suspending function is guarded, and its continuation is no argument")
	void suspendWhenDeniedThenTheBodyDoesNotRun() {
		this.service.deny("suspending", "No");
		this.guarded.run(SuspendingMailer.class, (mailer) -> {
			assertThatExceptionOfType(PermissionDeniedException.class)
				.isThrownBy(() -> Coroutines.send(mailer, "a@b.c"));
			assertThat(mailer.getSent()).isEmpty();
		});
		assertThat(this.service.asked().get(0).arguments()).isEqualTo(Map.of("to", "a@b.c"));
	}

	@Test
	@DisplayName("P18 annotated class: its methods, also those that are not public, but not those of Object")
	void callWhenTheClassIsAnnotatedThenItsOwnMethodsAreGuarded() {
		this.service.deny("pay", "No");
		this.guarded.run(AnnotatedClass.class, (bean) -> {
			assertThat(bean).hasToString("AnnotatedClass").isEqualTo(bean).doesNotHaveSameHashCodeAs(new Object());
			assertRefused(bean::packagePrivate);
			assertRefused(bean::isProtected);
		});
		assertThat(this.service.asked()).hasSize(2);
	}

	@Test
	@DisplayName("P19 parameter names: by position, too, and an unknown one stops the start")
	void expressionWhenItNamesParametersThenByNameOrPosition() {
		this.guarded.run(Positions.class, (bean) -> {
			bean.call("a", "b");
			assertThat(this.service.asked().get(0).resource()).isEqualTo("a b b");
		});
		this.guarded.runner(UnknownName.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidAnnotationException.class,
						(ex) -> assertThat(ex.problem()).contains("#unknown")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "#{T(java.lang.System).exit(1)}", "#{@systemProperties}", "${user.home}",
			"' + T(java.lang.System).exit(1) + '" })
	@DisplayName("P20 expressions: what comes from an argument is never parsed")
	void expressionWhenAnArgumentLooksLikeOneThenItStaysText(String text) {
		this.guarded.run(Positions.class, (bean) -> {
			bean.call(text, "b");
			assertThat(this.service.asked().get(0).resource()).isEqualTo(text + " b b");
			assertThat(this.service.asked().get(0).scope()).containsEntry("only", text);
		});
	}

	@Test
	@DisplayName("P21 early initialisation: client, properties and registry see all bean post-processors")
	void startWhenAPostProcessorPullsABeanThenNothingOfOursIsMadeEarly(CapturedOutput output) {
		this.service.deny("pay", "No");
		this.guarded.runner(Pulled.class)
			.withConfiguration(AutoConfigurations.of(AgentOtpObservationAutoConfiguration.class))
			.withBean(ObservationRegistry.class, ObservationRegistry::create)
			.withUserConfiguration(EarlyConfiguration.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(LastPostProcessor.class).seen)
					.contains(context.getBeanNamesForType(AgentOtpClient.class))
					.contains(context.getBeanNamesForType(ObservationRegistry.class))
					.contains("agentOtpPermissionGuard", "agentOtpObservationGuardCustomizer")
					.anyMatch((name) -> name.endsWith("AgentOtpProperties"));
				assertRefused(context.getBean(Pulled.class)::pay);
			});
		assertThat(output.toString().lines())
			.filteredOn((line) -> line.contains("not eligible for getting processed by all BeanPostProcessors"))
			// The beans of this test may be.
			.filteredOn((line) -> !line.contains(PitfallSpringTests.class.getName()))
			.noneMatch((line) -> line.contains("agentOtp") || line.contains("io.agentotp.spring"));
	}

	@Test
	@DisplayName("P22 health: the probe asks for no permission, and its switch is the lower-case name")
	void healthWhenAskedThenNoPermissionIsRequested() {
		this.guarded.runner()
			.withConfiguration(AutoConfigurations.of(AgentOtpHealthContributorAutoConfiguration.class))
			.run((context) -> {
				AgentOtpHealthIndicator indicator = context.getBean(AgentOtpHealthIndicator.class);
				assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
				this.service.rejectKey();
				// Within its time to live nobody is asked again.
				assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
			});
		assertThat(this.service.asked()).isEmpty();
		this.guarded.runner()
			.withConfiguration(AutoConfigurations.of(AgentOtpHealthContributorAutoConfiguration.class))
			.withPropertyValues("management.health.agentotp.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(AgentOtpHealthIndicator.class));
	}

	@Test
	@DisplayName("P24 JSON: the application's own mapper changes nothing of the protocol or the digest")
	void callWhenTheApplicationHasAMapperOfItsOwnThenTheProtocolIsTheSame() {
		this.guarded.runner(Positions.class)
			.withBean(JsonMapper.class,
					() -> JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build())
			.run((context) -> {
				context.getBean(Positions.class).bound(new Order("x"));
				assertThat(this.service.asked().get(0).arguments())
					.isEqualTo(Map.of("order", Map.of("orderNumber", "x")));
				assertThat(this.service.asked().get(0).outcome()).isEqualTo("succeeded");
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.aop.proxy-target-class=true", "spring.aop.proxy-target-class=false" })
	@DisplayName("P25 products of factories: an HTTP service's interface methods are guarded")
	void httpServiceWhenDeniedThenNothingIsSent(String property) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
		server.createContext("/", (exchange) -> {
			RAN.add(exchange.getRequestURI().getPath());
			exchange.sendResponseHeaders(200, 2);
			exchange.getResponseBody().write("ok".getBytes(StandardCharsets.UTF_8));
			exchange.close();
		});
		server.start();
		try {
			this.service.deny("order", "No");
			this.guarded.runner()
				.withPropertyValues(property)
				.withBean(OrderApi.class, () -> OrderApi.at(server.getAddress().getPort()))
				.run((context) -> {
					OrderApi api = context.getBean(OrderApi.class);
					assertRefused(() -> api.order("7"));
					this.service.approve("order");
					assertThat(api.order("7")).isEqualTo("ok");
					assertThat(RAN).containsExactly("/orders/7");
				});
		}
		finally {
			server.stop(0);
		}
	}

	@Test
	@DisplayName("P25 products of factories: a repository's interface methods are guarded, inherited ones, too")
	void repositoryWhenDeniedThenNothingIsStored() {
		this.service.deny("store", "No").deny("delete", "No");
		this.guarded.runner(RepositoryFactory.class).run((context) -> {
			Orders orders = context.getBean(Orders.class);
			assertRefused(() -> orders.save("x"));
			assertRefused(() -> orders.deleteByNumber("x"));
			this.service.approve("store").approve("delete");
			orders.save("x");
			orders.deleteByNumber("x");
			assertThat(RAN).containsExactly("save", "deleteByNumber");
		});
	}

	@Test
	@DisplayName("P25 products of factories: a lambda behind an annotated interface is guarded")
	void lambdaWhenDeniedThenItDoesNotRun() {
		this.service.deny("order", "No");
		this.guarded.runner().withUserConfiguration(Lambdas.class).run((context) -> {
			Orderer lambda = context.getBean("lambda", Orderer.class);
			assertRefused(() -> lambda.order("7"));
			this.service.approve("order");
			assertThat(lambda.order("7")).isEqualTo("ordered 7");
		});
	}

	private static void assertRefused(Runnable call) {
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(call::run);
		assertThat(RAN).isEmpty();
	}

	@RequiresPermission(action = "pay")
	public static class AnnotatedClass {

		void packagePrivate() {
			RAN.add("packagePrivate");
		}

		protected void isProtected() {
			RAN.add("isProtected");
		}

		@Override
		public String toString() {
			return "AnnotatedClass";
		}

	}

	record Order(String orderNumber) {
	}

	public static class Positions {

		@RequiresPermission(action = "call", resource = "#{#p0} #{#a1} #{#second}", scope = "{only: #first}")
		public void call(String first, String second) {
			RAN.add("call");
		}

		@RequiresPermission(action = "bound")
		public void bound(Order order) {
			RAN.add("bound");
		}

	}

	static class UnknownName {

		@RequiresPermission(action = "call", resource = "#{#unknown}")
		public void call(String first) {
			RAN.add("call");
		}

	}

	public static class Pulled {

		@RequiresPermission(action = "pay")
		public void pay() {
			RAN.add("pay");
		}

	}

	static class Helper {

	}

	@Configuration(proxyBeanMethods = false)
	static class EarlyConfiguration {

		@Bean
		static Helper helper() {
			return new Helper();
		}

		@Bean
		static EagerPostProcessor eagerPostProcessor(Helper helper) {
			return new EagerPostProcessor();
		}

		@Bean
		static LastPostProcessor lastPostProcessor() {
			return new LastPostProcessor();
		}

	}

	/** Whoever makes it makes another bean first, before the others can process it. */
	static class EagerPostProcessor implements BeanPostProcessor {

	}

	/** Sees what is not made too early. */
	static class LastPostProcessor implements BeanPostProcessor, Ordered {

		final Set<String> seen = ConcurrentHashMap.newKeySet();

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			this.seen.add(name);
			return bean;
		}

		@Override
		public int getOrder() {
			return Ordered.LOWEST_PRECEDENCE;
		}

	}

	interface OrderApi {

		@RequiresPermission(action = "order", resource = "order:#{#number}")
		@PostExchange("/orders/{number}")
		String order(@org.springframework.web.bind.annotation.PathVariable String number);

		static OrderApi at(int port) {
			RestClient client = RestClient.create("http://localhost:" + port);
			return HttpServiceProxyFactory.builderFor(RestClientAdapter.create(client))
				.build()
				.createClient(OrderApi.class);
		}

	}

	interface Repository {

		void save(String number);

	}

	@RequiresPermission(action = "store")
	interface Orders extends Repository {

		@Override
		void save(String number);

		@RequiresPermission(action = "delete")
		void deleteByNumber(String number);

	}

	static class GeneralRepository implements Repository {

		@Override
		public void save(String number) {
			throw new AssertionError("Behind the advice");
		}

	}

	/** As Spring Data makes repositories: a proxy that knows its interfaces only. */
	static class RepositoryFactory implements FactoryBean<Orders> {

		@Override
		public Orders getObject() {
			ProxyFactory factory = new ProxyFactory();
			factory.setTarget(new GeneralRepository());
			factory.setInterfaces(Orders.class, Repository.class);
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

	interface Orderer {

		@RequiresPermission(action = "order", resource = "order:#{#p0}")
		String order(String number);

	}

	@Configuration(proxyBeanMethods = false)
	static class Lambdas {

		@Bean
		Orderer lambda() {
			return (number) -> {
				RAN.add("lambda");
				return "ordered " + number;
			};
		}

	}

}
