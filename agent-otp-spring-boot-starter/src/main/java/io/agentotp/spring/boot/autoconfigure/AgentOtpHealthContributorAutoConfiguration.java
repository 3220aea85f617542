package io.agentotp.spring.boot.autoconfigure;

import java.time.Clock;
import java.util.Locale;

import io.agentotp.AgentOtpClient;
import io.agentotp.GrantVerifier;
import io.agentotp.spring.boot.health.AgentOtpHealthIndicator;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the health of the permission service.
 */
@AutoConfiguration(after = AgentOtpAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
@ConditionalOnBean(AgentOtpClient.class)
@ConditionalOnEnabledHealthIndicator("agentotp")
public final class AgentOtpHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "agentotpHealthIndicator")
	AgentOtpHealthIndicator agentotpHealthIndicator(AgentOtpClient client, AgentOtpProperties properties,
			@Qualifier("agentOtpGrantVerifier") GrantVerifier verifier) {
		return new AgentOtpHealthIndicator(client, properties.mode().name().toLowerCase(Locale.ROOT).replace('_', '-'),
				verifier, properties.health().timeToLive(), Clock.systemUTC());
	}

}
