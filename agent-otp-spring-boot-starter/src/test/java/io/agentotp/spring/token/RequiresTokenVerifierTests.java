package io.agentotp.spring.token;

import io.agentotp.spring.RequiresToken;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpPropagationAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpTokenAutoConfiguration;
import io.agentotp.spring.operation.InvalidAnnotationException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurationSupport;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

import static org.assertj.core.api.Assertions.assertThat;

class RequiresTokenVerifierTests {

	private static final AutoConfigurations OURS = AutoConfigurations.of(AgentOtpAutoConfiguration.class,
			AgentOtpPropagationAutoConfiguration.class, AgentOtpTokenAutoConfiguration.class);

	private static final String[] PROPERTIES = { "agentotp.base-url=http://localhost:1",
			"agentotp.api-key=ak_live_test" };

	private final WebApplicationContextRunner servlet = new WebApplicationContextRunner().withConfiguration(OURS)
		.withConfiguration(
				AutoConfigurations.of(DispatcherServletAutoConfiguration.class, WebMvcAutoConfiguration.class))
		.withPropertyValues(PROPERTIES);

	private final ReactiveWebApplicationContextRunner reactive = new ReactiveWebApplicationContextRunner()
		.withConfiguration(OURS)
		.withConfiguration(AutoConfigurations.of(HttpHandlerAutoConfiguration.class, WebFluxAutoConfiguration.class))
		.withPropertyValues(PROPERTIES);

	private final ApplicationContextRunner noWeb = new ApplicationContextRunner().withConfiguration(OURS)
		.withPropertyValues(PROPERTIES);

	@Test
	void startWhenTheHandlersAreSeenThenStarts() {
		this.servlet.withBean(Handlers.class).run((context) -> assertThat(context).hasNotFailed());
		this.reactive.withBean(Handlers.class).run((context) -> assertThat(context).hasNotFailed());
		this.noWeb.withBean(Handlers.class).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void startWhenTheMethodIsNoHandlerThenFailsAndSaysWhatToChange() {
		this.servlet.withBean(Service.class).run((context) -> assertNoHandler(context.getStartupFailure()));
		this.reactive.withBean(Service.class).run((context) -> assertNoHandler(context.getStartupFailure()));
		this.noWeb.withBean(Service.class).run((context) -> assertNoHandler(context.getStartupFailure()));
	}

	@Test
	void startWhenTheBeanIsLazyOrMadeByHandThenFailsToo() {
		this.servlet.withBean(Service.class, Service::new, (definition) -> definition.setLazyInit(true))
			.run((context) -> assertNoHandler(context.getStartupFailure()));
		this.servlet.withInitializer((context) -> context.getBeanFactory().registerSingleton("made", new Service()))
			.run((context) -> assertNoHandler(context.getStartupFailure()));
		this.servlet.withPropertyValues("spring.main.lazy-initialization=true")
			.withBean(Service.class)
			.run((context) -> assertNoHandler(context.getStartupFailure()));
	}

	@Test
	void startWhenTheClassHasNoHandlerMethodsThenFails() {
		this.servlet.withBean("/plain", PlainHandler.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(InvalidAnnotationException.class)
				.hasMessageContaining("no handler methods"));
	}

	@Test
	void startWhenAFunctionalRouteCallsTheMethodThenFails() {
		this.servlet.withUserConfiguration(Routes.class).run((context) -> assertNoHandler(context.getStartupFailure()));
	}

	@Test
	void startWhenTheResourceNamesNoPathVariableThenFails() {
		this.servlet.withBean(WrongVariable.class)
			.run((context) -> assertThat(context).getFailure()
				.hasMessageContaining("{id}, which is no variable of the path /x/{name}"));
	}

	@Test
	void startWhenTwoAnnotationsCompeteThenFails() {
		this.servlet.withBean(Competing.class)
			.run((context) -> assertThat(context).getFailure()
				.hasMessageContaining("2 competing annotations, for one and two"));
	}

	@Test
	void startWhenAPlaceholderIsUnknownThenFails() {
		this.servlet.withBean(UnknownPlaceholder.class)
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("${no.such.property}"));
	}

	@Test
	void requestWhenTheApplicationConfiguresSpringMvcItselfThenItIsRefusedToo() {
		this.servlet.withUserConfiguration(OwnMvc.class).withBean(Handlers.class).run(this::assertRefused);
	}

	@Test
	void requestWhenNoFilterHasReadTheHeaderThenRefused() {
		this.servlet.withBean(Handlers.class).run((context) -> {
			MockMvcTester mvc = MockMvcTester.from(context);
			assertThat(mvc.get().uri("/handled").header("Agent-OTP-Permission", "p1 otp_1"))
				.hasStatus(HttpStatus.UNAUTHORIZED);
			assertThat(context.getBean(Handlers.class).runs).isZero();
		});
	}

	private void assertRefused(AssertableWebApplicationContext context) {
		assertThat(context).hasNotFailed();
		assertThat(MockMvcTester.from(context).get().uri("/handled")).hasStatus(HttpStatus.UNAUTHORIZED);
		assertThat(context.getBean(Handlers.class).runs).isZero();
	}

	private static void assertNoHandler(Throwable failure) {
		assertThat(failure).isInstanceOf(InvalidAnnotationException.class)
			.hasMessageContaining("is no request handler");
		assertThat(SpringFactoriesLoader.forDefaultResourceLocation()
			.load(FailureAnalyzer.class,
					SpringFactoriesLoader.FailureHandler.logging(LogFactory.getLog(RequiresTokenVerifierTests.class)))
			.stream()
			.map((analyzer) -> analyzer.analyze(failure))
			.filter((analysis) -> analysis != null))
			.anySatisfy((analysis) -> assertThat(analysis.getAction()).contains("@RequiresPermission"));
	}

	@RestController
	static class Handlers {

		int runs;

		@GetMapping("/handled")
		@RequiresToken(action = "a")
		String handle() {
			this.runs++;
			return "";
		}

	}

	static class Service {

		@RequiresToken(action = "a")
		void work() {
		}

	}

	@RequiresToken(action = "a")
	static class PlainHandler implements HttpRequestHandler {

		@Override
		public void handleRequest(HttpServletRequest request, HttpServletResponse response) {
		}

	}

	@RestController
	static class WrongVariable {

		@GetMapping("/x/{name}")
		@RequiresToken(action = "a", resource = "account:{id}")
		String handle() {
			return "";
		}

	}

	@RestController
	static class UnknownPlaceholder {

		@GetMapping("/x")
		@RequiresToken(action = "${no.such.property}")
		String handle() {
			return "";
		}

	}

	interface One {

		@GetMapping("/x")
		@RequiresToken(action = "one")
		String handle();

	}

	interface Two {

		@RequiresToken(action = "two")
		String handle();

	}

	@RestController
	static class Competing implements One, Two {

		@Override
		public String handle() {
			return "";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnMvc extends WebMvcConfigurationSupport {

	}

	@Configuration(proxyBeanMethods = false)
	static class Routes {

		@Bean
		Functions functions() {
			return new Functions();
		}

		@Bean
		RouterFunction<ServerResponse> route(Functions functions) {
			return RouterFunctions.route().GET("/f", functions::handle).build();
		}

	}

	static class Functions {

		@RequiresToken(action = "a")
		ServerResponse handle(ServerRequest request) {
			return ServerResponse.ok().build();
		}

	}

}
