package io.agentotp.spring.tool.mcp;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMcpServerAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.server.McpStatelessServerFeatures;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a server takes from the transport for its tools is part of a call.
 */
class McpTransportContextTests {

	private static final CallToolRequest REQUEST = CallToolRequest.builder("wipe_disk").arguments(Map.of()).build();

	private final FakeAgentOtp service = FakeAgentOtp.approving().leavePending((asked) -> true);

	private final List<String> done = new CopyOnWriteArrayList<>();

	@ParameterizedTest
	@EnumSource
	void toolWhenTheTransportSaysSomethingElseThenAnotherCall(Server server) {
		run(server, (call) -> {
			assertThat(call.apply(of("test"))).contains("pending");
			assertThat(this.service.asked().get(0).arguments().toString()).contains("tenant=test");
			this.service.decidePending(true, null);
			assertThat(call.apply(of("PROD"))).contains("pending");
			assertThat(this.done).isEmpty();
			assertThat(call.apply(of("test"))).isEqualTo("wiped");
			assertThat(this.done).containsExactly("test");
		});
	}

	@ParameterizedTest
	@EnumSource
	void toolWhenWhatTheTransportSaysCannotBeBoundThenTheToolDoesNotReadIt(Server server) {
		this.service.reset();
		run(server, (call) -> {
			call.apply(McpTransportContext.create(Map.of("tenant", Thread.currentThread())));
			call.apply((key) -> "PROD");
			assertThat(this.done).allMatch("null"::equals);
		});
	}

	@ParameterizedTest
	@EnumSource
	void toolWhenTheTransportSaysNothingThenNothingIsShownOfIt(Server server) {
		run(server, (call) -> {
			call.apply(McpTransportContext.EMPTY);
			assertThat(this.service.asked()).singleElement()
				.satisfies((asked) -> assertThat(asked.arguments()).isEmpty());
		});
	}

	@Test
	void ofWhenTheContextIsThatOfASessionsRequestThenItsOuterOne() {
		McpTransportContext outer = of("test");
		McpTransportContext inner = new WatchedSession.RequestContext(outer, 7);
		assertThat(TransportContexts.of(inner)).isSameAs(outer);
		assertThat(inner.get(WatchedSession.REQUEST)).isEqualTo(7);
		assertThat(inner.get("tenant")).isEqualTo("test");
	}

	private static McpTransportContext of(String tenant) {
		return McpTransportContext.create(Map.of("tenant", tenant));
	}

	private void run(Server server, ThrowingConsumer test) {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, AgentOtpAutoConfiguration.class,
					AgentOtpMethodAutoConfiguration.class, AgentOtpToolAutoConfiguration.class,
					AgentOtpMcpServerAutoConfiguration.class, TaskExecutionAutoConfiguration.class))
			.withBean(AgentOtpClient.class, this.service::client)
			.withPropertyValues("agentotp.tools.unmatched=allow", "agentotp.tools.rules[0].name=wipe*",
					"agentotp.tools.rules[0].action=disk.wipe", "agentotp.tools.rules[0].on-pending=throw")
			.run((context) -> {
				BiFunction<McpTransportContext, List<String>, CallToolResult> tool = server
					.guarded(context.getBean(McpToolGuard.class));
				test.accept((transport) -> ((TextContent) tool.apply(transport, this.done).content().get(0)).text());
			});
	}

	private static CallToolResult wipe(@Nullable McpTransportContext transport, List<String> done) {
		done.add(String.valueOf((transport != null) ? transport.get("tenant") : null));
		return CallToolResult.builder().addTextContent("wiped").build();
	}

	@FunctionalInterface
	interface ThrowingConsumer {

		void accept(java.util.function.Function<McpTransportContext, String> call) throws Exception;

	}

	enum Server {

		STATELESS {
			@Override
			BiFunction<McpTransportContext, List<String>, CallToolResult> guarded(McpToolGuard guard) {
				return (transport, done) -> guard
					.guard(McpStatelessServerFeatures.SyncToolSpecification.builder()
						.tool(TOOL)
						.callHandler((context, request) -> wipe(context, done))
						.build())
					.callHandler()
					.apply(transport, REQUEST);
			}
		},
		STATELESS_REACTIVE {
			@Override
			BiFunction<McpTransportContext, List<String>, CallToolResult> guarded(McpToolGuard guard) {
				return (transport, done) -> guard
					.guard(McpStatelessServerFeatures.AsyncToolSpecification.builder()
						.tool(TOOL)
						.callHandler((context,
								request) -> Mono.deferContextual((reactor) -> Mono
									.just(wipe(reactor.getOrDefault(McpTransportContext.KEY, context), done))))
						.build())
					.callHandler()
					.apply(transport, REQUEST)
					.contextWrite((context) -> context.put(McpTransportContext.KEY, transport))
					.block();
			}
		},
		SESSION {
			@Override
			BiFunction<McpTransportContext, List<String>, CallToolResult> guarded(McpToolGuard guard) {
				return (transport, done) -> guard
					.guard(McpServerFeatures.SyncToolSpecification.builder()
						.tool(TOOL)
						.callHandler((exchange, request) -> wipe(exchange.transportContext(), done))
						.build())
					.callHandler()
					.apply(new McpSyncServerExchange(exchange(transport)), REQUEST);
			}
		},
		SESSION_REACTIVE {
			@Override
			BiFunction<McpTransportContext, List<String>, CallToolResult> guarded(McpToolGuard guard) {
				return (transport,
						done) -> guard
							.guard(McpServerFeatures.AsyncToolSpecification.builder()
								.tool(TOOL)
								.callHandler((exchange, request) -> Mono
									.fromSupplier(() -> wipe(exchange.transportContext(), done)))
								.build())
							.callHandler()
							.apply(exchange(transport), REQUEST)
							.block();
			}
		};

		private static final Tool TOOL = Tool.builder("wipe_disk", Map.of("type", "object")).build();

		abstract BiFunction<McpTransportContext, List<String>, CallToolResult> guarded(McpToolGuard guard);

		private static McpAsyncServerExchange exchange(McpTransportContext transport) {
			return new McpAsyncServerExchange("s", null, null, null, transport);
		}

	}

}
