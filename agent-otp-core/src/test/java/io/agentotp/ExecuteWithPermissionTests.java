package io.agentotp;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.agentotp.transport.TransportRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * The body runs if and only if there is a grant, and the use is reported with the
 * outcome.
 */
class ExecuteWithPermissionTests {

	private static final PermissionRequest QUESTION = question(Duration.ofMillis(50));

	/** Waits for a decision that comes, on a busy machine, too. */
	private static final PermissionRequest PATIENT = question(Duration.ofMinutes(1));

	private final ScriptedTransport transport = new ScriptedTransport();

	private final AtomicInteger runs = new AtomicInteger();

	private final AgentOtpClient client = AgentOtpClient.builder()
		.apiKey("ak_test_0123456789")
		.baseUrl("http://localhost:1")
		.transport(this.transport)
		.retries(0)
		.sleeper(new RecordingSleeper())
		.build();

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	private String run(Mode mode) {
		return mode.of(this.client)
			.executeWithPermission(QUESTION,
					(permission) -> permission.token().orElseThrow().value() + this.runs.incrementAndGet());
	}

	private List<String> paths() {
		return this.transport.requests.stream().map((request) -> request.uri().getPath()).toList();
	}

	private static String body(TransportRequest request) {
		return new String(request.body());
	}

	private static PermissionRequest question(Duration timeout) {
		return PermissionRequest.builder("email.send")
			.resource("email:a@b.c")
			.scope("max_emails", 2)
			.timeout(timeout)
			.build();
	}

	record Refusal(String name, Class<? extends Throwable> type, Consumer<ScriptedTransport> script) {

