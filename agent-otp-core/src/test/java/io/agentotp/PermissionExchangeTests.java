package io.agentotp;

import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentotp.ScriptedTransport.Step;
import io.agentotp.transport.TransportRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What both clients promise around a body: a request whose wait ends is withdrawn, a use
 * is reported until the token ends. The time is moved by hand.
 */
class PermissionExchangeTests {

	private static final PermissionRequest QUESTION = PermissionRequest.builder("a").build();

	private static final String USE = "/permissions/p1/use";

	private static final String REQUEST = "/permissions/request";

	private static final String REVOKE = "/permissions/p1/revoke";

	private final FakeService service = new FakeService();

	private final BlockingQueue<Runnable> later = new LinkedBlockingQueue<>();

	private final List<Duration> delays = new CopyOnWriteArrayList<>();

	private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

	private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

	private final AgentOtpClient client = AgentOtpClient.builder()
		.apiKey("ak_test_0123456789")
		.baseUrl("http://localhost:1")
		.retries(0)
		.transport(this.service)
		.useListener(new UseListener() {

			@Override
			public void used(Permission permission, String outcome) {
				PermissionExchangeTests.this.heard.add(permission.id() + " " + outcome);
			}

			@Override
			public void notReported(Permission permission, String outcome, Throwable failure) {
				assertThat(permission.token()).isEmpty();
				PermissionExchangeTests.this.heard
					.add(permission.id() + " " + outcome + " " + failure.getClass().getSimpleName());
			}

		})
		.time(() -> this.now, (delay, task) -> {
			this.delays.add(delay);
			this.later.add(task);
		})
		.build();

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	private void granted() {
		this.service.next("/permissions/request", 201,
				Json.data(Json.json("{'id':'p1','status':'approved','action':'a'," + "'token':'" + Json.TOKEN
						+ "','expiresAt':'2026-01-01T00:05:00Z'}")));
	}

	private String execute(Mode mode) {
		return mode.of(this.client).executeWithPermission(QUESTION, (permission) -> "done");
	}

	/** Runs the next try when it is due. */
	private void next(Duration delay) throws InterruptedException {
		Runnable task = this.later.poll(60, TimeUnit.SECONDS);
		assertThat(task).as("the next try").isNotNull();
		this.now = this.now.plus(delay);
		task.run();
	}

