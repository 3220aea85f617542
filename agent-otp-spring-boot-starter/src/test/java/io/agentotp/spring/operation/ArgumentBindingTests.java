package io.agentotp.spring.operation;

import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Scanner;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.agentotp.spring.CallRefusedException;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ArgumentBindingTests {

	private final ArgumentBinding binding = new ArgumentBinding(
			List.of(new ArgumentBinding.Parameter(0, "value", false)));

	@ParameterizedTest
	@MethodSource
	void bindWhenPlainDataThenItsJson(Object argument, String json) {
		assertThat(bind(argument)).hasToString("{\"value\":" + json + "}");
	}

	static Stream<Object[]> bindWhenPlainDataThenItsJson() {
		return Stream.of(new Object[] { null, "null" }, new Object[] { "ä", "\"ä\"" },
				new Object[] { new String[] { "a", null }, "[\"a\",null]" },
				new Object[] { Map.of("k", 1), "{\"k\":1}" }, new Object[] { Optional.of(1), "1" },
				new Object[] { Instant.EPOCH, "\"1970-01-01T00:00:00Z\"" },
				new Object[] { new Payment("x", 3), "{\"to\":\"x\",\"amount\":3}" },
				new Object[] { new HidesItsState(7), "{\"amount\":7}" });
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
		}, loop, Thread.currentThread(), new Random(), new BitSet(), new Scanner("x"), List.of(1).iterator(),
				Stream.of(1), List.of(new Object()), Map.of("k", new Object()));
	}

	@Test
	void showWhenAnArgumentIsLargeThenSizeAndHashMarkedSo() {
		String large = "x".repeat(10_000);
		Map<String, Object> shown = this.binding.show(this.binding.write(new Object[] { large }));
		assertThat(shown.get("value")).asInstanceOf(InstanceOfAssertFactories.MAP)
			.containsEntry("characters", 10_002)
			.containsKeys("notShown", "sha256");
		assertThat(shown.toString()).hasSizeLessThan(300);
	}

	@Test
	void bindWhenAnEnumHasAnotherTextThenItsName() {
		assertThat(bind(Texted.ONE)).hasToString("{\"value\":\"ONE\"}");
	}

	@Test
	void bindWhenANumberIsHugeThenNeitherWrittenOutNorAnotherOne() {
		byte[] huge = CallDigest.canonical(bind(new BigDecimal("1E+900000000")));
		byte[] larger = CallDigest.canonical(bind(new BigDecimal("1E+900000001")));
		assertThat(huge).hasSizeLessThan(100).isNotEqualTo(larger);
	}

	@Test
	void bindWhenAMapLooksLikeOurMarkThenAnotherDigest() {
		long exact = 9007199254740993L;
		assertThat(CallDigest.canonical(bind(exact)))
			.isNotEqualTo(CallDigest.canonical(bind(Map.of("$number", String.valueOf(exact)))));
	}

	@Test
	void hashWhenTheBytesRunTogetherThenAnotherOne() {
		ArgumentBinding two = new ArgumentBinding(List.of(new ArgumentBinding.Parameter(0, "one", false),
				new ArgumentBinding.Parameter(1, "other", false)));
		assertThat(ArgumentBinding.hash(two.write(new Object[] { 1, 23 })))
			.isNotEqualTo(ArgumentBinding.hash(two.write(new Object[] { 12, 3 })))
			.isEqualTo(ArgumentBinding.hash(two.write(new Object[] { 1, 23 })));
	}

	private ObjectNode bind(Object argument) {
		return this.binding.read(this.binding.write(new Object[] { argument }));
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

}
