package io.agentotp.spring.tool.mcp;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionStatus;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
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
 * What nobody can pick up any more is not left to approvers.
 */
class McpWithdrawalTests {

	private static final CallToolRequest SEND = call("send_mail", Map.of("to", "a@b.c"));

	private static final CallToolRequest SEND_LATER = call("send_later", Map.of("to", "a@b.c"));

	private static final CallToolRequest ERASE = call("erase_note", Map.of("text", "x"));

	private static McpServerUnderTest server;

	private static FakeAgentOtp agentOtp;

	private static MailTools.Mail mail;

	@BeforeAll
	static void start() {
		server = new McpServerUnderTest(MailTools.class, "agentotp.mcp.max-wait=60s", "agentotp.tools.unmatched=allow",
				"agentotp.tools.rules[0].name=erase*", "agentotp.tools.rules[0].action=note.erase");
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
		agentOtp.leavePending((asked) -> true);
	}

	@Test
	void callWhenItsRequestIsCancelledThenItsPermissionRequestIsWithdrawn() {
		List<Object> ids = new CopyOnWriteArrayList<>();
		McpClientTransport transport = watched(server.transport(), ids);
		McpSyncClient client = McpClient.sync(transport).build();
		client.initialize();
		CompletableFuture<CallToolResult> cancelled = calling(client, SEND);
		server.awaitWaiting();
		CompletableFuture<CallToolResult> other = calling(client, ERASE);
		server.awaitWaiting();
		transport
			.sendMessage(new McpSchema.JSONRPCNotification("2.0", "notifications/cancelled",
					Map.of("requestId", ids.get(0), "reason", "not needed")))
			.block();
		await().until(() -> agentOtp.asked().get(0).status() == PermissionStatus.REVOKED);
		assertThat(agentOtp.asked().get(1).status()).isEqualTo(PermissionStatus.PENDING);
		agentOtp.decidePending(true, null);
		assertThat(error(cancelled.join())).startsWith("Permission denied");
		assertThat(error(other.join())).startsWith("Permission granted");
		assertThat(mail.done()).isEmpty();
		client.close();
	}

	@Test
	void callWhenItsSessionEndsThenItsPermissionRequestIsWithdrawn() {
		McpSyncClient client = server.client();
		CompletableFuture<CallToolResult> waiting = calling(client, SEND);
		server.awaitWaiting();
		McpSyncClient other = server.client();
		CompletableFuture<CallToolResult> stays = calling(other, SEND);
		server.awaitWaiting();
		client.close();
		await().until(() -> agentOtp.asked().get(0).status() == PermissionStatus.REVOKED);
		assertThat(agentOtp.asked().get(1).status()).isEqualTo(PermissionStatus.PENDING);
		agentOtp.decidePending(true, null);
		assertThat(error(stays.join())).startsWith("Permission granted");
		assertThat(text(other.callTool(SEND))).contains("sent to a@b.c");
		assertThat(mail.done()).hasSize(1);
		waiting.cancel(true);
	}

	@Test
	void callWhenItDoesNotWaitThenItEndsAtOnceAndIsWithdrawnWithItsSession() {
		McpSyncClient client = server.client();
		assertThat(error(client.callTool(SEND_LATER))).startsWith("Permission pending: approve at ");
		assertThat(error(client.callTool(SEND_LATER))).startsWith("Permission pending: approve at ");
		assertThat(agentOtp.asked()).hasSize(1);
		client.close();
		await().until(() -> agentOtp.asked().get(0).status() == PermissionStatus.REVOKED);
		assertThat(agentOtp.client().getPermission(agentOtp.asked().get(0).id()).reason())
			.contains("The call has stopped waiting");
	}

	@Test
	void callWhenItDoesNotWaitThenItIsPickedUp() {
		McpSyncClient client = server.client();
		assertThat(error(client.callTool(SEND_LATER))).startsWith("Permission pending: approve at ");
		agentOtp.decidePending(true, null);
		assertThat(text(client.callTool(SEND_LATER))).contains("sent to a@b.c");
		client.close();
		assertThat(agentOtp.asked().get(0).status()).isEqualTo(PermissionStatus.USED);
	}

	@Test
	void callWhenApprovedAndItsSessionEndsThenTheApprovalIsGivenBack() {
		McpSyncClient client = server.client();
		CompletableFuture<CallToolResult> waiting = calling(client, ERASE);
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		assertThat(error(waiting.join())).startsWith("Permission granted");
		client.close();
		await().until(() -> agentOtp.asked().get(0).status() == PermissionStatus.REVOKED);
		assertThat(mail.done()).isEmpty();
	}

	/**
	 * Return a transport that keeps the ids of the calls of tools.
	 */
	private static McpClientTransport watched(McpClientTransport transport, List<Object> ids) {
		return (McpClientTransport) Proxy.newProxyInstance(McpWithdrawalTests.class.getClassLoader(),
				new Class<?>[] { McpClientTransport.class }, (proxy, method, arguments) -> {
					if (arguments != null && arguments.length > 0
							&& arguments[0] instanceof McpSchema.JSONRPCRequest request
							&& request.method().equals("tools/call")) {
						ids.add(request.id());
					}
					try {
						return method.invoke(transport, arguments);
					}
					catch (InvocationTargetException ex) {
						throw ex.getTargetException();
					}
				});
	}

}
