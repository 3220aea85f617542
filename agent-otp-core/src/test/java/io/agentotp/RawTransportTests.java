package io.agentotp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static io.agentotp.RawServer.answer;
import static io.agentotp.RawServer.loseAnswer;
import static io.agentotp.RawServer.reset;
import static io.agentotp.RawServer.stallAfter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The real transport against servers that stall, reset, lose answers and redirect.
 */
class RawTransportTests {

	private static final String KEY = "ak_test_0123456789";

	private static final PermissionRequest QUESTION = PermissionRequest.builder("email.send")
		.waitForApproval(false)
		.build();

	private static final String OK = "200 OK";

	private static AgentOtpClientBuilder client(RawServer server) {
		return AgentOtpClient.builder()
			.apiKey(KEY)
			.baseUrl(server.url())
			.timeout(Duration.ofSeconds(20))
			.sleeper(new RecordingSleeper());
	}

	private static String header(String request, String name) {
		return Arrays.stream(request.split("\r\n"))
			.filter((line) -> line.toLowerCase().startsWith(name.toLowerCase() + ":"))
			.map((line) -> line.substring(name.length() + 1).strip())
			.findFirst()
			.orElseThrow();
	}

	@ParameterizedTest
	@EnumSource
	void postWhenAnswerIsLostThenRepeatedWithSameKey(Mode mode) throws IOException {
		try (RawServer server = new RawServer(loseAnswer(), reset(), answer("202 Accepted", Json.data(Json.PENDING)));
				AgentOtpClient client = client(server).build()) {
			assertThat(mode.of(client).requestPermission(QUESTION).id()).isEqualTo("p1");
			assertThat(server.requests).hasSize(3);
			assertThat(server.requests.stream().map((request) -> header(request, "Idempotency-Key")).distinct())
				.hasSize(1);
			assertThat(server.requests.stream().map((request) -> request.split("\r\n\r\n")[1]).distinct()).hasSize(1);
		}
	}

	@ParameterizedTest
	@EnumSource
	void postWhenEveryAnswerIsLostThenPossiblyProcessed(Mode mode) throws IOException {
		try (RawServer server = new RawServer(loseAnswer()); AgentOtpClient client = client(server).build()) {
			assertThatExceptionOfType(NetworkException.class)
				.isThrownBy(() -> mode.of(client).requestPermission(QUESTION))
				.satisfies((ex) -> {
					assertThat(ex.possiblyProcessed()).isTrue();
					assertThat(ex.code()).isEqualTo("CONNECTION_BROKEN");
					assertThat(ex.attempts()).isEqualTo(4);
				});
			assertThat(server.requests).as("the transport itself never repeats a POST").hasSize(4);
		}
	}

