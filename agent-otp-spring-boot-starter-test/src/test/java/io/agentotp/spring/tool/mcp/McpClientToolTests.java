package io.agentotp.spring.tool.mcp;

import java.util.Arrays;
import java.util.List;

import io.agentotp.AgentOtpClient;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.client.McpSyncClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.mcp.SyncMcpToolCallbackProvider;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The guard on both sides of a connection: an application whose tools come from a real
 * server, and a server that lets nothing through that nobody guards.
 */
class McpClientToolTests {

	@ParameterizedTest
	@ValueSource(strings = { "delete.mail", "deletemail" })
	void pitfall14ClientToolWhenARuleNamesItAsTheServerOrTheModelDoesThenGuarded(String rule) {
		FakeAgentOtp agentOtp = FakeAgentOtp.denying().deny("mail.delete", "Keep it");
		try (McpServerUnderTest server = new McpServerUnderTest(MailTools.class);
				ConfigurableApplicationContext client = application(agentOtp, server.client(), rule)) {
			MailTools.Mail mail = server.bean(MailTools.Mail.class);
			ToolCallback delete = tool(client, "deletemail");
			assertThatThrownBy(() -> delete.call("{\"id\":\"1\"}")).hasMessage("Permission denied: Keep it");
			assertThat(mail.done()).isEmpty();
			agentOtp.approve("mail.delete");
			assertThat(delete.call("{\"id\":\"1\"}")).contains("deleted 1");
			assertThat(tool(client, "read_mail").call("{\"id\":\"1\"}")).contains("read 1");
			assertThat(agentOtp.asked()).extracting(AskedPermission::action)
				.containsExactly("mail.delete", "mail.delete");
		}
	}

	@Test
	void clientToolWhenTheServerRefusesThenTheModelReadsTheReason() {
		try (McpServerUnderTest server = new McpServerUnderTest(MailTools.class);
				ConfigurableApplicationContext client = application(FakeAgentOtp.approving(), server.client(),
						"none")) {
			server.agentOtp().deny("email.send", "Not today");
			assertThatThrownBy(() -> tool(client, "send_mail").call("{\"to\":\"a@b.c\"}"))
				.hasMessageContaining("Permission denied: Not today");
			assertThat(server.bean(MailTools.Mail.class).done()).isEmpty();
		}
	}

	private static ToolCallback tool(ConfigurableApplicationContext context, String name) {
		return Arrays.stream(context.getBean(ToolCallbackProvider.class).getToolCallbacks())
			.filter((tool) -> tool.getToolDefinition().name().equals(name))
			.findFirst()
			.orElseThrow();
	}

	private static ConfigurableApplicationContext application(FakeAgentOtp agentOtp, McpSyncClient client,
			String rule) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties("spring.ai.mcp.client.enabled=false", "spring.ai.mcp.server.enabled=false",
					"agentotp.tools.unmatched=allow", "agentotp.tools.rules[0].name=" + rule,
					"agentotp.tools.rules[0].action=mail.delete")
			.initializers((context) -> {
				GenericApplicationContext beans = (GenericApplicationContext) context;
				beans.registerBean("agentOtpClient", AgentOtpClient.class, agentOtp::client);
				beans.registerBean("serverTools", ToolCallbackProvider.class,
						() -> SyncMcpToolCallbackProvider.builder().mcpClients(List.of(client)).build());
			})
			.run();
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Application {

	}

}
