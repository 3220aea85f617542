package io.agentotp.test;

import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.ConnectException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.agentotp.AgentOtpClient;
import io.agentotp.AuthenticationException;
import io.agentotp.NetworkException;
import io.agentotp.NotFoundException;
import io.agentotp.OtpToken;
import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionRequest;
import io.agentotp.PermissionStatus;
import io.agentotp.TokenException;
import io.agentotp.TokenVerification;
import io.agentotp.ValidationException;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class FakeAgentOtpTests {

	private static final Duration WINDOW = Duration.ofMinutes(10);

	private static final Duration LIFE = Duration.ofSeconds(300);

	private static final Duration MOMENT = Duration.ofMillis(1);

	private final FakeAgentOtp agentOtp = FakeAgentOtp.approving();

	private final AgentOtpClient client = this.agentOtp.client();

	@AfterEach
	void close() {
		this.client.close();
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenApprovingThenGranted(Mode mode) {
		Permission permission = mode.request(this.client,
				PermissionRequest.builder("file.read").resource("file:a").scope("max_size", 10).build());
		assertThat(permission.isGranted()).isTrue();
		assertThat(permission.resource()).hasValue("file:a");
		assertThat(permission.scope()).isEqualTo(Map.of("max_size", 10));
		assertThat(permission.createdAt()).hasValue(this.agentOtp.now());
		assertThat(permission.expiresAt()).hasValue(this.agentOtp.now().plus(LIFE));
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenDenyingThenDenied(Mode mode) {
		try (AgentOtpClient denied = FakeAgentOtp.denying().approve("file.read").client()) {
			assertThat(mode.request(denied, request("file.write")).status()).isEqualTo(PermissionStatus.DENIED);
			assertThat(mode.request(denied, request("file.read")).isGranted()).isTrue();
		}
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenDeniedThenTheReasonIsGiven(Mode mode) {
		this.agentOtp.deny("file.read", "Too curious");
		assertThat(mode.request(this.client, request("file.read")).reason()).hasValue("Too curious");
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenNarrowedThenTheGrantedScopeIsGiven(Mode mode) {
		this.agentOtp.approve("file.read", Map.of("max_size", 5));
		Permission permission = mode.request(this.client,
				PermissionRequest.builder("file.read").scope("max_size", 10).build());
		assertThat(permission.scope()).isEqualTo(Map.of("max_size", 5));
		assertThat(this.agentOtp.asked()).singleElement()
			.satisfies((asked) -> assertThat(asked.scope()).isEqualTo(Map.of("max_size", 10)));
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenScriptedByRequestThenOnlyThatRequestIsMeant(Mode mode) {
		this.agentOtp.deny((asked) -> "file:secret".equals(asked.resource()), "Secret");
		assertThat(mode.request(this.client, request("file.read")).isGranted()).isTrue();
		Permission denied = mode.request(this.client,
				PermissionRequest.builder("file.read").resource("file:secret").build());
		assertThat(denied.reason()).hasValue("Secret");
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenScriptedTwiceThenTheLastCounts(Mode mode) {
		this.agentOtp.deny("file.read", "No").approve((asked) -> asked.action().startsWith("file."));
		assertThat(mode.request(this.client, request("file.read")).isGranted()).isTrue();
		this.agentOtp.expire((asked) -> true);
		assertThat(mode.request(this.client, request("file.read")).status()).isEqualTo(PermissionStatus.EXPIRED);
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenApprovedWhileWaitingThenGranted(Mode mode) throws Exception {
		CompletableFuture<Permission> asking = askPending(mode);
		assertThat(this.agentOtp.decidePending(true, "Fine")).isOne();
		assertThat(asking.get().isGranted()).isTrue();
		assertThat(asking.get().reason()).hasValue("Fine");
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenDeniedWhileWaitingThenDenied(Mode mode) throws Exception {
		CompletableFuture<Permission> asking = askPending(mode);
		assertThat(this.agentOtp.decidePending((asked) -> asked.action().equals("file.read"), true, null)).isZero();
		assertThat(this.agentOtp.decidePending((asked) -> asked.action().equals("file.write"), false, "No")).isOne();
		assertThat(asking.get().status()).isEqualTo(PermissionStatus.DENIED);
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenTheApprovalWindowEndsWhileWaitingThenExpired(Mode mode) throws Exception {
		CompletableFuture<Permission> asking = askPending(mode);
		this.agentOtp.advance(WINDOW.minus(MOMENT));
		assertThat(this.agentOtp.asked().get(0).status()).isEqualTo(PermissionStatus.PENDING);
		this.agentOtp.advance(MOMENT);
		assertThat(asking.get().status()).isEqualTo(PermissionStatus.EXPIRED);
		assertThat(this.agentOtp.decidePending(true, null)).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenTheApprovalWindowIsSetThenItEndsByThat(Mode mode) {
		this.agentOtp.approvalWindow(Duration.ofMinutes(1)).leavePending((asked) -> true);
		Permission permission = mode.request(this.client, unawaited());
		assertThat(permission.expiresAt()).hasValue(this.agentOtp.now().plusSeconds(60));
		this.agentOtp.advance(Duration.ofMinutes(1));
		assertThat(mode.get(this.client, permission.id()).status()).isEqualTo(PermissionStatus.EXPIRED);
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenPendingThenTheApprovalPageIsNamed(Mode mode) {
		this.agentOtp.leavePending("file.write");
		Permission permission = mode.request(this.client, unawaited());
		assertThat(permission.status()).isEqualTo(PermissionStatus.PENDING);
		assertThat(permission.approvalUrl()).hasValueSatisfying((url) -> assertThat(url).endsWith(permission.id()));
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenMaxUsesIsNoNumberThenInvalid(Mode mode) {
		PermissionRequest request = PermissionRequest.builder("file.read").scope("max_uses", "many").build();
		assertThatExceptionOfType(ValidationException.class).isThrownBy(() -> mode.request(this.client, request))
			.satisfies((ex) -> assertThat(ex.details()).containsOnlyKeys("scope.max_uses"));
	}

	@ParameterizedTest
	@EnumSource
	void useWhenGrantedThenRecordedOnce(Mode mode) {
		Permission permission = mode.request(this.client, request("file.read"));
		assertThat(mode.use(this.client, permission).usesRemaining()).isZero();
		assertThat(this.agentOtp.asked()).singleElement().satisfies((asked) -> {
			assertThat(asked.status()).isEqualTo(PermissionStatus.USED);
			assertThat(asked.outcome()).isEqualTo("done");
		});
		assertRejected(mode, permission, "TOKEN_USED");
	}

	@ParameterizedTest
	@EnumSource
	void useWhenSeveralUsesAreGrantedThenNotMoreThanThose(Mode mode) {
		Permission permission = mode.request(this.client,
				PermissionRequest.builder("file.read").scope("max_uses", 2).build());
		assertThat(mode.use(this.client, permission).usesRemaining()).isOne();
		assertThat(mode.use(this.client, permission).usesRemaining()).isZero();
		assertRejected(mode, permission, "TOKEN_USED");
	}

	@ParameterizedTest
	@EnumSource
	void useWhenTheTokensLifeEndsThenExpired(Mode mode) {
		Permission permission = mode.request(this.client,
				PermissionRequest.builder("file.read").ttl(Duration.ofSeconds(30)).build());
		this.agentOtp.advance(Duration.ofSeconds(30).minus(MOMENT));
		assertThat(mode.verify(this.client, permission.id(), permission.token().orElseThrow()).valid()).isTrue();
		this.agentOtp.advance(MOMENT);
		assertRejected(mode, permission, "TOKEN_EXPIRED");
		assertThat(mode.get(this.client, permission.id()).token()).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void useWhenApprovedLateThenTheTokensLifeStartsWithTheApproval(Mode mode) {
		this.agentOtp.leavePending("file.write");
		Permission pending = mode.request(this.client, unawaited());
		this.agentOtp.advance(WINDOW.minus(MOMENT));
		this.agentOtp.decidePending(true, null);
		Permission permission = mode.get(this.client, pending.id());
		assertThat(permission.expiresAt()).hasValue(this.agentOtp.now().plus(LIFE));
		this.agentOtp.advance(LIFE.minus(MOMENT));
		assertThat(mode.use(this.client, permission).usesRemaining()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void useWhenTheTokenIsAnotherThenRejected(Mode mode) {
		Permission permission = mode.request(this.client, request("file.read"));
		assertThatExceptionOfType(TokenException.class)
			.isThrownBy(() -> mode.use(this.client, permission.id(), OtpToken.of("otp_made_up"), null))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("TOKEN_INVALID"));
		assertThat(mode.use(this.client, permission).usesRemaining()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void useWhenNotApprovedThenRejected(Mode mode) {
		this.agentOtp.leavePending("file.write");
		Permission permission = mode.request(this.client, unawaited());
		assertThatExceptionOfType(TokenException.class)
			.isThrownBy(() -> mode.use(this.client, permission.id(), OtpToken.of("otp_made_up"), null))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("TOKEN_INVALID"));
	}

	@ParameterizedTest
	@EnumSource
	void useWhenTheCallIsAnotherThenRejected(Mode mode) {
		Permission permission = mode.request(this.client,
				PermissionRequest.builder("file.read").callDigest("sha256:a").build());
		OtpToken token = permission.token().orElseThrow();
		for (String digest : new String[] { "sha256:b", null }) {
			assertThatExceptionOfType(TokenException.class)
				.isThrownBy(() -> mode.use(this.client, permission.id(), token, digest))
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("DIGEST_MISMATCH"));
		}
		assertThat(mode.use(this.client, permission).usesRemaining()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void verifyWhenGrantedThenNothingIsUsedUp(Mode mode) {
		Permission permission = mode.request(this.client, request("file.read"));
		for (int i = 0; i < 2; i++) {
			TokenVerification good = mode.verify(this.client, permission.id(), permission.token().orElseThrow());
			assertThat(good.valid()).isTrue();
			assertThat(good.usesRemaining()).isOne();
			assertThat(good.expiresAt()).isEqualTo(this.agentOtp.now().plus(LIFE));
		}
		assertThat(mode.verify(this.client, permission.id(), OtpToken.of("otp_made_up")).valid()).isFalse();
	}

	@ParameterizedTest
	@EnumSource
	void revokeWhenGrantedThenTheTokenIsRejected(Mode mode) {
		Permission permission = mode.request(this.client, request("file.read"));
		assertThat(mode.revoke(this.client, permission).revokedAt()).isEqualTo(this.agentOtp.now());
		assertRejected(mode, permission, "TOKEN_REVOKED");
		assertThat(mode.revoke(this.client, permission).revokedAt()).isEqualTo(this.agentOtp.now());
	}

	@ParameterizedTest
	@EnumSource
	void revokeWhenUsedThenTooLate(Mode mode) {
		Permission permission = mode.request(this.client, request("file.read"));
		mode.use(this.client, permission);
		assertThatExceptionOfType(TokenException.class).isThrownBy(() -> mode.revoke(this.client, permission))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("TOKEN_USED"));
	}

	@ParameterizedTest
	@EnumSource
	void revokeWhenPendingThenTheWaitEnds(Mode mode) throws Exception {
		CompletableFuture<Permission> asking = askPending(mode);
		mode.revoke(this.client, mode.get(this.client, this.agentOtp.asked().get(0).id()));
		assertThat(asking.get().status()).isEqualTo(PermissionStatus.REVOKED);
		assertThat(this.agentOtp.decidePending(true, null)).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenGrantedThenTheOutcomeIsRecorded(Mode mode) {
		assertThat(mode.<String>execute(this.client, request("file.read"), Permission::action)).isEqualTo("file.read");
		assertThat(this.agentOtp.asked().get(0).outcome()).isEqualTo("succeeded");
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenNotGrantedThenTheBodyDoesNotRun(Mode mode) {
		AtomicBoolean ran = new AtomicBoolean();
		this.agentOtp.deny("file.read", "No").expire("file.write");
		assertThatExceptionOfType(PermissionDeniedException.class)
			.isThrownBy(() -> mode.execute(this.client, request("file.read"), (permission) -> ran.getAndSet(true)));
		assertThatExceptionOfType(PermissionExpiredException.class)
			.isThrownBy(() -> mode.execute(this.client, request("file.write"), (permission) -> ran.getAndSet(true)));
		assertThat(ran).isFalse();
	}

	@ParameterizedTest
	@EnumSource
	void getWhenUnknownThenNotFound(Mode mode) {
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> mode.get(this.client, "unknown"));
	}

	@ParameterizedTest
	@EnumSource
	void callWhenUnreachableThenNetworkException(Mode mode) {
		this.agentOtp.unreachable();
		assertThatExceptionOfType(NetworkException.class)
			.isThrownBy(() -> mode.request(this.client, request("file.read")))
			.satisfies((ex) -> assertThat(ex.possiblyProcessed()).isFalse());
		assertThat(this.agentOtp.asked()).isEmpty();
		this.agentOtp.reachable();
		assertThat(mode.request(this.client, request("file.read")).isGranted()).isTrue();
	}

	@ParameterizedTest
	@EnumSource
	void callWhenTheKeyIsRejectedThenAuthenticationException(Mode mode) {
		this.agentOtp.rejectKey();
		assertThatExceptionOfType(AuthenticationException.class)
			.isThrownBy(() -> mode.request(this.client, request("file.read")));
		assertThatExceptionOfType(AuthenticationException.class).isThrownBy(this.client::checkAccess);
		assertThat(this.client.health().status()).isEqualTo("ok");
		this.agentOtp.acceptKey();
		this.client.checkAccess();
		assertThat(mode.request(this.client, request("file.read")).isGranted()).isTrue();
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenItsAnswerIsLostThenAskedOnce(Mode mode) {
		try (AgentOtpClient retrying = losingTheFirstAnswer("/request")) {
			assertThat(mode.request(retrying, request("file.read")).isGranted()).isTrue();
		}
		assertThat(this.agentOtp.asked()).hasSize(1);
	}

	@ParameterizedTest
	@EnumSource
	void useWhenItsAnswerIsLostThenUsedOnce(Mode mode) {
		try (AgentOtpClient retrying = losingTheFirstAnswer("/use")) {
			Permission permission = mode.request(retrying, request("file.read"));
			assertThat(mode.use(retrying, permission).usesRemaining()).isZero();
			assertRejected(mode, permission, "TOKEN_USED");
		}
	}

	@ParameterizedTest
	@EnumSource
	void requestWhenManyWaitThenTheFeedIsParkedNotPolled(Mode mode) throws Exception {
		AtomicInteger feedRequests = new AtomicInteger();
		CountDownLatch parked = new CountDownLatch(1);
		TappedTransport transport = new TappedTransport(this.agentOtp.transport(), (request, exchange) -> {
			if (request.headers().containsKey("Prefer")) {
				feedRequests.incrementAndGet();
				parked.countDown();
			}
			return exchange.proceed();
		});
		this.agentOtp.leavePending("file.write");
		try (AgentOtpClient watched = client(transport, 0)) {
			CompletableFuture<Permission> one = mode.start(watched, request("file.write"));
			CompletableFuture<Permission> other = mode.start(watched, request("file.write"));
			this.agentOtp.awaitPending(2);
			parked.await();
			this.agentOtp.decidePending(true, null);
			assertThat(one.get().isGranted()).isTrue();
			assertThat(other.get().isGranted()).isTrue();
		}
		assertThat(feedRequests).hasValueLessThan(4);
	}

	@Test
	void cancelWhenWaitingThenTheRequestStaysPending() throws Exception {
		CompletableFuture<Permission> asking = askPending(Mode.ASYNC);
		asking.cancel(true);
		assertThat(this.agentOtp.asked().get(0).status()).isEqualTo(PermissionStatus.PENDING);
	}

	@Test
	void sendWhenTheServiceBecomesUnreachableThenTheParkedRequestFails() throws Exception {
		CompletableFuture<TransportResponse> parked = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				parked.complete(this.agentOtp.transport()
					.send(new TransportRequest("GET", uri("decisions?after=0"), Map.of("Prefer", "wait=30"), null),
							Duration.ofSeconds(60)));
			}
			catch (Exception ex) {
				parked.completeExceptionally(ex);
			}
		});
		thread.start();
		Await.await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
		this.agentOtp.unreachable();
		assertThat(parked).failsWithin(Duration.ofMinutes(1))
			.withThrowableThat()
			.withCauseInstanceOf(ConnectException.class);
	}

	@Test
	void sendWhenTheKeyIsRepeatedThenTheFirstAnswer() throws Exception {
		TransportResponse first = post("key", "{\"action\":\"file.read\"}");
		assertThat(first.status()).isEqualTo(201);
		assertThat(post("key", "{\"action\":\"file.read\"}").body()).isEqualTo(first.body());
		assertThat(post("other", "{\"action\":\"file.read\"}").body()).isNotEqualTo(first.body());
	}

	@Test
	void sendWhenTheKeyIsReusedForAnotherBodyThenRefused() throws Exception {
		post("key", "{\"action\":\"file.read\"}");
		TransportResponse reused = post("key", "{\"action\":\"file.write\"}");
		assertThat(reused.status()).isEqualTo(422);
		assertThat(new String(reused.body(), StandardCharsets.UTF_8)).contains("IDEMPOTENCY_KEY_REUSED");
	}

	@Test
	void sendWhenTheKeyIsADayOldThenExecutedAgain() throws Exception {
		TransportResponse first = post("key", "{\"action\":\"file.read\"}");
		this.agentOtp.advance(Duration.ofHours(24));
		assertThat(post("key", "{\"action\":\"file.read\"}").body()).isNotEqualTo(first.body());
	}

	@Test
	void resetWhenPendingThenTheWaitEndsAndAllIsForgotten() throws Exception {
		CompletableFuture<Permission> asking = askPending(Mode.SYNC);
		this.agentOtp.rejectKey();
		this.agentOtp.reset();
		assertThat(asking.get().status()).isEqualTo(PermissionStatus.EXPIRED);
		assertThat(this.agentOtp.asked()).isEmpty();
		assertThat(this.client.requestPermission(request("file.write")).isGranted()).isTrue();
	}

	@ParameterizedTest
	@EnumSource
	void advanceWhenTheTimeOfAWaitIsOverThenItEndsAtThatTime(Mode mode) throws Exception {
		this.agentOtp.leavePending("a");
		PermissionRequest request = PermissionRequest.builder("a").timeout(Duration.ofHours(6)).build();
		this.agentOtp.approvalWindow(Duration.ofHours(9));
		CompletableFuture<Permission> asking = CompletableFuture.supplyAsync(() -> mode.request(this.client, request));
		this.agentOtp.awaitPending(1);
		this.agentOtp.advance(Duration.ofHours(6).minus(MOMENT));
		assertThat(asking).isNotDone();
		this.agentOtp.advance(MOMENT);
		assertThat(asking.get().status()).isEqualTo(PermissionStatus.PENDING);
		CompletableFuture<Permission> again = this.client.async().awaitDecision(asking.get().id(), Duration.ofHours(2));
		this.agentOtp.advance(Duration.ofHours(2).minus(MOMENT));
		assertThat(again).isNotDone();
		this.agentOtp.advance(MOMENT);
		assertThat(again.get().status()).isEqualTo(PermissionStatus.PENDING);
	}

	@ParameterizedTest
	@EnumSource
	void advanceWhenTheWindowEndsBeforeTheWaitThenExpired(Mode mode) throws Exception {
		this.agentOtp.leavePending("a").approvalWindow(Duration.ofHours(5));
		PermissionRequest request = PermissionRequest.builder("a").timeout(Duration.ofHours(6)).build();
		CompletableFuture<Permission> asking = CompletableFuture.supplyAsync(() -> mode.request(this.client, request));
		this.agentOtp.awaitPending(1);
		this.agentOtp.advance(Duration.ofHours(7));
		assertThat(asking.get().status()).isEqualTo(PermissionStatus.EXPIRED);
	}

	@Test
	void askedWhenNumbersAreLongThenExact() {
		BigDecimal amount = new BigDecimal("0.1234567890123456789");
		this.client.requestPermission(
				PermissionRequest.builder("a").scope("amount", amount).scope("id", Long.MAX_VALUE).build());
		assertThat(this.agentOtp.asked()).singleElement()
			.satisfies((asked) -> assertThat(asked.scope()).isEqualTo(Map.of("amount", amount, "id", Long.MAX_VALUE)));
		AgentOtpAssertions.assertThat(this.agentOtp)
			.asked("a")
			.withScope("amount", amount)
			.withScope("id", Long.MAX_VALUE);
	}

	@ParameterizedTest
	@MethodSource("sameNumbers")
	void withScopeWhenTheNumberIsTheSameThenMatches(Object asked, Object expected) {
		this.client.requestPermission(PermissionRequest.builder("a")
			.scope("amount", asked)
			.scope("all", List.of(Map.of("amount", asked)))
			.build());
		AgentOtpAssertions.assertThat(this.agentOtp)
			.asked("a")
			.withScope("amount", expected)
			.withScope("all", List.of(Map.of("amount", expected)));
	}

	static Stream<Arguments> sameNumbers() {
		return Stream.of(Arguments.of(10, new BigDecimal("10")), Arguments.of(10, 10L),
				Arguments.of(new BigDecimal("10.00"), 10), Arguments.of(10.5, new BigDecimal("10.50")),
				Arguments.of(new BigDecimal("0.1"), 0.1), Arguments.of(new BigDecimal("0.1"), 0.1f),
				Arguments.of(Long.MAX_VALUE, BigInteger.valueOf(Long.MAX_VALUE)),
				Arguments.of(new BigDecimal("1E+3"), 1000), Arguments.of((short) 7, (byte) 7));
	}

	@Test
	void withScopeWhenTheNumberIsAnotherThenFails() {
		this.client.requestPermission(
				PermissionRequest.builder("a").scope("amount", new BigDecimal("0.1000000000000000000001")).build());
		AskedPermissionAssert asked = AgentOtpAssertions.assertThat(this.agentOtp).asked("a");
		for (Object other : new Object[] { 0.1, "0.1", new BigDecimal("0.10000000000000000000011") }) {
			assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> asked.withScope("amount", other))
				.withMessageContaining("amount");
		}
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> asked.withScope("other", null));
	}

	@Test
	void metItsScriptWhenAnActionWasNotAskedForThenFails() {
		this.agentOtp.deny("email.sned", "No")
			.approve("email.send")
			.approve("email.send", Map.of())
			.expire((asked) -> false);
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> AgentOtpAssertions.assertThat(this.agentOtp).metItsScript())
			.withMessageContaining("deny(\"email.sned\")")
			.withMessageContaining("approve(\"email.send\")");
		this.client.requestPermission(PermissionRequest.builder("email.send").build());
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> AgentOtpAssertions.assertThat(this.agentOtp).metItsScript())
			.withMessageStartingWith("deny(\"email.sned\") decided no permission request");
		this.agentOtp.reset();
		AgentOtpAssertions.assertThat(this.agentOtp).metItsScript();
	}

	@Test
	void advanceWhenNotPositiveThenRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.agentOtp.advance(Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> this.agentOtp.approvalWindow(Duration.ofSeconds(-1)));
	}

	@Test
	void awaitPendingWhenUnreachableThenFails() {
		this.agentOtp.unreachable();
		assertThatIllegalStateException().isThrownBy(() -> this.agentOtp.awaitPending(1))
			.withMessage("Only 0 of 1 requests are pending");
	}

	@Test
	void clientWhenThereIsNoSpringThenWorks() throws Exception {
		URL[] withoutSpring = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.map(File::new)
			.filter((file) -> !file.getName().startsWith("spring-"))
			.map(FakeAgentOtpTests::url)
			.toArray(URL[]::new);
		try (URLClassLoader loader = new URLClassLoader(withoutSpring, ClassLoader.getPlatformClassLoader())) {
			assertThatExceptionOfType(ClassNotFoundException.class)
				.isThrownBy(() -> loader.loadClass("org.springframework.context.ApplicationContext"));
			Object alone = loader.loadClass(FakeAgentOtpAlone.class.getName()).getConstructor().newInstance();
			assertThat(((Callable<?>) alone).call()).isEqualTo("APPROVED");
		}
	}

	private CompletableFuture<Permission> askPending(Mode mode) throws InterruptedException {
		this.agentOtp.leavePending("file.write");
		CompletableFuture<Permission> asking = mode.start(this.client, request("file.write"));
		this.agentOtp.awaitPending(1);
		return asking;
	}

	private void assertRejected(Mode mode, Permission permission, String code) {
		assertThatExceptionOfType(TokenException.class).isThrownBy(() -> mode.use(this.client, permission))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo(code));
		assertThat(mode.verify(this.client, permission.id(), permission.token().orElseThrow()).valid()).isFalse();
	}

	private AgentOtpClient losingTheFirstAnswer(String path) {
		AtomicBoolean lost = new AtomicBoolean();
		return client(new TappedTransport(this.agentOtp.transport(), (request, exchange) -> {
			TransportResponse response = exchange.proceed();
			if (request.uri().getPath().endsWith(path) && lost.compareAndSet(false, true)) {
				throw new IOException("The connection broke");
			}
			return response;
		}), 1);
	}

	private static AgentOtpClient client(HttpTransport transport, int retries) {
		return AgentOtpClient.builder()
			.apiKey("ak_test")
			.baseUrl("http://localhost")
			.transport(transport)
			.retries(retries)
			.build();
	}

	private TransportResponse post(String key, String body) throws Exception {
		return this.agentOtp.transport()
			.send(new TransportRequest("POST", uri("request"), Map.of("Idempotency-Key", key),
					body.getBytes(StandardCharsets.UTF_8)), Duration.ofSeconds(1));
	}

	private static URI uri(String path) {
		return URI.create("http://localhost/api/v1/permissions/" + path);
	}

	private static PermissionRequest request(String action) {
		return PermissionRequest.builder(action).build();
	}

	private static PermissionRequest unawaited() {
		return PermissionRequest.builder("file.write").waitForApproval(false).build();
	}

	private static URL url(File file) {
		try {
			return file.toURI().toURL();
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

}
