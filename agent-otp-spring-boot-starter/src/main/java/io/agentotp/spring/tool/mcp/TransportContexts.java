package io.agentotp.spring.tool.mcp;

import java.lang.reflect.Field;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ReflectionUtils;

/**
 * What a server takes from the transport of a request for its tools, such as headers of
 * HTTP: it comes from the agent's side.
 */
final class TransportContexts {

	private static final Class<?> PLAIN = McpTransportContext.EMPTY.getClass();

	/** The SDK reads its entries by their names only. */
	private static final @Nullable Field ENTRIES = entries();

	private TransportContexts() {
	}

	private static @Nullable Field entries() {
		Field field = ReflectionUtils.findField(PLAIN, null, Map.class);
		if (field != null) {
			ReflectionUtils.makeAccessible(field);
		}
		return field;
	}

	/**
	 * Return the one that a tool can read.
	 * @param exchange what the tool gets beside the request
	 */
	static McpTransportContext of(@Nullable Object exchange) {
		McpTransportContext context = (exchange instanceof McpTransportContext stateless) ? stateless
				: (exchange instanceof McpSyncServerExchange sync) ? sync.transportContext()
						: (exchange instanceof McpAsyncServerExchange async) ? async.transportContext() : null;
		context = (context instanceof WatchedSession.RequestContext known) ? known.outer() : context;
		return (context != null) ? context : McpTransportContext.EMPTY;
	}

	/**
	 * Return what is in it by name, or a class of the application's as one entry.
	 */
	@SuppressWarnings("unchecked") // its keys are names
	static Map<String, Object> entries(McpTransportContext context) {
		return (isPlain(context) && ENTRIES != null)
				? new LinkedHashMap<>(
						(Map<String, Object>) Objects.requireNonNull(ReflectionUtils.getField(ENTRIES, context)))
				: Map.of("context", context);
	}

	/**
	 * Return whether it is nothing but its entries.
	 */
	static boolean isPlain(McpTransportContext context) {
		return context.getClass() == PLAIN;
	}

}
