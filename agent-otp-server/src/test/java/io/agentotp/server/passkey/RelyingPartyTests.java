package io.agentotp.server.passkey;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

class RelyingPartyTests {

	private static RelyingParty of(Map<String, String> settings) {
		return new RelyingParty(new Binder(new MapConfigurationPropertySource(settings))
			.bindOrCreate(AgentOtpServerProperties.PREFIX, AgentOtpServerProperties.class));
	}

	@ParameterizedTest
	@CsvSource({ "https://OTP.example.com/otp, otp.example.com, https://otp.example.com, true",
			"https://otp.example.com:443, otp.example.com, https://otp.example.com, true",
			"https://otp.example.com:8443/x, otp.example.com, https://otp.example.com:8443, true",
			"http://localhost:8080, localhost, http://localhost:8080, true",
			"http://otp.example.com, otp.example.com, http://otp.example.com, false",
			"https://192.0.2.1, 192.0.2.1, https://192.0.2.1, false",
			"https://[::1]:8443, [::1], https://[::1]:8443, false" })
	void partyWhenPublicUrlThenItsHostAndOrigin(String url, String id, String origin, boolean usable) {
		RelyingParty party = of(Map.of("agentotp.server.public-url", url));
		assertThat(party.id()).isEqualTo(id);
		assertThat(party.origins()).containsExactly(origin);
		assertThat(party.isUsable()).isEqualTo(usable);
	}

	@Test
	void partyWhenNothingIsSetThenMachineOfTheBrowser() {
		RelyingParty party = of(Map.of());
		assertThat(party.id()).isEqualTo("localhost");
		assertThat(party.origins()).isEmpty();
		assertThat(party.isUsable()).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "Example.com,, rp-id", "https://example.com,, rp-id", ", https://example.com, rp-id",
			"example.com, http://example.com, origins", "example.com, https://example.com/otp, origins",
			"example.com, https://badexample.com, origins", "example.com, https://example.org, origins",
			"example.com, https://u@example.com, origins", "example.com, example.com, origins" })
	void settingsWhenInvalidThenSaysWhich(String id, String origin, String name) {
		Map<String, String> settings = new HashMap<>();
		Optional.ofNullable(id).ifPresent((value) -> settings.put("agentotp.server.passkeys.rp-id", value));
		Optional.ofNullable(origin).ifPresent((value) -> settings.put("agentotp.server.passkeys.origins", value));
		assertThatException().isThrownBy(() -> of(settings))
			.havingRootCause()
			.isInstanceOf(InvalidSettingException.class)
			.withMessageContaining("passkeys." + name);
	}

}
