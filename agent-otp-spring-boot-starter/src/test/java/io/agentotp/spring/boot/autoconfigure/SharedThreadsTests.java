package io.agentotp.spring.boot.autoconfigure;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class SharedThreadsTests {

	@ParameterizedTest
	@CsvSource({ "agentOtpServer, server.tomcat.threads.max=5, true",
			"agentOtpServer, server.jetty.threads.max=5, true",
			"agentOtpServer, agentotp.method.max-concurrent-waits=200, true",
			"agentOtpServer, server.tomcat.threads.max=101, false", "agentOtpServer, server.port=0, false",
			"another, server.tomcat.threads.max=5, false" })
	void startWhenWaitingCallsCanTakeAllThreadsOfAnEmbeddedServiceThenWarned(String service, String property,
			boolean warned, CapturedOutput output) {
		new WebApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class))
			.withPropertyValues("agentotp.api-key=ak_test_0123456789", "agentotp.base-url=http://localhost:1", property)
			.withBean(service, String.class, () -> "service")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output.getOut().contains("the approval page of the embedded service does not open"))
			.isEqualTo(warned);
	}

}
