package io.agentotp.test;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * The client of a test slice that does not say who decides. A slice neither needs a key
 * nor asks the service that the application is configured for.
 */
@AutoConfiguration(before = AgentOtpAutoConfiguration.class)
final class AgentOtpSliceAutoConfiguration {

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean
	AgentOtpClient agentOtpClient() {
		return FakeAgentOtp.denying(
				"This test slice has no permission service. Add @AutoConfigureAgentOtp to the test, or mock the bean")
			.client();
	}

}
