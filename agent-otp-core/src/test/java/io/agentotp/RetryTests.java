package io.agentotp;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What is tried again, when, and with which key.
 */
class RetryTests {

	private static final PermissionRequest QUESTION = PermissionRequest.builder("email.send")
		.waitForApproval(false)
		.build();

	private final ScriptedTransport transport = new ScriptedTransport();

	private final RecordingSleeper sleeper = new RecordingSleeper();

	private AgentOtpClient client = client(2);

	private AgentOtpClient client(int retries) {
		return AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.retries(retries)
			.transport(this.transport)
			.sleeper(this.sleeper)
			.build();
	}

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	private List<String> keys() {
		return this.transport.requests.stream().map((request) -> request.headers().get("Idempotency-Key")).toList();
	}

	@ParameterizedTest
	@EnumSource
	void postWhenTriedAgainThenSameKeyAndSameBytes(Mode mode) {
		this.transport.fail(new IOException("reset"))
			.answer(503, "")
			.answer(202, Json.data(Json.PENDING))
			.answer(202, Json.data(Json.PENDING));
		mode.of(this.client).requestPermission(QUESTION);
		assertThat(this.transport.requests).hasSize(3);
		assertThat(keys()).doesNotContainNull();
		assertThat(Set.copyOf(keys())).hasSize(1);
		assertThat(this.transport.requests).extracting((request) -> new String(request.body(), StandardCharsets.UTF_8))
			.containsOnly(Json.json("{'action':'email.send','scope':{}}"));
		assertThat(this.sleeper.delays).hasSize(2);
		mode.of(this.client).requestPermission(QUESTION);
		assertThat(Set.copyOf(keys())).as("another call, another key").hasSize(2);
	}

	@Test
	void postWhenUseAndRevokeAreTriedAgainThenSameKey() {
		this.transport.answer(502, "").answer(200, Json.USED).fail(new IOException("reset")).answer(200, Json.REVOKED);
		this.client.useToken("p1", OtpToken.of(Json.TOKEN), null, null);
		this.client.revokeToken("p1", null);
		assertThat(keys().get(0)).isNotNull().isEqualTo(keys().get(1));
		assertThat(keys().get(2)).isNotNull().isEqualTo(keys().get(3)).isNotEqualTo(keys().get(0));
	}

