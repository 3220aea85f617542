package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.agentotp.PermissionStatus;
import io.agentotp.spring.tool.ToolInventory;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.agentotp.spring.tool.mcp.McpServerUnderTest.call;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.error;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.calling;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The tools of a blocking server with sessions.
 */
class McpToolGuardTests {

	private static final CallToolRequest SEND = call("send_mail", Map.of("to", "a@b.c"));

	private static McpServerUnderTest server;

	private static FakeAgentOtp agentOtp;

	private static MailTools.Mail mail;

	@BeforeAll
	static void start() {
		server = new McpServerUnderTest(MailTools.class, "agentotp.mcp.max-wait=10s", "agentotp.tools.unmatched=allow",
				"agentotp.tools.rules[0].name=delete*,erase*,*_guarded_twice",
				"agentotp.tools.rules[0].action=tool.call", "agentotp.tools.rules[0].resource=#{#tool}");
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
	}

	@Test
	void toolWhenAllowedByPolicyThenRunsInTheFirstCall() {
		assertThat(text(server.client().callTool(SEND))).contains("sent to a@b.c");
		assertThat(mail.done()).hasSize(1);
		assertThat(agentOtp.asked()).extracting(AskedPermission::status).containsExactly(PermissionStatus.USED);
	}

	@Test
	void toolWhenDeniedThenTheReasonIsToldOnceWithoutAStackTrace() {
		agentOtp.deny("email.send", "Not today");
		assertThat(error(server.client().callTool(SEND))).isEqualTo("Permission denied: Not today");
		assertThat(mail.done()).isEmpty();
	}

	@Test
	void toolWhenDeniedThenTheSessionCannotAskForTheSameCallAgain() {
		agentOtp.leavePending((asked) -> true);
		McpSyncClient client = server.client();
		CompletableFuture<CallToolResult> waiting = calling(client, SEND);
		server.awaitWaiting();
		agentOtp.decidePending(false, "Never");
		assertThat(error(waiting.join())).isEqualTo("Permission denied: Never");
		assertThat(error(client.callTool(SEND)))
			.startsWith("Permission denied: the same call was denied before: Never. Nobody is asked about it again");
		assertThat(agentOtp.asked()).hasSize(1);
		CompletableFuture<CallToolResult> other = calling(server.client(), SEND);
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		assertThat(error(other.join())).startsWith("Permission granted");
	}

	@Test
	void toolWhenItsRequestExpiresThenRefused() {
		agentOtp.expire("email.send").deny("email.send", "Nobody is there");
		assertThat(error(server.client().callTool(SEND))).isEqualTo("Permission denied: Nobody is there");
		agentOtp.leavePending("email.send");
		McpSyncClient client = server.client();
		CompletableFuture<CallToolResult> waiting = calling(client, SEND);
		server.awaitWaiting();
		agentOtp.advance(Duration.ofMinutes(10));
		// The window of the first question has closed, so the same call asks anew.
		assertThat(error(waiting.join())).startsWith("Permission pending: approve at http://localhost/approvals/");
		assertThat(mail.done()).isEmpty();
	}

	@Test
	void toolWhenDeniedWhileItWaitsThenTheReasonIsTold() {
		agentOtp.leavePending("email.send");
		CompletableFuture<CallToolResult> waiting = calling(server.client(), SEND);
		server.awaitWaiting();
		agentOtp.decidePending(false, "Too late");
		assertThat(error(waiting.join())).isEqualTo("Permission denied: Too late");
		assertThat(mail.done()).isEmpty();
	}

	@Test
	void toolWhenApprovedWhileItWaitsThenNothingRunsUntilItIsCalledAgain() {
		agentOtp.leavePending("email.send");
		McpSyncClient client = server.client();
		CompletableFuture<CallToolResult> waiting = calling(client, SEND);
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		assertThat(error(waiting.join()))
			.isEqualTo("Permission granted: nothing has run yet, call again with the same arguments");
		assertThat(mail.done()).isEmpty();
		assertThat(text(client.callTool(SEND))).contains("sent to a@b.c");
		assertThat(mail.done()).hasSize(1);
		assertThat(agentOtp.asked()).extracting(AskedPermission::status).containsExactly(PermissionStatus.USED);
	}

	@Test
	void pitfall13ToolWhenTheClientTimesOutThenTheActionDoesNotRunUntilItIsCalledAgain() {
		agentOtp.leavePending("email.send");
		McpSyncClient client = server.client((spec) -> spec.requestTimeout(Duration.ofSeconds(3)));
		assertThatThrownBy(() -> client.callTool(SEND)).hasMessageContaining("3000ms");
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		server.awaitIdle();
		assertThat(mail.done()).isEmpty();
		assertThat(agentOtp.asked()).extracting(AskedPermission::status).containsExactly(PermissionStatus.APPROVED);
		assertThat(text(client.callTool(SEND))).contains("sent to a@b.c");
		assertThat(mail.done()).hasSize(1);
	}

