package io.agentotp.server.page.text;

import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

	@Test
	void ofWhenMarksPileUpOrStandAloneThenTheirCodesAreShown() {
		assertThat(shown("e\u0301 ậ a\u0323\u0302 ก็")).isEqualTo("e\u0301 ậ a\u0323\u0302 ก็");
		assertThat(shown("e" + "\u0301".repeat(6))).isEqualTo("e" + "\u0301".repeat(4) + "[U+0301][U+0301]");
		assertThat(shown("\"\u0338=\u0338")).isEqualTo("\"[U+0338]=[U+0338]");
	}

	@Test
	void ofWhenManyDifferentCharactersCannotBeSeenThenTheFirstAndHowManyMoreAndTheirCodesAreKept() {
		String text = "a" + "\u200b\u2060\u2061".repeat(50) + "b";
		assertThat(shown(text)).isEqualTo("a[U+200B][U+2060][U+2061][U+200B][+146]b");
		assertThat(VisibleText.of(text).get(5).title()).startsWith("U+2060 U+2061 U+200B").hasSize(146 * 7 - 1);
		assertThat(shown("a" + "\u200b\u2060".repeat(4) + "b")).hasSize(2 + 8 * 8);
	}

	@Test
	void ofWhenCharacterPassesForAnotherThenItsCodeIsShown() {
		assertThat(shown("p\u0430ypal")).isEqualTo("p\u0430[U+0430]ypal");
		assertThat(shown("p\u200b\u0430y")).isEqualTo("p[U+200B]\u0430[U+0430]y");
		assertThat(shown("\uff50\uff41\uff59")).isEqualTo("\uff50[U+FF50]\uff41[U+FF41]\uff59[U+FF59]");
		assertThat(shown("a\uff0fb\uff0ecom")).isEqualTo("a\uff0f[U+FF0F]b\uff0e[U+FF0E]com");
		assertThat(shown("\ud835\udc29")).isEqualTo("\ud835\udc29[U+1D429]");
		String text = "Привет Ωmega? Ελλάδα, 10 m², ½, C++ – naïve œuvre Łódź";
		assertThat(shown(text)).isEqualTo(text.replace("Ω", "Ω[U+03A9]"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "支付（共计）：１００円、東京／大阪。", "金额：100元，网址：example。付款（第１批）", "株式会社ー１丁目",
			"Прилагаю счёт с НДС, оплата до 5 числа", "Я с ним о том же", "файл.txt и отчёт.pdf", "Ελλάδα και α",
			"שלום עולם 5", "مرحبا ٥٠ ريال", "नमस्ते १०", "สวัสดี", "10 – 20, 1–2 — so",
			"naïve œuvre Łódź, 10 m², ½, “quoted”, don’t", "Grüße, 2 × 3", "‚so‘ und ‚so‘", "共5。共7个，1，000",
			"Հայերեն օրինակ", "한국어／영어" })
	void ofWhenTextOfAScriptThenNothingIsMarked(String text) {
		assertThat(shown(text)).isEqualTo(text);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "аррӏе.com | а[U+0430]р[U+0440]р[U+0440]ӏ[U+04CF]е[U+0435].com",
					"Счёт от аррӏе.com | Счёт от а[U+0430]р[U+0440]р[U+0440]ӏ[U+04CF]е[U+0435].com",
					"аррӏе | а[U+0430]р[U+0440]р[U+0440]ӏ[U+04CF]е[U+0435]", "paypaı | paypaı[U+0131]",
					"ɡoogle | ɡ[U+0261]oogle", "−100 | −[U+2212]100", "–100 EUR | –[U+2013]100 EUR",
					"IBAN DE12−34 | IBAN DE12−[U+2212]34", "a∕b | a∕[U+2215]b", "1٥0 | 1٥[U+0665]0",
					"ｐａｙ | ｐ[U+FF50]ａ[U+FF41]ｙ[U+FF59]", "東 a／b．com | 東 a／[U+FF0F]b．[U+FF0E]com",
					"\u0585nline.com | \u0585[U+0585]nline.com", "1‚250 EUR | 1‚[U+201A]250 EUR",
					"100٫5 | 100٫[U+066B]5", "example。com | example。[U+3002]com", "example｡com | example｡[U+FF61]com",
					"ᴘay | ᴘ[U+1D18]ay", "ʀefund | ʀ[U+0280]efund",
					"раураl | р[U+0440]а[U+0430]у[U+0443]р[U+0440]а[U+0430]l", "аdmin@пример | а[U+0430]dmin@пример" })
	void ofWhenALookAlikeStandsInANameOrANumberThenMarked(String text, String shown) {
		assertThat(shown(text)).isEqualTo(shown);
	}

	private static String shown(String text) {
		return VisibleText.of(text)
			.stream()
			.map((segment) -> segment.special() ? "[" + segment.text() + "]" : segment.text())
			.collect(Collectors.joining());
	}

}