	@ParameterizedTest
	@EnumSource
	void callWhenNothingListensThenNotProcessed(Mode mode) throws IOException {
		int port;
		try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = unused.getLocalPort();
		}
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey(KEY)
			.baseUrl("http://127.0.0.1:" + port)
			.sleeper(new RecordingSleeper())
			.build()) {
			assertThatExceptionOfType(NetworkException.class)
				.isThrownBy(() -> mode.of(client).requestPermission(QUESTION))
				.satisfies((ex) -> {
					assertThat(ex.possiblyProcessed()).isFalse();
					assertThat(ex.code()).isEqualTo("CONNECT_FAILED");
					assertThat(ex.getMessage()).contains("127.0.0.1:" + port);
				});
		}
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\"",
					"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"id\r\n" })
	void callWhenAnswerStallsThenTimeoutWithinTheDeadline(String beginning) throws Exception {
		try (RawServer server = new RawServer(stallAfter(beginning));
				AgentOtpClient client = client(server).timeout(Duration.ofSeconds(1)).build()) {
			for (Mode mode : Mode.values()) {
				assertThatExceptionOfType(NetworkException.class)
					.isThrownBy(() -> mode.of(client).requestPermission(QUESTION))
					.satisfies((ex) -> {
						assertThat(ex.possiblyProcessed()).isTrue();
						assertThat(ex.code()).isEqualTo("TIMEOUT");
					});
			}
		}
	}

	@Test
	void callWhenBodyDripsForEverThenTimeout() throws IOException {
		RawServer.Handler drip = (socket, out) -> {
			out.write("HTTP/1.1 200 OK\r\n\r\n{".getBytes());
			for (int i = 0;; i++) {
				out.write(' ');
				out.flush();
				new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
			}
		};
		try (RawServer server = new RawServer(drip);
				AgentOtpClient client = client(server).timeout(Duration.ofSeconds(1)).build()) {
			assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> client.requestPermission(QUESTION))
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("TIMEOUT"));
		}
	}

	@Test
	void callWhenBodyIsHugeThenCutOff() throws IOException {
		RawServer.Handler huge = (socket, out) -> {
			out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + 13 * 1024 * 1024 + "\r\n\r\n").getBytes());
			byte[] chunk = " ".repeat(64 * 1024).getBytes();
			for (int i = 0; i < 13 * 16; i++) {
				out.write(chunk);
			}
			out.flush();
		};
		try (RawServer server = new RawServer(huge); AgentOtpClient client = client(server).retries(0).build()) {
			assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> client.requestPermission(QUESTION))
				.satisfies((ex) -> {
					assertThat(ex.code()).isEqualTo("CONNECTION_BROKEN");
					assertThat(ex.getCause()).hasStackTraceContaining("larger than");
				});
		}
	}

	/** The base is no approval, so that no damage to it can be one. */
	@ParameterizedTest
	@EnumSource
	void callWhenAnswerIsAnyBytesThenTypedAndNeverAGrant(Mode mode) throws IOException {
		Random random = new Random(20260102);
		int results = 0;
		int failures = 0;
		try (RawServer server = new RawServer((socket, out) -> out.write(anyBytes(random)));
				AgentOtpClient client = client(server).retries(0).timeout(Duration.ofSeconds(2)).build()) {
			AgentOtpClient caller = mode.of(client);
			for (int i = 0; i < 400; i++) {
				try {
					Permission permission = caller.requestPermission(QUESTION);
					assertThat(permission.isGranted()).isFalse();
					results++;
				}
				catch (AgentOtpException ex) {
					failures++;
				}
			}
		}
		assertThat(results).isGreaterThan(20);
		assertThat(failures).isGreaterThan(100);
	}

	private static byte[] anyBytes(Random random) {
		byte[] bytes = ("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nX-Request-Id: r1\r\n"
				+ (random.nextBoolean() ? "Content-Length: " + Json.PENDING.length() + "\r\n\r\n" + Json.PENDING
						: "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(Json.PENDING.length()) + "\r\n"
								+ Json.PENDING + "\r\n0\r\n\r\n"))
			.getBytes(StandardCharsets.US_ASCII);
		if (random.nextInt(5) == 0) {
			bytes = new byte[random.nextInt(200)];
			random.nextBytes(bytes);
		}
		else if (random.nextInt(4) == 0) {
			bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
		}
		else {
			for (int i = random.nextInt(4); i > 0; i--) {
				bytes[random.nextInt(random.nextBoolean() ? 40 : bytes.length)] = (byte) random.nextInt(256);
			}
		}
		return bytes;
	}

	@Test
	void callWhenStatusLineIsNonsenseThenNetworkException() throws IOException {
		try (RawServer server = new RawServer((socket, out) -> out.write("SSH-2.0-OpenSSH_9.2\r\n\r\n".getBytes()));
				AgentOtpClient client = client(server).build()) {
			assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> client.requestPermission(QUESTION));
		}
	}

	@Test
	void callWhenServerEchoesSecretInStatusLineThenNotInCause() throws IOException {
		try (RawServer server = new RawServer((socket, out) -> out.write((KEY + " is not HTTP\r\n\r\n").getBytes()));
				AgentOtpClient client = client(server).build()) {
			assertThatExceptionOfType(NetworkException.class).isThrownBy(() -> client.requestPermission(QUESTION))
				.satisfies((ex) -> assertThat(ex).hasStackTraceContaining("broke")
					.extracting(Throwables::getStackTrace)
					.asString()
					.doesNotContain(KEY));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent" })
	void callWhenRedirectedThenProtocolExceptionAndOtherHostGetsNothing(String status) throws IOException {
		try (RawServer other = new RawServer(answer("201 Created", Json.data(Json.APPROVED)));
				RawServer server = new RawServer(answer(status, "", "Location: " + other.url() + "/x"));
				AgentOtpClient client = client(server).build()) {
			for (Mode mode : Mode.values()) {
				assertThatExceptionOfType(ProtocolException.class)
					.isThrownBy(() -> mode.of(client).requestPermission(QUESTION))
					.withMessageContaining("redirects are not followed");
			}
			assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> client.getPermission("p1"));
			assertThat(server.requests).hasSize(3);
			assertThat(other.requests).isEmpty();
		}
	}

	@Test
	void callWhenInterruptedWhileSendingThenFlagIsSetAndNothingTriedAgain() throws Exception {
		try (RawServer server = new RawServer(stallAfter("")); AgentOtpClient client = client(server).build()) {
			CompletableFuture<Boolean> flag = new CompletableFuture<>();
			Thread caller = new Thread(() -> {
				try {
					client.requestPermission(QUESTION);
					flag.completeExceptionally(new AssertionError("no exception"));
				}
				catch (NetworkException ex) {
					flag.complete(Thread.currentThread().isInterrupted() && ex.code().equals("INTERRUPTED"));
				}
				catch (Throwable ex) {
					flag.completeExceptionally(ex);
				}
			});
			caller.start();
			assertThat(server.arrived.poll(60, TimeUnit.SECONDS)).as("a request").isNotNull();
			caller.interrupt();
			assertThat(flag.get()).isTrue();
			assertThat(server.requests).hasSize(1);
		}
	}

	@Test
	void callWhenFutureIsCancelledThenConnectionIsClosed() throws Exception {
		CompletableFuture<Void> gone = new CompletableFuture<>();
		RawServer.Handler handler = (socket, out) -> {
			while (socket.getInputStream().read() >= 0) {
				continue;
			}
			gone.complete(null);
		};
		try (RawServer server = new RawServer(handler); AgentOtpClient client = client(server).build()) {
			CompletableFuture<Permission> future = client.async().requestPermission(QUESTION);
			assertThat(server.arrived.poll(60, TimeUnit.SECONDS)).as("a request").isNotNull();
			future.cancel(true);
			assertThat(gone.handle((value, ex) -> true)).succeedsWithin(Duration.ofMinutes(1));
			assertThat(server.requests).hasSize(1);
		}
	}

	@Test
	void closeWhenCallIsUnderWayThenItEndsByItsTimeout() throws Exception {
		try (RawServer server = new RawServer(stallAfter(""));
				AgentOtpClient client = client(server).timeout(Duration.ofSeconds(3)).build()) {
			CompletableFuture<Throwable> outcome = new CompletableFuture<>();
			new Thread(() -> {
				try {
					client.requestPermission(QUESTION);
					outcome.complete(new AssertionError("no exception"));
				}
				catch (Throwable ex) {
					outcome.complete(ex);
				}
			}).start();
			assertThat(server.arrived.poll(60, TimeUnit.SECONDS)).as("a request").isNotNull();
			client.close();
			assertThat(outcome.get()).isInstanceOf(NetworkException.class);
		}
	}

	@Test
	void callWhenClientIsClosedThenNetworkException() throws Exception {
		try (RawServer server = new RawServer(answer("202 Accepted", Json.PENDING))) {
			AgentOtpClient client = client(server).build();
			client.requestPermission(QUESTION);
			client.close();
			OtpToken token = OtpToken.of(Json.TOKEN);
			List<ThrowingCallable> calls = List.of(() -> client.requestPermission(QUESTION),
					() -> client.getPermission("p1"), () -> client.verifyToken("p1", token),
					() -> client.useToken("p1", token), () -> client.revokeToken("p1", null), client::health,
					client::checkAccess, () -> client.executeWithPermission(QUESTION, (permission) -> "ran"));
			for (ThrowingCallable call : calls) {
				assertThatExceptionOfType(NetworkException.class).isThrownBy(call)
					.withMessageContaining("The client is closed")
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CLIENT_CLOSED"))
					.satisfies((ex) -> assertThat(ex.possiblyProcessed()).isFalse());
			}
			assertThatExceptionOfType(CancellationException.class)
				.isThrownBy(() -> client.awaitDecision("p1", Duration.ofMinutes(1)))
				.withMessage("The client is closed");
			AsyncAgentOtpClient async = client.async();
			List<Supplier<CompletableFuture<?>>> futures = List.of(() -> async.requestPermission(QUESTION),
					() -> async.getPermission("p1"), () -> async.awaitDecision("p1", Duration.ofMinutes(1)),
					() -> async.verifyToken("p1", token), () -> async.useToken("p1", token),
					() -> async.revokeToken("p1", null), async::health, async::checkAccess);
			for (Supplier<CompletableFuture<?>> future : futures) {
				future.get()
					.handle((result, ex) -> assertThat(CallFuture.unwrap(ex)).isInstanceOf(CancellationException.class)
						.hasMessage("The client is closed"))
					.join();
			}
			assertThat(server.requests).hasSize(1);
		}
	}

	@Test
	void callWhenAnswerIsCompressedThenProtocolException() throws IOException {
		RawServer.Handler gzip = (socket, out) -> {
			ByteArrayOutputStream body = new ByteArrayOutputStream();
			try (GZIPOutputStream zip = new GZIPOutputStream(body)) {
				zip.write(Json.APPROVED.getBytes());
			}
			out.write(("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + body.size() + "\r\n\r\n")
				.getBytes());
			body.writeTo(out);
			out.flush();
		};
		try (RawServer server = new RawServer(gzip); AgentOtpClient client = client(server).retries(0).build()) {
			assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> client.requestPermission(QUESTION));
			assertThat(server.requests)
				.allSatisfy((request) -> assertThat(request.toLowerCase()).doesNotContain("accept-encoding"));
		}
	}

	@Test
	void clientsWhenBuiltAndClosedThenTheirThreadsEnd() throws Exception {
		try (RawServer server = new RawServer(answer(OK, Json.PENDING))) {
			for (int i = 0; i < 60; i++) {
				try (AgentOtpClient client = client(server).build()) {
					client.getPermission("p1");
				}
			}
		}
		// The JDK's client of version 17 has no close: it ends when it is collected.
		CountDownLatch never = new CountDownLatch(1);
		for (int i = 0; i < 300 && leftThreads() > 20; i++) {
			System.gc();
			never.await(100, TimeUnit.MILLISECONDS);
		}
		assertThat(leftThreads()).as("threads of 60 closed clients").isLessThanOrEqualTo(20);
	}

	private static long leftThreads() {
		return threadsOf("HttpClient-") + threadsOf("agent-otp-http-");
	}

	private static long threadsOf(String prefix) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith(prefix))
			.count();
	}

	@Test
	void callsWhenManyAreMadeThenFewThreads() throws IOException {
		try (RawServer server = new RawServer(answer(OK, Json.PENDING));
				AgentOtpClient client = client(server).build()) {
			for (int i = 0; i < 300; i++) {
				client.getPermission("p1");
			}
			List<String> threads = Thread.getAllStackTraces()
				.keySet()
				.stream()
				.filter(Thread::isAlive)
				.map(Thread::getName)
				.filter((name) -> name.startsWith("agent-otp-http"))
				.toList();
			assertThat(threads).allMatch((name) -> name.matches("agent-otp-http-[12]"));
			assertThat(server.requests).hasSize(300)
				.allSatisfy(
						(request) -> assertThat(request.toLowerCase()).doesNotContain("upgrade:", "http2-settings"));
		}
	}

}
