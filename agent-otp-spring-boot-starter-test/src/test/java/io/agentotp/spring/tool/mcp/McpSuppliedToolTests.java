package io.agentotp.spring.tool.mcp;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static io.agentotp.spring.tool.mcp.McpServerUnderTest.call;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.error;
import static io.agentotp.spring.tool.mcp.McpServerUnderTest.text;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools of a server that beans hold or supply.
 */
class McpSuppliedToolTests {

	@Test
	void toolWhenABeanSuppliesOrHoldsItThenGuarded() {
		try (McpServerUnderTest server = new McpServerUnderTest(Tools.class, "agentotp.tools.unmatched=allow",
				"agentotp.tools.rules[0].name=wipe_*", "agentotp.tools.rules[0].action=disk.wipe")) {
			Tools tools = server.bean(Tools.class);
			McpSyncServer running = server.bean(McpSyncServer.class);
			server.bean(Holder.class).tools().forEach(running::addTool);
			List<String> names = List.of("wipe_one", "wipe_several", "wipe_map", "wipe_optional");
			McpSyncClient client = server.client();
			server.agentOtp().deny("disk.wipe", "Never");
			for (String name : names) {
				assertThat(error(client.callTool(call(name, Map.of())))).isEqualTo("Permission denied: Never");
			}
			assertThat(tools.mail.done()).isEmpty();
			server.agentOtp().reset();
			for (String name : names) {
				assertThat(text(client.callTool(call(name, Map.of("disk", "d"))))).isEqualTo(name);
			}
			assertThat(tools.mail.done()).isEqualTo(names);
			assertThat(server.agentOtp().asked()).hasSize(4);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(Holder.class)
	static class Tools {

		private final MailTools.Mail mail = new MailTools.Mail();

		@Bean
		Supplier<SyncToolSpecification> one() {
			return () -> tool("wipe_one");
		}

		@Bean
		Supplier<List<SyncToolSpecification>> several() {
			return () -> List.of(tool("wipe_several"));
		}

		@Bean
		Map<String, SyncToolSpecification> mapped() {
			return Map.of("wipe", tool("wipe_map"));
		}

		@Bean
		Optional<SyncToolSpecification> optional() {
			return Optional.of(tool("wipe_optional"));
		}

		private SyncToolSpecification tool(String name) {
			return SyncToolSpecification.builder()
				.tool(McpSchema.Tool.builder(name, Map.of("type", "object")).build())
				.callHandler(
						(exchange, request) -> CallToolResult.builder().addTextContent(this.mail.record(name)).build())
				.build();
		}

	}

	static class Holder {

		private final List<SyncToolSpecification> tools;

		Holder(org.springframework.beans.factory.BeanFactory beans) {
			this.tools = List.of((SyncToolSpecification) ((Supplier<?>) beans.getBean("one")).get(),
					(SyncToolSpecification) ((List<?>) ((Supplier<?>) beans.getBean("several")).get()).get(0),
					(SyncToolSpecification) ((Map<?, ?>) beans.getBean("mapped")).values().iterator().next(),
					(SyncToolSpecification) ((Optional<?>) beans.getBean("optional")).orElseThrow());
		}

		List<SyncToolSpecification> tools() {
			return this.tools;
		}

	}

}
