package io.agentotp.spring.tool.mcp;

import java.security.Principal;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.agentotp.PermissionStatus;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static io.agentotp.spring.tool.mcp.McpServerUnderTest.call;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.calling;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.error;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.text;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The tools of a server without sessions, which never knows whether its client is still
 * there.
 */
class McpStatelessTests {

	private static final String[] PROPERTIES = { "spring.ai.mcp.server.protocol=STATELESS", "agentotp.mcp.max-wait=10s",
			"agentotp.mcp.after-wait=run", "agentotp.tools.unmatched=allow",
			"agentotp.tools.rules[0].name=delete*,erase*", "agentotp.tools.rules[0].action=mail" };

	@ParameterizedTest
	@ValueSource(strings = { "send_mail", "delete.mail", "erase_note" })
	void toolWhenItWaitsThenRunsOnlyInTheNextCall(String tool) {
		try (McpServerUnderTest server = new McpServerUnderTest(MailTools.class, PROPERTIES)) {
			MailTools.Mail mail = server.bean(MailTools.Mail.class);
			FakeAgentOtp agentOtp = server.agentOtp().leavePending((asked) -> true);
			McpSyncClient client = server.client();
			CallToolRequest request = request(tool);
			CompletableFuture<CallToolResult> waiting = calling(client, request);
			server.awaitWaiting();
			agentOtp.decidePending(true, null);
			assertThat(error(waiting.join())).startsWith("Permission granted: nothing has run yet");
			assertThat(mail.done()).isEmpty();
			text(client.callTool(request));
			assertThat(mail.done()).hasSize(1);
			assertThat(agentOtp.asked()).extracting(AskedPermission::status).containsExactly(PermissionStatus.USED);
			agentOtp.deny((asked) -> true, "No more");
			assertThat(error(client.callTool(request))).isEqualTo("Permission denied: No more");
			assertThat(mail.done()).hasSize(1);
		}
	}

	@Test
	void reactiveToolWhenItWaitsThenRunsOnlyInTheNextCall() {
		try (McpServerUnderTest server = new McpServerUnderTest(McpReactiveTests.Tools.class,
				"spring.ai.mcp.server.protocol=STATELESS", "spring.ai.mcp.server.type=ASYNC")) {
			McpReactiveTests.Mail mail = server.bean(McpReactiveTests.Mail.class);
			FakeAgentOtp agentOtp = server.agentOtp().leavePending("mail");
			McpSyncClient client = server.client();
			CallToolRequest request = request("send_mail");
			CompletableFuture<CallToolResult> waiting = calling(client, request);
			server.awaitWaiting();
			agentOtp.decidePending(true, null);
			assertThat(error(waiting.join())).startsWith("Permission granted: nothing has run yet");
			assertThat(mail.done()).isEmpty();
			text(client.callTool(request));
			assertThat(mail.done()).containsExactly("send_mail");
		}
	}

	@Test
	void toolWhenAnotherUserMakesTheSameCallThenAnotherRequest() {
		try (McpServerUnderTest server = new McpServerUnderTest(Authenticated.class, PROPERTIES)) {
			MailTools.Mail mail = server.bean(MailTools.Mail.class);
			FakeAgentOtp agentOtp = server.agentOtp().leavePending((asked) -> true);
			McpSyncClient ann = server.clientOf("ann");
			McpSyncClient bob = server.clientOf("bob");
			CallToolRequest request = request("send_mail");
			CompletableFuture<CallToolResult> waiting = calling(ann, request);
			server.awaitWaiting();
			agentOtp.decidePending(true, null);
			assertThat(error(waiting.join())).startsWith("Permission granted: nothing has run yet");
			CompletableFuture<CallToolResult> other = calling(bob, request);
			server.awaitWaiting();
			agentOtp.decidePending(false, "No");
			assertThat(error(other.join())).isEqualTo("Permission denied: No");
			assertThat(mail.done()).isEmpty();
			text(ann.callTool(request));
			assertThat(mail.done()).hasSize(1);
			assertThat(agentOtp.asked()).extracting((asked) -> asked.context().get("caller"))
				.containsExactly(Map.of("user", "ann"), Map.of("user", "bob"));
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(MailTools.class)
	static class Authenticated {

		@Bean
		FilterRegistrationBean<Filter> authentication() {
			return new FilterRegistrationBean<>((request, response, chain) -> chain
				.doFilter(new HttpServletRequestWrapper((HttpServletRequest) request) {

					@Override
					public Principal getUserPrincipal() {
						return () -> getHeader("X-User");
					}

				}, response));
		}

	}

	private static CallToolRequest request(String tool) {
		return switch (tool) {
			case "delete.mail" -> call(tool, Map.of("id", "1"));
			case "erase_note" -> call(tool, Map.of("text", "x"));
			default -> call(tool, Map.of("to", "a@b.c"));
		};
	}

}
