package io.agentotp.spring.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.Sensitive;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The annotation stands on what a method implements or overrides, whose parameters have
 * other names.
 */
class InheritedAnnotationTests {

	private static final List<String> PAID = new ArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@BeforeEach
	void reset() {
		PAID.clear();
	}

	@ParameterizedTest
	@ValueSource(classes = { RealBank.class, SwappedBank.class, InheritingBank.class, SubBank.class, GenericBank.class,
			BankOfAnAnnotatedType.class })
	void callWhenNamesDifferThenThoseWhereTheAnnotationStandsCount(Class<? extends Bank> type) {
		this.guarded.runner(type).run((context) -> {
			context.getBean(Bank.class).pay("ann", "bob");
			assertThat(asked().resource()).contains("bank:ann");
			assertThat(asked().scope()).isEqualTo(Map.of("to", "bob"));
			assertThat(asked().arguments()).isEqualTo(Map.of("from", "ann", "to", "bob"));
			assertThat(PAID).containsExactly("ann to bob");
		});
	}

	@Test
	void callWhenTheImplementationHasAnAnnotationOfItsOwnThenItsNamesCount() {
		this.guarded.runner(OwnBank.class).run((context) -> {
			context.getBean(Bank.class).pay("ann", "bob");
			assertThat(asked().resource()).contains("bank:ann");
			assertThat(asked().scope()).isEqualTo(Map.of("to", "bob"));
			assertThat(asked().arguments()).isEqualTo(Map.of("to", "ann", "from", "bob"));
		});
	}

	@Test
	void callWhenOnlyTheImplementationKnowsTheNameThenItMayBeUsed() {
		this.guarded.runner(Mailer.class).run((context) -> {
			context.getBean(Mail.class).send("ann", 7);
			assertThat(asked().resource()).contains("ann:7:ann:7");
			assertThat(asked().arguments()).containsOnlyKeys("to", "count");
		});
	}

	@Test
	void callWhenAnExpressionFailsThenTheRefusalNamesTheMethodWithItsTypes() {
		this.guarded.runner(Mailer.class)
			.run((context) -> assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> context.getBean(Mail.class).send("ann", List.of(), new String[0]))
				.withMessageContaining(Mail.class.getName() + ".send(String, List, String[])")
				.satisfies((ex) -> assertThat(this.service.asked()).isEmpty()));
	}

	@Test
	void startWhenAnExpressionIsWrongThenTheMessageNamesBothPlaces() {
		this.guarded.runner(WrongOffice.class).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOfSatisfying(InvalidAnnotationException.class, (ex) -> {
					assertThat(ex.problem()).contains(Wrong.class.getName() + ".act(String, int)",
							WrongOffice.class.getName(), "#nobody");
					assertThat(ex.remedy()).contains("count", "name");
				});
		});
	}

	@Test
	void startWhenASensitiveParameterIsUsedByEitherNameThenStops() {
		this.guarded.runner(Vault.class).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOf(InvalidAnnotationException.class)
				.hasMessageContaining("#pin, which is sensitive");
		});
	}

	private AskedPermission asked() {
		List<AskedPermission> asked = this.service.asked();
		return asked.get(asked.size() - 1);
	}

	interface Bank {

		void pay(String a, String b);

	}

	interface GuardedBank extends Bank {

		@Override
		@RequiresPermission(action = "pay", resource = "bank:#{#from}", scope = "{to: #to}", check = "#from != #to")
		void pay(String from, String to);

	}

	static class RealBank implements GuardedBank {

		@Override
		public void pay(String payer, String payee) {
			PAID.add(payer + " to " + payee);
		}

	}

	static class SwappedBank implements GuardedBank {

		@Override
		public void pay(String to, String from) {
			PAID.add(to + " to " + from);
		}

	}

	static class PayingBase {

		public void pay(String payer, String payee) {
			PAID.add(payer + " to " + payee);
		}

	}

	static class InheritingBank extends PayingBase implements GuardedBank {

	}

	abstract static class BaseBank implements Bank {

		@Override
		@RequiresPermission(action = "pay", resource = "bank:#{#from}", scope = "{to: #to}", check = "#from != #to")
		public void pay(String from, String to) {
			throw new AssertionError("ran");
		}

	}

	static class SubBank extends BaseBank {

		@Override
		public void pay(String p1, String p0) {
			PAID.add(p1 + " to " + p0);
		}

	}

	interface Generic<T, U> {

		@RequiresPermission(action = "pay", resource = "bank:#{#from}", scope = "{to: #to}", check = "#from != #to")
		void pay(T from, U to);

	}

	static class GenericBank implements Generic<String, String>, Bank {

		@Override
		public void pay(String payer, String payee) {
			PAID.add(payer + " to " + payee);
		}

	}

	@RequiresPermission(action = "pay", resource = "bank:#{#from}", scope = "{to: #to}", check = "#from != #to")
	interface AnnotatedBank extends Bank {

		@Override
		void pay(String from, String to);

	}

	static class BankOfAnAnnotatedType implements AnnotatedBank {

		@Override
		public void pay(String payer, String payee) {
			PAID.add(payer + " to " + payee);
		}

	}

	static class OwnBank implements GuardedBank {

		@Override
		@RequiresPermission(action = "pay", resource = "bank:#{#to}", scope = "{to: #from}")
		public void pay(String to, String from) {
			PAID.add(to + " to " + from);
		}

	}

	interface Mail {

		@RequiresPermission(action = "send", resource = "#{#to}:#{#count}:#{#recipient}:#{#p1}")
		void send(String to, int count);

		@RequiresPermission(action = "send", resource = "#{#texts[0]}")
		void send(String to, List<String> names, String[] texts);

	}

	static class Mailer implements Mail {

		@Override
		public void send(String recipient, int times) {
		}

		@Override
		public void send(String recipient, List<String> names, String[] lines) {
			throw new AssertionError("ran");
		}

	}

	interface Wrong {

		@RequiresPermission(action = "act", resource = "#{#nobody}")
		void act(String name, int count);

	}

	static class WrongOffice implements Wrong {

		@Override
		public void act(String text, int number) {
		}

	}

	interface Safe {

		@RequiresPermission(action = "open", resource = "#{#pin}")
		void open(String pin);

	}

	static class Vault implements Safe {

		@Override
		public void open(@Sensitive String code) {
		}

	}

}
