package io.agentotp.spring.propagation;

import java.net.URI;
import java.util.List;
import java.util.Optional;

import io.agentotp.OtpToken;
import io.agentotp.Permission;
import io.agentotp.spring.Grants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PermissionHeaderTests {

	private final PermissionHeader header = new PermissionHeader(PermissionHeader.DEFAULT_NAME);

	@Test
	void readWhenWrittenThenTheSame() {
		Permission permission = Grants.granted("p/1 é", "email.send", "otp_a+b=");
		PermissionHeader.Received received = this.header.read(List.of(this.header.write(permission))).orElseThrow();
		assertThat(received.id()).isEqualTo("p/1 é");
		assertThat(received.token()).isEqualTo(OtpToken.of("otp_a+b="));
		assertThat(received).asString().doesNotContain("otp_a");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "p1", "p1 ", " otp_1", "p1  otp_1", "p1 otp_1 ", "p1\totp_1", "p1 otp 1",
			"p%31 otp_1", "p1 %", "p1 otp_\u00e9" })
	void readWhenNotExactlyAsWrittenThenNothing(String value) {
		assertThat(this.header.read(List.of(value))).isEmpty();
	}

	@Test
	void readWhenThereAreTwoOrATooLongOneThenNothing() {
		assertThat(this.header.read(List.of("p1 otp_1", "p1 otp_1"))).isEmpty();
		assertThat(this.header.read(List.of())).isEmpty();
		assertThat(this.header.read(List.of("p1 " + "x".repeat(2048)))).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://mail.example.com/x", "https://MAIL.example.com:443", "http://localhost:8080/" })
	void valueWhenTheServiceIsNamedThenCarriesThePermission(String uri) {
		assertThat(value(uri)).isEqualTo("p1 otp_1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://mail.example.com/", "https://mail.example.com:8443/", "https://evil.com/",
			"https://mail.example.com.evil.com/", "https://evil.com/?mail.example.com",
			"https://mail.example.com@evil.com/", "https://sub.mail.example.com/", "https://mail.example.com./",
			"http://localhost/", "https://localhost:8080/", "ftp://mail.example.com/", "/relative", "mailto:a@b.c" })
	void valueWhenTheServiceIsAnotherThenCarriesNothing(String uri) {
		assertThat(value(uri)).isNull();
	}

	@Test
	void valueWhenThereIsNoPermissionThenCarriesNothing() {
		assertThat(propagation().value(URI.create("https://mail.example.com/"), Optional.empty())).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "*", "*.example.com", "https://a.example/path", "https://user@a.example", "a b",
			"ftp://a.example", "https://a.example?x", "://" })
	void ofWhenAHostIsNoneThenSaysWhichProperty(String host) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> PermissionPropagation.of("X", List.of(host)))
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo("agentotp.propagation.hosts"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "a b", "a:", "a\r\nb", "\u00e9" })
	void ofWhenTheHeaderIsNoneThenSaysWhichProperty(String header) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> PermissionPropagation.of(header, List.of()))
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo("agentotp.propagation.header"));
	}

	private static String value(String uri) {
		return propagation().value(URI.create(uri), Optional.of(Grants.granted("p1", "email.send", "otp_1")));
	}

	private static PermissionPropagation propagation() {
		return PermissionPropagation.of("X-Permission", List.of("mail.example.com", "http://localhost:8080"));
	}

}
