package io.agentotp.spring.tool.mcp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.test.FakeAgentOtp;
import io.agentotp.test.GuidePage;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;

import static io.agentotp.test.AgentOtpAssertions.assertThat;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.call;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.calling;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.error;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.text;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the code of the page {@code docs/mcp.md}, with its settings, and sees to it that
 * the page shows that code and tells what is said.
 */
@ExtendWith(OutputCaptureExtension.class)
class McpGuideTests {

	private static final Path PAGE = Path.of("../docs/mcp.md");

	@Test
	void pageWhenReadThenShowsTheCodeThatIsRunHere() throws IOException {
		GuidePage.assertShows(PAGE, Path.of("src/test/java/io/agentotp/spring/tool/mcp/McpGuide.java"));
	}

	@Test
	void toolsWhenCalledThenAsThePageSays(CapturedOutput output) throws IOException {
		try (McpServerUnderTest server = server("SYNC")) {
			FakeAgentOtp agentOtp = server.agentOtp();
			McpGuide guide = server.bean(McpGuide.class);
			McpSyncClient client = server.client();
			CallToolRequest send = call("send_mail", Map.of("to", "a@b.c", "body", "Hello"));
			assertThat(text(client.callTool(send))).contains("a@b.c: Hello");
			assertThat(agentOtp).asked("email.send").forResource("email:a@b.c").withArgument("body", "Hello");

			agentOtp.approve("email.send_many", Map.of("max_emails", 2));
			assertThat(text(client.callTool(call("send_mails", Map.of("count", 5, "body", "Hello")))))
				.contains("the first 2: Hello");
			assertThat(client.listTools().toString()).doesNotContain("permission");
			assertThat(output).doesNotContain("parameter of type Permission");

			agentOtp.deny("email.send", "not today");
			assertShown(error(client.callTool(send)).replace("not today", "<reason>"));

			assertThat(error(client.callTool(send))).contains("the same call was denied before: not today");

			agentOtp.leavePending("email.send");
			McpSyncClient other = server.client();
			CompletableFuture<CallToolResult> waiting = calling(other, send);
			server.awaitWaiting();
			agentOtp.decidePending(true, null);
			assertShown(error(waiting.join()));
			assertThat(text(other.callTool(send))).contains("a@b.c: Hello");

			new McpGuide.Tables(guide).offer(server.bean(McpSyncServer.class), server.bean(McpToolGuard.class));
			agentOtp.deny("table.drop", "never");
			assertThat(error(client.callTool(call("drop_table", Map.of("name", "customers")))))
				.isEqualTo("Permission denied: never");
			assertThat(guide.done()).doesNotContain("drop: customers");
			assertThat(agentOtp).asked("table.drop").forResource("table:customers");
		}
	}

	@Test
	void reactiveToolWhenCalledThenGuarded() throws IOException {
		try (McpServerUnderTest server = server("ASYNC")) {
			McpSyncClient client = server.client();
			server.agentOtp().deny("report.publish", "not yet");
			assertThat(error(client.callTool(call("publish_report", Map.of("year", 2026)))))
				.isEqualTo("Permission denied: not yet");
			assertThat(server.bean(McpGuide.class).done()).isEmpty();
		}
	}

	@Test
	void pendingWhenTheTimeIsOverThenSaidAsOnThePage() throws IOException {
		try (McpServerUnderTest server = server("SYNC", "agentotp.mcp.max-wait=1s")) {
			server.agentOtp().leavePending("email.send");
			assertShown(error(server.client().callTool(call("send_mail", Map.of("to", "a@b.c", "body", "Hello"))))
				.replaceFirst("http://\\S+(?=,)", "<address>"));
		}
	}

	private static void assertShown(String text) throws IOException {
		assertThat(Files.readString(PAGE)).contains("`" + text + "`");
	}

	private static McpServerUnderTest server(String type, String... properties) throws IOException {
		Matcher yaml = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
		assertThat(yaml.find()).isTrue();
		YamlPropertiesFactoryBean factory = new YamlPropertiesFactoryBean();
		factory.setResources(new ByteArrayResource(yaml.group(1).getBytes(StandardCharsets.UTF_8)));
		Properties settings = factory.getObject();
		settings.setProperty("spring.ai.mcp.server.type", type);
		Arrays.stream(properties)
			.map((property) -> property.split("="))
			.forEach((property) -> settings.setProperty(property[0], property[1]));
		return new McpServerUnderTest(McpGuide.class,
				settings.entrySet()
					.stream()
					.map((entry) -> entry.getKey() + "=" + entry.getValue())
					.toArray(String[]::new));
	}

}
