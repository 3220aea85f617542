package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.Consume;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.ReactivePermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Futures, publishers and suspending functions: asked for without blocking, used when
 * complete.
 */
class GuardedReturnTypesTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@Test
	void futureWhenPendingThenTheCallerIsFreeAndTheBodyRunsAfterTheApproval() {
		this.service.leavePending("future");
		this.guarded.run(Bean.class, (bean) -> {
			CompletableFuture<String> future = bean.future("x");
			awaitPending(1);
			assertThat(future).isNotDone();
			assertThat(bean.ran()).isEmpty();
			this.service.decidePending(true, null);
			assertThat(future.join()).isEqualTo("done x");
			assertThat(bean.ran()).containsExactly("x " + asked().id());
			assertThat(asked().outcome()).isEqualTo("succeeded");
		});
	}

	@Test
	void futureWhenTheBodyIsNotCompleteThenThePermissionIsNotUsed() {
		this.guarded.run(Bean.class, (bean) -> {
			CompletableFuture<String> future = bean.open();
			bean.started().join();
			assertThat(asked().status()).isEqualTo(PermissionStatus.APPROVED);
			bean.end().complete("end");
			assertThat(future.join()).isEqualTo("end");
			assertThat(asked().status()).isEqualTo(PermissionStatus.USED);
		});
	}

	@Test
	void futureWhenDeniedThenItFailsAndTheBodyDoesNotRun() {
		this.service.deny("future", "No");
		this.guarded.run(Bean.class, (bean) -> {
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> bean.future("x").get())
				.withCauseInstanceOf(PermissionDeniedException.class);
			assertThat(bean.ran()).isEmpty();
		});
	}

	@Test
	void futureWhenCancelledWhileWaitingThenTheRequestIsWithdrawn() {
		this.service.leavePending("future");
		this.guarded.run(Bean.class, (bean) -> {
			CompletableFuture<String> future = bean.future("x");
			awaitPending(1);
			future.cancel(true);
			awaitStatus(PermissionStatus.REVOKED);
			assertThat(bean.ran()).isEmpty();
		});
	}

	@Test
	void futureWhenCancelledInTheBodyThenTheBodyIsCancelledAndItIsReported() {
		this.guarded.run(Bean.class, (bean) -> {
			CompletableFuture<String> future = bean.open();
			bean.started().join();
			future.cancel(true);
			awaitStatus(PermissionStatus.USED);
			assertThat(bean.end()).isCancelled();
			assertThat(asked().outcome()).isEqualTo("cancelled");
		});
	}

	@Test
	void futureWhenTheBodyFailsThenItsExceptionAndFailedIsReported() {
		this.guarded.run(Bean.class, (bean) -> {
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> bean.failing().toCompletableFuture().get())
				.withCauseInstanceOf(IllegalStateException.class);
			assertThat(asked().outcome()).isEqualTo("failed");
		});
	}

	@Test
	void futureWhenConsumedBeforeThenUsedBeforeTheBody() {
		this.guarded.run(Bean.class, (bean) -> {
			CompletableFuture<String> future = bean.before();
			bean.started().join();
			assertThat(asked().status()).isEqualTo(PermissionStatus.USED);
			assertThat(asked().outcome()).isEqualTo("started");
			bean.end().complete("end");
			assertThat(future.join()).isEqualTo("end");
		});
	}

	@Test
	void monoWhenNotSubscribedThenNobodyIsAskedAndTheBodyIsNotAssembled() {
		this.guarded.run(Bean.class, (bean) -> {
			bean.mono("x");
			assertThat(this.service.asked()).isEmpty();
			assertThat(bean.assembled()).hasValue(0);
		});
	}

	@Test
	void monoWhenSubscribedTwiceThenAskedTwice() {
		this.guarded.run(Bean.class, (bean) -> {
			Mono<String> mono = bean.mono("x");
			assertThat(mono.block()).isEqualTo("done x");
			assertThat(mono.block()).isEqualTo("done x");
			assertThat(this.service.asked()).hasSize(2).allMatch((asked) -> "succeeded".equals(asked.outcome()));
			assertThat(bean.ran()).hasSize(2);
		});
	}

	@Test
	void monoWhenApprovedThenTheBodySeesTheGrantInTheReactorContext() {
		this.guarded.run(Bean.class, (bean) -> {
			assertThat(bean.fromContext().block()).isEqualTo(asked().id());
			assertThat(PermissionContext.find()).isEmpty();
		});
	}

	@Test
	void monoWhenDeniedThenItFailsAndTheBodyIsNotAssembledAndARetryAsksNobody() {
		this.service.deny("mono", "No");
		this.guarded.run(Bean.class, (bean) -> {
			assertThatExceptionOfType(PermissionDeniedException.class)
				.isThrownBy(() -> bean.mono("x").retry(3).block());
			assertThat(bean.assembled()).hasValue(0);
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@Test
	void monoWhenCancelledWhileWaitingThenTheRequestIsWithdrawn() {
		this.service.leavePending("mono");
		this.guarded.run(Bean.class, (bean) -> {
			Disposable subscription = bean.mono("x").subscribe();
			awaitPending(1);
			subscription.dispose();
			awaitStatus(PermissionStatus.REVOKED);
			assertThat(bean.assembled()).hasValue(0);
		});
	}

	@Test
	void monoWhenAnArgumentChangesDuringTheWaitThenRefused() {
		this.service.leavePending("list");
		List<String> recipients = new CopyOnWriteArrayList<>(List.of("a@b.c"));
		this.guarded.run(Bean.class, (bean) -> {
			CompletableFuture<String> future = bean.list(recipients).toFuture();
			awaitPending(1);
			recipients.add("evil@example.com");
			this.service.decidePending(true, null);
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(future::get)
				.havingCause()
				.isInstanceOfSatisfying(CallRefusedException.class,
						(ex) -> assertThat(ex.code()).isEqualTo("CALL_CHANGED"));
			assertThat(bean.ran()).isEmpty();
		});
	}

	@Test
	void monoWhenTheBodyIsEmptyThenUsed() {
		this.guarded.run(Bean.class, (bean) -> {
			assertThat(bean.empty().blockOptional()).isEmpty();
			assertThat(asked().outcome()).isEqualTo("succeeded");
		});
	}

	@Test
	void fluxWhenCompleteThenUsedOnce() {
		this.guarded.run(Bean.class, (bean) -> {
			assertThat(bean.flux().collectList().block()).containsExactly(1, 2, 3);
			assertThat(this.service.asked()).hasSize(1);
			assertThat(asked().outcome()).isEqualTo("succeeded");
		});
	}

	@Test
	void fluxWhenCancelledMidwayThenUsed() {
		this.guarded.run(Bean.class, (bean) -> {
			assertThat(bean.flux().take(1).collectList().block()).containsExactly(1);
			awaitStatus(PermissionStatus.USED);
			assertThat(asked().outcome()).isEqualTo("cancelled");
		});
	}

	@Test
	void fluxWhenItFailsThenFailedIsReported() {
		this.guarded.run(Bean.class, (bean) -> {
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> bean.broken().blockLast());
			assertThat(asked().outcome()).isEqualTo("failed");
		});
	}

	@Test
	void valueWhenOnANonBlockingThreadThenRefusedBeforeAnybodyIsAsked() {
		this.guarded.run(Bean.class, (bean) -> {
			Mono<String> blocking = Mono.fromSupplier(() -> bean.value("x")).subscribeOn(Schedulers.parallel());
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(blocking::block)
				.withMessageContaining("must not block")
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("BLOCKING_THREAD"));
			assertThat(this.service.asked()).isEmpty();
			assertThat(bean.ran()).isEmpty();
		});
	}

	@Test
	void callWhenBothWorldsAreInOneBeanThenEachIsGuarded() {
		this.guarded.run(Bean.class, (bean) -> {
			assertThat(bean.value("a")).isEqualTo("done a");
			assertThat(bean.future("b").join()).isEqualTo("done b");
			assertThat(bean.mono("c").block()).isEqualTo("done c");
			assertThat(this.service.asked()).extracting("action").containsExactly("value", "future", "mono");
		});
	}

	private AskedPermission asked() {
		return this.service.asked().get(this.service.asked().size() - 1);
	}

	private void awaitPending(int count) {
		try {
			this.service.awaitPending(count);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void awaitStatus(PermissionStatus status) {
		await().until(() -> asked().status() == status);
	}

	@Test
	void callWhenAPublisherEmitsOnTheThreadThatAsksThenTheCallersWorkHasNoGrant() {
		this.guarded.run(Bean.class, (bean) -> {
			List<Boolean> inside = new CopyOnWriteArrayList<>();
			assertThat(bean.flux()
				.doOnNext((value) -> inside.add(PermissionContext.find().isPresent()))
				.doOnComplete(() -> inside.add(PermissionContext.find().isPresent()))
				.collectList()
				.block()).isNotEmpty();
			assertThat(inside).isNotEmpty().containsOnly(false);
		});
	}

	public static class Bean {

		final List<String> ran = new CopyOnWriteArrayList<>();

		final AtomicInteger assembled = new AtomicInteger();

		final CompletableFuture<Void> started = new CompletableFuture<>();

		final CompletableFuture<String> end = new CompletableFuture<>();

		public List<String> ran() {
			return this.ran;
		}

		public AtomicInteger assembled() {
			return this.assembled;
		}

		public CompletableFuture<Void> started() {
			return this.started;
		}

		public CompletableFuture<String> end() {
			return this.end;
		}

		@RequiresPermission(action = "value")
		public String value(String text) {
			this.ran.add(text);
			return "done " + text;
		}

		@RequiresPermission(action = "future")
		public CompletableFuture<String> future(String text) {
			this.ran.add(text + " " + PermissionContext.current().id());
			return CompletableFuture.completedFuture("done " + text);
		}

		@RequiresPermission(action = "open")
		public CompletableFuture<String> open() {
			this.started.complete(null);
			return this.end;
		}

		@RequiresPermission(action = "before", consume = Consume.BEFORE)
		public CompletableFuture<String> before() {
			this.started.complete(null);
			return this.end;
		}

		@RequiresPermission(action = "failing")
		public CompletionStage<String> failing() {
			return CompletableFuture.failedFuture(new IllegalStateException("detail"));
		}

		@RequiresPermission(action = "mono")
		public Mono<String> mono(String text) {
			this.assembled.incrementAndGet();
			return Mono.fromSupplier(() -> {
				this.ran.add(text);
				return "done " + text;
			});
		}

		@RequiresPermission(action = "context")
		public Mono<String> fromContext() {
			return ReactivePermissionContext.current().map(Permission::id);
		}

		@RequiresPermission(action = "list")
		public Mono<String> list(List<String> recipients) {
			this.ran.add(recipients.toString());
			return Mono.just("done");
		}

		@RequiresPermission(action = "empty")
		public Mono<String> empty() {
			return Mono.empty();
		}

		@RequiresPermission(action = "flux")
		public Flux<Integer> flux() {
			return Flux.just(1, 2, 3);
		}

		@RequiresPermission(action = "broken")
		public Flux<Integer> broken() {
			return Flux.just(1).concatWith(Mono.error(new IllegalStateException("detail")));
		}

	}

}
