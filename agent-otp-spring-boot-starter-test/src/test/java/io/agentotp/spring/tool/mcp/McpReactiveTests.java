package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.PermissionStatus;
import io.agentotp.spring.ReactivePermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.method.MethodToolCallbackProvider;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static io.agentotp.spring.tool.mcp.McpServerUnderTest.call;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.calling;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.error;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The tools of a reactive server: guarded themselves, by a rule, by what they call on
 * another thread, and blocking ones of Spring AI's.
 */
class McpReactiveTests {

	private static McpServerUnderTest server;

	private static FakeAgentOtp agentOtp;

	private static Mail mail;

	@BeforeAll
	static void start() {
		server = new McpServerUnderTest(Tools.class, "spring.ai.mcp.server.type=ASYNC", "agentotp.mcp.max-wait=10s",
				"agentotp.tools.unmatched=allow", "agentotp.tools.rules[0].name=delete_*",
				"agentotp.tools.rules[0].action=mail");
		agentOtp = server.agentOtp();
		mail = server.bean(Mail.class);
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

	@ParameterizedTest
	@ValueSource(strings = { "send_mail", "delete_mail", "forward_mail", "archive_mail" })
	void toolWhenAllowedThenRunsAndAsksOnce(String tool) {
		assertThat(text(server.client().callTool(request(tool)))).contains(tool);
		assertThat(mail.done()).containsExactly(tool);
		assertThat(agentOtp.asked()).extracting(AskedPermission::status).containsExactly(PermissionStatus.USED);
	}

	@ParameterizedTest
	@ValueSource(strings = { "send_mail", "delete_mail", "forward_mail", "archive_mail" })
	void toolWhenDeniedThenTheReasonIsToldOnce(String tool) {
		agentOtp.deny("mail", "No");
		assertThat(error(server.client().callTool(request(tool)))).isEqualTo("Permission denied: No");
		assertThat(mail.done()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "send_mail", "delete_mail", "forward_mail", "archive_mail" })
	void toolWhenApprovedWhileItWaitsThenRunsWhenItIsCalledAgain(String tool) {
		agentOtp.leavePending("mail");
		McpSyncClient client = server.client();
		CompletableFuture<CallToolResult> waiting = calling(client, request(tool));
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		assertThat(error(waiting.join())).startsWith("Permission granted: nothing has run yet");
		assertThat(mail.done()).isEmpty();
		assertThat(text(client.callTool(request(tool)))).contains(tool);
		assertThat(mail.done()).containsExactly(tool);
		assertThat(agentOtp.asked()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "send_mail", "delete_mail", "forward_mail", "archive_mail" })
	void pitfall13ToolWhenTheClientTimesOutThenDoesNotRun(String tool) {
		agentOtp.leavePending("mail");
		McpSyncClient client = server.client((spec) -> spec.requestTimeout(Duration.ofSeconds(1)));
		assertThatThrownBy(() -> client.callTool(request(tool))).hasMessageContaining("1000ms");
		server.awaitWaiting();
		agentOtp.decidePending(true, null);
		server.awaitIdle();
		assertThat(mail.done()).isEmpty();
	}

	private static CallToolRequest request(String tool) {
		return call(tool, Map.of("to", "a@b.c"));
	}

	@Configuration(proxyBeanMethods = false)
	static class Tools {

		@Bean
		Mail mail() {
			return new Mail();
		}

		@Bean
		Forwarding forwarding(Mail mail) {
			return new Forwarding(mail);
		}

		@Bean
		Archive archive(Mail mail) {
			return new Archive(mail);
		}

		@Bean
		ToolCallbackProvider archiveTools(Archive archive) {
			return MethodToolCallbackProvider.builder().toolObjects(archive).build();
		}

	}

	public static class Mail {

		private final List<String> done = new CopyOnWriteArrayList<>();

		public List<String> done() {
			return this.done;
		}

		@McpTool(name = "send_mail", description = "Sends a mail")
		@RequiresPermission(action = "mail")
		public Mono<String> send(String to) {
			return ReactivePermissionContext.current().map((permission) -> record("send_mail"));
		}

		@McpTool(name = "delete_mail", description = "Deletes a mail")
		public Mono<String> delete(String to) {
			return Mono.fromSupplier(() -> record("delete_mail"));
		}

		@RequiresPermission(action = "mail")
		public Mono<String> forward(String to) {
			return Mono.fromSupplier(() -> record("forward_mail"));
		}

		public String record(String text) {
			this.done.add(text);
			return text;
		}

	}

	public static class Forwarding {

		private final Mail mail;

		public Forwarding(Mail mail) {
			this.mail = mail;
		}

		@McpTool(name = "forward_mail", description = "Forwards a mail")
		public Mono<String> forward(String to) {
			// Goes on on a thread that must not block.
			return Mono.delay(Duration.ofMillis(1)).flatMap((tick) -> this.mail.forward(to));
		}

	}

	public static class Archive {

		private final Mail mail;

		public Archive(Mail mail) {
			this.mail = mail;
		}

		@Tool(name = "archive_mail", description = "Archives a mail")
		@RequiresPermission(action = "mail")
		public String archive(String to) {
			return this.mail.record("archive_mail");
		}

	}

}
