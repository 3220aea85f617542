package io.agentotp.spring.guard;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.FakeAgentOtp;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.ParallelFlux;

import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.http.ResponseEntity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Bodies whose declared type does not tell when they have ended, and checks that read
 * what is not bound.
 */
class OpenResultTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@Test
	void monoWhenATypeParameterIsOneThenEachSubscriptionAsks() {
		this.guarded.run(OfMono.class, (bean) -> {
			Mono<String> mono = bean.go();
			assertThat(mono.block()).isEqualTo("done");
			assertThat(mono.block()).isEqualTo("done");
			assertThat(bean.ran()).isEqualTo(2);
			assertThat(this.service.asked()).hasSize(2).allMatch((asked) -> "succeeded".equals(asked.outcome()));
		});
	}

	@Test
	void futureWhenATypeParameterIsOneThenItIsWaitedFor() {
		this.guarded.run(OfFuture.class, (bean) -> {
			CompletableFuture<String> future = bean.go();
			assertThat(this.service.asked()).noneMatch((asked) -> asked.outcome() != null);
			bean.end();
			assertThat(future.join()).isEqualTo("done");
			assertThat(this.service.asked()).singleElement()
				.satisfies((asked) -> assertThat(asked.outcome()).isEqualTo("succeeded"));
		});
	}

	@Test
	void objectWhenItsWorkIsDoneLaterThenTheCallerDoesNotGetIt() {
		AtomicInteger ran = new AtomicInteger();
		this.guarded.run(OfObject.class, (bean) -> {
			for (Object later : List.of(Mono.fromCallable(ran::incrementAndGet), (Callable<?>) ran::incrementAndGet,
					new CompletableFuture<>())) {
				assertThatIllegalStateException().isThrownBy(() -> bean.go(later))
					.withMessageContainingAll("OfObject.go(Object)", later.getClass().getName());
			}
			Runnable work = ran::incrementAndGet;
			for (Object container : List.of(List.of(work), Optional.of(work), Map.of("work", work),
					new Object[] { work }, new Later(ran::incrementAndGet), new Answer<>(work),
					List.of(new Answer<>(new Answer<>(Mono.just(1)))), Map.entry("work", work), Map.entry(work, "work"),
					Map.of(work, "work"), new AtomicReference<>(work), nested(work, 20))) {
				assertThatIllegalStateException().isThrownBy(() -> bean.go(container))
					.withMessageContaining("whose work is done later");
			}
			assertThat(ran).hasValue(0);
			assertThat(bean.go("text")).isEqualTo("text");
			assertThat(bean.go(List.of(1))).isEqualTo(List.of(1));
			assertThat(bean.go(new Answer<>(1))).isEqualTo(new Answer<>(1));
			assertThat(bean.go(nested("text", 20))).isNotNull();
			List<Object> itself = new ArrayList<>();
			itself.add(itself);
			assertThat(bean.go(itself)).isSameAs(itself);
		});
	}

	@Test
	void entityWhenTheWorkOfItsBodyIsDoneLaterThenTheCallerDoesNotGetIt() {
		AtomicInteger ran = new AtomicInteger();
		this.guarded.run(OfEntity.class, (bean) -> {
			for (Object later : List.of(Mono.fromCallable(ran::incrementAndGet), (Callable<?>) ran::incrementAndGet,
					(Supplier<?>) ran::incrementAndGet, new CompletableFuture<>(), Stream.of(1))) {
				assertThatIllegalStateException().isThrownBy(() -> bean.go(ResponseEntity.ok(later)))
					.withMessageContainingAll("OfEntity.go(", later.getClass().getName());
			}
			assertThat(ran).hasValue(0);
			assertThat(bean.go(ResponseEntity.ok("text")).getBody()).isEqualTo("text");
			assertThat(bean.go(ResponseEntity.ok(List.of(1))).getBody()).isEqualTo(List.of(1));
			assertThat(bean.go(ResponseEntity.notFound().build()).getBody()).isNull();
		});
	}

	@Test
	void futureOrPublisherWhenTheWorkOfItsValueIsDoneLaterThenTheCallerDoesNotGetIt() {
		AtomicInteger ran = new AtomicInteger();
		this.guarded.run(OfFutureEntity.class, (bean) -> {
			ResponseEntity<?> later = ResponseEntity.ok(Mono.fromCallable(ran::incrementAndGet));
			assertThatExceptionOfType(CompletionException.class).isThrownBy(() -> bean.future(later).join())
				.withCauseInstanceOf(IllegalStateException.class);
			assertThatIllegalStateException().isThrownBy(() -> bean.mono(later).block());
			assertThatIllegalStateException()
				.isThrownBy(() -> bean.flux((Callable<?>) ran::incrementAndGet).collectList().block());
			assertThatIllegalStateException()
				.isThrownBy(() -> bean.mono(ResponseEntity.ok(new Answer<>(Flux.just(1)))).block());
			assertThat(ran).hasValue(0);
			assertThat(this.service.asked()).extracting("outcome").containsOnly("failed");
			assertThat(bean.future(ResponseEntity.ok(1)).join().getBody()).isEqualTo(1);
			assertThat(bean.mono(ResponseEntity.ok(1)).block().getBody()).isEqualTo(1);
			assertThat(bean.flux(1).collectList().block()).containsExactly(1);
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { OfTask.class, OfParallel.class })
	void startWhenTheTypeOfTheResultIsWorkThatIsDoneLaterThenFails(Class<?> type) {
		this.guarded.runner(type)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidAnnotationException.class)
				.hasMessageContaining("its return type"));
	}

	@Test
	void functionWhenItsInterfaceDoesNotSayThatItIsOneThenTheCallerDoesNotGetIt() {
		AtomicInteger ran = new AtomicInteger();
		this.guarded.run(OfFunction.class, (bean) -> {
			assertThatIllegalStateException().isThrownBy(() -> bean.job(ran::incrementAndGet));
			assertThatIllegalStateException().isThrownBy(() -> bean.closing(() -> ran.incrementAndGet()));
			assertThatIllegalStateException()
				.isThrownBy(() -> bean.serializable((Callable<?> & Serializable) () -> ran.incrementAndGet()));
			assertThat(ran).hasValue(0);
			assertThat(bean.job(new Done(1)).go()).isEqualTo(1);
			assertThat(bean.serializable("text")).isEqualTo("text");
		});
	}

	@Test
	void checkWhenAnAdviceInsideChangesWhatIsNotBoundThenRefused() {
		this.service.approve((asked) -> true);
		this.guarded.runner(Limited.class, Raising.class)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.run((context) -> {
				Limited limited = context.getBean(Limited.class);
				assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> limited.pay(50))
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("SCOPE_EXCEEDED"));
				assertThat(limited.paid()).isEmpty();
				limited.pay(1);
				assertThat(limited.paid()).containsExactly(100);
			});
	}

	abstract static class Open<T> {

		@RequiresPermission(action = "open")
		public T go() {
			return result();
		}

		abstract T result();

	}

	static class OfMono extends Open<Mono<String>> {

		private final AtomicInteger ran = new AtomicInteger();

		@Override
		Mono<String> result() {
			return Mono.fromSupplier(() -> {
				this.ran.incrementAndGet();
				return "done";
			});
		}

		int ran() {
			return this.ran.get();
		}

	}

	static class OfFuture extends Open<CompletableFuture<String>> {

		private final CompletableFuture<String> end = new CompletableFuture<>();

		@Override
		CompletableFuture<String> result() {
			return this.end;
		}

		void end() {
			this.end.complete("done");
		}

	}

	static class OfObject {

		@RequiresPermission(action = "object")
		public Object go(@NotBound Object result) {
			return result;
		}

	}

	static class OfEntity {

		@RequiresPermission(action = "entity")
		public ResponseEntity<?> go(@NotBound ResponseEntity<?> result) {
			return result;
		}

	}

	static class OfFutureEntity {

		@RequiresPermission(action = "future")
		public CompletableFuture<ResponseEntity<?>> future(@NotBound ResponseEntity<?> result) {
			return CompletableFuture.completedFuture(result);
		}

		@RequiresPermission(action = "mono")
		public Mono<ResponseEntity<?>> mono(@NotBound ResponseEntity<?> result) {
			return Mono.just(result);
		}

		@RequiresPermission(action = "flux")
		public Flux<Object> flux(@NotBound Object result) {
			return Flux.just(result);
		}

	}

	static class Task implements Callable<String> {

		@Override
		public String call() {
			return "done";
		}

	}

	static class OfTask {

		@RequiresPermission(action = "task")
		public Task task() {
			return new Task();
		}

	}

	static class OfParallel {

		@RequiresPermission(action = "parallel")
		public ParallelFlux<String> parallel() {
			return Flux.just("done").parallel();
		}

	}

	interface Job {

		int go();

	}

	record Done(int go) implements Job {
	}

	static class OfFunction {

		@RequiresPermission(action = "job")
		public Job job(@NotBound Job job) {
			return job;
		}

		@RequiresPermission(action = "closing")
		public AutoCloseable closing(@NotBound AutoCloseable closing) {
			return closing;
		}

		@RequiresPermission(action = "serializable")
		public Serializable serializable(@NotBound Serializable value) {
			return value;
		}

	}

	static class Limited {

		private final List<Integer> paid = new CopyOnWriteArrayList<>();

		@RequiresPermission(action = "pay", scope = "{max: 100}", check = "#amount <= #granted['max']")
		public void pay(@NotBound int amount) {
			this.paid.add(amount);
		}

		List<Integer> paid() {
			return this.paid;
		}

	}

	/** Inside the guard. */
	static class Raising extends DefaultPointcutAdvisor {

		Raising() {
			super(new NameMatchMethodPointcut().addMethodName("pay"), (MethodInterceptor) (invocation) -> {
				invocation.getArguments()[0] = 100 * (Integer) invocation.getArguments()[0];
				return invocation.proceed();
			});
			setOrder(1000);
		}

	}

	private static Object nested(Object value, int depth) {
		return (depth == 0) ? value : List.of(nested(value, depth - 1));
	}

	record Answer<T>(T value) {
	}

	record Later(Supplier<?> work) {
	}

}
