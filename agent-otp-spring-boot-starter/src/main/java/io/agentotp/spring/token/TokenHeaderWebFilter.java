package io.agentotp.spring.token;

import java.util.List;

import reactor.core.publisher.Mono;

import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

/**
 * Takes the permission out of the header before anything that logs or records headers
 * sees the request.
 */
public final class TokenHeaderWebFilter implements WebFilter, Ordered {

	private final TokenAuthorizer authorizer;

	/**
	 * Creates the filter.
	 * @param authorizer knows the header
	 */
	public TokenHeaderWebFilter(TokenAuthorizer authorizer) {
		this.authorizer = authorizer;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		String name = this.authorizer.header().name();
		List<String> values = exchange.getRequest().getHeaders().get(name);
		if (values == null) {
			return chain.filter(exchange);
		}
		exchange.getAttributes().put(TokenAuthorizer.RECEIVED, this.authorizer.header().read(values));
		return chain
			.filter(exchange.mutate().request((request) -> request.headers((headers) -> headers.remove(name))).build());
	}

}
