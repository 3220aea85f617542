package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.spring.tool.ToolBeans;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.springai.AgentOtpSpringAiTools;
import io.agentotp.spring.tool.springai.ChatClientPostProcessor;
import io.agentotp.spring.tool.springai.SpringAiToolPostProcessor;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.model.tool.ToolCallingManager;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;

/**
 * Auto-configuration of the guard of tools that Spring AI calls.
 */
@AutoConfiguration(after = AgentOtpToolAutoConfiguration.class)
@ConditionalOnClass(ToolCallingManager.class)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public final class AgentOtpSpringAiAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	AgentOtpSpringAiTools agentOtpTools(ToolGuard guard) {
		return new AgentOtpSpringAiTools(guard);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static SpringAiToolPostProcessor agentOtpSpringAiToolPostProcessor(ObjectProvider<ToolGuard> guard) {
		return new SpringAiToolPostProcessor(guard::getObject);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static ToolBeans agentOtpSpringAiToolBeans(ConfigurableListableBeanFactory beanFactory, ToolGuard guard) {
		return new ToolBeans(beanFactory, guard, SpringAiToolPostProcessor::tools);
	}

	/**
	 * Clients are in a module of their own.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ChatClient.class)
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static class ChatClientConfiguration {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static ChatClientPostProcessor agentOtpChatClientPostProcessor(ObjectProvider<ToolGuard> guard) {
			return new ChatClientPostProcessor(guard::getObject);
		}

	}

}
