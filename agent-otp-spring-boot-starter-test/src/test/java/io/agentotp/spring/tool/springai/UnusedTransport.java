package io.agentotp.spring.tool.springai;

import java.util.function.Function;

import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import reactor.core.publisher.Mono;

/**
 * Leads nowhere: for tools that must not be called.
 */
final class UnusedTransport implements McpClientTransport {

	@Override
	public Mono<Void> connect(Function<Mono<McpSchema.JSONRPCMessage>, Mono<McpSchema.JSONRPCMessage>> handler) {
		return Mono.error(new IllegalStateException("called"));
	}

	@Override
	public Mono<Void> sendMessage(McpSchema.JSONRPCMessage message) {
		return Mono.error(new IllegalStateException("called"));
	}

	@Override
	public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
		throw new IllegalStateException("called");
	}

	@Override
	public Mono<Void> closeGracefully() {
		return Mono.empty();
	}

}
