package io.agentotp.server.policy;

import java.util.List;

import io.agentotp.server.config.AgentOtpServerProperties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * The policies of the configuration.
 */
@Configuration(proxyBeanMethods = false)
public class PolicyConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(PolicyConfiguration.class);

	@Bean
	PolicyEngine policyEngine(AgentOtpServerProperties properties, Environment environment) {
		MangledKeys.refuse(environment);
		List<Policy> policies = new PolicyParser(properties.policies().trustContext())
			.parse(properties.policies().rules());
		policies.stream()
			.filter(Policy::trustsAgentsWord)
			.forEach((policy) -> logger.warn(
					"Policy '{}' approves on what the agent says about itself (context.*); it trusts the agent's word",
					policy.name()));
		policies.stream()
			.filter((policy) -> policy.agentId() != null && !properties.agents().containsKey(policy.agentId()))
			.forEach((policy) -> logger.warn("Policy '{}' is for the agent '{}', which is not configured",
					policy.name(), policy.agentId()));
		return new PolicyEngine(policies);
	}

}
