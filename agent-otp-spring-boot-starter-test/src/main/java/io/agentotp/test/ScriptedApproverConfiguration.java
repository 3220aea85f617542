package io.agentotp.test;

import io.agentotp.AgentOtpClient;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/**
 * Makes the client that asks the scripted approver the one of the application.
 */
@Configuration(proxyBeanMethods = false)
class ScriptedApproverConfiguration {

	@Bean
	ScriptedApprover scriptedApprover() {
		return ScriptedApprover.approving();
	}

	@Bean(destroyMethod = "close")
	@Primary
	AgentOtpClient scriptedAgentOtpClient(ScriptedApprover approver) {
		return approver.client();
	}

}
