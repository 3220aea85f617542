package io.agentotp;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.agentotp.PermissionRequest.Builder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a request may hold. An invalid one cannot even be built, so it is never sent.
 */
class PermissionRequestTests {

	private static Builder valid() {
		return PermissionRequest.builder("email.send");
	}

	private static void assertInvalid(Builder builder, String... fields) {
		assertThatExceptionOfType(ValidationException.class).isThrownBy(builder::build).satisfies((ex) -> {
			assertThat(ex.details()).containsOnlyKeys(fields);
			assertThat(ex.getMessage()).contains(fields);
			assertThat(ex.code()).isEqualTo("VALIDATION_ERROR");
			assertThat(ex.operation()).isEqualTo("request");
			assertThat(ex.status()).isZero();
			assertThat(ex.attempts()).isZero();
			assertThat(ex.requestId()).isEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "\t\n", "\u2003" })
	void buildWhenActionIsBlankThenRefused(String action) {
		assertInvalid(PermissionRequest.builder(action), "action");
	}

	@Test
	void buildWhenTextIsAtItsLimitThenAcceptedAndBeyondRefused() {
		PermissionRequest request = PermissionRequest.builder("a".repeat(255)).resource("r".repeat(255)).build();
		assertThat(request.action()).hasSize(255);
		assertThat(request.resource()).hasValueSatisfying((resource) -> assertThat(resource).hasSize(255));
		assertInvalid(PermissionRequest.builder("a".repeat(256)), "action");
		assertInvalid(valid().resource("r".repeat(256)), "resource");
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT30S", "PT30.5S", "PT5M", "PT1H" })
	void buildWhenTtlIsWithinBoundsThenAccepted(String ttl) {
		assertThat(valid().ttl(Duration.parse(ttl)).build().ttl()).contains(Duration.parse(ttl));
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT0S", "PT29.999S", "PT1H0.001S", "P1D", "PT-30S", "PT2562047788015215H" })
	void buildWhenTtlIsOutOfBoundsThenRefused(String ttl) {
		assertInvalid(valid().ttl(Duration.parse(ttl)), "ttl");
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT0S", "PT-1S" })
	void buildWhenTimeoutIsNotPositiveThenRefused(String timeout) {
		assertInvalid(valid().timeout(Duration.parse(timeout)), "timeout");
	}

	static Stream<Arguments> unspeakable() {
		Map<Object, Object> numberKey = Map.of(1, "one");
		Map<@Nullable Object, Object> nullKey = new HashMap<>();
		nullKey.put(null, "nothing");
		return Stream.of(Arguments.of("NaN", Double.NaN, "scope.x"),
				Arguments.of("infinity", Double.NEGATIVE_INFINITY, "scope.x"),
				Arguments.of("float NaN", Float.NaN, "scope.x"), Arguments.of("object", new Object(), "scope.x"),
				Arguments.of("date", Instant.EPOCH, "scope.x"), Arguments.of("bytes", new byte[] { 1 }, "scope.x"),
				Arguments.of("class", String.class, "scope.x"),
				Arguments.of("text buffer", new StringBuilder(), "scope.x"),
				Arguments.of("changing number", new AtomicInteger(), "scope.x"),
				Arguments.of("number key", numberKey, "scope.x"), Arguments.of("null key", nullKey, "scope.x"),
				Arguments.of("deep number key", Map.of("y", List.of("z", numberKey)), "scope.x.y[1]"),
				Arguments.of("in a list", List.of(1, new Object()), "scope.x[1]"),
				Arguments.of("in an array", new Object[] { Double.NaN }, "scope.x[0]"),
				Arguments.of("in a set", Set.of(new Object()), "scope.x[0]"),
				Arguments.of("in a map", Map.of("y", Map.of("z", Instant.EPOCH)), "scope.x.y.z"));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("unspeakable")
	void buildWhenValueHasNoJsonFormThenItsPlaceIsNamed(String name, Object value, String place) {
		assertInvalid(valid().scope("x", value), place);
		assertInvalid(valid().context("x", value), place.replace("scope", "context"));
	}

	@Test
	void buildWhenPrimitiveArrayIsGivenThenItsTypeIsReadable() {
		assertThatExceptionOfType(ValidationException.class).isThrownBy(() -> valid().scope("x", new int[1]).build())
			.withMessageContaining("int[]");
	}

	@Test
	@SuppressWarnings("unchecked")
	void buildWhenKeyIsNoTextAgainstItsTypeThenRefused() {
		Map<?, ?> raw = Map.of(1, "one");
		assertInvalid(valid().scope((Map<String, Object>) raw), "scope");
		assertInvalid(valid().context((Map<String, Object>) raw), "context");
	}

	@Test
	void buildWhenSeveralFieldsAreWrongThenAllAreNamed() {
		assertInvalid(
				PermissionRequest.builder("")
					.resource("r".repeat(256))
					.ttl(Duration.ZERO)
					.timeout(Duration.ZERO)
					.scope("a", Double.NaN)
					.scope("b", new Object())
					.context("c", new Object()),
				"action", "resource", "ttl", "timeout", "scope.a", "scope.b", "context.c");
	}

	@Test
	void buildWhenValuesHaveJsonFormsThenCopiedAsSuch() {
		Map<String, @Nullable Object> nested = new LinkedHashMap<>();
		nested.put("null", null);
		nested.put("list", Arrays.asList("a", null, List.of(1)));
		Map<String, Object> scope = valid().scope("text", "ü")
			.scope("int", 1)
			.scope("long", Long.MAX_VALUE)
			.scope("big", new BigInteger("9".repeat(40)))
			.scope("decimal", new BigDecimal("0.10"))
			.scope("double", 0.5)
			.scope("boolean", true)
			.scope("null", null)
			.scope("char", 'c')
			.scope("enum", TimeUnit.DAYS)
			.scope("array", new String[] { "a", "b" })
			.scope("set", new LinkedHashSet<>(List.of(2, 1)))
			.scope(Map.of("nested", nested))
			.build()
			.scope();
		assertThat(scope).containsEntry("text", "ü")
			.containsEntry("big", new BigInteger("9".repeat(40)))
			.containsEntry("decimal", new BigDecimal("0.10"))
			.containsEntry("null", null)
			.containsEntry("char", "c")
			.containsEntry("enum", "DAYS")
			.containsEntry("array", List.of("a", "b"))
			.containsEntry("set", List.of(2, 1))
			.containsEntry("nested", nested);
		assertThat(new String(Answers.write(scope))).contains("\"decimal\":0.10", "\"null\":null", "\"set\":[2,1]");
	}

	@Test
	void buildWhenSourceChangesAfterwardsThenRequestDoesNot() {
		List<Object> list = new ArrayList<>(List.of(1));
		Map<String, Object> map = new HashMap<>(Map.of("list", list));
		PermissionRequest request = valid().scope(map).context("map", map).build();
		list.add(2);
		map.put("more", 1);
		assertThat(request.scope()).isEqualTo(Map.of("list", List.of(1)));
		assertThat(request.context()).isEqualTo(Map.of("map", Map.of("list", List.of(1))));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> request.scope().put("x", 1));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> ((List<?>) request.scope().get("list")).clear());
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> ((Map<?, ?>) request.context().get("map")).clear());
	}

	@Test
	void buildWhenDepthIsAtItsLimitThenAcceptedAndBeyondRefused() {
		assertThat(valid().scope("x", nested(29)).build().scope()).containsKey("x");
		assertThatExceptionOfType(ValidationException.class).isThrownBy(() -> valid().scope("x", nested(31)).build())
			.withMessageContaining("nested deeper");
	}

	private static Object nested(int depth) {
		Object value = 1;
		for (int i = 0; i < depth; i++) {
			value = List.of(value);
		}
		return value;
	}

	@Test
	void buildWhenValueContainsItselfThenRefusedSoon() {
		List<Object> list = new ArrayList<>();
		list.add(list);
		list.add(list);
		list.add(list);
		assertThatExceptionOfType(ValidationException.class).isThrownBy(() -> valid().scope("x", list).build())
			.withMessageContaining("nested deeper");
	}

	@Test
	void buildWhenAllIsSetThenReadBack() {
		PermissionRequest request = valid().resource("r")
			.reason("why")
			.ttl(Duration.ofMinutes(1))
			.callDigest("d")
			.waitForApproval(false)
			.timeout(Duration.ofSeconds(3))
			.build();
		assertThat(request.context()).isEqualTo(Map.of("reason", "why"));
		assertThat(request.callDigest()).contains("d");
		assertThat(request.waitForApproval()).isFalse();
		assertThat(request.timeout()).contains(Duration.ofSeconds(3));
		assertThat(request).hasToString("PermissionRequest[action=email.send, resource=r]");
		PermissionRequest smallest = valid().build();
		assertThat(smallest.waitForApproval()).isTrue();
		assertThat(smallest.timeout()).isEmpty();
		assertThat(smallest.ttl()).isEmpty();
		assertThat(smallest.resource()).isEmpty();
		assertThat(smallest.callDigest()).isEmpty();
	}

}
