package io.agentotp;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Ending an asynchronous call, also through futures derived from it, reaches the wire.
 */
class CancellationTests {

	private final StalledTransport transport = new StalledTransport();

	private final AgentOtpClient client = AgentOtpClient.builder()
		.apiKey("ak_test_0123456789")
		.baseUrl("http://localhost:1")
		.transport(this.transport)
		.build();

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	static Stream<Function<AsyncAgentOtpClient, CompletableFuture<?>>> calls() {
		PermissionRequest question = PermissionRequest.builder("a").build();
		return Stream.of((client) -> client.getPermission("p1"), (client) -> client.requestPermission(question),
				(client) -> client.revokeToken("p1", null),
				(client) -> client.executeWithPermission(question, (permission) -> new CompletableFuture<>()));
	}

	@ParameterizedTest
	@MethodSource("calls")
	void cancelWhenUnderWayThenTheExchangeIsAborted(Function<AsyncAgentOtpClient, CompletableFuture<?>> call)
			throws Exception {
		CompletableFuture<?> future = call.apply(this.client.async());
		this.transport.started.await();
		assertThat(future.cancel(true)).isTrue();
		this.transport.aborted.await();
	}

	@ParameterizedTest
	@MethodSource("calls")
	void cancelWhenOfADependentThenTheExchangeIsAborted(Function<AsyncAgentOtpClient, CompletableFuture<?>> call)
			throws Exception {
		CompletableFuture<?> future = call.apply(this.client.async());
		CompletableFuture<String> dependent = future.thenApply(String::valueOf)
			.thenCompose(CompletableFuture::completedFuture);
		this.transport.started.await();
		dependent.cancel(true);
		this.transport.aborted.await();
		assertThat(future).isCancelled();
	}

