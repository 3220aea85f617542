package io.agentotp.spring.boot.autoconfigure;

import java.util.Map;

import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a start with a wrong property says: which one, and what to set.
 */
@ExtendWith(OutputCaptureExtension.class)
class InvalidSettingTests {

	private static final String[] CONNECTION = { "--agentotp.api-key=ak_test_0123456789",
			"--agentotp.base-url=http://localhost:1" };

	@ParameterizedTest
	@CsvSource({ "agentotp.aproval-timeout=5m, agentotp.approval-timeout",
			"agentotp.approvalTimeOuts=5m, agentotp.approval-timeout",
			"agentotp.methods.consume=before, agentotp.method.consume",
			"agentotp.method.on-pendng=throw, agentotp.method.on-pending",
			"agentotp.tools.unmatch=deny, agentotp.tools.unmatched",
			"agentotp.tool.rules[0].name=x, agentotp.tools.rules[].name",
			"agentotp.tools.rules[0].efect=deny, agentotp.tools.rules[].effect", "agentotp.key=x, agentotp.api-key",
			"agentotp.servr.secret=x, agentotp." })
	void startWhenAPropertyIsMisspeltThenTheNearestIsNamed(String property, String nearest, CapturedOutput output) {
		assertFails(output, "There is no property '" + property.substring(0, 11), property);
		assertThat(output).contains("Did you mean '" + nearest);
	}

	@ParameterizedTest
	@ValueSource(strings = { "AGENTOTP_APROVALTIMEOUT", "AGENTOTP_APROVAL_TIMEOUT", "AGENTOTP_APPROVALTIME_OUT" })
	void startWhenAnEnvironmentVariableIsMisspeltThenTheNearestIsNamed(String variable, CapturedOutput output) {
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> start(Map.of(variable, "5m"), CONNECTION));
		assertThat(output).contains("There is no property 'agentotp.ap")
			.contains("Did you mean 'agentotp.approval-timeout'");
	}

	@Test
	void startWhenAnEnvironmentVariableHasAnUnderscoreForEachDashThenItCounts() {
		try (ConfigurableApplicationContext context = start(Map.of("AGENTOTP_API_KEY", "ak_test_0123456789",
				"AGENTOTP_BASE_URL", "http://localhost:1", "AGENTOTP_METHOD_MAX_CONCURRENT_WAITS", "7"))) {
			AgentOtpProperties properties = context.getBean(AgentOtpProperties.class);
			assertThat(properties.apiKey()).isEqualTo("ak_test_0123456789");
			assertThat(properties.method().maxConcurrentWaits()).isEqualTo(7);
		}
	}

	@Test
	void startWhenAnEnvironmentVariableIsForSomebodyElseThenStarts() {
		start(Map.of("AGENTOTP_SERVICE_HOST", "10.0.0.1", "AGENTOTP_PORT_8080_TCP", "tcp://10.0.0.1:8080",
				"AGENTOTP_APPROVALTIMEOUT", "5m", "AGENTOTP_TOOLS_UNMATCHED", "deny"), CONNECTION)
			.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "agentotp.approvalTimeout=5m", "AGENTOTP.APPROVAL_TIMEOUT=5m",
			"agentotp.server.any.thing=x", "agentotp.propagation.hosts[0]=http://localhost",
			"agentotp.propagation.hosts=http://localhost", "other.aproval-timeout=x" })
	void startWhenAPropertyIsKnownOrNotOursThenStarts(String property) {
		start(Map.of(), CONNECTION[0], CONNECTION[1], "--" + property).close();
	}

	@ParameterizedTest
	@CsvSource({ "agentotp.timeout=-5s, agentotp.timeout must be positive",
			"agentotp.approval-timeout=0s, agentotp.approval-timeout must be positive",
			"agentotp.retries=-1, agentotp.retries must be 0 or more",
			"agentotp.method.order=first, agentotp.method.order",
			"agentotp.method.self-invocation=maybe, agentotp.method.self-invocation",
			"agentotp.timeout=soon, agentotp.timeout", "agentotp.mode=allow, agentotp.mode" })
	void startWhenAValueIsWrongThenThePropertyIsNamed(String property, String message, CapturedOutput output) {
		assertFails(output, message, property);
	}

	@Test
	void startWhenAllowAllHasALiveKeyThenFailsUnlessItIsMeant(CapturedOutput output) {
		assertFails(output, "agentotp.allow-all-with-live-key=true", "agentotp.mode=allow-all",
				"agentotp.api-key=ak_live_0123456789abcdefghijklmn");
		assertThat(output).doesNotContain("ak_live_0123456789abcdefghijklmn").doesNotContain("PERMITTED");
		start(Map.of(), "--agentotp.mode=allow-all", "--agentotp.api-key=ak_live_x",
				"--agentotp.allow-all-with-live-key=true")
			.close();
		start(Map.of(), "--agentotp.mode=deny-all", "--agentotp.api-key=ak_live_x").close();
		start(Map.of(), "--agentotp.mode=allow-all", "--agentotp.api-key=ak_test_x").close();
	}

	@Test
	void startWhenAllowAllHasALiveKeyFromSomewhereElseThenFails(CapturedOutput output) {
		assertThatExceptionOfType(Exception.class)
			.isThrownBy(() -> new SpringApplicationBuilder(Application.class, Vault.class).web(WebApplicationType.NONE)
				.run("--agentotp.mode=allow-all"));
		assertThat(output).contains("agentotp.allow-all-with-live-key=true");
	}

	private static void assertFails(CapturedOutput output, String message, String... properties) {
		String[] arguments = new String[properties.length + 2];
		System.arraycopy(CONNECTION, 0, arguments, 0, 2);
		for (int i = 0; i < properties.length; i++) {
			arguments[i + 2] = "--" + properties[i];
			if (properties[i].startsWith("agentotp.api-key")) {
				arguments[0] = arguments[i + 2];
			}
		}
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> start(Map.of(), arguments));
		assertThat(output).contains("APPLICATION FAILED TO START").contains("Action:").contains(message);
	}

	private static ConfigurableApplicationContext start(Map<String, Object> environment, String... arguments) {
		StandardEnvironment variables = new StandardEnvironment();
		variables.getPropertySources()
			.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new SystemEnvironmentPropertySource(
					StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, environment));
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setEnvironment(variables);
		return application.run(arguments);
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class })
	static class Application {

		@Bean
		Deed deed() {
			return new Deed();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Vault {

		@Bean
		AgentOtpConnectionDetails connection() {
			return new AgentOtpConnectionDetails() {

				@Override
				public String getBaseUrl() {
					return "http://localhost:1";
				}

				@Override
				public String getApiKey() {
					return "ak_live_x";
				}

			};
		}

	}

	static class Deed {

		@RequiresPermission(action = "act")
		public void act() {
		}

	}

}
