package io.agentotp.spring.boot.autoconfigure;

import java.util.ArrayList;
import java.util.List;

import io.agentotp.spring.guard.PermissionGuard;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolInventory;
import io.agentotp.spring.tool.ToolRule;
import io.agentotp.spring.tool.ToolRules;
import io.agentotp.spring.tool.ToolStartCheck;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;

/**
 * Auto-configuration of the guard of agents' tools. The rules are read whether there is a
 * framework or not, so that a mistake in them shows.
 */
@AutoConfiguration(after = AgentOtpMethodAutoConfiguration.class)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public final class AgentOtpToolAutoConfiguration {

	@Bean
	ToolRules agentOtpToolRules(AgentOtpProperties properties, ConfigurableBeanFactory beanFactory) {
		List<ToolRule> rules = new ArrayList<>();
		for (AgentOtpProperties.Tools.Rule rule : properties.tools().rules()) {
			rules.add(rule.rule("agentotp.tools.rules[" + rules.size() + "]"));
		}
		return new ToolRules(rules, properties.tools().unmatched(), beanFactory);
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static ToolInventory agentOtpToolInventory() {
		return new ToolInventory();
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static ToolStartCheck agentOtpToolStartCheck(ToolInventory inventory, ObjectProvider<ToolRules> rules) {
		return new ToolStartCheck(inventory, rules::getObject);
	}

	/**
	 * Needed by the bean post-processors, and so without anything that they might
	 * process.
	 */
	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static ToolGuard agentOtpToolGuard(ObjectProvider<PermissionGuard> guard, ObjectProvider<ToolRules> rules,
			ObjectProvider<RequiresPermissionAdvisor> advisor, ToolInventory inventory) {
		return new ToolGuard(guard::getObject, rules::getObject, advisor::getObject, inventory);
	}

}
