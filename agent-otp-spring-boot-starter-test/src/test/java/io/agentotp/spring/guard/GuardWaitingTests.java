package io.agentotp.spring.guard;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.event.PermissionEvent;
import io.agentotp.spring.event.PermissionPendingEvent;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Waits end in every way without the body, and their questions with them.
 */
class GuardWaitingTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service.leavePending("work");

	@Test
	void callWhenInterruptedThenRefusedWithTheFlagSetAndTheRequestWithdrawn() {
		this.guarded.run(Worker.class, (worker) -> {
			List<String> ended = new CopyOnWriteArrayList<>();
			Thread caller = Guarded.start(() -> ended.add(code(worker) + " " + Thread.currentThread().isInterrupted()));
			awaitPending(1);
			caller.interrupt();
			join(caller);
			assertThat(ended).containsExactly("INTERRUPTED true");
			awaitRevoked(1);
			assertThat(worker.ran()).isEmpty();
		});
	}

	@Test
	void callWhenInterruptedBeforeItsRequestIsAnsweredThenTheRequestIsWithdrawn() {
		CountDownLatch asked = new CountDownLatch(1);
		HttpTransport transport = this.service.transport();
		HttpTransport slow = new HttpTransport() {

			@Override
			public TransportResponse send(TransportRequest request, Duration timeout)
					throws IOException, InterruptedException {
				TransportResponse answer = transport.send(request, timeout);
				if (request.uri().getPath().endsWith("/request") && asked.getCount() > 0) {
					asked.countDown();
					new CountDownLatch(1).await();
				}
				return answer;
			}

			@Override
			public void close() {
				transport.close();
			}

		};
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class))
			.withBean(AgentOtpClient.class,
					() -> AgentOtpClient.builder()
						.apiKey("ak_test")
						.baseUrl("http://localhost")
						.transport(slow)
						.build())
			.withBean(Worker.class)
			.run((context) -> {
				Worker worker = context.getBean(Worker.class);
				List<String> ended = new CopyOnWriteArrayList<>();
				Thread caller = Guarded.start(() -> ended.add(code(worker)));
				asked.await();
				caller.interrupt();
				join(caller);
				assertThat(ended).containsExactly("INTERRUPTED");
				awaitRevoked(1);
				assertThat(this.service.asked()).hasSize(1);
				assertThat(worker.ran()).isEmpty();
			});
	}

	@Test
	void callWhenTheApplicationStopsThenRefusedAndTheRequestIsWithdrawnBeforeTheClientCloses() {
		List<String> ended = new CopyOnWriteArrayList<>();
		List<Thread> callers = new ArrayList<>();
		this.guarded.run(Worker.class, (worker) -> {
			callers.add(Guarded.start(() -> ended.add(code(worker))));
			callers.add(Guarded.start(() -> ended.add(codeOf(worker.workLater()))));
			awaitPending(2);
		});
		callers.forEach(GuardWaitingTests::join);
		assertThat(ended).containsExactly("SHUTTING_DOWN", "SHUTTING_DOWN");
		assertThat(this.service.asked()).extracting("status")
			.containsExactly(PermissionStatus.REVOKED, PermissionStatus.REVOKED);
	}

	@Test
	void callWhenTooManyWaitThenRefusedAndTheRequestIsWithdrawn() {
		this.guarded.runner(Worker.class, Waits.class)
			.withPropertyValues("agentotp.method.max-concurrent-waits=1")
			.run((context) -> {
				Worker worker = context.getBean(Worker.class);
				CompletableFuture<String> first = worker.workLater();
				await().until(() -> context.getBean(Waits.class).begun.size() == 1);
				assertThat(code(worker)).isEqualTo("TOO_MANY_WAITS");
				awaitRevoked(1);
				this.service.decidePending(true, null);
				assertThat(first.join()).isEqualTo("done");
				assertThat(worker.ran()).containsExactly("later");
				CompletableFuture<String> next = worker.workLater();
				awaitPending(1);
				this.service.decidePending(true, null);
				assertThat(next.join()).isEqualTo("done");
			});
	}

	@Test
	void callWhenTheApprovalWindowClosesThenRefused() {
		this.guarded.run(Worker.class, (worker) -> {
			List<String> ended = new CopyOnWriteArrayList<>();
			Thread caller = Guarded
				.start(() -> ended.add(catchThrowableOfType(AgentOtpException.class, worker::workLong).code()));
			awaitPending(1);
			this.service.advance(Duration.ofMinutes(10));
			join(caller);
			assertThat(ended).containsExactly("PERMISSION_EXPIRED");
			assertThat(worker.ran()).isEmpty();
		});
	}

	@Test
	void callWhenTheServiceGoesAwayWhileWaitingThenNothingRuns() {
		this.guarded.run(Worker.class, (worker) -> {
			CompletableFuture<String> later = worker.workShortly();
			awaitPending(1);
			this.service.unreachable();
			assertThat(codeOf(later)).isIn("PERMISSION_WITHDRAWN", "PERMISSION_PENDING", "CONNECT_FAILED",
					"NETWORK_ERROR");
			assertThat(worker.ran()).isEmpty();
		});
	}

	@Test
	void callWhenAListenerFailsThenItChangesNothing() {
		this.service.approve("work");
		this.guarded.runner(Worker.class, FailingListener.class).run((context) -> {
			assertThat(context.getBean(Worker.class).work()).isEqualTo("done");
			assertThat(context.getBean(FailingListener.class).seen).containsExactly("PermissionGrantedEvent",
					"PermissionUsedEvent");
		});
	}

	private static String code(Worker worker) {
		AgentOtpException refusal = catchThrowableOfType(AgentOtpException.class, worker::work);
		return refusal.code();
	}

	private static String codeOf(CompletableFuture<String> future) {
		CompletionException failure = catchThrowableOfType(CompletionException.class, future::join);
		return ((AgentOtpException) failure.getCause()).code();
	}

	private void awaitPending(int count) {
		try {
			this.service.awaitPending(count);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void awaitRevoked(int count) {
		await().untilAsserted(
				() -> assertThat(this.service.asked()).filteredOn((asked) -> asked.status() == PermissionStatus.REVOKED)
					.hasSizeGreaterThanOrEqualTo(count));
	}

	private static void join(Thread thread) {
		try {
			thread.join();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	public static class Worker {

		final List<String> ran = new CopyOnWriteArrayList<>();

		public List<String> ran() {
			return this.ran;
		}

		@RequiresPermission(action = "work")
		public String work() {
			this.ran.add("now");
			return "done";
		}

		/** Waits for longer than the request can be decided. */
		@RequiresPermission(action = "work", timeout = "20m")
		public String workLong() {
			this.ran.add("long");
			return "done";
		}

		@RequiresPermission(action = "work")
		public CompletableFuture<String> workLater() {
			this.ran.add("later");
			return CompletableFuture.completedFuture("done");
		}

		@RequiresPermission(action = "work", timeout = "2s")
		public CompletableFuture<String> workShortly() {
			this.ran.add("shortly");
			return CompletableFuture.completedFuture("done");
		}

	}

	/** The calls that have begun to wait. */
	static class Waits {

		final List<PermissionPendingEvent> begun = new CopyOnWriteArrayList<>();

		@EventListener
		void on(PermissionPendingEvent event) {
			this.begun.add(event);
		}

	}

	static class FailingListener {

		final List<String> seen = new CopyOnWriteArrayList<>();

		@EventListener
		void on(PermissionEvent event) {
			this.seen.add(event.getClass().getSimpleName());
			assertThat(event.permission().token()).isEmpty();
			throw new IllegalStateException("A listener of the application fails");
		}

	}

}
