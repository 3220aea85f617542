package io.agentotp.server.policy;

import java.util.Locale;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.context.i18n.LocaleContextHolder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Values in the language of the reader, none of which means something else in another.
 */
class FieldFormatTests {

	@AfterEach
	void end() {
		LocaleContextHolder.resetLocaleContext();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "amount | 1234567.5 | 1,234,567.50 EUR | 1_234_567,50 EUR",
			"amount | -25000 | -25,000.00 EUR | -25_000,00 EUR", "count | 1.234 | 1.234 | 1,234",
			"count | 1234 | 1,234 | 1_234", "percent | 12.5 | 12.5 % | 12,5 %",
			"bytes | 1536 | 1.5 KiB (1,536 bytes) | 1,5 KiB (1_536 Byte)", "bytes | 1 | 1 byte | 1 Byte",
			"at | '\"2026-11-30T07:00:00.5Z\"' | 'Mon, 30 Nov 2026, 07:00:00.5 UTC' | 'Mo., 30. Nov. 2026, 07:00:00.5 UTC'" })
	void briefWhenReadInAnotherLanguageThenTheSameNumber(String name, String json, String english, String german) {
		FieldValue value = FieldValue.guess(name, "", Json.read(json), Json.read("\"EUR\""));
		assertThat(value.brief()).isEqualTo(english);
		LocaleContextHolder.setLocale(Locale.GERMAN);
		assertThat(value.brief()).isEqualTo(german.replace('_', '\u00a0'));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "ja", "no", "1\u00a0234,50 EUR", "1,5", "3 Einträge", "12 entries", "Mo., 3. Nov. 2026" })
	void briefWhenTextReadsLikeAValueOfAnyLanguageThenInQuotes(String text) {
		FieldValue value = FieldValue.of(Json.read(Json.write(text)), FieldFormat.TEXT, null);
		assertThat(value.brief()).isEqualTo('"' + text + '"');
		LocaleContextHolder.setLocale(Locale.GERMAN);
		assertThat(value.brief()).isEqualTo('"' + text + '"');
	}

	@Test
	void briefWhenListInGermanThenElementsAreNotTakenForDecimals() {
		FieldValue value = FieldValue.of(Json.read("[1.5,2]"), FieldFormat.of(FieldFormat.Kind.NUMBER), null);
		assertThat(value.brief()).isEqualTo("[1.5, 2]");
		LocaleContextHolder.setLocale(Locale.GERMAN);
		assertThat(value.brief()).isEqualTo("[1,5; 2]");
	}

	@Test
	void briefWhenReaderHasALanguageThatWeHaveNotThenEnglish() {
		LocaleContextHolder.setLocale(Locale.FRENCH);
		assertThat(FieldFormat.grouped(new java.math.BigDecimal("1234.5"), 0)).isEqualTo("1,234.5");
	}

}
