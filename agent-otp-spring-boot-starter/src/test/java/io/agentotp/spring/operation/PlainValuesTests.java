package io.agentotp.spring.operation;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.JsonNodeFactory;

import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.StandardEvaluationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PlainValuesTests {

	@ParameterizedTest
	@MethodSource
	void ofWhenAValueHasATextThenThat(Object value, Object plain) {
		assertThat(PlainValues.of(value)).isEqualTo(plain);
	}

	static Stream<Object[]> ofWhenAValueHasATextThenThat() {
		return Stream.of(new Object[] { Path.of("a/b"), "a/b" },
				new Object[] { ZoneId.of("Europe/Berlin"), "Europe/Berlin" },
				new Object[] { StandardCharsets.UTF_8, "UTF-8" },
				new Object[] { Instant.EPOCH, "1970-01-01T00:00:00Z" },
				new Object[] { new UUID(0, 1), "00000000-0000-0000-0000-000000000001" },
				new Object[] { Kind.SOME, "SOME" }, new Object[] { Optional.of(1), 1 },
				new Object[] { OptionalInt.of(1), 1 }, new Object[] { OptionalLong.of(2), 2L },
				new Object[] { List.of(OptionalDouble.of(0.5)), List.of(new BigDecimal("0.5")) },
				new Object[] { new int[] { 1, 2 }, List.of(1, 2) },
				new Object[] { JsonNodeFactory.instance.objectNode().put("a", 1), Map.of("a", 1) },
				new Object[] { Map.of(DayOfWeek.MONDAY, 1), Map.of("MONDAY", 1) },
				new Object[] { List.of(Map.of("at", Instant.EPOCH)), List.of(Map.of("at", "1970-01-01T00:00:00Z")) });
	}

	@Test
	void ofWhenASetHasNoOrderThenInOne() {
		assertThat(PlainValues.of(new HashSet<>(List.of("BB", "Aa")))).isEqualTo(List.of("Aa", "BB"));
		assertThat(PlainValues.of(Set.of("c", "a", "b"))).isEqualTo(List.of("a", "b", "c"));
		assertThat(PlainValues.of(new LinkedHashSet<>(List.of("b", "a")))).isEqualTo(List.of("b", "a"));
		assertThat(PlainValues.of(Map.of("b", 1, "a", 2, "c", 3))).hasToString("{a=2, b=1, c=3}");
	}

	@Test
	void ofWhenAValueHoldsItselfThenRefused() {
		List<Object> itself = new ArrayList<>();
		itself.addAll(Arrays.asList(itself, itself));
		assertThatExceptionOfType(AttributeException.class).isThrownBy(() -> PlainValues.of(itself));
		assertThatExceptionOfType(AttributeException.class)
			.isThrownBy(() -> PlainValues.of(Collections.nCopies(100_000, 1)));
	}

	@Test
	void evaluateWhenATemplateHasASetThenItsTextIsTheSameAtEachStart() {
		StandardEvaluationContext context = new StandardEvaluationContext();
		context.setVariable("set", Set.of("c", "a", "b"));
		context.setVariable("map", Map.of("b", 1, "a", 2));
		assertThat(TextTemplate.parse("s:#{#set} #{#map}", new SpelExpressionParser()).evaluate(context))
			.isEqualTo("s:a,b,c {a=2, b=1}");
	}

	enum Kind {

		SOME {

			@Override
			public String toString() {
				return "another";
			}

		}

	}

}