	private void awaitHeard(String expected) throws InterruptedException {
		assertThat(this.heard.poll(60, TimeUnit.SECONDS)).isEqualTo(expected);
		assertThat(this.heard).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenItsAnswerIsLostThenAskedForAgainAndWithdrawn(Mode mode) throws Exception {
		for (Step lost : List.<Step>of((request) -> {
			throw new HttpTimeoutException("late");
		}, (request) -> ScriptedTransport.response(504, ""), (request) -> ScriptedTransport.response(201, "{}"))) {
			int sent = this.service.sent(REQUEST).size();
			int revoked = this.service.sent(REVOKE).size();
			this.service.next(REQUEST, lost).next(REQUEST, 202, Json.data(FakeService.permission("p1", "pending")));
			assertThatExceptionOfType(AgentOtpException.class).isThrownBy(() -> execute(mode));
			this.service.awaitRequests(REVOKE, revoked + 1);
			List<TransportRequest> requests = this.service.sent(REQUEST);
			assertThat(requests).hasSize(sent + 2);
			assertThat(requests.get(sent + 1).headers().get("Idempotency-Key"))
				.isEqualTo(requests.get(sent).headers().get("Idempotency-Key"));
		}
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenRefusedThenNotMadeAgain(Mode mode) {
		this.service.next(REQUEST, 400, Json.error("VALIDATION_ERROR", "no")).next(REQUEST, (request) -> {
			throw new ConnectException();
		});
		assertThatExceptionOfType(ValidationException.class).isThrownBy(() -> execute(mode));
		assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> execute(mode));
		this.client.close();
		assertThat(this.service.sent(REQUEST)).hasSize(2);
	}

	@ParameterizedTest
	@EnumSource
	void reportWhenServiceFailsForAWhileThenSameReportAgain(Mode mode) throws Exception {
		granted();
		this.service.next(USE, 503, "").next(USE, 503, "").next(USE, 401, "");
		assertThat(execute(mode)).isEqualTo("done");
		for (int i = 1; i <= 3; i++) {
			next(Duration.ofSeconds(4));
		}
		awaitHeard("p1 succeeded");
		assertThat(this.delays).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));
		assertThat(this.service.sent(USE)).extracting((request) -> request.headers().get("Idempotency-Key"))
			.hasSize(4)
			.containsOnly(this.service.sent(USE).get(0).headers().get("Idempotency-Key"));
	}

	@ParameterizedTest
	@EnumSource
	void reportWhenTokenEndsThenListenerIsTold(Mode mode) throws Exception {
		granted();
		this.service.next(USE, 503, "").next(USE, 503, "");
		assertThat(execute(mode)).isEqualTo("done");
		next(Duration.ofMinutes(5));
		awaitHeard("p1 succeeded ServerException");
		assertThat(this.later).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void reportWhenServiceRejectsItThenListenerIsToldAtOnce(Mode mode) throws Exception {
		granted();
		this.service.next(USE, 200, Json.json("{'success':false,'reason':'expired'}"));
		assertThat(execute(mode)).isEqualTo("done");
		awaitHeard("p1 succeeded TokenException");
		assertThat(this.later).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void closeWhenAReportIsOpenThenTriedOnceMore(Mode mode) throws Exception {
		granted();
		this.service.next(USE, 503, "");
		execute(mode);
		Runnable nextTry = this.later.poll(60, TimeUnit.SECONDS);
		assertThat(nextTry).isNotNull();
		this.client.close();
		assertThat(this.service.sent(USE)).hasSize(2);
		assertThat(this.heard).containsExactly("p1 succeeded");
	}

	@ParameterizedTest
	@EnumSource
	void closeWhenAReportStillFailsThenListenerIsTold(Mode mode) throws Exception {
		granted();
		this.service.next(USE, 503, "").next(USE, 503, "");
		execute(mode);
		Runnable nextTry = this.later.poll(60, TimeUnit.SECONDS);
		assertThat(nextTry).isNotNull();
		this.client.close();
		assertThat(this.heard).containsExactly("p1 succeeded ServerException");
		nextTry.run();
		assertThat(this.service.sent(USE)).as("nothing after the end").hasSize(2);
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenItEndsThenWithdrawn(Mode mode) throws Exception {
		assertThatExceptionOfType(PermissionPendingException.class)
			.isThrownBy(() -> mode.of(this.client)
				.executeWithPermission(PermissionRequest.builder("a").timeout(Duration.ofMillis(30)).build(),
						(permission) -> "done"))
			.withMessageContaining("Nobody decided within 30 ms for a; the permission request was withdrawn")
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("PERMISSION_WITHDRAWN"));
		this.service.awaitRequests(REVOKE, 1);
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenNotWaitedForThenWithdrawn(Mode mode) throws Exception {
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> mode.of(this.client)
			.executeWithPermission(PermissionRequest.builder("a").waitForApproval(false).build(),
					(permission) -> "done"));
		this.service.awaitRequests(REVOKE, 1);
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenClientIsClosedThenWithdrawnBefore(Mode mode) throws Exception {
		CompletableFuture<String> result = new CompletableFuture<>();
		Thread caller = new Thread(() -> {
			try {
				result.complete(execute(mode));
			}
			catch (Throwable ex) {
				result.completeExceptionally(ex);
			}
		});
		caller.start();
		this.service.awaitReads(1);
		this.client.close();
		assertThat(this.service.sent(REVOKE)).hasSize(1);
		caller.join(60_000);
		assertThat(result).isCompletedExceptionally();
	}

	@Test
	void waitWhenInterruptedThenWithdrawn() throws Exception {
		Thread caller = new Thread(() -> {
			try {
				execute(Mode.SYNC);
			}
			catch (NetworkException ex) {
				this.heard.add(ex.code() + Thread.currentThread().isInterrupted());
			}
		});
		caller.start();
		this.service.awaitReads(1);
		this.service.awaitParked();
		caller.interrupt();
		this.service.awaitRequests(REVOKE, 1);
		awaitHeard("INTERRUPTEDtrue");
	}

	@Test
	void waitWhenCancelledThenWithdrawn() throws Exception {
		CompletableFuture<String> result = this.client.async()
			.executeWithPermission(QUESTION, (permission) -> CompletableFuture.completedFuture("done"));
		this.service.awaitReads(1);
		result.cancel(true);
		this.service.awaitRequests(REVOKE, 1);
	}

	/** Nobody can know any more what becomes of the body. */
	@Test
	void bodyWhenCancelledThenReported() throws Exception {
		granted();
		CompletableFuture<String> body = new CompletableFuture<>();
		CompletableFuture<CompletableFuture<String>> started = new CompletableFuture<>();
		CompletableFuture<String> result = this.client.async().executeWithPermission(QUESTION, (permission) -> {
			started.complete(body);
			return body;
		});
		started.get(60, TimeUnit.SECONDS);
		result.cancel(true);
		this.service.awaitRequests(USE, 1);
		assertThat(body).isCancelled();
	}

}
