package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.AgentOtpClient;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the client. Has no condition on the key or the address: without
 * them the application does not start, instead of starting without its guard.
 */
@AutoConfiguration
@EnableConfigurationProperties(AgentOtpProperties.class)
public final class AgentOtpAutoConfiguration {

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean
	AgentOtpClient agentOtpClient(AgentOtpProperties properties) {
		return AgentOtpClient.builder()
			.apiKey(properties.getApiKey())
			.baseUrl(properties.getBaseUrl())
			.apiPath(properties.getApiPath())
			.timeout(properties.getTimeout())
			.attemptTimeout(properties.getAttemptTimeout())
			.connectTimeout(properties.getConnectTimeout())
			.retries(properties.getRetries())
			.approvalTimeout(properties.getApprovalTimeout())
			.debug(properties.isDebug())
			.build();
	}

}
