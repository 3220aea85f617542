package io.agentotp.spring.propagation;

import java.net.URI;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentotp.Permission;
import io.agentotp.spring.PermissionContext;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.util.function.SingletonSupplier;

/**
 * The same as {@link RequestFactoryPropagation} for every {@code WebClient} that Spring
 * Boot configures. The permission comes from the Reactor context, else from the thread
 * that subscribes.
 */
public final class ConnectorPropagation implements BeanPostProcessor {

	private final Supplier<PermissionPropagation> propagation;

	/**
	 * Creates the post-processor.
	 * @param propagation supplies the decision which calls carry a permission
	 */
	public ConnectorPropagation(Supplier<PermissionPropagation> propagation) {
		this.propagation = propagation;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof ClientHttpConnectorBuilder<?> builder && this.propagation.get().isOn()) {
			return new PropagatingBuilder(builder, this.propagation.get());
		}
		return bean;
	}

	private static Optional<Permission> current(ContextView context) {
		return (context.getOrDefault(PermissionContext.KEY, null) instanceof PermissionContext.Held held)
				? held.permission() : PermissionContext.find();
	}

	private record PropagatingBuilder(ClientHttpConnectorBuilder<?> delegate,
			PermissionPropagation propagation) implements ClientHttpConnectorBuilder<ClientHttpConnector> {

		@Override
		public ClientHttpConnector build(@Nullable HttpClientSettings settings) {
			HttpClientSettings strict = ((settings != null) ? settings : HttpClientSettings.defaults())
				.withRedirects(HttpRedirects.DONT_FOLLOW);
			return new PropagatingConnector(this.delegate.build(settings),
					SingletonSupplier.of(() -> this.delegate.build(strict)), this.propagation);
		}

	}

	private record PropagatingConnector(ClientHttpConnector usual, Supplier<? extends ClientHttpConnector> strict,
			PermissionPropagation propagation) implements ClientHttpConnector {

		@Override
		public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
				Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
			return Mono.deferContextual((context) -> {
				String value = this.propagation.value(uri, current(context));
				if (value == null) {
					return this.usual.connect(method, uri, requestCallback);
				}
				return this.strict.get().connect(method, uri, (request) -> {
					request.getHeaders().set(this.propagation.header().name(), value);
					return requestCallback.apply(request);
				});
			});
		}

	}

}
