package io.agentotp.server.agent;

import java.time.InstantSource;

import io.agentotp.server.config.AgentOtpServerProperties;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The agents of the configuration.
 */
@Configuration(proxyBeanMethods = false)
public class AgentConfiguration {

	@Bean
	Agents agents(JdbcClient jdbc, TransactionTemplate transactions, InstantSource clock,
			AgentOtpServerProperties properties) {
		Agents agents = new Agents(jdbc, transactions, clock);
		agents.synchronize(properties.agents());
		return agents;
	}

}
