package io.agentotp.spring.tool.mcp;

import java.util.List;
import java.util.Map;

import io.agentotp.spring.RequiresPermission;
import io.modelcontextprotocol.client.McpSyncClient;
import org.junit.jupiter.api.Test;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static io.agentotp.spring.tool.mcp.McpServerUnderTest.call;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.error;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.text;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server that offers nothing that is not guarded.
 */
class McpUnmatchedToolTests {

	@Test
	void toolsWhenUnmatchedAreDeniedThenOnlyGuardedOnesRun() {
		try (McpServerUnderTest server = new McpServerUnderTest(Tools.class, "agentotp.tools.unmatched=deny",
				"agentotp.tools.rules[0].name=erase_*", "agentotp.tools.rules[0].action=note.erase")) {
			MailTools.Mail mail = server.bean(MailTools.Mail.class);
			McpSyncClient client = server.client();
			text(client.callTool(call("send_mail", Map.of("to", "a@b.c"))));
			text(client.callTool(call("write_note", Map.of("text", "x"))));
			text(client.callTool(call("erase_note", Map.of("text", "x"))));
			assertThat(mail.done()).hasSize(3);
			assertThat(server.agentOtp().asked()).hasSize(3);
			for (String tool : List.of("read_mail", "shadowed")) {
				assertThat(error(client.callTool(call(tool, Map.of("id", "1")))))
					.isEqualTo("Permission denied: the tool " + tool + " must not be called: agentotp.tools.unmatched");
			}
			assertThat(mail.done()).hasSize(3);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(MailTools.class)
	static class Tools {

		/** Of two tools with the same name the server offers this one. */
		@Bean
		List<ToolCallback> listed(MailTools.Mail mail) {
			return List.of(ToolCallbacks.from(new Unguarded(mail)));
		}

		@Bean
		Guarded guarded(MailTools.Mail mail) {
			return new Guarded(mail);
		}

		@Bean
		ToolCallback shadowed(Guarded guarded) {
			return ToolCallbacks.from(guarded)[0];
		}

	}

	public static class Unguarded {

		private final MailTools.Mail mail;

		public Unguarded(MailTools.Mail mail) {
			this.mail = mail;
		}

		@Tool(name = "shadowed", description = "Does something")
		public String run(String id) {
			return this.mail.record("unguarded " + id);
		}

	}

	public static class Guarded {

		private final MailTools.Mail mail;

		public Guarded(MailTools.Mail mail) {
			this.mail = mail;
		}

		@Tool(name = "shadowed", description = "Does something")
		@RequiresPermission(action = "something")
		public String run(String id) {
			return this.mail.record("guarded " + id);
		}

	}

}
