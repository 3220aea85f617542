package io.agentotp.spring.tool.mcp;

import java.util.Map;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMcpServerAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.ai.mcp.McpToolUtils;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.augment.AugmentedToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.function.FunctionToolCallback;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools of Spring AI that decorate others, offered by a server.
 */
class McpDecoratedToolTests {

	private final FakeAgentOtp service = FakeAgentOtp.approving().deny((asked) -> true, "Never");

	@Test
	void toolWhenADecoratorIsTheApplicationsThenTheRuleCounts() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, AgentOtpAutoConfiguration.class,
					AgentOtpMethodAutoConfiguration.class, AgentOtpToolAutoConfiguration.class,
					AgentOtpMcpServerAutoConfiguration.class, TaskExecutionAutoConfiguration.class))
			.withBean(AgentOtpClient.class, this.service::client)
			.withBean(Disks.class)
			.withPropertyValues("agentotp.tools.unmatched=allow", "agentotp.tools.rules[0].name=wipe*",
					"agentotp.tools.rules[0].action=disk.wipe")
			.run((context) -> {
				McpToolGuard guard = context.getBean(McpToolGuard.class);
				ToolCallback annotated = ToolCallbacks.from(context.getBean(Disks.class))[0];
				ToolCallback other = FunctionToolCallback.builder("wipe", (Map<?, ?> input) -> "wiped")
					.inputType(Map.class)
					.build();
				assertAsked(guard, annotated, "disk.erase");
				assertAsked(guard, new AugmentedToolCallback<>(annotated, Why.class, null, true), "disk.erase");
				assertAsked(guard, new Falling(annotated, null), "disk.wipe");
				assertAsked(guard, new Falling(annotated, other), "disk.wipe");
			});
	}

	private void assertAsked(McpToolGuard guard, ToolCallback tool, String action) {
		int before = this.service.asked().size();
		assertThat(guard.guard(McpToolUtils.toStatelessSyncToolSpecification(tool, null))
			.callHandler()
			.apply(McpTransportContext.EMPTY, CallToolRequest.builder("wipe").arguments(Map.of("disk", "c")).build())
			.isError()).isTrue();
		assertThat(this.service.asked().stream().skip(before)).extracting(AskedPermission::action)
			.containsExactly(action);
	}

	record Why(String why) {
	}

	/** Goes on to another tool if the first one fails. */
	record Falling(ToolCallback tool, @Nullable ToolCallback other) implements ToolCallback {

		@Override
		public ToolDefinition getToolDefinition() {
			return this.tool.getToolDefinition();
		}

		@Override
		public String call(String input) {
			try {
				return this.tool.call(input);
			}
			catch (RuntimeException ex) {
				if (this.other == null) {
					throw ex;
				}
				return this.other.call(input);
			}
		}

	}

	public static class Disks {

		@Tool
		@RequiresPermission(action = "disk.erase")
		public String wipe(String disk) {
			return "erased";
		}

	}

}
