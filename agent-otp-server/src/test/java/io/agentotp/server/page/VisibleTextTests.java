package io.agentotp.server.page;

import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class VisibleTextTests {

	@ParameterizedTest
	@ValueSource(ints = { 0x00, 0x07, 0x1b, 0x7f, 0x85, 0xa0, 0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x2003, 0x200b,
			0x200d, 0x200e, 0x202e, 0x2028, 0x2066, 0x2800, 0x3164, 0xe000, 0xfe0f, 0xfeff, 0xffa0, 0xe0041, 0xe0101 })
	void ofWhenCharacterCannotBeSeenThenItsCodeIsShown(int c) {
		assertThat(shown("a" + Character.toString(c) + "b")).isEqualTo(String.format("a[U+%04X]b", c));
	}

	@Test
	void ofWhenOrdinaryTextThenUnchanged() {
		String text = "Grüße an 田中さん, שלום, Ж <b>&amp;</b> 🙂 1–2";
		assertThat(shown(text)).isEqualTo(text);
		assertThat(VisibleText.of(null)).isEmpty();
	}

	@Test
	void ofWhenLineEndsThenShownAndKept() {
		assertThat(shown("a\nb\tc\r")).isEqualTo("a[↵]\nb[⇥]c[U+000D]");
	}

	private static String shown(String text) {
		return VisibleText.of(text)
			.stream()
			.map((segment) -> segment.special() ? "[" + segment.text() + "]" : segment.text())
			.collect(Collectors.joining());
	}

}
