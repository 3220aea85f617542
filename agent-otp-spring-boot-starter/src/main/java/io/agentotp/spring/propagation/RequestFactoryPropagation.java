package io.agentotp.spring.propagation;

import java.io.IOException;
import java.net.URI;
import java.util.function.Supplier;

import io.agentotp.spring.PermissionContext;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.util.function.SingletonSupplier;

/**
 * Puts the header on the calls of every {@code RestClient} and {@code RestTemplate} that
 * Spring Boot configures. It does so at the innermost place, where no interceptor can log
 * it, and with a request that follows no redirect, because HTTP clients take headers
 * along to another host.
 */
public final class RequestFactoryPropagation implements BeanPostProcessor {

	private final Supplier<PermissionPropagation> propagation;

	/**
	 * Creates the post-processor.
	 * @param propagation supplies the decision which calls carry a permission
	 */
	public RequestFactoryPropagation(Supplier<PermissionPropagation> propagation) {
		this.propagation = propagation;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof ClientHttpRequestFactoryBuilder<?> builder && this.propagation.get().isOn()) {
			return new PropagatingBuilder(builder, this.propagation.get());
		}
		return bean;
	}

	private record PropagatingBuilder(ClientHttpRequestFactoryBuilder<?> delegate,
			PermissionPropagation propagation) implements ClientHttpRequestFactoryBuilder<ClientHttpRequestFactory> {

		@Override
		public ClientHttpRequestFactory build(@Nullable HttpClientSettings settings) {
			HttpClientSettings strict = ((settings != null) ? settings : HttpClientSettings.defaults())
				.withRedirects(HttpRedirects.DONT_FOLLOW);
			return new PropagatingFactory(this.delegate.build(settings),
					SingletonSupplier.of(() -> this.delegate.build(strict)), this.propagation);
		}

	}

	private record PropagatingFactory(ClientHttpRequestFactory usual,
			Supplier<? extends ClientHttpRequestFactory> strict,
			PermissionPropagation propagation) implements ClientHttpRequestFactory {

		@Override
		public ClientHttpRequest createRequest(URI uri, HttpMethod method) throws IOException {
			String value = this.propagation.value(uri, PermissionContext.find());
			if (value == null) {
				return this.usual.createRequest(uri, method);
			}
			ClientHttpRequest request = this.strict.get().createRequest(uri, method);
			request.getHeaders().set(this.propagation.header().name(), value);
			return request;
		}

	}

}