	@Test
	void toolWhenTheSessionIsClosedThenTheActionDoesNotRun() {
		agentOtp.leavePending("email.send");
		McpSyncClient client = server.client();
		CompletableFuture<CallToolResult> waiting = calling(client, SEND);
		server.awaitWaiting();
		client.close();
		agentOtp.decidePending(true, null);
		server.awaitIdle();
		assertThat(mail.done()).isEmpty();
		waiting.cancel(true);
	}

	@Test
	void toolWhenAnotherSessionMakesTheSameCallThenAnotherRequest() {
		agentOtp.leavePending("email.send");
		McpSyncClient client = server.client((spec) -> spec.requestTimeout(Duration.ofSeconds(1)));
		assertThatThrownBy(() -> client.callTool(SEND)).hasMessageContaining("1000ms");
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		CompletableFuture<CallToolResult> other = calling(server.client(), SEND);
		server.awaitWaiting();
		assertThat(agentOtp.asked()).hasSize(2);
		agentOtp.decidePending(false, "No");
		assertThat(error(other.join())).isEqualTo("Permission denied: No");
		assertThat(mail.done()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "write_note", "erase_note" })
	void toolWhenAnotherSessionCallsOneOfSpringAisThenAnotherRequest(String tool) {
		agentOtp.leavePending((asked) -> true);
		CallToolRequest request = call(tool, Map.of("text", "x"));
		McpSyncClient ann = server.client((spec) -> spec.requestTimeout(Duration.ofSeconds(3)));
		assertThatThrownBy(() -> ann.callTool(request)).hasMessageContaining("3000ms");
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		CompletableFuture<CallToolResult> bob = calling(server.client(), request);
		server.awaitWaiting();
		assertThat(agentOtp.asked()).hasSize(2);
		agentOtp.decidePending(false, "No");
		assertThat(error(bob.join())).isEqualTo("Permission denied: No");
		assertThat(mail.done()).isEmpty();
		text(ann.callTool(request));
		assertThat(mail.done()).hasSize(1);
	}

	@Test
	void toolWhenANumberIsWrittenOtherwiseThenItIsTheSameCall() {
		agentOtp.leavePending((asked) -> true);
		McpSyncClient client = server.client();
		CallToolRequest call = call("delete.mail", Map.of("id", "1", "n", 12));
		CallToolRequest otherwise = call("delete.mail", Map.of("id", "1", "n", 12.0));
		CompletableFuture<CallToolResult> waiting = calling(client, call);
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		assertThat(error(waiting.join())).startsWith("Permission granted");
		text(client.callTool(otherwise));
		assertThat(mail.done()).hasSize(1);
		assertThat(agentOtp.asked()).hasSize(1);
	}

	@Test
	void toolWhenItCanReadAnotherMetaThenItIsAnotherCall() {
		agentOtp.leavePending((asked) -> true);
		McpSyncClient client = server.client();
		CompletableFuture<CallToolResult> waiting = calling(client, metaCall("test", "1"));
		server.awaitWaiting();
		assertThat(agentOtp.asked().get(0).arguments())
			.isEqualTo(Map.of("id", "1", "@context", Map.of("tenant", "test")));
		agentOtp.decidePending(true, null);
		assertThat(error(waiting.join())).startsWith("Permission granted");
		CompletableFuture<CallToolResult> other = calling(client, metaCall("PROD", "2"));
		server.awaitWaiting();
		agentOtp.decidePending(false, "No");
		assertThat(error(other.join())).isEqualTo("Permission denied: No");
		assertThat(mail.done()).isEmpty();
		text(client.callTool(metaCall("test", "3")));
		assertThat(mail.done()).containsExactly("deleted 1 of test");
	}

	private static CallToolRequest metaCall(String tenant, String progress) {
		return CallToolRequest.builder("delete_of_tenant")
			.arguments(Map.of("id", "1"))
			.meta(Map.of("tenant", tenant, "progressToken", progress))
			.build();
	}

	@Test
	void toolWhenNarrowedThenItsPermissionTellsOrTheCallIsRefused() {
		agentOtp.approve("email.send_many", Map.of("max_emails", 2));
		McpSyncClient client = server.client();
		assertThat(text(client.callTool(call("send_limited", Map.of("count", 5))))).contains("sent 2 of 5");
		assertThat(error(client.callTool(call("send_strictly", Map.of("count", 5)))))
			.startsWith("Permission denied: The granted scope differs");
		assertThat(mail.done()).containsExactly("sent 2 of 5");
	}

	@Test
	void pitfall08PermissionParameterWhenListedThenNotInTheSchema() {
		Tool tool = server.client()
			.listTools()
			.tools()
			.stream()
			.filter((candidate) -> candidate.name().equals("send_limited"))
			.findFirst()
			.orElseThrow();
		assertThat(tool.inputSchema().get("properties")).asString().contains("count").doesNotContain("permission");
		assertThat(tool.inputSchema().get("required")).isEqualTo(List.of("count"));
	}

