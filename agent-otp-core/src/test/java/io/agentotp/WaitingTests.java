package io.agentotp;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static io.agentotp.FakeService.FEED;
import static io.agentotp.FakeService.QUERY;
import static io.agentotp.FakeService.permission;
import static io.agentotp.ScriptedTransport.response;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Waits: nobody waits longer than needed, nobody waits for ever, and one thread serves
 * all.
 */
class WaitingTests {

	private static final PermissionRequest QUESTION = PermissionRequest.builder("a").build();

	private static final Duration LONG = Duration.ofMinutes(5);

	private static final String ANY_PERMISSION = "/permissions/p\\d+";

	private final FakeService service = new FakeService();

	private final RecordingSleeper sleeper = new RecordingSleeper();

	private final AgentOtpClient client = AgentOtpClient.builder()
		.apiKey("ak_test_0123456789")
		.baseUrl("http://localhost:1")
		.retries(0)
		.transport(this.service)
		.sleeper(this.sleeper)
		.build();

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	private CompletableFuture<Permission> ask(Mode mode) {
		return run(() -> mode.of(this.client).requestPermission(QUESTION));
	}

	private static <T> CompletableFuture<T> run(Callable<T> call) {
		CompletableFuture<T> future = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				future.complete(call.call());
			}
			catch (Throwable ex) {
				future.completeExceptionally(ex);
			}
		});
		thread.setDaemon(true);
		thread.start();
		return future;
	}

	private void awaitWaiting(int count) throws InterruptedException {
		this.service.awaitReads(count);
		this.service.awaitParked();
	}

	private static void assertFails(CompletableFuture<?> future, Class<? extends Throwable> type) throws Exception {
		try {
			assertThat(future.get()).as("an exception").isNull();
		}
		catch (CancellationException ex) {
			assertThat(ex).isInstanceOf(type);
		}
		catch (ExecutionException ex) {
			assertThat(ex.getCause()).isInstanceOf(type);
		}
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenDecidedThenCompletes(Mode mode) throws Exception {
		CompletableFuture<Permission> approved = ask(mode);
		awaitWaiting(1);
		this.service.decide("p1", "approved");
		assertThat(approved.get().isGranted()).isTrue();
		CompletableFuture<Permission> denied = ask(mode);
		awaitWaiting(2);
		this.service.decide("p2", "denied");
		assertThat(denied.get().status()).isEqualTo(PermissionStatus.DENIED);
		CompletableFuture<Permission> revoked = ask(mode);
		awaitWaiting(3);
		this.service.decide("p3", "revoked");
		assertThat(revoked.get().status()).isEqualTo(PermissionStatus.REVOKED);
		assertThat(this.sleeper.delays).as("no polling").isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenTimeIsEndlessThenStillCompletes(Mode mode) throws Exception {
		this.service.pending("p1");
		CompletableFuture<Permission> future = run(
				() -> mode.of(this.client).awaitDecision("p1", Duration.ofSeconds(Long.MAX_VALUE)));
		awaitWaiting(1);
		this.service.decide("p1", "approved");
		assertThat(future.get().isGranted()).isTrue();
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenDecidedBeforeRegistrationThenConfirmingReadSeesIt(Mode mode) throws Exception {
		this.service.next("/permissions/request", (request) -> {
			this.service.pending("p1").decide("p1", "approved");
			return response(202, permission("p1", "pending"));
		});
		assertThat(ask(mode).get().isGranted()).isTrue();
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenDecidedBetweenReadAndFirstCursorThenQuerySeesIt(Mode mode) throws Exception {
		CountDownLatch confirmed = new CountDownLatch(1);
		this.service.next("/permissions/p1", (request) -> {
			this.service.decide("p1", "approved");
			confirmed.countDown();
			return response(200, permission("p1", "pending"));
		});
		assertThat(ask(mode).get().isGranted()).isTrue();
		assertThat(confirmed.getCount()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenCursorIsTooOldThenNewCursorAndQuery(Mode mode) throws Exception {
		this.service.next(FEED, 200, "{\"permissions\":[],\"cursor\":\"c0\"}").next(FEED, (request) -> {
			this.service.awaitRequests("/permissions/p1", 1);
			this.service.decideUnseen("p1", "approved");
			return response(410, Json.error("CURSOR_TOO_OLD", "too old"));
		});
		assertThat(ask(mode).get().isGranted()).isTrue();
		assertThat(this.service.sent(FEED)).extracting((request) -> request.uri().getQuery())
			.containsExactly(null, "after=c0", null);
		assertThat(this.service.sent(QUERY)).hasSize(2);
	}

	@ParameterizedTest
	@ValueSource(ints = { 401, 403 })
	void waitWhenKeyIsRefusedThenAllFail(int status) throws Exception {
		this.service.next(FEED, (request) -> {
			this.service.awaitReads(4);
			return response(status, Json.error("X", "no"));
		});
		List<CompletableFuture<Permission>> waiting = List.of(ask(Mode.SYNC), ask(Mode.ASYNC), ask(Mode.SYNC),
				ask(Mode.ASYNC));
		for (CompletableFuture<Permission> future : waiting) {
			assertFails(future, (status == 401) ? AuthenticationException.class : ForbiddenException.class);
		}
		CompletableFuture<Permission> next = ask(Mode.SYNC);
		awaitWaiting(5);
		this.service.decide("p5", "approved");
		assertThat(next.get().isGranted()).as("a later wait").isTrue();
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenFeedFailsForAWhileThenOnlySlower(Mode mode) throws Exception {
		this.service.next(FEED, 503, "")
			.next(FEED, 429, "", "Retry-After", "7")
			.next(FEED, 500, "")
			.next(FEED, 400, Json.error("VALIDATION_ERROR", "cursor"))
			.next(FEED, 200, "<html>")
			.next(FEED, 200, "{\"permissions\":{}}")
			.next(FEED, (request) -> {
				throw new IOException("reset");
			})
			.next(QUERY, 502, "");
		CompletableFuture<Permission> future = ask(mode);
		awaitWaiting(1);
		this.service.decide("p1", "approved");
		assertThat(future.get().isGranted()).isTrue();
		assertThat(this.sleeper.delays).as("one after each failure of the feed").hasSize(7);
		assertThat(this.sleeper.delays.get(1)).isBetween(Duration.ofSeconds(7), Duration.ofMillis(7700));
	}

	@ParameterizedTest
	@ValueSource(strings = { "86400", "9223372036854775807" })
	void waitWhenServiceWantsAnEndlessPauseThenAMinute(String seconds) throws Exception {
		this.service.next(FEED, 429, "", "Retry-After", seconds);
		CompletableFuture<Permission> future = ask(Mode.ASYNC);
		awaitWaiting(1);
		this.service.decide("p1", "denied");
		assertThat(future.get().status()).isEqualTo(PermissionStatus.DENIED);
		assertThat(this.sleeper.delays).containsExactly(Duration.ofMinutes(1));
	}

	@Test
	void waitWhenServiceAlwaysSaysTooOldThenBackedOff() throws Exception {
		for (int i = 0; i < 20; i++) {
			this.service.next(FEED, 410, "");
		}
		CompletableFuture<Permission> future = ask(Mode.SYNC);
		awaitWaiting(1);
		this.service.decide("p1", "denied");
		future.get();
		assertThat(this.sleeper.delays).hasSize(20);
	}

	@Test
	void waitWhenServiceAnswersAtOnceInsteadOfParkingThenPaced() throws Exception {
		for (int i = 0; i < 20; i++) {
			this.service.next(FEED, 200, "{\"permissions\":[],\"cursor\":\"c0\"}");
		}
		CompletableFuture<Permission> future = ask(Mode.SYNC);
		awaitWaiting(1);
		this.service.decide("p1", "denied");
		future.get();
		assertThat(this.sleeper.delays).hasSizeBetween(18, 19)
			.allSatisfy((delay) -> assertThat(delay).isBetween(Duration.ZERO, Duration.ofMillis(1200)));
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenConfirmingReadFailsForAPassingReasonThenGoesOn(Mode mode) throws Exception {
		this.service.next("/permissions/p1", 503, "");
		CompletableFuture<Permission> future = ask(mode);
		awaitWaiting(1);
		this.service.decide("p1", "approved");
		assertThat(future.get().isGranted()).isTrue();
		this.service.next("/permissions/p2", 401, "");
		assertFails(ask(mode), AuthenticationException.class);
		this.service.next("/permissions/p9", 503, "");
		assertThatExceptionOfType(ServerException.class)
			.isThrownBy(() -> mode.of(this.client).awaitDecision("p9", LONG));
		assertThatExceptionOfType(NotFoundException.class)
			.isThrownBy(() -> mode.of(this.client).awaitDecision("p9", LONG));
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenConfirmingReadIsTooOftenThenGoesOn(Mode mode) throws Exception {
		this.service.pending("p1").next("/permissions/p1", 429, Json.error("RATE_LIMITED", "slow"));
		CompletableFuture<Permission> future = run(() -> mode.of(this.client).awaitDecision("p1", LONG));
		awaitWaiting(1);
		this.service.decide("p1", "approved");
		assertThat(future.get().isGranted()).isTrue();
	}

	/** Ten thousand waiters are a hundred queries, more than a service may allow. */
	@Test
	void waitWhenLookingUpIsTooOftenThenTheFeedIsStillFollowed() throws Exception {
		List<CompletableFuture<Permission>> waiting = IntStream.range(0, 250)
			.mapToObj((i) -> this.client.async().requestPermission(QUESTION))
			.toList();
		awaitWaiting(250);
		int queries = this.service.sent(QUERY).size();
		int feeds = this.service.sent(FEED).size();
		this.service.next(QUERY, 200, Json.json("{'permissions':[]}")).next(QUERY, this::tooOften).next(FEED, 503, "");
		this.service.put("p999", permission("p999", "denied"));
		this.service.awaitRequests(QUERY, queries + 2);
		// The one that fails, the new beginning and what follows: nothing else would tell
		// of a decision before it.
		this.service.awaitRequests(FEED, feeds + 3);
		this.service.decide("p250", "approved");
		CompletableFuture<Object> first = CompletableFuture.anyOf(waiting.toArray(CompletableFuture[]::new));
		assertThat(first.get()).isInstanceOfSatisfying(Permission.class,
				(permission) -> assertThat(permission.id()).isEqualTo("p250"));
	}

	/** For ever. */
	private TransportResponse tooOften(TransportRequest request) {
		this.service.next(QUERY, this::tooOften);
		return response(429, Json.error("RATE_LIMITED", "slow"), "Retry-After", "1");
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenTimeRunsOutThenPermissionIsAsItWasSeen(Mode mode) {
		this.service.put("p1", Json.PENDING);
		Permission permission = mode.of(this.client).awaitDecision("p1", Duration.ofMillis(30));
		assertThat(permission).usingRecursiveComparison().isEqualTo(this.client.getPermission("p1"));
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenTimeRunsOutThenPendingPermission(Mode mode) {
		Permission permission = mode.of(this.client)
			.requestPermission(PermissionRequest.builder("a").timeout(Duration.ofMillis(30)).build());
		assertThat(permission.id()).isEqualTo("p1");
		assertThat(permission.status()).isEqualTo(PermissionStatus.PENDING);
		assertThat(mode.of(this.client).awaitDecision("p1", Duration.ofMillis(30)).status())
			.isEqualTo(PermissionStatus.PENDING);
		assertThat(mode.of(this.client).awaitDecision("p1", Duration.ZERO).status())
			.isEqualTo(PermissionStatus.PENDING);
	}

	@Test
	void waitWhenOverThenNobodyAsksForItAnyMore() throws Exception {
		CompletableFuture<Permission> cancelled = this.client.async().requestPermission(QUESTION);
		this.service.awaitReads(1);
		this.client.requestPermission(PermissionRequest.builder("a").timeout(Duration.ofMillis(1)).build());
		CompletableFuture<Permission> dependent = this.client.async().requestPermission(QUESTION);
		this.service.awaitReads(3);
		dependent.orTimeout(1, TimeUnit.MILLISECONDS);
		assertFails(dependent, TimeoutException.class);
		CompletableFuture<Permission> remaining = this.client.async().requestPermission(QUESTION);
		awaitWaiting(4);
		cancelled.cancel(true);
		assertThat(cancelled).isCancelled();
		this.service.next(FEED, 503, "");
		this.service.put("p99", permission("p99", "denied"));
		this.service.awaitRequests(FEED, 4);
		this.service.awaitParked();
		assertThat(asked(this.service.sent(QUERY).size() - 1)).containsExactly("p4");
		this.service.decide("p4", "approved");
		assertThat(remaining.get().isGranted()).isTrue();
		assertThat(this.service.sent("/permissions/p1/revoke")).as("cancelling revokes nothing").isEmpty();
	}

	private List<String> asked(int query) {
		return StreamSupport
			.stream(Json.read(this.service.sent(QUERY).get(query).body()).path("ids").spliterator(), false)
			.map((id) -> id.stringValue())
			.toList();
	}

	@Test
	void waitWhenInterruptedThenFlagIsSet() throws Exception {
		CompletableFuture<Boolean> outcome = new CompletableFuture<>();
		Thread caller = new Thread(() -> {
			try {
				this.client.requestPermission(QUESTION);
				outcome.complete(false);
			}
			catch (NetworkException ex) {
				outcome.complete(ex.code().equals("INTERRUPTED") && Thread.currentThread().isInterrupted());
			}
		});
		caller.start();
		awaitWaiting(1);
		caller.interrupt();
		assertThat(outcome.get()).isTrue();
	}

	/** Whichever comes first, and in between in some of the tries. */
	@Test
	void executeWhenInterruptedAsTheGrantArrivesThenTheBodyRunsOrItIsGivenBack() throws Exception {
		for (int i = 1; i <= 100; i++) {
			AtomicBoolean ran = new AtomicBoolean();
			CompletableFuture<String> outcome = new CompletableFuture<>();
			Thread caller = new Thread(() -> {
				try {
					outcome.complete(this.client.executeWithPermission(QUESTION, (permission) -> {
						ran.set(true);
						return "ran";
					}));
				}
				catch (AgentOtpException ex) {
					outcome.complete(ex.code());
				}
			});
			caller.start();
			this.service.awaitReads(i);
			this.service.awaitParked();
			this.service.decide("p" + i, "approved");
			caller.interrupt();
			assertThat(outcome.get()).isEqualTo(ran.get() ? "ran" : "INTERRUPTED");
			if (!ran.get()) {
				this.service.awaitRequests("/permissions/p" + i + "/revoke", 1);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z" })
	void waitWhenTheClocksDisagreeThenOnlyTheServiceJudgesExpiry(String expiresAt) throws Exception {
		CompletableFuture<Permission> future = ask(Mode.ASYNC);
		awaitWaiting(1);
		this.service.put("p1", Json.json("{'id':'p1','status':'approved','action':'a','token':'" + Json.TOKEN
				+ "','expiresAt':'" + expiresAt + "'}"));
		assertThat(future.get().isGranted()).isTrue();
	}

	@Test
	void waitWhenManyWaitThenOneThreadServesAll() throws Exception {
		List<CompletableFuture<Permission>> waiting = IntStream.range(0, 1000)
			.mapToObj((i) -> this.client.async().requestPermission(QUESTION))
			.toList();
		awaitWaiting(1000);
		// Makes the watcher look all of them up, too.
		this.service.next(FEED, 503, "");
		this.service.decide("p1", "approved");
		for (int i = 2; i <= 1000; i++) {
			this.service.decide("p" + i, (i % 2 == 0) ? "approved" : "denied");
		}
		for (CompletableFuture<Permission> future : waiting) {
			Permission permission = future.get();
			int number = Integer.parseInt(permission.id().substring(1));
			assertThat(permission.isGranted()).isEqualTo(number % 2 == 0 || number == 1);
		}
		assertThat(this.service.watcherThreads).hasSize(1);
		for (int i = 0; i < this.service.sent(QUERY).size(); i++) {
			assertThat(asked(i)).hasSizeBetween(1, 100);
		}
	}

	@Test
	void waitWhenSeveralWaitForTheSameThenAllComplete() throws Exception {
		this.service.pending("p1");
		List<CompletableFuture<Permission>> waiting = new ArrayList<>();
		for (Mode mode : List.of(Mode.SYNC, Mode.ASYNC, Mode.SYNC)) {
			waiting.add(run(() -> mode.of(this.client).awaitDecision("p1", LONG)));
		}
		awaitWaiting(1);
		this.service.decide("p1", "approved");
		for (CompletableFuture<Permission> future : waiting) {
			assertThat(future.get().isGranted()).isTrue();
		}
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenStatusIsUnknownThenGoesOnAndIsNeverAGrant(Mode mode) throws Exception {
		CompletableFuture<Permission> future = ask(mode);
		awaitWaiting(1);
		this.service.put("p1", Json.json("{'id':'p1','status':'escalated','action':'a','token':'" + Json.TOKEN + "'}"));
		this.service.awaitRequests(FEED, 3);
		assertThat(future).isNotDone();
		Permission unknown = mode.of(this.client).awaitDecision("p1", Duration.ofMillis(1));
		assertThat(unknown.status()).isEqualTo(PermissionStatus.UNKNOWN);
		assertThat(unknown.statusText()).isEqualTo("escalated");
		assertThat(unknown.isGranted()).isFalse();
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(unknown::orThrow)
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("PERMISSION_UNKNOWN"));
		this.service.decide("p1", "approved");
		assertThat(future.get().isGranted()).isTrue();
	}

	@Test
	void waitWhenOneAnswerIsBrokenThenOnlyItsWaiterFails() throws Exception {
		CompletableFuture<Permission> broken = ask(Mode.ASYNC);
		this.service.awaitRequests("/permissions/p1", 1);
		CompletableFuture<Permission> fine = ask(Mode.SYNC);
		awaitWaiting(2);
		this.service.put("p1", Json.json("{'id':'p1','status':'approved','action':'a'}"));
		this.service.decide("p2", "approved");
		assertFails(broken, ProtocolException.class);
		assertThat(fine.get().isGranted()).isTrue();
	}

	@Test
	void closeWhenSomeWaitThenAllEnd() throws Exception {
		List<CompletableFuture<Permission>> waiting = List.of(ask(Mode.SYNC), ask(Mode.ASYNC), ask(Mode.SYNC),
				this.client.async().requestPermission(QUESTION));
		awaitWaiting(4);
		this.client.close();
		for (CompletableFuture<Permission> future : waiting) {
			assertFails(future, CancellationException.class);
		}
		assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> this.client.awaitDecision("p1", LONG));
		assertThatExceptionOfType(CancellationException.class)
			.isThrownBy(() -> Mode.ASYNC.of(this.client).awaitDecision("p1", LONG));
	}

	@Test
	void callbackWhenItBlocksThenOthersStillComplete() throws Exception {
		CountDownLatch blocking = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		CompletableFuture<Void> first = this.client.async().requestPermission(QUESTION).thenAccept((permission) -> {
			blocking.countDown();
			await(release);
		});
		this.service.awaitRequests("/permissions/p1", 1);
		CompletableFuture<Permission> second = ask(Mode.SYNC);
		awaitWaiting(2);
		this.service.decide("p1", "approved");
		blocking.await();
		this.service.decide("p2", "approved");
		assertThat(second.get().isGranted()).isTrue();
		release.countDown();
		first.get();
	}

	/** As many blocked callbacks as there are workers, each waiting for a decision. */
	@Test
	void callbackWhenAllOfThemWaitForDecisionsThenNoDeadlock() throws Exception {
		List<CompletableFuture<Permission>> futures = IntStream.range(0, 8)
			.mapToObj((i) -> this.client.async()
				.requestPermission(QUESTION)
				.thenApply((permission) -> this.client.requestPermission(QUESTION)))
			.toList();
		awaitWaiting(8);
		for (int i = 1; i <= 8; i++) {
			this.service.decide("p" + i, "approved");
		}
		awaitWaiting(16);
		for (int i = 9; i <= 16; i++) {
			this.service.decide("p" + i, "approved");
		}
		for (CompletableFuture<Permission> future : futures) {
			assertThat(future.get().isGranted()).isTrue();
		}
	}

	@Test
	void callbackWhenTimeRunsOutThenOnThreadOfTheClient() throws Exception {
		CompletableFuture<String> thread = new CompletableFuture<>();
		CompletableFuture<Permission> wait = this.client.async()
			.requestPermission(PermissionRequest.builder("a").timeout(Duration.ofMillis(200)).build());
		wait.thenRun(() -> thread.complete(Thread.currentThread().getName()));
		assertThat(thread.get()).startsWith("agent-otp-worker-");
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@ParameterizedTest
	@EnumSource
	void pollWhenServiceHasNoFeedThenSlowedByErrorsAndEnded(Mode mode) throws Exception {
		for (String id : List.of("p1", "p2", "p3")) {
			this.service.next(FEED, (request) -> {
				this.service.awaitRequests("/permissions/" + id, 1);
				return response(404, Json.error("NOT_FOUND", "none"));
			});
		}
		this.service.original()
			.next("/permissions/p1", 200, permission("p1", "pending"))
			.next("/permissions/p1", 200, permission("p1", "pending"))
			.next("/permissions/p1", 429, "", "X-RateLimit-Reset", "1")
			.next("/permissions/p1", 503, "", "Retry-After", "9")
			.next("/permissions/p1", 200, permission("p1", "approved"));
		assertThat(ask(mode).get().isGranted()).isTrue();
		assertThat(this.sleeper.delays)
			.anySatisfy((delay) -> assertThat(delay).isBetween(Duration.ofSeconds(9), Duration.ofMillis(9900)));
		this.service.next("/permissions/p2", 200, permission("p2", "pending"))
			.next("/permissions/p2", 200, permission("p2", "pending"))
			.next("/permissions/p2", 401, "");
		assertFails(ask(mode), AuthenticationException.class);
		this.service.next("/permissions/p3", 200, permission("p3", "pending"))
			.next("/permissions/p3", 404, Json.error("NOT_FOUND", "gone"));
		assertFails(ask(mode), NotFoundException.class);
	}

	@Test
	void pollWhenServiceHasFeedButNoQueryThenPolled() throws Exception {
		this.service.next(QUERY, (request) -> {
			this.service.awaitReads(1);
			return response(404, "");
		})
			.next("/permissions/p1", 200, permission("p1", "pending"))
			.next("/permissions/p1", 200, permission("p1", "denied"));
		assertThat(ask(Mode.ASYNC).get().status()).isEqualTo(PermissionStatus.DENIED);
		assertThat(this.service.sent(FEED)).hasSize(1);
	}

	@Test
	void watcherWhenItFailsThenWaitersAreToldAndNextOneStartsAnew() throws Exception {
		for (Mode mode : Mode.values()) {
			this.service.next(FEED, (request) -> {
				this.service.awaitReads(mode.ordinal() * 2 + 1);
				throw new IllegalStateException("a fault");
			});
			assertFails(ask(mode), (mode == Mode.SYNC) ? CancellationException.class : IllegalStateException.class);
			CompletableFuture<Permission> next = ask(mode);
			awaitWaiting(mode.ordinal() * 2 + 2);
			this.service.decide("p" + (mode.ordinal() * 2 + 2), "approved");
			assertThat(next.get().isGranted()).isTrue();
		}
	}

	@Test
	void watcherWhenInterruptedByStrangersThenWaitersDoNotHang() throws Exception {
		this.service.next(FEED, (request) -> {
			this.service.awaitReads(1);
			throw new InterruptedException();
		});
		assertFails(ask(Mode.ASYNC), CancellationException.class);
	}

}
