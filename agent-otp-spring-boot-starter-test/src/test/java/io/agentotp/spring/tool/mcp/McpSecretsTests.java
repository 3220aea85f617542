package io.agentotp.spring.tool.mcp;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.FakeAgentOtp;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationTextPublisher;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.ai.mcp.annotation.McpTool;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static io.agentotp.spring.tool.mcp.McpServerUnderTest.call;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.calling;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Everything that a run shows to anybody is captured, and neither a token nor the key is
 * in it.
 */
@ExtendWith(OutputCaptureExtension.class)
class McpSecretsTests {

	@Test
	void runWhenCapturedThenShowsNoTokenAndNoKey(CapturedOutput output) {
		List<Object> seen = new ArrayList<>();
		List<String> tokens;
		try (McpServerUnderTest server = new McpServerUnderTest(Everything.class, "agentotp.mcp.max-wait=10s",
				"agentotp.tools.unmatched=allow", "agentotp.tools.rules[0].name=delete*",
				"agentotp.tools.rules[0].action=mail.delete", "logging.level.io.agentotp=TRACE",
				"logging.level.io.modelcontextprotocol=TRACE", "logging.level.org.springframework.ai=TRACE",
				"logging.level.org.springframework.web=TRACE")) {
			FakeAgentOtp agentOtp = server.agentOtp();
			McpSyncClient client = server.client();
			seen.add(client.listTools());
			for (CallToolRequest request : List.of(call("send_mail", Map.of("to", "a@b.c")),
					call("send_limited", Map.of("count", 1)),
					call("send_limited", Map.of("count", 1, "permission", Map.of("id", "forged"))),
					call("delete.mail", Map.of("id", "1")), call("fail", Map.of()), call("keep_token", Map.of()),
					call("write_note", Map.of("text", "x")))) {
				seen.add(client.callTool(request));
			}
			agentOtp.leavePending("email.send");
			CompletableFuture<CallToolResult> waiting = calling(client, call("send_mail", Map.of("to", "d@e.f")));
			server.awaitWaiting();
			agentOtp.decidePending(true, null);
			seen.add(waiting.join());
			seen.add(client.callTool(call("send_mail", Map.of("to", "d@e.f"))));
			seen.addAll(agentOtp.asked());
			seen.addAll(server.bean(Everything.class).spans);
			tokens = server.bean(Keeper.class).tokens();
		}
		assertThat(tokens).hasSize(1).allMatch((token) -> token.startsWith("otp_"));
		assertThat(seen.toString()).contains("a@b.c", "agentotp.permission", "Permission granted")
			.doesNotContain("otp_", "ak_test_fake");
		assertThat(output.getAll()).contains("Received", "approvals/").doesNotContain("otp_", "ak_test_fake");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(MailTools.class)
	static class Everything {

		final List<String> spans = new CopyOnWriteArrayList<>();

		@Bean
		Keeper keeper() {
			return new Keeper();
		}

		@Bean
		ObservationRegistry observationRegistry() {
			ObservationRegistry registry = ObservationRegistry.create();
			registry.observationConfig().observationHandler(new ObservationTextPublisher(this.spans::add));
			return registry;
		}

	}

	/** A tool that knows its token, so that the test knows what a token looks like. */
	public static class Keeper {

		private final List<String> tokens = new CopyOnWriteArrayList<>();

		public List<String> tokens() {
			return this.tokens;
		}

		@McpTool(name = "keep_token", description = "Keeps a token")
		@RequiresPermission(action = "token.keep")
		public String keep() {
			this.tokens.add(PermissionContext.current().token().orElseThrow().value());
			return "kept";
		}

	}

}
