package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.AbstractReactiveTransactionManager;
import org.springframework.transaction.reactive.GenericReactiveTransaction;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A reactive transaction stands in the Reactor context, and waits for the human like any
 * other.
 */
@ExtendWith(OutputCaptureExtension.class)
class ReactiveTransactionTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	private final TransactionalOperator transaction = TransactionalOperator.create(new Transactions());

	@Test
	void publisherWhenInATransactionAndThatFailsThenRefusedBeforeAnybodyIsAsked() {
		run("fail", (bank) -> {
			assertRefused(bank.pay().as(this.transaction::transactional));
			assertRefused(bank.payAll().as(this.transaction::transactional).collectList());
			assertThat(bank.ran()).isEmpty();
			assertThat(this.service.asked()).isEmpty();
			assertThat(bank.pay().block()).isEqualTo("paid");
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@Test
	void publisherWhenInATransactionThenWarnedOncePerMethod(CapturedOutput output) {
		run("warn", (bank) -> {
			assertThat(bank.pay().as(this.transaction::transactional).block()).isEqualTo("paid");
			assertThat(bank.pay().as(this.transaction::transactional).block()).isEqualTo("paid");
			assertThat(bank.payAll().blockLast()).isEqualTo("paid");
		});
		assertThat(output.toString().split("was called inside a transaction", -1)).hasSize(2);
	}

	@Test
	void publisherWhenInATransactionAndThatIsIgnoredThenSilent(CapturedOutput output) {
		run("ignore", (bank) -> assertThat(bank.pay().as(this.transaction::transactional).block()).isEqualTo("paid"));
		assertThat(output).doesNotContain("was called inside a transaction");
	}

	private void run(String policy, Consumer<Bank> test) {
		this.guarded.runner(Bank.class)
			.withPropertyValues("agentotp.method.transaction=" + policy)
			.run((context) -> test.accept(context.getBean(Bank.class)));
	}

	private static void assertRefused(Mono<?> call) {
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(call::block)
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("IN_TRANSACTION"));
	}

	public static class Bank {

		private final List<String> ran = new CopyOnWriteArrayList<>();

		public List<String> ran() {
			return this.ran;
		}

		@RequiresPermission(action = "pay")
		public Mono<String> pay() {
			this.ran.add("pay");
			return Mono.just("paid");
		}

		@RequiresPermission(action = "pay")
		public Flux<String> payAll() {
			this.ran.add("payAll");
			return Flux.just("paid");
		}

	}

	/** Transactions of Spring's own, over nothing. */
	static class Transactions extends AbstractReactiveTransactionManager {

		@Override
		protected Object doGetTransaction(TransactionSynchronizationManager synchronization) {
			return new Object();
		}

		@Override
		protected Mono<Void> doBegin(TransactionSynchronizationManager synchronization, Object transaction,
				TransactionDefinition definition) {
			return Mono.empty();
		}

		@Override
		protected Mono<Void> doCommit(TransactionSynchronizationManager synchronization,
				GenericReactiveTransaction status) {
			return Mono.empty();
		}

		@Override
		protected Mono<Void> doRollback(TransactionSynchronizationManager synchronization,
				GenericReactiveTransaction status) {
			return Mono.empty();
		}

	}

}
