package io.agentotp.server.policy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class NameLookTests {

	@ParameterizedTest
	@ValueSource(strings = { "small paym\u0435nts", "srnall payments", "Smal1 Payments", "sma\u217cl payments",
			"\uff53mall\u200bpayments", "smaII payments", "\u0455mall \u0440ayments" })
	void ofWhenNamesLookAlikeThenTheSame(String name) {
		assertThat(NameLook.of(name)).isEqualTo(NameLook.of("small payments"));
	}

	@Test
	void ofWhenNamesLookDifferentThenOthers() {
		assertThat(NameLook.of("read")).isNotEqualTo(NameLook.of("write"));
		assertThat(NameLook.of("Счёт")).isNotEqualTo(NameLook.of("Отчёт"));
		assertThat(NameLook.of("above 5 %")).isNotEqualTo(NameLook.of("above 6 %"));
		assertThat(NameLook.of("above 5 %")).isEqualTo(NameLook.of("\u0430bove 5 %"));
	}

}
