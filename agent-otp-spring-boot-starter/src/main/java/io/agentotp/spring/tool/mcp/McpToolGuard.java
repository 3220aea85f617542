package io.agentotp.spring.tool.mcp;

import java.time.InstantSource;

import io.agentotp.spring.tool.ToolGuard;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.server.McpStatelessServerFeatures;
import io.modelcontextprotocol.spec.McpSchema;
import org.jspecify.annotations.Nullable;

/**
 * Guards the tools of an MCP server. Those that are beans are guarded without it; it is
 * for tools that an application adds to a server itself. What is guarded already stays as
 * it is.
 */
public final class McpToolGuard {

	private final ToolGuard guard;

	private final McpToolSettings settings;

	private final InstantSource clock;

	private final McpSessions sessions;

	/**
	 * Creates a guard.
	 * @param guard guards the tools
	 * @param settings how their calls wait
	 */
	public McpToolGuard(ToolGuard guard, McpToolSettings settings) {
		this(guard, settings, InstantSource.system());
	}

	McpToolGuard(ToolGuard guard, McpToolSettings settings, InstantSource clock) {
		this.guard = guard;
		this.settings = settings;
		this.clock = clock;
		this.sessions = new McpSessions(clock);
	}

	/**
	 * Guards a tool.
	 * @param tool the tool
	 * @return the tool; its calls are guarded as its method and the rules say
	 */
	public McpServerFeatures.SyncToolSpecification guard(McpServerFeatures.SyncToolSpecification tool) {
		if (tool.callHandler() instanceof BlockingHandler<?>) {
			return tool;
		}
		GuardedMcpTool guarded = guarded(tool.tool(), tool.callHandler());
		return McpServerFeatures.SyncToolSpecification.builder()
			.tool(guarded.visible(tool.tool()))
			.callHandler(new BlockingHandler<>(guarded, ExchangeClient::of, tool.callHandler()))
			.build();
	}

	/**
	 * Guards a tool.
	 * @param tool the tool
	 * @return the tool; its calls are guarded as its method and the rules say
	 */
	public McpServerFeatures.AsyncToolSpecification guard(McpServerFeatures.AsyncToolSpecification tool) {
		if (tool.callHandler() instanceof ReactiveHandler<?>) {
			return tool;
		}
		GuardedMcpTool guarded = guarded(tool.tool(), tool.callHandler());
		return McpServerFeatures.AsyncToolSpecification.builder()
			.tool(guarded.visible(tool.tool()))
			.callHandler(new ReactiveHandler<>(guarded, ExchangeClient::of, tool.callHandler()))
			.build();
	}

	/**
	 * Guards a tool of a server without sessions.
	 * @param tool the tool
	 * @return the tool; its calls are guarded as its method and the rules say
	 */
	public McpStatelessServerFeatures.SyncToolSpecification guard(
			McpStatelessServerFeatures.SyncToolSpecification tool) {
		if (tool.callHandler() instanceof BlockingHandler<?>) {
			return tool;
		}
		GuardedMcpTool guarded = guarded(tool.tool(), tool.callHandler());
		return McpStatelessServerFeatures.SyncToolSpecification.builder()
			.tool(guarded.visible(tool.tool()))
			.callHandler(new BlockingHandler<>(guarded, McpToolGuard::unknown, tool.callHandler()))
			.build();
	}

	/**
	 * Guards a tool of a server without sessions.
	 * @param tool the tool
	 * @return the tool; its calls are guarded as its method and the rules say
	 */
	public McpStatelessServerFeatures.AsyncToolSpecification guard(
			McpStatelessServerFeatures.AsyncToolSpecification tool) {
		if (tool.callHandler() instanceof ReactiveHandler<?>) {
			return tool;
		}
		GuardedMcpTool guarded = guarded(tool.tool(), tool.callHandler());
		return McpStatelessServerFeatures.AsyncToolSpecification.builder()
			.tool(guarded.visible(tool.tool()))
			.callHandler(new ReactiveHandler<>(guarded, McpToolGuard::unknown, tool.callHandler()))
			.build();
	}

	/**
	 * Withdraws the permission requests of calls whose request is cancelled or whose
	 * session is over.
	 */
	void watch(Object server) {
		McpServers.watch(server, this.sessions);
	}

	private GuardedMcpTool guarded(McpSchema.Tool tool, Object handler) {
		return new GuardedMcpTool(tool, handler, this.guard, this.settings, this.clock, this.sessions);
	}

	private static <E> McpClient unknown(E exchange, @Nullable String user) {
		return McpClient.unknown(user);
	}

}
