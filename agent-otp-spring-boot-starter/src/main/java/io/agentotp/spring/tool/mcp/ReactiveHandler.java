package io.agentotp.spring.tool.mcp;

import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.guard.CallerIdentity;
import io.agentotp.spring.guard.CallerPrincipal;
import io.agentotp.spring.guard.ToolCallContext;
import io.agentotp.spring.tool.ProtectedTool;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolProtection;
import io.agentotp.spring.tool.ToolRefusedException;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Passes each call of a tool through the guard, without blocking. Cancelling it ends the
 * wait, and then nothing runs.
 *
 * @param <E> what the server knows of the client
 */
final class ReactiveHandler<E> implements BiFunction<E, CallToolRequest, Mono<CallToolResult>>, ProtectedTool {

	private final GuardedMcpTool tool;

	private final BiFunction<? super E, @Nullable String, McpClient> clients;

	private final BiFunction<E, CallToolRequest, Mono<CallToolResult>> delegate;

	ReactiveHandler(GuardedMcpTool tool, BiFunction<? super E, @Nullable String, McpClient> clients,
			BiFunction<E, CallToolRequest, Mono<CallToolResult>> delegate) {
		this.tool = tool;
		this.clients = clients;
		this.delegate = delegate;
		// Tools that block do so on a scheduler's thread, where their guarded methods
		// must
		// know the call, too.
		Schedulers.onScheduleHook(ToolCallContext.class.getName(), ToolCallContext::carried);
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
	public Mono<CallToolResult> apply(E exchange, CallToolRequest request) {
		CallerIdentity ofRequest = CallerPrincipal.ofRequest();
		return CallerPrincipal.ofSubscriber()
			.flatMap((subscriber) -> guarded(exchange, request, subscriber.orElse(ofRequest)));
	}

	private Mono<CallToolResult> guarded(E exchange, CallToolRequest request, @Nullable CallerIdentity user) {
		return Mono.deferContextual((context) -> {
			McpClient client = this.clients.apply(exchange, (user != null) ? user.name() : null);
			AgentTurn begun = (user != null) ? new AgentTurn(user) : new AgentTurn();
			CallToolRequest visible = this.tool.visible(request);
			E readable = this.tool.visible(exchange);
			McpCallerDeadline patience = this.tool.patience(client, visible, true);
			return Mono
				.fromFuture(() -> this.tool.guard()
					.callAsync(this.tool.protection(), this.tool.call(visible, readable, client, patience, begun),
							() -> body(readable, visible, context), GuardedMcpTool::isFailed))
				.onErrorResume(ToolRefusedException.class,
						(ex) -> Mono.fromCallable(() -> this.tool.refused(ex, patience)))
				.doOnCancel(patience::gone)
				.doFinally((signal) -> patience.close());
		});
	}

	private CompletableFuture<CallToolResult> body(E exchange, CallToolRequest visible, ContextView context) {
		Context call = Context.of(ToolCallContext.reactorContext());
		if (exchange instanceof McpTransportContext readable) {
			call = call.put(McpTransportContext.KEY, readable);
		}
		return this.delegate.apply(exchange, visible).contextWrite(call).contextWrite(context).toFuture();
	}

}