		boolean waits() {
			return this.name.endsWith("while waiting");
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

	static Stream<Refusal> refusals() {
		return Stream.of(
				new Refusal("denied", PermissionDeniedException.class, (script) -> script.answer(200, Json.DENIED)),
				new Refusal("denied 403", PermissionDeniedException.class, (script) -> script.answer(403, Json.DENIED)),
				new Refusal("revoked", PermissionDeniedException.class,
						(script) -> script.answer(200, Json.DENIED.replace("denied", "revoked"))),
				new Refusal("used", PermissionDeniedException.class,
						(script) -> script.answer(200, Json.APPROVED.replace("approved", "used"))),
				new Refusal("expired", PermissionExpiredException.class, (script) -> script.answer(200, Json.EXPIRED)),
				new Refusal("denied while waiting", PermissionDeniedException.class,
						(script) -> waiting(script, 200, Json.DENIED)),
				new Refusal("no token", ProtocolException.class,
						(script) -> script.answer(201, Json.json("{'id':'p1','status':'approved'}"))),
				new Refusal("no JSON", ProtocolException.class, (script) -> script.answer(201, "<html>")),
				new Refusal("error under 200", ProtocolException.class,
						(script) -> script.answer(200, Json.error("X", "y"))),
				new Refusal("wrong key", AuthenticationException.class, (script) -> script.answer(401, "")),
				new Refusal("invalid", ValidationException.class, (script) -> script.answer(400, "")),
				new Refusal("server error with a grant", ServerException.class,
						(script) -> script.answer(500, Json.APPROVED)),
				new Refusal("too many requests", RateLimitException.class, (script) -> script.answer(429, "")),
				new Refusal("service down", NetworkException.class, (script) -> script.fail(new ConnectException())),
				new Refusal("connection broken", NetworkException.class,
						(script) -> script.fail(new IOException("reset"))),
				new Refusal("gone while waiting", NotFoundException.class, (script) -> waiting(script, 404, "")));
	}

	private static void waiting(ScriptedTransport script, int status, String body) {
		script.answer(202, Json.PENDING);
		for (int i = 0; i < 10; i++) {
			script.then((request) -> request.uri().getPath().endsWith("/p1") ? ScriptedTransport.response(status, body)
					: ScriptedTransport.response(503, ""));
		}
	}

	@ParameterizedTest
	@MethodSource("refusals")
	void executeWhenNotGrantedThenBodyDoesNotRunAndNothingIsUsed(Refusal refusal) {
		for (Mode mode : Mode.values()) {
			ScriptedTransport script = new ScriptedTransport();
			refusal.script().accept(script);
			try (AgentOtpClient fresh = AgentOtpClient.builder()
				.apiKey("ak_test_0123456789")
				.baseUrl("http://localhost:1")
				.transport(script)
				.retries(0)
				.sleeper((delay) -> new CountDownLatch(1).await())
				.build()) {
				assertThat(catchThrowable(() -> mode.of(fresh)
					.executeWithPermission(refusal.waits() ? PATIENT : QUESTION,
							(permission) -> this.runs.incrementAndGet())))
					.isExactlyInstanceOf(refusal.type());
			}
			assertThat(this.runs).hasValue(0);
			assertThat(script.requests).noneMatch((request) -> request.uri().getPath().endsWith("/use"));
		}
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenNobodyDecidesThenBodyDoesNotRunAndRequestIsWithdrawn(Mode mode) throws Exception {
		for (boolean original : new boolean[] { false, true }) {
			FakeService service = original ? new FakeService().original() : new FakeService();
			try (AgentOtpClient fresh = AgentOtpClient.builder()
				.apiKey("ak_test_0123456789")
				.baseUrl("http://localhost:1")
				.transport(service)
				.sleeper((delay) -> new CountDownLatch(1).await())
				.build()) {
				assertThatExceptionOfType(PermissionPendingException.class)
					.isThrownBy(() -> mode.of(fresh)
						.executeWithPermission(QUESTION, (permission) -> this.runs.incrementAndGet()))
					.satisfies((ex) -> assertThat(ex.permission().id()).isEqualTo("p1"));
				service.awaitRequests("/permissions/p1/revoke", 1);
			}
			assertThat(this.runs).hasValue(0);
		}
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenGrantedThenBodyRunsOnceAndSuccessIsReported(Mode mode) {
		this.transport.answer(201, Json.data(Json.APPROVED)).answer(200, Json.data(Json.USED));
		assertThat(run(mode)).isEqualTo(Json.TOKEN + "1");
		assertThat(paths()).containsExactly("/api/v1/permissions/request", "/api/v1/permissions/p1/use");
		assertThat(body(this.transport.requests.get(1))).isEqualTo(Json
			.json("{'token':'" + Json.TOKEN + "','actionDetails':{'outcome':'succeeded'},'callDigest':'sha256:abc'}"));
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenBodyFailsThenFailureIsReportedAndThrown(Mode mode) {
		IllegalStateException failure = new IllegalStateException("the mail server is down");
		this.transport.answer(201, Json.APPROVED).answer(200, Json.USED);
		assertThat(catchThrowable(() -> mode.of(this.client).executeWithPermission(QUESTION, (permission) -> {
			throw failure;
		}))).isSameAs(failure);
		assertThat(body(this.transport.requests.get(1)))
			.contains("\"outcome\":\"failed\"", "\"error\":\"java.lang.IllegalStateException\"")
			.doesNotContain("mail server");
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenBodyFailsWithErrorOrCheckedExceptionThenFailureIsReported(Mode mode) {
		for (Throwable failure : List.of(new AssertionError("x"), new IOException("undeclared"))) {
			this.transport.answer(201, Json.APPROVED).answer(200, Json.USED);
			assertThat(catchThrowable(() -> mode.of(this.client)
				.executeWithPermission(QUESTION,
						(permission) -> ExecuteWithPermissionTests.<Object, Error>raise(failure))))
				.isSameAs(failure);
			assertThat(body(this.transport.requests.get(this.transport.requests.size() - 1)))
				.contains("\"outcome\":\"failed\"");
		}
	}

	@SuppressWarnings("unchecked")
	private static <T, X extends Throwable> T raise(Throwable failure) throws X {
		throw (X) failure;
	}

	static Stream<ScriptedTransport.Step> failedReports() {
		return Stream.of((request) -> ScriptedTransport.response(503, ""),
				(request) -> ScriptedTransport.response(200, Json.json("{'success':false,'reason':'expired'}")),
				(request) -> ScriptedTransport.response(200, "<html>"), (request) -> {
					throw new IOException("reset");
				}, (request) -> {
					throw new IllegalStateException("a faulty transport");
				});
	}

	@ParameterizedTest
	@MethodSource("failedReports")
	void executeWhenReportingFailsThenResultOrFailureOfBodyStands(ScriptedTransport.Step report) {
		for (Mode mode : Mode.values()) {
			this.runs.set(0);
			this.transport.answer(201, Json.APPROVED).then(report);
			assertThat(run(mode)).isEqualTo(Json.TOKEN + "1");
			IllegalStateException failure = new IllegalStateException();
			this.transport.answer(201, Json.APPROVED).then(report);
			assertThat(catchThrowable(() -> mode.of(this.client).executeWithPermission(QUESTION, (permission) -> {
				throw failure;
			}))).isSameAs(failure);
		}
	}

	@Test
	void executeWhenBodyReturnsNullThenNull() {
		this.transport.answer(201, Json.APPROVED).answer(200, Json.USED);
		assertThat(this.client.<Object>executeWithPermission(QUESTION, (permission) -> null)).isNull();
	}

	@Test
	void executeAsyncWhenBodyFutureFailsThenFailureIsReportedAndItsCauseThrown() {
		IOException failure = new IOException("x");
		this.transport.answer(201, Json.APPROVED).answer(200, Json.USED);
		assertThat(catchThrowable(() -> Mode.get(this.client.async()
			.executeWithPermission(QUESTION,
					(permission) -> CompletableFuture.failedFuture(failure).thenApply((value) -> value)))))
			.isSameAs(failure);
		assertThat(body(this.transport.requests.get(1))).contains("java.io.IOException");
	}

	@Test
	void executeAsyncWhenBodyReturnsNoFutureThenFailureIsReported() {
		this.transport.answer(201, Json.APPROVED).answer(200, Json.USED);
		assertThat(catchThrowable(
				() -> Mode.get(this.client.async().executeWithPermission(QUESTION, (permission) -> null))))
			.isInstanceOf(NullPointerException.class);
		assertThat(body(this.transport.requests.get(1))).contains("\"outcome\":\"failed\"");
	}

	@Test
	void executeAsyncWhenBodyIsStillRunningThenNotReported() throws Exception {
		this.transport.answer(201, Json.APPROVED).answer(200, Json.USED);
		CompletableFuture<String> running = new CompletableFuture<>();
		CountDownLatch started = new CountDownLatch(1);
		CompletableFuture<String> result = this.client.async().executeWithPermission(QUESTION, (permission) -> {
			started.countDown();
			return running;
		});
		started.await();
		assertThat(paths()).containsExactly("/api/v1/permissions/request");
		assertThat(result).isNotDone();
		running.complete("done");
		assertThat(result.get()).isEqualTo("done");
		assertThat(paths()).hasSize(2);
	}

	@Test
	void executeAsyncWhenCancelledBeforeDecisionThenBodyDoesNotRun() throws Exception {
		FakeService service = new FakeService();
		try (AgentOtpClient fresh = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.transport(service)
			.build()) {
			CompletableFuture<Integer> result = fresh.async()
				.executeWithPermission(PermissionRequest.builder("a").build(),
						(permission) -> CompletableFuture.completedFuture(this.runs.incrementAndGet()));
			service.awaitRequests("/permissions/p1", 1);
			CompletableFuture<Permission> other = fresh.async()
				.requestPermission(PermissionRequest.builder("a").build());
			service.awaitRequests("/permissions/p2", 1);
			service.awaitParked();
			result.cancel(true);
			service.decide("p1", "approved");
			service.decide("p2", "approved");
			assertThat(other.get().isGranted()).isTrue();
		}
		assertThat(this.runs).hasValue(0);
	}

	@Test
	void useWhenPermissionIsNotGrantedThenNothingIsSent() {
		this.transport.answer(200, Json.DENIED);
		Permission permission = this.client.requestPermission(QUESTION);
		assertThatExceptionOfType(PermissionNotGrantedException.class)
			.isThrownBy(() -> this.client.useToken(permission, Map.of()))
			.satisfies((ex) -> assertThat(ex.permission()).isSameAs(permission));
		assertThat(this.transport.requests).hasSize(1);
	}

}
