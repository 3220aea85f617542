package io.agentotp.test;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.guard.PermissionGuardCustomizer;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/**
 * Makes the client of the fake service, and its time, those of the application.
 */
@Configuration(proxyBeanMethods = false)
class FakeAgentOtpConfiguration {

	@Bean
	FakeAgentOtp fakeAgentOtp() {
		return FakeAgentOtp.approving();
	}

	@Bean(destroyMethod = "close")
	@Primary
	AgentOtpClient fakeAgentOtpClient(FakeAgentOtp agentOtp) {
		return agentOtp.client();
	}

	@Bean
	PermissionGuardCustomizer fakeAgentOtpClock(FakeAgentOtp agentOtp) {
		return (guard) -> guard.clock(agentOtp::now);
	}

}
