package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.event.PermissionPendingEvent;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import org.apache.tomcat.util.threads.ThreadPoolExecutor;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A real MCP server over HTTP on a port of its own, whose tools are guarded, and real
 * clients of it.
 */
final class McpServerUnderTest implements AutoCloseable {

	private static final FakeAgentOtp SERVICE = FakeAgentOtp.approving();

	private final FakeAgentOtp agentOtp = SERVICE;

	private final ServletWebServerApplicationContext context;

	private final List<McpSyncClient> clients = new ArrayList<>();

	McpServerUnderTest(Class<?> tools, String... properties) {
		this.context = (ServletWebServerApplicationContext) new SpringApplicationBuilder(Application.class, tools)
			.web(WebApplicationType.SERVLET)
			.properties("server.port=0", "spring.ai.mcp.server.protocol=STREAMABLE",
					"spring.ai.mcp.client.enabled=false")
			.properties(properties)
			.run();
	}

	FakeAgentOtp agentOtp() {
		return this.agentOtp;
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	McpClientTransport transport() {
		return HttpClientStreamableHttpTransport.builder("http://localhost:" + this.context.getWebServer().getPort())
			.build();
	}

	McpSyncClient client() {
		return client((client) -> client);
	}

	/**
	 * Return a client that is authenticated for a user.
	 */
	McpSyncClient clientOf(String user) {
		McpSyncClient client = McpClient
			.sync(HttpClientStreamableHttpTransport.builder("http://localhost:" + this.context.getWebServer().getPort())
				.httpRequestCustomizer((request, method, uri, body, context) -> request.header("X-User", user))
				.build())
			.requestTimeout(Duration.ofSeconds(30))
			.build();
		client.initialize();
		this.clients.add(client);
		return client;
	}

	McpSyncClient client(UnaryOperator<McpClient.SyncSpec> customizer) {
		McpSyncClient client = customizer.apply(McpClient.sync(transport()).requestTimeout(Duration.ofSeconds(30)))
			.build();
		client.initialize();
		this.clients.add(client);
		return client;
	}

	/**
	 * Waits until a call waits for its decision.
	 */
	void awaitWaiting() {
		List<PermissionPendingEvent> waiting = bean(Application.class).waiting;
		await().until(() -> !waiting.isEmpty());
		waiting.clear();
	}

	/**
	 * Waits until no request is under way any more.
	 */
	void awaitIdle() {
		ThreadPoolExecutor executor = (ThreadPoolExecutor) ((TomcatWebServer) this.context.getWebServer()).getTomcat()
			.getConnector()
			.getProtocolHandler()
			.getExecutor();
		await().until(() -> executor.getActiveCount() == 0);
	}

	static CallToolRequest call(String tool, Map<String, Object> arguments) {
		return CallToolRequest.builder(tool).arguments(arguments).build();
	}

	static CompletableFuture<CallToolResult> calling(McpSyncClient client, CallToolRequest call) {
		return CompletableFuture.supplyAsync(() -> client.callTool(call));
	}

	/**
	 * Return the text of a result that is no error.
	 */
	static String text(CallToolResult result) {
		assertThat(result.isError()).as("%s", result).isNotEqualTo(true);
		return content(result);
	}

	/**
	 * Return the text of a result that is an error.
	 */
	static String error(CallToolResult result) {
		assertThat(result.isError()).as("%s", result).isEqualTo(true);
		return content(result);
	}

	private static String content(CallToolResult result) {
		assertThat(result.content()).hasSize(1);
		return ((TextContent) result.content().get(0)).text();
	}

	/**
	 * Begins a test anew.
	 */
	void reset() {
		this.clients.forEach(McpSyncClient::close);
		this.clients.clear();
		// Ends the waits.
		this.agentOtp.reset();
		awaitIdle();
		this.agentOtp.reset();
		bean(Application.class).waiting.clear();
	}

	@Override
	public void close() {
		reset();
		this.context.close();
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Application {

		final List<PermissionPendingEvent> waiting = new CopyOnWriteArrayList<>();

		@EventListener
		void on(PermissionPendingEvent event) {
			this.waiting.add(event);
		}

		@Bean
		AgentOtpClient agentOtpClient() {
			return SERVICE.client();
		}

	}

}