	@Test
	void pitfall08PermissionParameterWhenForgedThenOverwritten() {
		CallToolResult result = server.client()
			.callTool(call("send_limited", Map.of("count", 5, "permission",
					Map.of("id", "forged", "token", "otp_forged", "scope", Map.of("max_emails", 1000)))));
		assertThat(mail.done()).isSubsetOf("sent 5 of 5");
		assertThat(result.content().toString()).doesNotContain("1000");
	}

	@Test
	void pitfall07ToolWhenItFailsWithACheckedExceptionThenThatIsTold() {
		assertThat(error(server.client().callTool(call("fail", Map.of())))).contains("The mail server is down");
		assertThat(agentOtp.asked().get(0).status()).isEqualTo(PermissionStatus.USED);
	}

	@Test
	void pitfall14RuleWhenTheNameHasADotThenGuarded() {
		agentOtp.deny("tool.call", "Never");
		assertThat(error(server.client().callTool(call("delete.mail", Map.of("id", "1")))))
			.isEqualTo("Permission denied: Never");
		assertThat(mail.done()).isEmpty();
		agentOtp.approve("tool.call");
		assertThat(text(server.client().callTool(call("delete.mail", Map.of("id", "1"))))).contains("deleted 1");
		assertThat(agentOtp.asked()).last().satisfies((asked) -> {
			assertThat(asked.resource()).isEqualTo("delete.mail");
			assertThat(((Map<?, ?>) asked.call().get("target")).get("schema")).asString()
				.matches("sha256:[0-9a-f]{64}");
			assertThat(asked.arguments()).isEqualTo(Map.of("id", "1"));
		});
	}

	@Test
	void toolWhenNoRuleNamesItThenRuns() {
		assertThat(text(server.client().callTool(call("read_mail", Map.of("id", "1"))))).contains("read 1");
		assertThat(agentOtp.asked()).isEmpty();
	}

	@Test
	void toolWhenItHasAnAnnotationAndARuleThenAsksOnce() {
		assertThat(text(server.client().callTool(call("send_guarded_twice", Map.of("to", "a@b.c")))))
			.contains("sent to a@b.c");
		assertThat(agentOtp.asked()).extracting(AskedPermission::action).containsExactly("email.send");
	}

	@Test
	void convertedToolWhenAnnotatedThenGuardedAndNeverOutlivesTheCaller() {
		McpSyncClient client = server.client();
		agentOtp.deny("note.write", "No notes");
		CallToolRequest write = call("write_note", Map.of("text", "x"));
		assertThat(error(client.callTool(write))).isEqualTo("Permission denied: No notes");
		client = server.client();
		agentOtp.leavePending("note.write");
		CompletableFuture<CallToolResult> waiting = calling(client, write);
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		assertThat(error(waiting.join())).startsWith("Permission granted: nothing has run yet");
		assertThat(mail.done()).isEmpty();
		assertThat(text(client.callTool(write))).contains("noted x");
	}

	@Test
	void convertedToolWhenARuleNamesItThenAsksOnce() {
		assertThat(text(server.client().callTool(call("erase_note", Map.of("text", "x"))))).contains("erased x");
		assertThat(agentOtp.asked()).extracting(AskedPermission::action).containsExactly("tool.call");
		agentOtp.deny("tool.call", "Keep it");
		assertThat(error(server.client().callTool(call("erase_note", Map.of("text", "y")))))
			.isEqualTo("Permission denied: Keep it");
		assertThat(mail.done()).containsExactly("erased x");
	}

	@Test
	void convertedToolWhenItHasAnAnnotationAndARuleThenAsksOnce() {
		assertThat(text(server.client().callTool(call("note_guarded_twice", Map.of("text", "x"))))).contains("noted x");
		assertThat(agentOtp.asked()).extracting(AskedPermission::action).containsExactly("note.write");
	}

	@Test
	void approverWhenAskedThenIsToldTheClientAndNoSessionId() {
		server.client().callTool(SEND);
		Map<?, ?> caller = (Map<?, ?>) agentOtp.asked().get(0).context().get("caller");
		assertThat(caller.get("agent")).asString().startsWith("Java SDK MCP Client ");
		assertThat(caller.get("conversation")).asString().matches("[0-9a-f]{16}");
	}

	@Test
	void reportWhenReadThenTellsHowEachToolIsGuarded() {
		assertThat(server.bean(ToolInventory.class).list())
			.filteredOn((protection) -> protection.tool().framework().equals("MCP server"))
			.extracting((protection) -> protection.tool().name() + " " + protection.kind() + " by " + protection.by())
			.contains("send_mail GUARDED by @RequiresPermission", "send_guarded_twice GUARDED by @RequiresPermission",
					"delete.mail GUARDED by agentotp.tools.rules[0]", "erase_note GUARDED by agentotp.tools.rules[0]",
					"read_mail UNGUARDED by agentotp.tools.unmatched");
	}

	@Test
	void serviceWhenItCannotBeAskedThenNothingRunsAndTheClientLearnsNoMore() {
		agentOtp.unreachable();
		assertThat(error(server.client().callTool(SEND)))
			.isEqualTo("Permission denied: the permission service could not be asked");
		assertThat(mail.done()).isEmpty();
	}

}
