package io.agentotp.spring.operation;

import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.AbstractMap;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Scanner;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.agentotp.PermissionRequest;
import io.agentotp.spring.CallRefusedException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ArgumentBindingTests {

	private final ArgumentBinding binding = new ArgumentBinding("Bank.pay()",
			List.of(new ArgumentBinding.Parameter(0, "value", Object.class, false)), BoundForms.NONE);

	@ParameterizedTest
	@MethodSource
	void bindWhenPlainDataThenItsJson(Object argument, String json) {
		assertThat(json(argument)).isEqualTo("{\"value\":" + json + "}");
	}

	static Stream<Object[]> bindWhenPlainDataThenItsJson() {
		return Stream.of(new Object[] { null, "null" }, new Object[] { "ä", "\"ä\"" },
				new Object[] { Arrays.asList("a", null), "[\"a\",null]" },
				new Object[] { new String[] { "a", null }, typed("java.lang.String[]", "[\"a\",null]") },
				new Object[] { Map.of("k", 1), "{\"k\":1}" }, new Object[] { Map.of("@type", 1), "{\"@@type\":1}" },
				new Object[] { Map.of(1, "x"), typed("java.util.Map", "[[1,\"x\"]]") },
				new Object[] { Set.of(1), typed("java.util.Set", "[1]") },
				new Object[] { Optional.of(1), typed("java.util.Optional", "1") },
				new Object[] { 7L, typed("java.lang.Long", "7") },
				new Object[] { Map.entry("k", 7L),
						typed("java.util.Map$Entry", "[\"k\",{\"@type\":\"java.lang.Long\",\"@value\":7}]") },
				new Object[] { new AbstractMap.SimpleEntry<>("k", null), typed("java.util.Map$Entry", "[\"k\",null]") },
				new Object[] { Map.of("k", 1).entrySet(),
						typed("java.util.Set", "[" + typed("java.util.Map$Entry", "[\"k\",1]") + "]") },
				new Object[] { new Logging(7), "{\"@type\":\"" + Logging.class.getName() + "\",\"amount\":7}" },
				new Object[] { Instant.EPOCH, typed("java.time.Instant", "\"1970-01-01T00:00:00Z\"") },
				new Object[] { new Payment("x", 3),
						"{\"@type\":\"" + Payment.class.getName() + "\",\"amount\":3,\"to\":\"x\"}" },
				new Object[] { new HidesItsState(7),
						"{\"@type\":\"" + HidesItsState.class.getName() + "\",\"amount\":7}" });
	}

	@ParameterizedTest
	@MethodSource
	void bindWhenThereIsNoJsonFormThenRefusedByName(Object argument) {
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bind(argument))
			.withMessageContaining("'value'")
			.withMessageContaining("@NotBound")
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("ARGUMENT_NOT_BINDABLE"));
	}

	static Stream<Object> bindWhenThereIsNoJsonFormThenRefusedByName() {
		Node loop = new Node();
		loop.next = loop;
		return Stream.of(new Object(), new ByteArrayInputStream(new byte[1]), (Runnable) () -> {
		}, loop, LoggerFactory.getLogger("a"), LogFactory.getLog("a"), Map.entry("k", new Object()),
				Thread.currentThread(), new Random(), new BitSet(), new Scanner("x"), List.of(1).iterator(),
				Stream.of(1), List.of(new Object()), Map.of("k", new Object()));
	}

	@Test
	void bindWhenAnEnumHasAnotherTextThenItsName() {
		assertThat(json(Texted.ONE)).isEqualTo("{\"value\":" + typed(Texted.class.getName(), "\"ONE\"") + "}");
	}

	@Test
	void bindWhenANumberIsHugeThenNeitherWrittenOutNorAnotherOne() {
		byte[] huge = CanonicalJson.bytes(bind(new BigDecimal("1E+900000000")));
		byte[] larger = CanonicalJson.bytes(bind(new BigDecimal("1E+900000001")));
		assertThat(huge).hasSizeLessThan(100).isNotEqualTo(larger);
	}

	@Test
	void bindWhenAMapLooksLikeOurMarkThenRefused() {
		assertThatExceptionOfType(CallRefusedException.class)
			.isThrownBy(() -> bind(List.of(Map.of("$number", "9007199254740993"))))
			.withMessageContaining("value[0]")
			.withMessageContaining("$number");
	}

	@Test
	void bindWhenRefusedThenTheMessageRepeatsNothingOfTheArgument() {
		assertThatExceptionOfType(CallRefusedException.class)
			.isThrownBy(() -> bind(Map.of("secret-key", Thread.currentThread())))
			.withMessageContaining("value[0]")
			.withMessageNotContaining("secret-key");
	}

	@Test
	void toStringWhenBoundThenOnlyNames() {
		assertThat(this.binding.bind(new Object[] { "secret" })).hasToString("BoundArguments[value]");
	}

	@Test
	void bindWhenAJsonTreeChangesAfterwardsThenAsItWas() {
		ObjectNode tree = JsonNodeFactory.instance.objectNode().put("to", "a@b.c");
		Map<String, Object> bound = bind(tree);
		tree.put("to", "evil@example.com");
		assertThat(bound.toString()).contains("a@b.c").doesNotContain("evil@example.com");
	}

	@Test
	void bindWhenAnArgumentFailsWhenItIsReadThenRefusedWithoutItsMessage() {
		List<String> failing = new ArrayList<>() {

			@Override
			public Iterator<String> iterator() {
				throw new IllegalStateException("secret-4711");
			}

		};
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bind(new Failing()))
			.withMessageContainingAll("'value'", "IllegalStateException")
			.withMessageNotContaining("4711");
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> bind(failing));
	}

	@ParameterizedTest
	@ValueSource(ints = { 10, 23, 27, 40, 150 })
	void formsWhenAnArgumentIsDeepThenARequestCanCarryIt(int depth) {
		Object deep = "x";
		for (int i = 0; i < depth; i++) {
			deep = List.of(deep);
		}
		PermissionRequest request = PermissionRequest.builder("a").build();
		BoundCall call = BoundCall.of(request, Map.of("tool", "t"),
				this.binding.bind(new Object[] { deep }).forms((value) -> ""), List.of());
		PermissionRequest sent = request.withCall(call.call(), call.digest());
		assertThat(sent.call().orElseThrow().toString()).contains((depth > 24) ? "sha256=" : "value=[");
	}

	@Test
	void bindWhenASetIsLargeThenEachElementIsWrittenOnce() {
		Set<String> large = new HashSet<>();
		for (int i = 0; i < 50_000; i++) {
			large.add("element " + i);
		}
		assertThat((List<?>) ((Map<?, ?>) bind(large).get("value")).get("@value")).hasSize(50_000);
	}

	@Test
	void differentWhenOnlyOneHasAnArgumentThenItsName() {
		Map<String, Object> missing = new HashMap<>();
		Map<String, Object> none = new HashMap<>();
		none.put("a", null);
		BoundArguments without = new BoundArguments(missing, Set.of());
		BoundArguments with = new BoundArguments(none, Set.of());
		assertThat(without.different(with)).isEqualTo("a");
		assertThat(with.different(without)).isEqualTo("a");
		assertThat(with.different(with)).isNull();
	}

	@ParameterizedTest
	@MethodSource
	void changedFieldWhenAFieldDiffersThenItsPathWithoutContent(Object one, Object other, @Nullable String path) {
		BoundArguments before = this.binding.bind(new Object[] { one });
		BoundArguments after = this.binding.bind(new Object[] { other });
		assertThat(before.different(after)).isEqualTo("value");
		assertThat(before.changedField("value", after)).isEqualTo(path);
		assertThat(after.changedField("value", before)).isEqualTo(path);
	}

	static Stream<Object[]> changedFieldWhenAFieldDiffersThenItsPathWithoutContent() {
		return Stream.of(new Object[] { 1, 2, null }, new Object[] { 1, 1L, null },
				new Object[] { new Payment("a", 1), new Payment("a", 2), "value.amount" },
				new Object[] { new Payment("a", 1), new HidesItsState(1), null },
				new Object[] { List.of(1, new Payment("a", 1)), List.of(1, new Payment("b", 1)), "value[1].to" },
				new Object[] { List.of(), List.of(1), null }, new Object[] { List.of(1), List.of(2), null },
				new Object[] { Map.of("iban DE11", new Payment("a", 1)), Map.of("iban DE11", new Payment("b", 1)),
						"value[].to" },
				new Object[] { Map.of("a", 1), Map.of("b", 1), null },
				new Object[] { Map.of(1, new Payment("a", 1)), Map.of(1, new Payment("b", 1)), "value[0][1].to" },
				new Object[] { Optional.of(new Payment("a", 1)), Optional.of(new Payment("b", 1)), "value.to" },
				new Object[] { new TreeSet<>(Comparator.reverseOrder()), new TreeSet<>(String.CASE_INSENSITIVE_ORDER),
						null });
	}

	static class Failing extends ArrayList<String> {

		@Override
		public Iterator<String> iterator() {
			throw new IllegalStateException("secret-4711");
		}

	}

	private static String typed(String type, String value) {
		return "{\"@type\":\"" + type + "\",\"@value\":" + value + "}";
	}

	private String json(Object argument) {
		return JsonMapper.shared().writeValueAsString(bind(argument));
	}

	private Map<String, Object> bind(Object argument) {
		return this.binding.bind(new Object[] { argument }).values();
	}

	enum Texted {

		ONE, TWO;

		@Override
		public String toString() {
			return "the same";
		}

	}

	record Payment(String to, int amount) {
	}

	static class HidesItsState {

		private final int amount;

		HidesItsState(int amount) {
			this.amount = amount;
		}

		String getLabel() {
			return "harmless " + (this.amount > 0);
		}

	}

	static class Node {

		Node next;

	}

	static class Logging {

		private final Logger logger = LoggerFactory.getLogger(getClass());

		private final Log log = LogFactory.getLog(getClass());

		private final int amount;

		Logging(int amount) {
			this.amount = amount;
		}

		@Override
		public String toString() {
			return this.logger.getName() + this.log + this.amount;
		}

	}

}
