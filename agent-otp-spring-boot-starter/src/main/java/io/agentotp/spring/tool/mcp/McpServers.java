package io.agentotp.spring.tool.mcp;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.server.McpAsyncServer;
import io.modelcontextprotocol.server.McpNotificationHandler;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.DefaultMcpStreamableServerSessionFactory;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import org.springframework.util.ReflectionUtils;

/**
 * Lets servers tell about their sessions. The SDK has no place for that, so that its
 * servers are looked into.
 */
final class McpServers {

	private static final Logger logger = LoggerFactory.getLogger(McpServers.class);

	private McpServers() {
	}

	/**
	 * Watches the sessions of a server that has some, and none yet.
	 * @param server a bean, which may be something else
	 */
	static void watch(Object server, McpSessions sessions) {
		Object async = (server instanceof McpSyncServer) ? value(server, McpAsyncServer.class) : server;
		if (!(async instanceof McpAsyncServer)) {
			return;
		}
		if (value(async, "mcpTransportProvider") instanceof McpStreamableServerTransportProvider provider) {
			Object factory = value(provider, McpStreamableServerSession.Factory.class);
			WatchedSession.Handlers handlers = (factory != null
					&& factory.getClass() == DefaultMcpStreamableServerSessionFactory.class) ? handlers(factory) : null;
			if (handlers != null) {
				provider.setSessionFactory(handlers.factory(sessions));
			}
			else {
				logger.info("This version of the MCP SDK does not tell which requests are cancelled and when a session "
						+ "ends: permission requests stay open then, until their window is over");
			}
		}
	}

	@SuppressWarnings("unchecked")
	private static WatchedSession.@Nullable Handlers handlers(Object factory) {
		Object requestTimeout = value(factory, "requestTimeout");
		Object init = value(factory, "initRequestHandler");
		Object requests = value(factory, "requestHandlers");
		Object notifications = value(factory, "notificationHandlers");
		Object onClose = value(factory, "onClose");
		return (requestTimeout instanceof Duration timeout
				&& init instanceof McpStreamableServerSession.InitRequestHandler initializing && requests instanceof Map
				&& notifications instanceof Map && onClose instanceof Function) ? new WatchedSession.Handlers(timeout,
						initializing, (Map<String, McpRequestHandler<?>>) requests,
						(Map<String, McpNotificationHandler>) notifications, (Function<String, Mono<Void>>) onClose,
						(value(factory, "jsonSchemaValidator") instanceof JsonSchemaValidator validator) ? validator
								: null)
						: null;
	}

	private static @Nullable Object value(Object holder, String name) {
		return value(holder, ReflectionUtils.findField(holder.getClass(), name));
	}

	private static @Nullable Object value(Object holder, Class<?> type) {
		return value(holder, ReflectionUtils.findField(holder.getClass(), null, type));
	}

	private static @Nullable Object value(Object holder, @Nullable Field field) {
		if (field == null) {
			return null;
		}
		ReflectionUtils.makeAccessible(field);
		return ReflectionUtils.getField(field, holder);
	}

}
