package io.agentotp.spring.tool.mcp;

import java.util.function.BiFunction;

import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.guard.CallerIdentity;
import io.agentotp.spring.guard.CallerPrincipal;
import io.agentotp.spring.tool.ProtectedTool;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolProtection;
import io.agentotp.spring.tool.ToolRefusedException;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.jspecify.annotations.Nullable;

/**
 * Passes each call of a tool through the guard, on the thread that it is made on.
 *
 * @param <E> what the server knows of the client
 */
final class BlockingHandler<E> implements BiFunction<E, CallToolRequest, CallToolResult>, ProtectedTool {

	private final GuardedMcpTool tool;

	private final BiFunction<? super E, @Nullable String, McpClient> clients;

	private final BiFunction<E, CallToolRequest, CallToolResult> delegate;

	BlockingHandler(GuardedMcpTool tool, BiFunction<? super E, @Nullable String, McpClient> clients,
			BiFunction<E, CallToolRequest, CallToolResult> delegate) {
		this.tool = tool;
		this.clients = clients;
		this.delegate = delegate;
	}

	@Override
	public ToolProtection protection() {
		return this.tool.protection();
	}

	@Override
	public ToolGuard guard() {
		return this.tool.guard();
	}

	@Override
	public CallToolResult apply(E exchange, CallToolRequest request) {
		CallerIdentity user = CallerPrincipal.ofThread();
		McpClient client = this.clients.apply(exchange, (user != null) ? user.name() : null);
		boolean known = user != null || client.session() != null || !CallerPrincipal.isLost();
		CallToolRequest visible = this.tool.visible(request);
		E readable = this.tool.visible(exchange);
		try (McpCallerDeadline patience = this.tool.patience(client, visible, known)) {
			try {
				return this.tool.guard()
					.call(this.tool.protection(), this.tool.call(visible, readable, client, patience, new AgentTurn()),
							() -> this.delegate.apply(readable, visible), GuardedMcpTool::isFailed);
			}
			catch (ToolRefusedException ex) {
				return this.tool.refused(ex, patience);
			}
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

}
