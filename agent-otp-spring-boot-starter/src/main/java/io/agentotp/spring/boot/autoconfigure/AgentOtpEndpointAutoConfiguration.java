package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.spring.boot.actuate.AgentOtpEndpoint;
import io.agentotp.spring.guard.PermissionGuard;
import io.agentotp.spring.method.GuardReport;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.tool.ToolInventory;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the Actuator endpoint.
 */
@AutoConfiguration(after = { AgentOtpMethodAutoConfiguration.class, AgentOtpToolAutoConfiguration.class })
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(AgentOtpEndpoint.class)
public final class AgentOtpEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	AgentOtpEndpoint agentOtpEndpoint(ConfigurableListableBeanFactory beanFactory, RequiresPermissionAdvisor advisor,
			PermissionGuard guard, ToolInventory tools) {
		return new AgentOtpEndpoint(new GuardReport(beanFactory, advisor, guard), tools);
	}

}
