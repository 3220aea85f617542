package io.agentotp.spring.tool.mcp;

import java.util.Map;

import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static io.agentotp.spring.tool.mcp.McpServerUnderTest.call;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.error;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A server that answers with the error "URL elicitation required" while nobody has
 * decided.
 */
class McpElicitationRequiredTests {

	@ParameterizedTest
	@CsvSource({ "send_mail,SYNC", "write_note,SYNC", "send_mail,ASYNC", "archive_mail,ASYNC" })
	void toolWhenPendingThenTheErrorSaysWhereToApproveAndTheNextCallRuns(String tool, String type) {
		boolean sync = type.equals("SYNC");
		try (McpServerUnderTest server = new McpServerUnderTest(sync ? MailTools.class : McpReactiveTests.Tools.class,
				"spring.ai.mcp.server.type=" + type, "agentotp.mcp.max-wait=1s",
				"agentotp.mcp.elicitation-required=true")) {
			FakeAgentOtp agentOtp = server.agentOtp().leavePending((asked) -> true);
			CallToolRequest request = call(tool, Map.of(tool.equals("write_note") ? "text" : "to", "x"));
			assertThat(error(server.client().callTool(request))).as("a client that shows no pages")
				.startsWith("Permission pending: approve at ");
			McpSyncClient client = server
				.client((spec) -> spec.capabilities(ClientCapabilities.builder().elicitation(false, true).build())
					.urlElicitation((shown) -> ElicitResult.builder(ElicitResult.Action.ACCEPT).build()));
			assertThatExceptionOfType(McpError.class).isThrownBy(() -> client.callTool(request)).satisfies((ex) -> {
				assertThat(ex.getJsonRpcError().code()).isEqualTo(McpSchema.ErrorCodes.URL_ELICITATION_REQUIRED);
				assertThat(ex.getJsonRpcError().data()).asString().contains("http://localhost/approvals/");
			});
			agentOtp.decidePending(true, null);
			text(client.callTool(request));
			assertThat(
					sync ? server.bean(MailTools.Mail.class).done() : server.bean(McpReactiveTests.Mail.class).done())
				.hasSize(1);
		}
	}

	@ParameterizedTest
	@CsvSource({ "send_mail,SYNC", "send_mail,ASYNC" })
	void toolWhenPendingThenTheErrorDoesNotWait(String tool, String type) {
		try (McpServerUnderTest server = new McpServerUnderTest(
				type.equals("SYNC") ? MailTools.class : McpReactiveTests.Tools.class,
				"spring.ai.mcp.server.type=" + type, "agentotp.mcp.max-wait=10m",
				"agentotp.mcp.elicitation-required=true")) {
			FakeAgentOtp agentOtp = server.agentOtp().leavePending((asked) -> true);
			CallToolRequest request = call(tool, Map.of("to", "x"));
			McpSyncClient client = server
				.client((spec) -> spec.capabilities(ClientCapabilities.builder().elicitation(false, true).build())
					.urlElicitation((shown) -> ElicitResult.builder(ElicitResult.Action.ACCEPT).build()));
			for (int i = 0; i < 2; i++) {
				assertThatExceptionOfType(McpError.class).isThrownBy(() -> client.callTool(request));
			}
			assertThat(agentOtp.asked()).hasSize(1);
			agentOtp.decidePending(true, null);
			text(client.callTool(request));
		}
	}

}
