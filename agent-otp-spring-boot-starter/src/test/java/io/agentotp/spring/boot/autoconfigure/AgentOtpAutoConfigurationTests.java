package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.AgentOtpClient;
import io.agentotp.ConfigurationException;
import io.agentotp.spring.boot.health.AgentOtpHealthIndicator;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

class AgentOtpAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
				AgentOtpHealthContributorAutoConfiguration.class));

	private final ApplicationContextRunner configured = this.contextRunner
		.withPropertyValues("agentotp.base-url=http://localhost:1", "agentotp.api-key=ak_live_test");

	@Test
	void startWhenConfiguredThenClientGuardAndHealth() {
		this.configured.run((context) -> assertThat(context).hasSingleBean(AgentOtpClient.class)
			.hasSingleBean(RequiresPermissionAdvisor.class)
			.hasSingleBean(AgentOtpHealthIndicator.class));
	}

	@Test
	void startWhenTheKeyIsMissingThenFailsAndSaysWhichPropertyToSet() {
		this.contextRunner.withPropertyValues("agentotp.base-url=http://localhost:1").run((context) -> {
			assertThat(context).getFailure().rootCause().isInstanceOf(ConfigurationException.class);
			FailureAnalysis analysis = new ConfigurationFailureAnalyzer(new MockEnvironment())
				.analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains("API key is missing");
			assertThat(analysis.getAction()).contains("agentotp.api-key=", "AGENTOTP_API_KEY");
		});
	}

	@Test
	void startWhenTheVariableHasItsOldNameThenFailsAndSaysTheNewOne() {
		this.contextRunner.run((context) -> {
			MockEnvironment environment = new MockEnvironment().withProperty("AGENT_OTP_API_KEY", "ak_live_test");
			FailureAnalysis analysis = new ConfigurationFailureAnalyzer(environment)
				.analyze(context.getStartupFailure());
			assertThat(analysis.getAction()).contains("AGENT_OTP_API_KEY is named AGENTOTP_API_KEY now")
				.doesNotContain("ak_live_test");
		});
	}

	@Test
	void startWhenTheAddressIsMissingThenFailsAndSaysWhichPropertyToSet() {
		this.contextRunner.withPropertyValues("agentotp.api-key=ak_live_test").run((context) -> {
			FailureAnalysis analysis = new ConfigurationFailureAnalyzer(new MockEnvironment())
				.analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains("address is missing");
			assertThat(analysis.getAction()).contains("agentotp.base-url=");
		});
	}

	@Test
	void startWhenTheKeyIsBrokenThenFailsWithoutShowingIt() {
		this.configured.withPropertyValues("agentotp.api-key=ak_live_x\u00e4y").run((context) -> {
			FailureAnalysis analysis = new ConfigurationFailureAnalyzer(new MockEnvironment())
				.analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains("non-ASCII").doesNotContain("ak_live_x");
		});
	}

	@Test
	void startWhenTheApplicationHasAClientThenOursBacksOff() {
		AgentOtpClient own = mock();
		this.contextRunner.withBean(AgentOtpClient.class, () -> own)
			.run((context) -> assertThat(context.getBean(AgentOtpClient.class)).isSameAs(own));
	}

	@Test
	void startWhenThereIsNoHealthModuleThenNoIndicator() {
		this.configured.withClassLoader(new FilteredClassLoader(ConditionalOnEnabledHealthIndicator.class))
			.run((context) -> assertThat(context).hasSingleBean(AgentOtpClient.class)
				.doesNotHaveBean("agentotpHealthIndicator"));
	}

	@Test
	void startWhenHealthIsSwitchedOffThenNoIndicator() {
		this.configured.withPropertyValues("management.health.agentotp.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(AgentOtpHealthIndicator.class));
	}

	@Test
	void startWhenAnOrderIsSetThenTheAdvisorHasIt() {
		this.configured
			.run((context) -> assertThat(context.getBean(RequiresPermissionAdvisor.class).getOrder()).isEqualTo(650));
		this.configured.withPropertyValues("agentotp.method.order=150")
			.run((context) -> assertThat(context.getBean(RequiresPermissionAdvisor.class).getOrder()).isEqualTo(150));
	}

}
