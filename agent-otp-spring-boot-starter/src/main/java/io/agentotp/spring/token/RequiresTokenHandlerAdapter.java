package io.agentotp.spring.token;

import java.util.Map;

import io.agentotp.spring.RequiresToken;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.HandlerResult;
import org.springframework.web.server.ServerWebExchange;

/**
 * Stands before the handler methods of WebFlux, in the place of the adapter that calls
 * them: WebFlux has no interceptors, and a filter does not know the handler.
 */
public final class RequiresTokenHandlerAdapter implements HandlerAdapter, Ordered {

	private final TokenAuthorizer authorizer;

	private final ObjectProvider<HandlerAdapter> adapters;

	/**
	 * Creates the adapter.
	 * @param authorizer asks about what a request carries
	 * @param adapters all adapters; the first other one that can calls the handler
	 */
	public RequiresTokenHandlerAdapter(TokenAuthorizer authorizer, ObjectProvider<HandlerAdapter> adapters) {
		this.authorizer = authorizer;
		this.adapters = adapters;
	}

	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	public boolean supports(Object handler) {
		return handler instanceof HandlerMethod method
				&& this.authorizer.required(method.getMethod(), method.getBeanType()) != null;
	}

	@Override
	public Mono<HandlerResult> handle(ServerWebExchange exchange, Object handler) {
		HandlerMethod method = (HandlerMethod) handler;
		RequiredToken required = this.authorizer.required(method.getMethod(), method.getBeanType());
		if (required == null) {
			return Mono.error(new IllegalStateException("No @RequiresToken found for " + method));
		}
		Map<?, ?> variables = (exchange
			.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE) instanceof Map<?, ?> map) ? map : null;
		return Mono
			.fromFuture(
					() -> this.authorizer.check(required, variables, exchange.getAttribute(TokenAuthorizer.RECEIVED)))
			.onErrorMap((ex) -> TokenAuthorizer.refuse(method.getMethod(), ex))
			.doOnNext((permission) -> exchange.getAttributes().put(RequiresToken.PERMISSION, permission))
			.hasElement()
			.flatMap((granted) -> granted ? next(handler).handle(exchange, handler)
					: Mono.error(new IllegalStateException("No permission")))
			.onErrorResume(TokenRefusal.class, (refusal) -> refuse(exchange.getResponse(), refusal));
	}

	private HandlerAdapter next(Object handler) {
		return this.adapters.orderedStream()
			.filter((adapter) -> adapter != this && adapter.supports(handler))
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("No HandlerAdapter for " + handler));
	}

	private static Mono<HandlerResult> refuse(ServerHttpResponse response, TokenRefusal refusal) {
		response.setStatusCode(HttpStatusCode.valueOf(refusal.status()));
		HttpHeaders headers = response.getHeaders();
		headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
		headers.setCacheControl("no-store");
		if (refusal.status() == HttpStatus.UNAUTHORIZED.value()) {
			headers.set(HttpHeaders.WWW_AUTHENTICATE, "Agent-OTP");
		}
		DataBuffer body = response.bufferFactory().wrap(refusal.body());
		return response.writeWith(Mono.just(body)).then(Mono.empty());
	}

}
