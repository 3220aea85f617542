package io.agentotp.spring.tool.mcp;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionStatus;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.mcp.annotation.McpMeta;
import org.springframework.ai.mcp.annotation.McpProgressToken;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.method.MethodToolCallbackProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static io.agentotp.spring.tool.mcp.McpServerUnderTest.error;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.text;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Parameters of a tool's method that the framework fills in.
 */
class McpFilledInParameterTests {

	private static McpServerUnderTest server;

	private static FakeAgentOtp agentOtp;

	private static Disks disks;

	@BeforeAll
	static void start() {
		server = new McpServerUnderTest(Tools.class, "agentotp.mcp.max-wait=1s");
		agentOtp = server.agentOtp();
		disks = server.bean(Disks.class);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void reset() {
		server.reset();
		disks.wiped().clear();
	}

	@ParameterizedTest
	@ValueSource(strings = { "with_meta", "with_request", "with_token", "with_exchange", "with_tool_context" })
	void repeatWhenTheFrameworkFillsInAnotherTokenThenFindsItsApproval(String tool) {
		agentOtp.leavePending("disk.wipe");
		McpSyncClient client = server.client();
		assertThat(error(client.callTool(call(tool, "a", "test", "p-1")))).startsWith("Permission pending");
		agentOtp.decidePending(true, null);
		assertThat(text(client.callTool(call(tool, "a", "test", "p-2")))).contains("a");
		assertThat(disks.wiped()).hasSize(1);
		assertThat(agentOtp.asked()).extracting(AskedPermission::status).containsExactly(PermissionStatus.USED);
	}

	@ParameterizedTest
	@ValueSource(strings = { "with_meta", "with_request" })
	void repeatWhenTheBodyCanReadAnotherEntryThenAsksAnew(String tool) {
		agentOtp.leavePending("disk.wipe");
		McpSyncClient client = server.client();
		assertThat(error(client.callTool(call(tool, "a", "test", "p-1")))).startsWith("Permission pending");
		agentOtp.decidePending(true, null);
		assertThat(error(client.callTool(call(tool, "a", "PROD", "p-1")))).startsWith("Permission pending");
		assertThat(disks.wiped()).isEmpty();
		assertThat(agentOtp.asked()).hasSize(2);
	}

	@Test
	void repeatWhenTheBodyReadsAnotherArgumentOfTheRequestThenAsksAnew() {
		String tool = "with_request";
		agentOtp.leavePending("disk.wipe");
		McpSyncClient client = server.client();
		assertThat(error(client.callTool(call(tool, "a", "test", "p-1")))).startsWith("Permission pending");
		agentOtp.decidePending(true, null);
		assertThat(error(client.callTool(call(tool, "b", "test", "p-1")))).startsWith("Permission pending");
		assertThat(disks.wiped()).isEmpty();
	}

	@Test
	void callWhenSomethingIsFilledInThatIsNotBoundThenTheApproverIsTold() {
		agentOtp.leavePending("disk.wipe");
		server.client().callTool(call("with_exchange", "a", "test", "p-1"));
		server.client().callTool(call("with_token", "a", "test", "p-1"));
		assertThat(agentOtp.asked()).extracting((asked) -> asked.call().get("notBound"))
			.containsExactly(List.of("exchange"), List.of("token"));
	}

	// The SDK keeps schemas of all servers by their hash code, so that two names can
	// meet:
	// the parameter is called as in the other tests.
	private static CallToolRequest call(String tool, String disk, String tenant, String progress) {
		return CallToolRequest.builder(tool)
			.arguments(Map.of("id", disk))
			.meta(Map.of("tenant", tenant, "progressToken", progress))
			.build();
	}

	@Configuration(proxyBeanMethods = false)
	static class Tools {

		@Bean
		Disks disks() {
			return new Disks();
		}

		@Bean
		ToolCallbackProvider contextTools(Disks disks) {
			return MethodToolCallbackProvider.builder().toolObjects(disks).build();
		}

	}

	/** Each takes something else. */
	public static class Disks {

		private final List<String> wiped = new CopyOnWriteArrayList<>();

		public List<String> wiped() {
			return this.wiped;
		}

		@McpTool(name = "with_meta", description = "Wipes")
		@RequiresPermission(action = "disk.wipe", onPending = OnPending.THROW)
		public String withMeta(String id, McpMeta meta) {
			return wipe(id + meta.get("tenant"));
		}

		@McpTool(name = "with_request", description = "Wipes")
		@RequiresPermission(action = "disk.wipe", onPending = OnPending.THROW)
		public CallToolResult withRequest(CallToolRequest request) {
			return CallToolResult.builder().addTextContent(wipe(request.arguments().get("id"))).build();
		}

		@McpTool(name = "with_token", description = "Wipes")
		@RequiresPermission(action = "disk.wipe", onPending = OnPending.THROW)
		public String withToken(String id, @McpProgressToken String token) {
			return wipe(id);
		}

		@McpTool(name = "with_exchange", description = "Wipes")
		@RequiresPermission(action = "disk.wipe", onPending = OnPending.THROW)
		public String withExchange(McpSyncServerExchange exchange, String id) {
			return wipe(id);
		}

		@Tool(name = "with_tool_context", description = "Wipes")
		@RequiresPermission(action = "disk.wipe", onPending = OnPending.THROW)
		public String withToolContext(String id, ToolContext context) {
			return wipe(id);
		}

		private String wipe(Object disk) {
			this.wiped.add(disk.toString());
			return "wiped " + disk;
		}

	}

}
