package io.agentotp.spring.tool.mcp;

import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionPendingException;
import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.tool.HiddenParameters;
import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolCall;
import io.agentotp.spring.tool.ToolCaller;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolProtection;
import io.agentotp.spring.tool.ToolRefusedException;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitUrlRequest;
import io.modelcontextprotocol.spec.McpSchema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tool of an MCP server: what is the same about its calls, however they are made.
 */
final class GuardedMcpTool {

	private static final String PROGRESS_TOKEN = "progressToken";

	/** Where what comes from the transport stands beside what the client says. */
	private static final String TRANSPORT = "transport";

	private final ToolGuard guard;

	private final McpSchema.Tool offered;

	private final ToolProtection protection;

	private final HiddenParameters hidden;

	private final McpToolSettings settings;

	private final InstantSource clock;

	private final McpSessions sessions;

	GuardedMcpTool(McpSchema.Tool offered, Object handler, ToolGuard guard, McpToolSettings settings,
			InstantSource clock, McpSessions sessions) {
		Tool tool = McpToolMethods.describe(offered.name(), handler).declaring(offered::inputSchema);
		this.offered = offered;
		this.guard = guard;
		this.protection = McpToolMethods.around(tool, handler, guard);
		this.hidden = HiddenParameters.of(tool.method());
		this.settings = settings;
		this.clock = clock;
		this.sessions = sessions;
	}

	ToolGuard guard() {
		return this.guard;
	}

	ToolProtection protection() {
		return this.protection;
	}

	/**
	 * Return the tool as clients shall see it.
	 */
	McpSchema.Tool visible(McpSchema.Tool tool) {
		return this.hidden.isEmpty() ? tool
				: McpSchema.Tool.builder(tool.name(), this.hidden.withoutInSchema(tool.inputSchema()))
					.title(tool.title())
					.description(tool.description())
					.outputSchema(tool.outputSchema())
					.annotations(tool.annotations())
					.icons(tool.icons())
					.meta(tool.meta())
					.build();
	}

	/**
	 * Return a request as the tool shall see it.
	 */
	CallToolRequest visible(CallToolRequest request) {
		if (this.hidden.isEmpty() && !this.protection.isByRule()) {
			return request;
		}
		Map<String, Object> arguments = request.arguments();
		return new CallToolRequest(request.name(),
				(arguments != null) ? this.protection.exact(this.hidden.withoutInArguments(arguments)) : null,
				readable(request.meta()));
	}

	private @Nullable Map<String, Object> readable(@Nullable Map<String, Object> meta) {
		if (meta == null || !this.protection.isByRule()) {
			return meta;
		}
		Map<String, Object> readable = new LinkedHashMap<>(this.protection.readable(meta));
		if (meta.containsKey(PROGRESS_TOKEN)) {
			readable.put(PROGRESS_TOKEN, meta.get(PROGRESS_TOKEN));
		}
		return readable;
	}

	McpCallerDeadline patience(McpClient client, CallToolRequest visible, boolean known) {
		Map<String, Object> arguments = visible.arguments();
		return new McpCallerDeadline(client, this.settings, this.clock, this.sessions,
				List.of(visible.name(), (arguments != null) ? arguments : Map.of()), known);
	}

	/**
	 * Return what a tool gets beside the request, as it may read it. What a session has
	 * cannot be left out of it, and refuses the call if it cannot be bound.
	 */
	@SuppressWarnings("unchecked") // a context in place of a context
	<E extends @Nullable Object> E visible(E exchange) {
		if (!(exchange instanceof McpTransportContext context) || !readsMore()) {
			return exchange;
		}
		Map<String, Object> readable = this.protection.readable(TransportContexts.entries(context));
		return (E) ((TransportContexts.isPlain(context) || readable.isEmpty())
				? McpTransportContext.create(TransportContexts.isPlain(context) ? readable : Map.of()) : context);
	}

	ToolCall call(CallToolRequest visible, @Nullable Object exchange, McpClient client, McpCallerDeadline patience,
			AgentTurn begun) {
		Map<String, Object> arguments = visible.arguments();
		ToolCaller caller = client.caller();
		return new ToolCall(this.protection.tool().name(), null,
				JsonMapper.shared().writeValueAsString((arguments != null) ? arguments : Map.of()), caller, patience,
				beside(visible, exchange), this.sessions.turn(caller, begun), this.offered::inputSchema);
	}

	/**
	 * Return what the client has said beside the arguments, if the tool can read it.
	 */
	private Map<String, Object> beside(CallToolRequest request, @Nullable Object exchange) {
		if (!readsMore()) {
			return Map.of();
		}
		Map<String, Object> meta = request.meta();
		Map<String, Object> read = new LinkedHashMap<>((meta != null) ? meta : Map.of());
		// Another one in each call, for what is told about its progress only.
		read.remove(PROGRESS_TOKEN);
		Map<String, Object> transport = TransportContexts.entries(TransportContexts.of(exchange));
		if (!transport.isEmpty()) {
			String name = TRANSPORT;
			while (read.containsKey(name)) {
				name = "_" + name;
			}
			read.put(name, transport);
		}
		return read;
	}

	private boolean readsMore() {
		return this.protection.isByRule() && McpToolMethods.reads(this.protection.tool());
	}

	/**
	 * Return what the client gets in place of a result.
	 * @throws McpError if it shall open a page first
	 */
	CallToolResult refused(ToolRefusedException refusal, McpCallerDeadline patience) {
		// Whatever else ends a call, its request or its grant can still be picked up.
		if (!(refusal.refusal() instanceof PermissionDeniedException
				|| refusal.refusal() instanceof PermissionExpiredException)) {
			patience.leaveOpen();
		}
		if (this.settings.elicitationRequired()) {
			pending(refusal, patience).ifPresent((request) -> {
				throw McpError.URL_ELICITATION_REQUIRED.apply(List.of(request));
			});
		}
		return CallToolResult.builder().addTextContent(String.valueOf(refusal.getMessage())).isError(true).build();
	}

	private static Optional<ElicitUrlRequest> pending(ToolRefusedException refusal, McpCallerDeadline patience) {
		return (refusal.refusal() instanceof PermissionPendingException pending)
				? patience.request(pending.permission()) : Optional.empty();
	}

	/**
	 * Return whether a result is that of a tool that has failed.
	 */
	static boolean isFailed(@Nullable CallToolResult result) {
		return result != null && Boolean.TRUE.equals(result.isError());
	}

}
