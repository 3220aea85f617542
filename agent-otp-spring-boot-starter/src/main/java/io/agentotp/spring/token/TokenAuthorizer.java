package io.agentotp.spring.token;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import io.agentotp.AgentOtpClient;
import io.agentotp.AsyncAgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.spring.propagation.PermissionHeader;
import io.agentotp.spring.propagation.PermissionHeader.Received;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the permission service about what a request carries. There is one way through, and
 * it leads through an answer that says yes.
 */
public final class TokenAuthorizer {

	/**
	 * Where the filters put what they took out of the header.
	 */
	static final String RECEIVED = TokenAuthorizer.class.getName() + ".received";

	private static final Logger logger = LoggerFactory.getLogger(TokenAuthorizer.class);

	private final RequiredTokens tokens;

	private final Supplier<AgentOtpClient> client;

	private final Supplier<PermissionHeader> header;

	/**
	 * Creates the authorizer. Nothing is asked of the suppliers before the first request.
	 * @param tokens tells what a handler demands
	 * @param client supplies the client
	 * @param header supplies the header that carries the permission
	 */
	public TokenAuthorizer(RequiredTokens tokens, Supplier<AgentOtpClient> client, Supplier<PermissionHeader> header) {
		this.tokens = tokens;
		this.client = client;
		this.header = header;
	}

	PermissionHeader header() {
		return this.header.get();
	}

	@Nullable RequiredToken required(Method method, Class<?> beanType) {
		return this.tokens.find(method, beanType);
	}

	/**
	 * Finds out whether a request may reach its handler.
	 * @param required what the handler demands
	 * @param pathVariables the request's path variables
	 * @param received what {@link #RECEIVED} says
	 * @return the permission; completed exceptionally whatever else happens
	 */
	CompletableFuture<Permission> check(RequiredToken required, @Nullable Map<?, ?> pathVariables,
			@Nullable Object received) {
		try {
			if (!(received instanceof Optional<?> read)) {
				throw TokenRefusal.missing(header().name());
			}
			if (!(read.orElse(null) instanceof Received sent)) {
				throw TokenRefusal.unreadable(header().name());
			}
			String resource = required.resource(pathVariables);
			AsyncAgentOtpClient client = this.client.get().async();
			return client.getPermission(sent.id()).thenCompose((permission) -> {
				compare(required, resource, sent, permission);
				return required.consume() ? use(client, sent, permission) : verify(client, sent, permission);
			});
		}
		catch (RuntimeException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	/**
	 * Return the refusal for what {@link #check} ended with, and logs it.
	 */
	static TokenRefusal refuse(Method handler, Throwable ex) {
		TokenRefusal refusal = TokenRefusal.of(ex);
		logger.info("A request to {}.{}() is refused with {}: {}", handler.getDeclaringClass().getSimpleName(),
				handler.getName(), refusal.status(), refusal.getMessage());
		return refusal;
	}

	private static void compare(RequiredToken required, @Nullable String resource, Received sent,
			Permission permission) {
		if (!permission.isGranted()) {
			throw TokenRefusal.notForThis("its permission is " + permission.status());
		}
		if (!permission.id().equals(sent.id()) || !permission.token().filter(sent.token()::equals).isPresent()) {
			throw TokenRefusal.notForThis("its token is not the permission's");
		}
		if (!permission.action().equals(required.action())) {
			throw TokenRefusal.notForThis("its permission is for another action");
		}
		if (resource != null && !permission.resource().filter(resource::equals).isPresent()) {
			throw TokenRefusal.notForThis("its permission is for another resource");
		}
	}

	private static CompletableFuture<Permission> verify(AsyncAgentOtpClient client, Received sent,
			Permission permission) {
		return client.verifyToken(sent.id(), sent.token()).thenApply((verification) -> {
			if (!verification.valid()) {
				throw TokenRefusal.notForThis("the service rejects its token");
			}
			return permission;
		});
	}

	private static CompletableFuture<Permission> use(AsyncAgentOtpClient client, Received sent, Permission permission) {
		return client
			.useToken(sent.id(), sent.token(), Map.of("receiver", "request"), permission.callDigest().orElse(null))
			.thenApply((use) -> permission);
	}

}
