package io.agentotp;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What stands for a value that must not be shown.
 */
class MaskedValueTests {

	private static final byte[] PIN = "1234".getBytes(StandardCharsets.US_ASCII);

	@Test
	void macWhenTheKeyIsTheSameThenTheSame() {
		assertThat(mac("ak_test_1", PIN)).isEqualTo(mac("ak_test_1", PIN)).matches("[0-9a-f]{64}");
	}

	@Test
	void macWhenKeyOrValueDiffersThenAnother() {
		assertThat(mac("ak_test_1", PIN)).isNotEqualTo(mac("ak_test_2", PIN))
			.isNotEqualTo(mac("ak_test_1", new byte[0]));
	}

	@Test
	void macWhenTheKeyIsMissingThenRefused() {
		assertThatExceptionOfType(ConfigurationException.class).isThrownBy(() -> mac(" ", PIN));
	}

	private static String mac(String key, byte[] value) {
		try (AgentOtpClient client = AgentOtpClient.builder().apiKey(() -> key).baseUrl("http://localhost").build()) {
			return client.mac(value);
		}
	}

}
