package io.agentotp.server.agent;

import java.time.InstantSource;

import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Instance;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The agents of the configuration.
 */
@Configuration(proxyBeanMethods = false)
public class AgentConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(AgentConfiguration.class);

	@Bean
	Agents agents(JdbcClient jdbc, TransactionTemplate transactions, Instance instance, InstantSource clock,
			AgentOtpServerProperties properties) {
		Agents agents = new Agents(jdbc, transactions, instance, clock);
		agents.synchronize(properties.agents());
		if (properties.testKeys()) {
			logger.warn("Keys for tests (ak_test_) are taken: what they ask for is approved by itself");
		}
		properties.agents().forEach((name, agent) -> {
			if (!properties.testKeys() && agent.apiKey() != null && agent.apiKey().startsWith("ak_test_")) {
				logger.warn("Agent '{}' has a key for tests, which is refused without agentotp.server.test-keys=true",
						name);
			}
			if (agent.owner() != null && !properties.users().containsKey(agent.owner())) {
				logger.warn("Agent '{}' is owned by '{}', who is not configured as a user", name, agent.owner());
			}
		});
		return agents;
	}

	@Bean
	AgentChanges agentChanges(Agents agents, AuditLog audit, TransactionTemplate transactions, InstantSource clock) {
		return new AgentChanges(agents, audit, transactions, clock);
	}

}
