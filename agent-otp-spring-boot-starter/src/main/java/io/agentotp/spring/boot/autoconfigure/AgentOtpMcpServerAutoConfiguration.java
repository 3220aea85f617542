package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.spring.BoundForm;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.mcp.McpToolGuard;
import io.agentotp.spring.tool.mcp.McpToolPostProcessor;
import io.agentotp.spring.tool.mcp.McpToolSettings;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of the guard of the tools that an MCP server offers.
 */
@AutoConfiguration(after = AgentOtpToolAutoConfiguration.class)
@ConditionalOnClass({ McpServerFeatures.class, Mono.class })
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public final class AgentOtpMcpServerAutoConfiguration {

	private static final String NOT_BOUND = "not bound";

	/**
	 * Needed by the bean post-processor, so the settings are bound early.
	 */
	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static McpToolGuard agentOtpMcpToolGuard(ToolGuard guard, Environment environment) {
		AgentOtpProperties.Mcp mcp = Binder.get(environment).bindOrCreate("agentotp.mcp", AgentOtpProperties.Mcp.class);
		return new McpToolGuard(guard,
				new McpToolSettings(mcp.maxWait(), mcp.afterWait(), mcp.elicitation(), mcp.elicitationRequired()));
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static McpToolPostProcessor agentOtpMcpToolPostProcessor(ObjectProvider<McpToolGuard> guard) {
		return new McpToolPostProcessor(guard::getObject);
	}

	/**
	 * The context of Spring AI's tools holds it.
	 */
	@Bean
	@ConditionalOnMissingBean(name = "agentOtpMcpSyncExchangeForm")
	static BoundForm<McpSyncServerExchange> agentOtpMcpSyncExchangeForm() {
		return (exchange) -> NOT_BOUND;
	}

	@Bean
	@ConditionalOnMissingBean(name = "agentOtpMcpAsyncExchangeForm")
	static BoundForm<McpAsyncServerExchange> agentOtpMcpAsyncExchangeForm() {
		return (exchange) -> NOT_BOUND;
	}

}
