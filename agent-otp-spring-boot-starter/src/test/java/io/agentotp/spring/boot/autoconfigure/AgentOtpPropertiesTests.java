package io.agentotp.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentotp.spring.Consume;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.tool.ToolEffect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the properties are bound to, and how a value that cannot be is named.
 */
class AgentOtpPropertiesTests {

	@Test
	void bindWhenNothingIsSetThenDefaults() {
		AgentOtpProperties properties = bind(Map.of());
		assertThat(properties.mode()).isEqualTo(AgentOtpMode.REMOTE);
		assertThat(properties.baseUrl()).isNull();
		assertThat(properties.timeout()).isEqualTo(Duration.ofSeconds(30));
		assertThat(properties.approvalTimeout()).isEqualTo(Duration.ofMinutes(5));
		assertThat(properties.ssl().bundle()).isNull();
		assertThat(properties.propagation().hosts()).isEmpty();
		assertThat(properties.method().maxConcurrentWaits()).isEqualTo(100);
		assertThat(properties.method().validate()).isTrue();
		assertThat(properties.tools().rules()).isEmpty();
		assertThat(properties.mcp().maxWait()).isEqualTo(Duration.ofSeconds(15));
		assertThat(properties.mcp().elicitation()).isTrue();
		assertThat(properties.health().timeToLive()).isEqualTo(Duration.ofSeconds(10));
	}

	@Test
	void bindWhenRuleThenWhatItSaysAndDefaults() {
		Map<String, String> values = new LinkedHashMap<>();
		values.put("agentotp.tools.rules[0].name", "delete_*,erase");
		values.put("agentotp.tools.rules[0].action", "file.delete");
		values.put("agentotp.tools.rules[0].ttl", "");
		values.put("agentotp.tools.rules[0].sensitive[0]", "body");
		values.put("agentotp.tools.rules[1].name", "read");
		values.put("agentotp.tools.rules[1].effect", "allow");
		AgentOtpProperties.Tools tools = bind(values).tools();
		assertThat(tools.rules()).hasSize(2);
		AgentOtpProperties.Tools.Rule rule = tools.rules().get(0);
		assertThat(rule.name()).containsExactly("delete_*", "erase");
		assertThat(rule.effect()).isEqualTo(ToolEffect.ASK);
		assertThat(rule.resource()).isEmpty();
		assertThat(rule.ttl()).isNull();
		assertThat(rule.consume()).isEqualTo(Consume.DEFAULT);
		assertThat(rule.onPending()).isEqualTo(OnPending.DEFAULT);
		assertThat(rule.sensitive()).containsExactly("body");
		assertThat(tools.rules().get(1).effect()).isEqualTo(ToolEffect.ALLOW);
	}

	@Test
	void toStringWhenApiKeyThenItIsNotShown() {
		assertThat(bind(Map.of("agentotp.api-key", "ak_live_secret"))).asString().doesNotContain("ak_live_secret");
	}

	@ParameterizedTest
	@CsvSource({ "agentotp.timeout, 0s, PT0S", "agentotp.attempt-timeout, -1s, PT-1S",
			"agentotp.connect-timeout, 0s, PT0S", "agentotp.approval-timeout, 0s, PT0S", "agentotp.retries, -1, -1",
			"agentotp.method.max-concurrent-waits, -1, -1" })
	void startWhenValueIsOutOfRangeThenFailureNamesTheProperty(String name, String value, String shown) {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class))
			.withPropertyValues("agentotp.api-key=ak_live_test", "agentotp.base-url=http://localhost",
					name + "=" + value)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(IllegalArgumentException.class)
				.hasMessageStartingWith(name + " must be ")
				.hasMessageEndingWith(", not " + shown));
	}

	private static AgentOtpProperties bind(Map<String, String> values) {
		return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("agentotp",
				AgentOtpProperties.class);
	}

}