	@ParameterizedTest
	@MethodSource("calls")
	void orTimeoutWhenUnderWayThenTheExchangeIsAborted(Function<AsyncAgentOtpClient, CompletableFuture<?>> call)
			throws Exception {
		CompletableFuture<?> future = call.apply(this.client.async());
		CompletableFuture<?> dependent = future.thenApply(String::valueOf);
		this.transport.started.await();
		dependent.orTimeout(1, TimeUnit.MILLISECONDS);
		this.transport.aborted.await();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(dependent::get)
			.withCauseInstanceOf(TimeoutException.class);
		assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> future.get(60, TimeUnit.SECONDS));
	}

	@ParameterizedTest
	@MethodSource("calls")
	void completeOnTimeoutWhenUnderWayThenTheExchangeIsAborted(Function<AsyncAgentOtpClient, CompletableFuture<?>> call)
			throws Exception {
		CompletableFuture<String> dependent = call.apply(this.client.async()).thenApply(String::valueOf);
		this.transport.started.await();
		dependent.completeOnTimeout("nothing", 1, TimeUnit.MILLISECONDS);
		this.transport.aborted.await();
		assertThat(dependent.get()).isEqualTo("nothing");
	}

	@ParameterizedTest
	@MethodSource("calls")
	void cancelWhenBetweenTwoTriesThenNotTriedAgain(Function<AsyncAgentOtpClient, CompletableFuture<?>> call)
			throws Exception {
		AtomicInteger tries = new AtomicInteger();
		CompletableFuture<Thread> worker = new CompletableFuture<>();
		try (AgentOtpClient retrying = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.transport(new FailingTransport(tries))
			.sleeper((delay) -> {
				worker.complete(Thread.currentThread());
				new CountDownLatch(1).await();
			})
			.build()) {
			CompletableFuture<?> future = call.apply(retrying.async());
			worker.get();
			assertThat(future.cancel(true)).isTrue();
		}
		// Closing ends the workers once they are done.
		worker.get().join(60_000);
		assertThat(worker.get().isAlive()).isFalse();
		assertThat(tries).hasValue(1);
	}

	@Test
	void callWhenItsTimeEndsInTheQueueThenNeverSent() throws Exception {
		AsyncAgentOtpClient async = this.client.async();
		CompletableFuture<?>[] running = Stream.generate(() -> async.getPermission("p1"))
			.limit(8)
			.toArray(CompletableFuture[]::new);
		CompletableFuture<Permission> queued = async.with(CallOptions.builder().timeout(Duration.ofNanos(1)).build())
			.getPermission("queued");
		Stream.of(running).forEach((future) -> future.cancel(true));
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(queued::get)
			.havingCause()
			.isInstanceOfSatisfying(NetworkException.class, (ex) -> {
				assertThat(ex.code()).isEqualTo("TIMEOUT");
				assertThat(ex.possiblyProcessed()).isFalse();
				assertThat(ex.attempts()).isZero();
			});
		assertThat(this.transport.sawQueued).isFalse();
	}

	@Test
	void cancelWhenQueuedThenNeverSent() throws Exception {
		CompletableFuture<?>[] running = Stream.generate(() -> this.client.async().getPermission("p1"))
			.limit(8)
			.toArray(CompletableFuture[]::new);
		CompletableFuture<Permission> queued = this.client.async().getPermission("queued");
		queued.cancel(true);
		assertThatExceptionOfType(CancellationException.class).isThrownBy(queued::join);
		Stream.of(running).forEach((future) -> future.cancel(true));
		this.transport.aborted.await();
		assertThat(this.transport.sawQueued).isFalse();
	}

	@Test
	void cancelWhenOneDependentHasEndedThenTheOthersAreNotHurt() {
		CompletableFuture<String> source = CompletableFuture.completedFuture("x");
		CallFuture<String> call = new CallFuture<>();
		call.end(source);
		CompletableFuture<Integer> length = call.thenApply(String::length);
		assertThat(length.cancel(true)).isFalse();
		assertThat(call.thenApply(String::length).join()).isEqualTo(1);
	}

	static Stream<Arguments> ends() {
		return Stream.of(Arguments.of("cancel", (Consumer<CompletableFuture<String>>) (future) -> future.cancel(true)),
				Arguments.of("complete", (Consumer<CompletableFuture<String>>) (future) -> future.complete("x")),
				Arguments.of("completeExceptionally", (Consumer<CompletableFuture<String>>) (future) -> future
					.completeExceptionally(new TimeoutException())));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("ends")
	void endWhenAStepIsUnderWayThenItEndsOnceBeforeAnybodySeesIt(String name, Consumer<CompletableFuture<String>> end) {
		for (boolean derived : new boolean[] { false, true }) {
			List<Boolean> seen = new ArrayList<>();
			CallFuture<String> call = new CallFuture<>();
			CompletableFuture<String> ended = derived ? call.thenApply(String::strip).thenApply(String::strip) : call;
			call.onAbort(() -> seen.add(call.isDone() || ended.isDone()));
			end.accept(ended);
			end.accept(ended);
			assertThat(seen).containsExactly(false);
			CompletableFuture<String> plain = new CompletableFuture<>();
			end.accept(plain);
			assertThat(ended.isCancelled()).isEqualTo(plain.isCancelled());
			assertThat(ended.handle(CancellationTests::outcome).join())
				.isEqualTo(plain.handle(CancellationTests::outcome).join());
			assertThat(call.isCancelled()).isEqualTo(derived || plain.isCancelled());
		}
	}

	private static String outcome(@Nullable String value, @Nullable Throwable ex) {
		return (ex != null) ? ex.getClass().getName() : String.valueOf(value);
	}

	/** Its cancellation must not become the result of the call. */
	@Test
	void endWhenTheStepIsAFutureThenItsCancellationIsNotTheResult() {
		CallFuture<String> call = new CallFuture<>();
		CompletableFuture<String> step = new CompletableFuture<>();
		call.end(step);
		assertThat(call.complete("x")).isTrue();
		assertThat(step).isCancelled();
		assertThat(call).isCompletedWithValue("x");
	}

	@Test
	void endWhenTheResultHasArrivedThenItStays() {
		CallFuture<String> call = new CallFuture<>();
		CompletableFuture<String> step = new CompletableFuture<>();
		List<Boolean> cancelled = new ArrayList<>();
		call.end(step.thenApply((value) -> value));
		call.onAbort(() -> cancelled.add(call.cancel(true)));
		step.complete("x");
		assertThat(call).isCompletedWithValue("x");
		assertThat(cancelled).as("too late").containsExactly(false);
		assertThat(call.cancel(true)).isFalse();
	}

	@Test
	void onAbortWhenEndedThenAtOnce() {
		AtomicInteger aborted = new AtomicInteger();
		CallFuture<String> call = new CallFuture<>();
		call.cancel(true);
		call.onAbort(aborted::incrementAndGet);
		assertThat(aborted).hasValue(1);
		CallFuture<String> obtruded = new CallFuture<>();
		obtruded.obtrudeValue("x");
		obtruded.onAbort(aborted::incrementAndGet);
		assertThat(aborted).hasValue(2);
		assertThat(obtruded).isCompletedWithValue("x");
	}

	/** Fails in a way that is tried again. */
	/** Nothing gets there, so that nothing is asked for again to be withdrawn. */
	private record FailingTransport(AtomicInteger tries) implements HttpTransport {

		@Override
		public TransportResponse send(TransportRequest request, Duration timeout) throws IOException {
			this.tries.incrementAndGet();
			throw new ConnectException();
		}

		@Override
		public void close() {
		}

	}

	/** Stalls each request until it is interrupted. */
	private static final class StalledTransport implements HttpTransport {

		final CountDownLatch started = new CountDownLatch(1);

		final CountDownLatch aborted = new CountDownLatch(1);

		volatile boolean sawQueued;

		@Override
		public TransportResponse send(TransportRequest request, Duration timeout)
				throws IOException, InterruptedException {
			this.sawQueued |= request.uri().getPath().endsWith("/queued");
			this.started.countDown();
			try {
				new CountDownLatch(1).await();
				throw new IOException("never");
			}
			catch (InterruptedException ex) {
				this.aborted.countDown();
				throw ex;
			}
		}

		@Override
		public void close() {
		}

	}

}