	@Test
	void postWhenRetriesAreOffThenKeyIsStillSentAndNothingTriedAgain() {
		this.client = client(0);
		this.transport.answer(503, "").fail(new ConnectException());
		assertThatExceptionOfType(ServerException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> assertThat(ex.attempts()).isEqualTo(1));
		assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> this.client.requestPermission(QUESTION));
		assertThat(keys()).hasSize(2).doesNotContainNull().doesNotHaveDuplicates();
		assertThat(this.sleeper.delays).isEmpty();
	}

	@Test
	void callsWhenManyThenEachHasItsOwnKey() {
		Set<String> keys = new HashSet<>();
		for (int i = 0; i < 1000; i++) {
			this.transport.answer(202, Json.PENDING);
			this.client.requestPermission(QUESTION);
		}
		keys.addAll(keys());
		assertThat(keys).hasSize(1000);
	}

	static IntStream errors() {
		return IntStream.range(300, 600).filter((status) -> !Set.of(408, 429, 502, 503, 504).contains(status));
	}

	@ParameterizedTest
	@MethodSource("errors")
	void callWhenStatusIsNotPassingThenNotTriedAgain(int status) {
		this.transport.answer(status, "", "Retry-After", "1");
		assertThatExceptionOfType(AgentOtpException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> assertThat(ex.status()).isEqualTo(status));
		assertThat(this.transport.requests).hasSize(1);
		assertThat(this.sleeper.delays).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(ints = { 408, 429, 502, 503, 504 })
	void callWhenStatusIsPassingThenTriedAgain(int status) {
		this.transport.answer(status, "<html>").answer(200, Json.PENDING);
		assertThat(this.client.getPermission("p1").id()).isEqualTo("p1");
		assertThat(this.transport.requests).hasSize(2);
	}

	@ParameterizedTest
	@ValueSource(ints = { 200, 201, 202 })
	void callWhenAnswerIsCutOffThenTriedAgain(int status) {
		this.transport.answer(status, "{\"id\":\"p1\",\"sta").answer(status, Json.PENDING);
		assertThat(this.client.requestPermission(QUESTION).id()).isEqualTo("p1");
	}

	@Test
	void callWhenFirstOneIsStillRunningThenTriedAgainAfterAsLongAsAsked() {
		this.transport.answer(409, Json.error("IDEMPOTENCY_IN_PROGRESS", "wait"), "Retry-After", "2")
			.answer(202, Json.PENDING);
		this.client.requestPermission(QUESTION);
		assertThat(this.sleeper.delays).singleElement()
			.satisfies((delay) -> assertThat(delay).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2200)));
	}

	@Test
	void callWhenAnswerIsDecisionThenNeverTriedAgain() {
		this.transport.answer(200, Json.DENIED)
			.answer(403, Json.DENIED)
			.answer(201, Json.json("{'id':'p','status':'approved'}"));
		this.client.requestPermission(QUESTION);
		this.client.requestPermission(QUESTION);
		assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> this.client.requestPermission(QUESTION));
		assertThat(this.transport.requests).hasSize(3);
	}

	@Test
	void backoffWhenNothingIsAskedThenGrowsWithFullJitter() {
		this.client = client(40);
		for (int i = 0; i <= 40; i++) {
			this.transport.answer(503, "");
		}
		assertThatExceptionOfType(ServerException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> assertThat(ex.attempts()).as("the retry budget of 20 is used up").isEqualTo(21));
		assertThat(this.sleeper.delays).hasSize(20);
		for (int i = 0; i < 20; i++) {
			assertThat(this.sleeper.delays.get(i)).isBetween(Duration.ZERO,
					Duration.ofMillis(Math.min(8000, 250L << Math.min(i, 10))));
		}
	}

	@ParameterizedTest
	@CsvSource({ "3,11,0", "3,11,1", "3,18,0.5", "3,26,0", "3,26,0.5", "3,26,1", "1,26,1", "9,26,1" })
	void connectWhenTheServiceIsStartedAnewThenTheCallSurvivesIt(int retries, int seconds, double random) {
		VirtualTime time = new VirtualTime();
		HttpTransport restarting = new ScriptedTransport() {

			@Override
			public TransportResponse send(TransportRequest request, Duration timeout) throws IOException {
				if (time.passed().toSeconds() < seconds) {
					throw new ConnectException();
				}
				return response(200, Json.PENDING);
			}

		};
		assertThat(time.api(restarting, retries, random).get("p1").id()).isEqualTo("p1");
		assertThat(time.passed()).isLessThan(Duration.ofSeconds(30));
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3, 40 })
	void connectWhenTheServiceStaysAwayThenTheTimeIsUsedAndTheNumberKept(int retries) {
		VirtualTime time = new VirtualTime();
		for (int i = 0; i <= retries; i++) {
			this.transport.fail(new ConnectException());
		}
		assertThatExceptionOfType(NetworkException.class)
			.isThrownBy(() -> time.api(this.transport, retries, 1).get("p1"))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CONNECT_FAILED"));
		assertThat(time.passed()).isBetween(Duration.ofSeconds(25), Duration.ofSeconds(30));
		assertThat(this.transport.requests).hasSizeLessThanOrEqualTo(retries + 1);
	}

	@Test
	void connectWhenCallsHaveMuchTimeThenAMinuteOfItIsUsed() {
		this.client = client(3);
		for (int i = 0; i <= 3; i++) {
			this.transport.fail(new ConnectException());
		}
		assertThatExceptionOfType(NetworkException.class).isThrownBy(
				() -> this.client.with(CallOptions.builder().timeout(Duration.ofDays(1)).build()).getPermission("p1"));
		assertThat(this.sleeper.delays).hasSize(3)
			.allSatisfy((delay) -> assertThat(delay).isLessThan(Duration.ofMinutes(1)));
	}

	@Test
	void connectWhenManyCallsFailThenTheyLeaveTheBudgetAlone() {
		for (int call = 0; call < 30; call++) {
			this.transport.fail(new ConnectException()).fail(new ConnectException()).answer(200, Json.PENDING);
			assertThat(this.client.getPermission("p1").id()).isEqualTo("p1");
		}
	}

	@Test
	void healthWhenNothingListensThenToldSoon() {
		for (int i = 0; i < 4; i++) {
			this.transport.fail(new ConnectException());
		}
		assertThatExceptionOfType(NetworkException.class).isThrownBy(this.client::health);
		assertThatExceptionOfType(NetworkException.class).isThrownBy(this.client::checkAccess);
		assertThat(this.sleeper.delays).allSatisfy((delay) -> assertThat(delay).isLessThan(Duration.ofSeconds(1)));
	}

	@ParameterizedTest
	@CsvSource({ "5,5", "12,10", "30,10", "60,40" })
	void attemptWhenItsTimeIsNotSetThenItLeavesTimeForAnotherOne(int timeout, int attempt) {
		this.transport.answer(200, Json.PENDING).answer(200, Json.PENDING);
		try (AgentOtpClient other = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.timeout(Duration.ofSeconds(timeout))
			.transport(this.transport)
			.build()) {
			other.getPermission("p1");
			this.client.with(CallOptions.builder().timeout(Duration.ofSeconds(timeout)).build()).getPermission("p1");
		}
		assertThat(this.transport.timeouts).hasSize(2)
			.allSatisfy((time) -> assertThat(time).isBetween(Duration.ofSeconds(attempt).minusSeconds(2),
					Duration.ofSeconds(attempt)));
	}

	@ParameterizedTest
	@EnumSource
	void retriesWhenNotSetThenThree(Mode mode) {
		for (int i = 0; i < 4; i++) {
			this.transport.answer(503, "");
		}
		try (AgentOtpClient standard = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.transport(this.transport)
			.sleeper(this.sleeper)
			.build()) {
			assertThatExceptionOfType(ServerException.class).isThrownBy(() -> mode.of(standard).getPermission("p1"))
				.satisfies((ex) -> assertThat(ex.attempts()).isEqualTo(4));
		}
	}

	@Test
	void backoffWhenRandomIsAtItsEndsThenWithinBounds() {
		Backoff longest = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(8), () -> 1);
		assertThat(IntStream.of(1, 2, 3, 6, 7, 1000).mapToObj((attempt) -> longest.delay(attempt, null).toMillis()))
			.containsExactly(250L, 500L, 1000L, 8000L, 8000L, 8000L);
		assertThat(longest.delay(1, Duration.ofSeconds(3))).as("a tenth more than asked")
			.isEqualTo(Duration.ofMillis(3300));
		assertThat(longest.delay(1, Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Duration.ofSeconds(Long.MAX_VALUE));
		assertThat(longest.delay(6, Duration.ofSeconds(3))).isEqualTo(Duration.ofSeconds(8));
		assertThat(new Backoff(Duration.ofMillis(250), Duration.ofSeconds(8), () -> 0).delay(9, null)).isZero();
		assertThat(new Backoff(Duration.ofMillis(250), Duration.ofSeconds(8), () -> 0).delay(9, Duration.ofSeconds(3)))
			.as("never less than asked")
			.isEqualTo(Duration.ofSeconds(3));
	}

	@ParameterizedTest
	@EnumSource
	void retryAfterWhenSecondsThenSlept(Mode mode) {
		this.transport.answer(429, "", "retry-after", " 3 ").answer(202, Json.PENDING);
		mode.of(this.client).requestPermission(QUESTION);
		assertThat(this.sleeper.delays).singleElement()
			.satisfies((delay) -> assertThat(delay).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3300)));
	}

	@Test
	void retryAfterWhenDateThenSleptUntil() {
		this.transport
			.answer(503, "", "Retry-After",
					DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(20)))
			.answer(202, Json.PENDING);
		this.client.requestPermission(QUESTION);
		assertThat(this.sleeper.delays).singleElement()
			.satisfies((delay) -> assertThat(delay).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(22)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "Wed, 21 Oct 2015 07:28:00 GMT", "-5", "1.5", "soon", "", "99999999999999999999999", "0",
			"Wed, 99 Oct 2015 07:28:00 GMT", "\u0663" })
	void retryAfterWhenPastOrNonsenseThenOrdinaryBackoff(String value) {
		this.transport.answer(429, "", "Retry-After", value).answer(202, Json.PENDING);
		this.client.requestPermission(QUESTION);
		assertThat(this.sleeper.delays).singleElement()
			.satisfies((delay) -> assertThat(delay).isLessThanOrEqualTo(Duration.ofMillis(3300)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "30", "86400", "1000000000000", "9223372036854775807", "Fri, 31 Dec 9999 23:59:59 GMT" })
	void retryAfterWhenBeyondDeadlineThenExceptionAtOnceThatTellsIt(String value) {
		this.transport.answer(429, Json.error("RATE_LIMITED", "slow"), "Retry-After", value);
		assertThatExceptionOfType(RateLimitException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> {
				assertThat(ex.retryAfter().orElseThrow()).isGreaterThanOrEqualTo(Duration.ofSeconds(30));
				assertThat(ex.attempts()).isEqualTo(1);
			});
		assertThat(this.sleeper.delays).isEmpty();
	}

	@Test
	void rateLimitResetWhenOnlyMillisAreGivenThenUsed() {
		this.transport.answer(429, "", "X-RateLimit-Reset", String.valueOf(System.currentTimeMillis() + 20_000))
			.answer(202, Json.PENDING);
		this.client.requestPermission(QUESTION);
		assertThat(this.sleeper.delays).singleElement()
			.satisfies((delay) -> assertThat(delay).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(22)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "1420070400000", "soon", "-1", "" })
	void rateLimitResetWhenPastOrNonsenseThenOrdinaryBackoff(String value) {
		this.transport.answer(429, "", "X-RateLimit-Reset", value).answer(202, Json.PENDING);
		this.client.requestPermission(QUESTION);
		assertThat(this.sleeper.delays).singleElement()
			.satisfies((delay) -> assertThat(delay).isLessThanOrEqualTo(Duration.ofMillis(250)));
	}

	@Test
	void rateLimitResetWhenMillisAreHugeThenToldAndNotSlept() {
		this.transport.answer(429, "", "X-RateLimit-Reset", String.valueOf(Long.MAX_VALUE));
		assertThatExceptionOfType(RateLimitException.class).isThrownBy(() -> this.client.requestPermission(QUESTION));
		assertThat(this.sleeper.delays).isEmpty();
	}

	@Test
	void deadlineWhenCallsAreTriedAgainThenShrinks() {
		this.transport.fail(new ConnectException()).fail(new ConnectException()).answer(202, Json.PENDING);
		this.client.requestPermission(QUESTION);
		assertThat(this.transport.timeouts).isSortedAccordingTo((a, b) -> b.compareTo(a))
			.allSatisfy((timeout) -> assertThat(timeout).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(30)));
	}

	@Test
	void deadlineWhenForEverThenNoOverflow() {
		Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
		try (AgentOtpClient patient = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.transport(this.transport)
			.timeout(forEver)
			.approvalTimeout(forEver)
			.build()) {
			for (Mode mode : Mode.values()) {
				this.transport.answer(200, Json.APPROVED);
				assertThat(mode.of(patient)
					.requestPermission(PermissionRequest.builder("a").timeout(forEver).build())
					.isGranted()).isTrue();
			}
		}
	}

	@Test
	void possiblyProcessedWhenNeverConnectedThenFalse() {
		for (int i = 0; i < 3; i++) {
			this.transport.fail(new ConnectException());
		}
		assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> {
				assertThat(ex.possiblyProcessed()).isFalse();
				assertThat(ex.code()).isEqualTo("CONNECT_FAILED");
				assertThat(ex.status()).isZero();
				assertThat(ex.attempts()).isEqualTo(3);
				assertThat(ex.getMessage()).contains("localhost:1", "agentotp.base-url");
			});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void possiblyProcessedWhenOnlyTheLastConnectionFailedThenTrue(boolean answered) {
		if (answered) {
			this.transport.answer(503, "");
		}
		else {
			this.transport.fail(new HttpTimeoutException("late"));
		}
		this.transport.fail(new ConnectException()).fail(new ConnectException());
		assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> assertThat(ex.possiblyProcessed()).isTrue());
	}

	@Test
	void networkErrorWhenTimeoutOrBrokenThenItsCode() {
		this.client = client(0);
		this.transport.fail(new HttpTimeoutException("late")).fail(new IOException("reset"));
		assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("TIMEOUT"));
		assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CONNECTION_BROKEN"));
	}

	@Test
	void interruptWhenSendingThenFlagIsSetAndNothingTriedAgain() {
		this.transport.then((request) -> {
			throw new InterruptedException();
		});
		assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> {
				assertThat(ex.code()).isEqualTo("INTERRUPTED");
				assertThat(ex.possiblyProcessed()).isTrue();
			});
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.transport.requests).hasSize(1);
	}

	@Test
	void interruptWhenBackingOffThenFlagIsSetAndNothingTriedAgain() {
		this.transport.then((request) -> {
			Thread.currentThread().interrupt();
			throw new ConnectException();
		});
		assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> this.client.requestPermission(QUESTION))
			.satisfies((ex) -> {
				assertThat(ex.code()).isEqualTo("INTERRUPTED");
				assertThat(ex.possiblyProcessed()).isFalse();
			});
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.transport.requests).hasSize(1);
	}

	@Test
	void cancelWhenSendingThenCallIsInterruptedAndNothingTriedAgain() throws Exception {
		CountDownLatch sending = new CountDownLatch(1);
		CountDownLatch interrupted = new CountDownLatch(1);
		this.transport.then((request) -> block(request, sending, interrupted));
		CompletableFuture<Permission> future = this.client.async().requestPermission(QUESTION);
		sending.await();
		future.cancel(true);
		interrupted.await();
		this.transport.answer(200, Json.json("{'status':'ok'}"));
		assertThat(this.client.async().health().get().status()).as("the worker goes on").isEqualTo("ok");
		assertThat(this.transport.requests).hasSize(2);
	}

	@Test
	void closeWhenCallsRunOrQueueThenAllEnd() throws Exception {
		CountDownLatch sending = new CountDownLatch(8);
		CountDownLatch interrupted = new CountDownLatch(8);
		for (int i = 0; i < 8; i++) {
			this.transport.then((request) -> block(request, sending, interrupted));
		}
		List<CompletableFuture<Permission>> futures = IntStream.range(0, 40)
			.mapToObj((i) -> this.client.async().requestPermission(QUESTION))
			.toList();
		sending.await();
		this.client.close();
		this.client.close();
		interrupted.await();
		for (CompletableFuture<Permission> future : futures) {
			assertThat(future).failsWithin(Duration.ofMinutes(1));
		}
		assertThat(this.transport.requests).hasSize(8);
		assertThat(this.transport.closed).isEqualTo(1);
		assertThat(this.client.async().requestPermission(QUESTION)).isCancelled();
	}

	private static TransportResponse block(TransportRequest request, CountDownLatch sending, CountDownLatch interrupted)
			throws InterruptedException {
		sending.countDown();
		try {
			new CountDownLatch(1).await();
			throw new AssertionError(request);
		}
		catch (InterruptedException ex) {
			interrupted.countDown();
			throw ex;
		}
	}

	/** Passes only while somebody sleeps. */
	private static final class VirtualTime {

		private long nanos;

		Duration passed() {
			return Duration.ofNanos(this.nanos);
		}

		PermissionApi api(HttpTransport transport, int retries, double random) {
			ClientSettings settings = new ClientSettings(() -> URI.create("http://localhost:1"),
					new ApiKey(() -> "ak_test_0123456789"), Duration.ofSeconds(30), null, Duration.ofMinutes(5),
					retries, Level.DEBUG, null);
			Backoff backoff = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(8), () -> random);
			CallExecutor executor = new CallExecutor(transport, settings, backoff,
					(delay) -> this.nanos += delay.toNanos(), Clock.systemUTC());
			return new PermissionApi(executor, "/api/v1", settings.timeout(), CallOptions.builder().build(),
					() -> this.nanos);
		}

	}

}
