package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.mock.http.client.MockClientHttpRequest;
import org.springframework.mock.http.client.MockClientHttpResponse;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.registry.HttpServiceProxyRegistry;
import org.springframework.web.service.registry.ImportHttpServices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The registry of HTTP service clients gives guarded ones.
 */
class HttpServiceClientsTests {

	private static final List<String> SENT = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void callWhenTheClientComesFromTheRegistryThenGuarded(boolean lazy) {
		SENT.clear();
		this.guarded.runner(Application.class)
			.withInitializer((context) -> context.addBeanFactoryPostProcessor(
					(beanFactory) -> beanFactory.getBeanDefinition(bean(Payments.class)).setLazyInit(lazy)))
			.run((context) -> {
				HttpServiceProxyRegistry registry = context.getBean(HttpServiceProxyRegistry.class);
				this.guarded.service.deny("pay", "No");
				for (Payments client : List.of(registry.getClient(Payments.class),
						registry.getClient("default", Payments.class), context.getBean(Payments.class))) {
					assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(client::pay);
				}
				assertThat(SENT).isEmpty();
				registry.getClient(Prices.class).read();
				assertThat(SENT).containsExactly("/prices");
				this.guarded.service.approve("pay");
				registry.getClient(Payments.class).pay();
				assertThat(SENT).containsExactly("/prices", "/pay");
				assertThat(this.guarded.service.asked()).hasSize(4);
			});
	}

	@Test
	void getWhenTheClientIsNoBeanThenFails() {
		this.guarded.runner(Application.class)
			.withInitializer((context) -> context.addBeanFactoryPostProcessor(
					(beanFactory) -> ((BeanDefinitionRegistry) beanFactory).removeBeanDefinition(bean(Payments.class))))
			.run((context) -> assertThatExceptionOfType(NoSuchBeanDefinitionException.class)
				.isThrownBy(() -> context.getBean(HttpServiceProxyRegistry.class).getClient(Payments.class)));
	}

	private static String bean(Class<?> client) {
		return "default#" + client.getName();
	}

	@HttpExchange("http://localhost")
	interface Payments {

		@RequiresPermission(action = "pay")
		@GetExchange("/pay")
		String pay();

	}

	@HttpExchange("http://localhost")
	interface Prices {

		@GetExchange("/prices")
		String read();

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(types = { Payments.class, Prices.class })
	static class Application {

		@Bean
		RestClientHttpServiceGroupConfigurer configurer() {
			ClientHttpRequestFactory requests = (uri, method) -> {
				SENT.add(uri.getPath());
				MockClientHttpRequest request = new MockClientHttpRequest(method, uri);
				request.setResponse(new MockClientHttpResponse(new byte[0], 200));
				return request;
			};
			return (groups) -> groups.forEachClient((group, builder) -> builder.requestFactory(requests));
		}

	}

}
