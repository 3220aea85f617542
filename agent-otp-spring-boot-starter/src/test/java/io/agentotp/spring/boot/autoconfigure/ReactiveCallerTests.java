package io.agentotp.spring.boot.autoconfigure;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.reactive.ServerWebExchangeContextFilter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Guarded methods of reactive applications find out who calls in Reactor's context.
 */
class ReactiveCallerTests {

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
				HttpHandlerAutoConfiguration.class, WebFluxAutoConfiguration.class))
		.withPropertyValues("agentotp.api-key=ak_test_0123456789", "agentotp.base-url=http://localhost:1");

	@Test
	void requestWhenItIsHandledThenItsExchangeIsInTheContext() {
		this.runner.withBean(Desk.class)
			.run((context) -> WebTestClient.bindToApplicationContext(context)
				.build()
				.get()
				.uri("/known")
				.exchange()
				.expectBody(String.class)
				.isEqualTo("true"));
	}

	@Test
	void startWhenTheApplicationHasThatFilterItselfThenNoSecondOne() {
		this.runner.withBean("own", ServerWebExchangeContextFilter.class)
			.run((context) -> assertThat(context).getBeanNames(ServerWebExchangeContextFilter.class)
				.containsExactly("own"));
	}

	@RestController
	static class Desk {

		@GetMapping("/known")
		Mono<String> known() {
			return Mono.deferContextual((context) -> Mono
				.just(String.valueOf(ServerWebExchangeContextFilter.getExchange(context).isPresent())));
		}

	}

}
