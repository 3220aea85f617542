package io.agentotp.spring.tool.mcp;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionStatus;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitUrlRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static io.agentotp.spring.tool.mcp.McpServerUnderTest.call;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.calling;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.error;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.text;
import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients that show their user where to approve, and a server that runs what was approved
 * while it waited if the client still answers.
 */
class McpElicitationTests {

	private static final CallToolRequest SEND = call("send_mail", Map.of("to", "a@b.c"));

	private static McpServerUnderTest server;

	private static FakeAgentOtp agentOtp;

	private static MailTools.Mail mail;

	private final List<ElicitUrlRequest> shown = new CopyOnWriteArrayList<>();

	@BeforeAll
	static void start() {
		server = new McpServerUnderTest(MailTools.class, "agentotp.mcp.max-wait=4s", "agentotp.mcp.after-wait=run");
		agentOtp = server.agentOtp();
		mail = server.bean(MailTools.Mail.class);
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void reset() {
		server.reset();
		mail.done().clear();
		agentOtp.leavePending("email.send");
	}

	@Test
	void toolWhenTheClientCanThenShowsWhereToApproveAndRunsAfterTheApproval() {
		CompletableFuture<CallToolResult> waiting = calling(client(ElicitResult.Action.ACCEPT), SEND);
		awaitShown();
		AskedPermission asked = agentOtp.asked().get(0);
		assertThat(this.shown.get(0).url()).isEqualTo("http://localhost/approvals/" + asked.id());
		assertThat(this.shown.get(0).message()).isEqualTo("Approval needed: email.send");
		assertThat(this.shown.get(0).elicitationId()).isEqualTo(asked.id());
		assertThat(mail.done()).isEmpty();
		agentOtp.decidePending(true, null);
		assertThat(text(waiting.join())).contains("sent to a@b.c");
		assertThat(mail.done()).hasSize(1);
	}

	@Test
	void toolWhenTheUserAcceptsButNobodyDecidesThenDoesNotRun() {
		CallToolResult result = client(ElicitResult.Action.ACCEPT).callTool(SEND);
		assertThat(this.shown).hasSize(1);
		assertThat(error(result)).startsWith("Permission pending: approve at http://localhost/approvals/")
			.endsWith(", then call again with the same arguments");
		assertThat(mail.done()).isEmpty();
		assertThat(agentOtp.asked()).extracting(AskedPermission::status).containsExactly(PermissionStatus.PENDING);
	}

	@Test
	void toolWhenTheUserDeclinesThenDeniedAndTheRequestIsWithdrawn() {
		assertThat(error(client(ElicitResult.Action.DECLINE).callTool(SEND)))
			.isEqualTo("Permission denied: The user of the agent has declined");
		assertThat(mail.done()).isEmpty();
		assertThat(agentOtp.asked()).extracting(AskedPermission::status).containsExactly(PermissionStatus.REVOKED);
	}

	@Test
	void toolWhenTheUserCancelsThenTheRequestStaysOpen() {
		CompletableFuture<CallToolResult> waiting = calling(client(ElicitResult.Action.CANCEL), SEND);
		awaitShown();
		agentOtp.decidePending(true, null);
		assertThat(text(waiting.join())).contains("sent to a@b.c");
	}

	@Test
	void toolWhenTheClientCannotShowPagesThenWaitsAllTheSame() {
		CompletableFuture<CallToolResult> waiting = calling(server.client(), SEND);
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		assertThat(text(waiting.join())).contains("sent to a@b.c");
	}

	@Test
	void pitfall13ToolWhenTheClientHasGoneThenDoesNotRun() {
		McpSyncClient client = server.client();
		calling(client, SEND);
		server.awaitWaiting();
		client.close();
		agentOtp.decidePending(true, null);
		server.awaitIdle();
		assertThat(mail.done()).isEmpty();
		await().until(() -> agentOtp.asked().get(0).status() == PermissionStatus.REVOKED);
	}

	private void awaitShown() {
		server.awaitWaiting();
		await().until(() -> !this.shown.isEmpty());
	}

	private McpSyncClient client(ElicitResult.Action answer) {
		return server
			.client((client) -> client.capabilities(ClientCapabilities.builder().elicitation(false, true).build())
				.urlElicitation((request) -> {
					this.shown.add(request);
					return ElicitResult.builder(answer).build();
				}));
	}

}
