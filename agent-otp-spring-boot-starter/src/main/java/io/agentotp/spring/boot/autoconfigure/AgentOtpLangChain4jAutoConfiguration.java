package io.agentotp.spring.boot.autoconfigure;

import dev.langchain4j.service.tool.AiServiceTool;
import io.agentotp.spring.tool.ToolBeans;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolInventory;
import io.agentotp.spring.tool.langchain4j.AgentOtpLangChain4jTools;
import io.agentotp.spring.tool.langchain4j.AiServicePostProcessor;
import io.agentotp.spring.tool.langchain4j.LangChain4jNotes;
import io.agentotp.spring.tool.langchain4j.LangChain4jToolPostProcessor;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;

/**
 * Auto-configuration of the guard of tools that LangChain4j calls.
 */
@AutoConfiguration(after = AgentOtpToolAutoConfiguration.class)
@ConditionalOnClass(AiServiceTool.class)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public final class AgentOtpLangChain4jAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	AgentOtpLangChain4jTools agentOtpLangChain4jTools(ToolGuard guard) {
		return new AgentOtpLangChain4jTools(guard);
	}

	@Bean
	LangChain4jNotes agentOtpLangChain4jNotes(ConfigurableListableBeanFactory beanFactory, ToolInventory inventory) {
		return new LangChain4jNotes(beanFactory, inventory);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static ToolBeans agentOtpLangChain4jToolBeans(ConfigurableListableBeanFactory beanFactory, ToolGuard guard) {
		return new ToolBeans(beanFactory, guard, LangChain4jToolPostProcessor::tools);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static AiServicePostProcessor agentOtpAiServicePostProcessor(ObjectProvider<ToolGuard> guard) {
		return new AiServicePostProcessor(guard::getObject);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static LangChain4jToolPostProcessor agentOtpLangChain4jToolPostProcessor(ObjectProvider<ToolGuard> guard) {
		return new LangChain4jToolPostProcessor(guard::getObject);
	}

}
