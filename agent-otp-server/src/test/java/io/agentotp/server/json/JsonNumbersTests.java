package io.agentotp.server.json;

import java.math.BigDecimal;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class JsonNumbersTests {

	@ParameterizedTest
	@ValueSource(strings = { "0", "-0", "0.0", "1", "-1.5", "1e308", "9.99E+308", "1e-308", "0.1e-307",
			"1234567890123456789012345678901234567890123456789012345678901234",
			"0.1234567890123456789012345678901234567890123456789012345678901234", "1e0000000000000000308", "0e308",
			"100000000000000000000000000000000000000000000000000000000000000000000000" })
	void problemWhenWithinLimitsThenNone(String number) {
		assertThat(JsonNumbers.problem(number)).isNull();
		assertThat(Json.read("{\"n\":" + number + "}").path("n").decimalValue()).isEqualTo(new BigDecimal(number));
	}

	@ParameterizedTest
	@ValueSource(strings = { "1e309", "10e308", "1e-309", "0.1e-308", "1e99999999999", "-1e-99999999999",
			"1e2147483647", "100e2147483647", "1e-2147483648", "0e99999999999", "0e309",
			"1e00000000000000000000000000000000000000000000000000000000000000000000000000000999",
			"12345678901234567890123456789012345678901234567890123456789012345",
			"0.12345678901234567890123456789012345678901234567890123456789012345" })
	void problemWhenOutsideThenRefusedWithItsPlace(String number) {
		assertThat(JsonNumbers.problem(number)).isEqualTo(JsonNumbers.PROBLEM);
		assertThatExceptionOfType(NumberLimitException.class)
			.isThrownBy(() -> Json.read("{\"a\":[1,{\"b\":" + number + "}]}"))
			.satisfies((ex) -> assertThat(ex.path()).isEqualTo("a[1].b"));
		assertThatExceptionOfType(NumberLimitException.class).isThrownBy(() -> Json.read(number))
			.satisfies((ex) -> assertThat(ex.path()).isEmpty());
		assertThat(Json.readObjectOrNull("{\"n\":" + number + "}")).isNull();
	}

	@Test
	void problemWhenVeryLongThenRefused() {
		for (String number : List.of("9".repeat(997) + "e9", "1" + "0".repeat(60_000), "0." + "0".repeat(60_000) + "1",
				"1e" + "9".repeat(60_000), "1." + "0".repeat(60_000))) {
			assertThat(JsonNumbers.problem(number)).isNotNull();
		}
	}

	@Test
	void problemWhenMadeUpThenAsExactArithmeticSays() {
		Random random = new Random(11);
		for (int i = 0; i < 20_000; i++) {
			String number = digits(random, 1 + random.nextInt(random.nextBoolean() ? 4 : 90));
			if (random.nextBoolean()) {
				number += "." + "0".repeat(random.nextInt(40)) + digits(random, 1 + random.nextInt(70));
			}
			if (random.nextBoolean()) {
				number += "e" + (random.nextInt(700) - 350);
			}
			number = number.replaceFirst("^0+(?=[0-9])", "");
			BigDecimal value = new BigDecimal(number);
			if (value.signum() == 0) {
				continue;
			}
			BigDecimal plain = value.stripTrailingZeros();
			boolean allowed = plain.precision() <= JsonNumbers.MAX_DIGITS
					&& Math.abs(plain.precision() - plain.scale() - 1) <= JsonNumbers.MAX_EXPONENT;
			assertThat(JsonNumbers.problem(number) == null).as(number).isEqualTo(allowed);
			if (allowed) {
				String written = Json.write(Json.read("{\"n\":" + number + "}"));
				assertThat(Json.readObjectOrNull(written)).as(written).isNotNull();
			}
		}
	}

	private static String digits(Random random, int count) {
		StringBuilder text = new StringBuilder();
		boolean zeros = random.nextInt(4) == 0;
		for (int i = 0; i < count; i++) {
			text.append((i > 0 && zeros) ? 0 : random.nextInt(10));
		}
		return text.toString();
	}

	@Test
	void readWhenNotOneValueThenRefused() {
		for (String json : List.of("{} {}", "{\"a\":1,\"a\":2}", "[1,]", "{\"a\":-}")) {
			assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> Json.read(json));
		}
		assertThat(Json.read(" ").isMissingNode()).isTrue();
	}

	@Test
	void readObjectOrNullWhenNotAnObjectThenNull() {
		for (String json : List.of("", "null", "5", "[]", "garbage", "{", "{\"a\":1e99999999999}", "{} x")) {
			assertThat(Json.readObjectOrNull(json)).as(json).isNull();
		}
	}

}
