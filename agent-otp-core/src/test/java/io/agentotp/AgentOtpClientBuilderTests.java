package io.agentotp;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Settings: what is missing or wrong is named, with the property that mends it.
 */
class AgentOtpClientBuilderTests {

	private static AgentOtpClientBuilder valid() {
		return AgentOtpClient.builder().apiKey("ak_test_1").baseUrl("https://otp.example.com");
	}

	private static void assertRefused(AgentOtpClientBuilder builder, String message) {
		assertThatExceptionOfType(ConfigurationException.class).isThrownBy(builder::build)
			.withMessageContaining(message)
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CONFIGURATION_ERROR"));
	}

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "", " " })
	void buildWhenKeyIsMissingThenPropertyIsNamed(String key) {
		assertRefused(valid().apiKey(key), "agentotp.api-key");
		assertRefused(AgentOtpClient.builder().baseUrl("https://otp.example.com"), "agentotp.api-key");
	}

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "", " ", "otp.example.com", "ftp://otp.example.com", "http://", "http:///x",
			"not an address", "https://s3cr3t:pw@otp.example.com", "https://otp.example.com?s3cr3t=1",
			"https://otp.example.com#s3cr3t", "http://localhost:0", "http://localhost:99999", "file:///etc/passwd" })
	void buildWhenAddressIsMissingOrWrongThenPropertyIsNamedWithoutEcho(String url) {
		assertThatExceptionOfType(ConfigurationException.class).isThrownBy(() -> valid().baseUrl(url).build())
			.withMessageContaining("agentotp.base-url")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("s3cr3t"));
	}

	@Test
	void buildWhenTheAddressIsAnUnfilledPlaceholderThenItsNameIsShown() {
		assertRefused(valid().baseUrl("https://s3cr3t:${AGENT_OTP_HOST:x}/"),
				"agentotp.base-url has a placeholder that nothing has filled in: ${AGENT_OTP_HOST}");
	}

	@Test
	void buildWhenTheAddressHasNoSchemeThenTheMessageHasAnExample() {
		assertRefused(valid().baseUrl("otp.example.com"), "such as https://otp.example.com");
	}

	@Test
	void buildWhenTheKeyIsThatOfAUserThenTheRightOneIsNamed() {
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> valid().apiKey("uk_test_0123456789").build())
			.withMessageContaining("that of a user (uk_): set agentotp.api-key to the key of an agent (ak_)")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("0123456789"));
	}

	@Test
	void buildWhenNumbersAreOutOfBoundsThenTheyAreNamed() {
		assertRefused(valid().retries(-1), "retries");
		assertRefused(valid().timeout(Duration.ZERO), "timeout");
		assertRefused(valid().connectTimeout(Duration.ofSeconds(-1)), "connectTimeout");
		assertRefused(valid().approvalTimeout(Duration.ZERO), "approvalTimeout");
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://otp.example.com/agent-otp//", " https://otp.example.com/agent-otp ",
			"https://otp.example.com/agent-otp" })
	void buildWhenAddressHasAPathThenApiIsBelowIt(String url) {
		ScriptedTransport transport = new ScriptedTransport().answer(200, Json.json("{'status':'ok'}"))
			.answer(200, Json.json("{'status':'ok'}"));
		try (AgentOtpClient client = valid().baseUrl(url).transport(transport).build()) {
			client.health();
		}
		try (AsyncAgentOtpClient client = valid().baseUrl(url).apiPath("").transport(transport).buildAsync()) {
			assertThat(client.health()).succeedsWithin(Duration.ofMinutes(1));
		}
		assertThat(transport.requests).extracting((request) -> request.uri().toString())
			.containsExactly("https://otp.example.com/agent-otp/api/v1/health",
					"https://otp.example.com/agent-otp/health");
		assertThat(transport.closed).isEqualTo(2);
	}

}
