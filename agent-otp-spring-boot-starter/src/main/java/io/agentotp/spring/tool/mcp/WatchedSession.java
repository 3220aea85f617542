package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;

import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.server.McpNotificationHandler;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A session that tells which request is under way, which one the client has cancelled,
 * and when it is over: the SDK tells tools none of that.
 */
final class WatchedSession extends McpStreamableServerSession {

	/** The id of a request in the context of its call. */
	static final String REQUEST = WatchedSession.class.getName() + ".request";

	private static final String CANCELLED = "notifications/cancelled";

	private final McpSessions sessions;

	private WatchedSession(String id, McpSchema.InitializeRequest client, Handlers handlers, McpSessions sessions) {
		super(id, client.capabilities(), client.clientInfo(), handlers.requestTimeout(), handlers.requests(),
				handlers.notifications(), () -> handlers.onClose().apply(id).doFinally((signal) -> sessions.close(id)),
				handlers.validator());
		this.sessions = sessions;
	}

	@Override
	public Mono<Void> responseStream(McpSchema.JSONRPCRequest request, McpStreamableServerTransport transport) {
		return super.responseStream(request, transport).contextWrite((context) -> {
			McpTransportContext outer = Objects
				.requireNonNull(context.getOrDefault(McpTransportContext.KEY, McpTransportContext.EMPTY));
			return context.put(McpTransportContext.KEY, new RequestContext(outer, request.id()));
		});
	}

	@Override
	public Mono<Void> accept(McpSchema.JSONRPCNotification notification) {
		if (!CANCELLED.equals(notification.method())) {
			return super.accept(notification);
		}
		return Mono.fromRunnable(() -> {
			if (notification.params() instanceof Map<?, ?> params && params.get("requestId") != null) {
				this.sessions.cancel(getId(), params.get("requestId"));
			}
		});
	}

	/**
	 * The context of a request, which knows the id of that.
	 *
	 * @param outer what the server has made of the transport
	 * @param id the id
	 */
	record RequestContext(McpTransportContext outer, Object id) implements McpTransportContext {

		@Override
		public @Nullable Object get(String key) {
			return REQUEST.equals(key) ? this.id : this.outer.get(key);
		}

	}

	/**
	 * What a server makes its sessions of.
	 */
	record Handlers(Duration requestTimeout, InitRequestHandler init, Map<String, McpRequestHandler<?>> requests,
			Map<String, McpNotificationHandler> notifications, Function<String, Mono<Void>> onClose,
			@Nullable JsonSchemaValidator validator) {

		Factory factory(McpSessions sessions) {
			return (client) -> new McpStreamableServerSessionInit(
					new WatchedSession(UUID.randomUUID().toString(), client, this, sessions), this.init.handle(client));
		}

	}

}
