package io.agentotp.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What strangers, and one agent, can do to a service with a heap of 256 MB, while another
 * agent goes on with its work. {@code -Dagentotp.test.load.seconds=60} says for how long.
 */
@Tag("faults")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class StrangersFaultTests {

	private static final Duration LOAD = Duration.ofSeconds(Integer.getInteger("agentotp.test.load.seconds", 12));

	// Beyond what it takes without the load: the machine may be busy with other things.
	private static final Duration MAX = Duration.ofSeconds(1);

	private static final int CALM = 100;

	// What the service keeps of what the agent asked for meanwhile, and its caches.
	private static final long TOLERANCE = 24L * 1024 * 1024;

	private static final int CONNECTIONS = 1000;

	private static final byte[] HEADERS = bytes("GET / HTTP/1.1\r\nHost: localhost\r\n");

	private static final byte[] FORM = bytes("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n"
			+ "Content-Type: application/x-www-form-urlencoded\r\n\r\nusername=");

	private static final String LARGE = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";

	// What each connection reads in a second. None of the others gets so much.
	private static final int SLOWLY = 1000;

	@TempDir
	private Path directory;

	@Test
	void pagesWhenStrangersAskForThemThenOthersAreServedAndNothingIsKept() throws Exception {
		load("anonymous page requests", (server, counted) -> {
			for (String path : List.of("/history", "/sign-in", "/", "/nothing", "/approvals/x")) {
				RawHttp.Answer answer = RawHttp.send(server.port(),
						bytes("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), 20_000);
				assertThat(answer.status()).isLessThan(500);
				counted.incrementAndGet();
			}
		}, 4);
	}

	@Test
	void headersWhenSlowThenOthersAreServedAndNothingIsKept() throws Exception {
		load("connections with slow headers", new Drip(HEADERS, "a"), 1);
	}

	@Test
	void bodiesWhenSlowThenOthersAreServedAndNothingIsKept() throws Exception {
		load("connections with slow bodies", new Drip(FORM, "a"), 1);
	}

	@Test
	void answersWhenNotReadThenOthersAreServedAndNothingIsKept() throws Exception {
		load("connections that do not read", new Sip(), 1);
	}

	@Test
	void connectionsWhenHalfOpenThenOthersAreServedAndNothingIsKept() throws Exception {
		load("half-open connections", new Drip(new byte[0], ""), 1);
	}

	@Test
	void answersWhenSentForAheadAndReadSlowlyThenOthersAreServedAndNothingIsKept() throws Exception {
		load("connections that ask a hundred times and read slowly", new Drip(bytes(LARGE.repeat(100)), ""), 1);
	}

	@Test
	void answersWhenAskedForEachSecondAndReadSlowlyThenOthersAreServedAndNothingIsKept() throws Exception {
		load("connections that ask each second and read slowly", new Drip(bytes(LARGE), LARGE), 1);
	}

	@Test
	void waitsWhenDroppedThenOthersWaitAndNothingIsKept() throws Exception {
		load("dropped waits", (server, counted) -> {
			byte[] wait = bytes("GET /api/v1/permissions/" + server.api(TestServer.MAILER_KEY).pending("mail.send")
					+ " HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\nAuthorization: Bearer "
					+ TestServer.MAILER_KEY + "\r\n\r\n");
			for (int i = 0; i < 100; i++) {
				try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
					socket.getOutputStream().write(wait);
					socket.getOutputStream().flush();
					LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
				}
				counted.incrementAndGet();
			}
		}, 2);
	}

	@Test
	void requestsWhenTheyAreLargeAsTreesThenAllPagesListsAndTheAuditLogFitIntoMemory() throws Exception {
		String body = "{\"action\":\"mail.send\",\"%s\":{\"n\":%d,\"k\":[" + "{},".repeat(20_000) + "{}]}}";
		try (ServerProcess server = ServerProcess.start(this.directory, List.of("-Xmx256m"),
				List.of("spring.datasource.url=jdbc:h2:file:" + this.directory.resolve("agent-otp"),
						"agentotp.server.agents.reader.api-key=" + TestServer.READER_KEY,
						"agentotp.server.users.alice.password=" + TestServer.PASSWORD_HASH,
						"agentotp.server.users.alice.roles=approver,auditor"))) {
			List<String> ids = new ArrayList<>();
			for (int i = 0; i < 120; i++) {
				Api agent = server.api((i % 2 == 0) ? TestServer.MAILER_KEY : TestServer.READER_KEY);
				String id = agent.post("/permissions/request", body.formatted((i % 4 < 2) ? "scope" : "context", i))
					.expect(202)
					.data()
					.path("id")
					.stringValue();
				if (i % 2 == 0) {
					ids.add(id);
				}
			}
			String query = "{\"ids\":[\"" + String.join("\",\"", ids) + "\"]}";
			IntStream.range(0, 12).parallel().forEach((i) -> {
				JsonNode answer = server.api(TestServer.MAILER_KEY)
					.post("/permissions/query", query)
					.expect(200)
					.data();
				assertThat(answer.path("permissions").size()).isPositive();
				assertThat(answer.path("permissions").size() + answer.path("leftOut").size()).isEqualTo(ids.size());
			});
			Api alice = server.api(TestServer.ALICE_KEY);
			assertThat(alice.get("/permissions?limit=100").expect(200).data()).hasSize(100);
			assertThat(alice.get("/audit?limit=100").expect(200).data()).hasSize(100);
			assertThat(alice.get("/audit/verify").expect(200).data().path("valid").booleanValue()).isTrue();
			alice.get("/audit/export").expect(200);
			Browser browser = new Browser(server.url()).signedIn("alice");
			for (String path : List.of("/", "/history", "/agents/mailer", "/audit", "/approvals/" + ids.get(1))) {
				assertThat(browser.get(path).status()).as(path).isEqualTo(200);
			}
			assertThat(server.log()).noneMatch((line) -> line.contains("OutOfMemoryError") || line.contains(" ERROR "));
		}
	}

	private void load(String what, Load load, int threads) throws Exception {
		ExecutorService executor = Executors.newCachedThreadPool();
		try (ServerProcess server = ServerProcess.start(this.directory, List.of("-Xmx256m"),
				List.of("spring.datasource.url=jdbc:h2:file:" + this.directory.resolve("agent-otp"),
						"agentotp.server.limits.max-waiting-requests=200",
						"agentotp.server.agents.reader.api-key=" + TestServer.READER_KEY))) {
			Api reader = server.api(TestServer.READER_KEY);
			List<Long> calm = new ArrayList<>();
			for (int i = 0; i < 2 * CALM; i++) {
				work(reader, calm);
			}
			calm.subList(0, 3 * CALM).clear();
			RawHttp.send(server.port(), bytes("GET /sign-in HTTP/1.0\r\n\r\n"), 20_000);
			long before = live(server);
			long end = System.nanoTime() + LOAD.toNanos();
			Supplier<Boolean> over = () -> System.nanoTime() > end;
			AtomicLong counted = new AtomicLong();
			List<Future<?>> running = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				running.add(executor.submit(() -> {
					while (!over.get()) {
						load.run(server, counted);
					}
					return null;
				}));
			}
			List<Long> times = new ArrayList<>();
			while (!over.get()) {
				work(reader, times);
			}
			for (Future<?> one : running) {
				one.get();
			}
			load.close();
			long most = live(server);
			long without = percentile(calm, 99);
			long with = percentile(times, 99);
			System.out.printf(
					"%s: %s in %s s; another agent's %s requests: median %s ms, p99 %s ms, most %s ms (without the load %s, %s and %s ms); live %s MB before, %s MB right after%n",
					what, counted, LOAD.toSeconds(), times.size(), millis(percentile(times, 50)), millis(with),
					millis(percentile(times, 100)), millis(percentile(calm, 50)), millis(without),
					millis(percentile(calm, 100)), megabytes(before), megabytes(most));
			assertThat(Duration.ofNanos(with)).isLessThan(MAX.plusNanos(without));
			Await.until("memory is free again: " + megabytes(live(server)) + " MB",
					() -> live(server) < before + TOLERANCE);
			assertThat(server.log()).noneMatch((line) -> line.contains("OutOfMemoryError") || line.contains(" ERROR "));
		}
		finally {
			executor.shutdownNow();
		}
	}

	// Three requests, one of them waits.
	private static void work(Api agent, List<Long> times) {
		String id = timed(() -> agent.pending("mail.send"), times);
		timed(() -> agent.post("/permissions/" + id + "/revoke", "{}").expect(200), times);
		timed(() -> agent.with("Prefer", "wait=30").get("/permissions/" + id).expect(200), times);
	}

	private static <T> T timed(Supplier<T> request, List<Long> times) {
		long begin = System.nanoTime();
		T answer = request.get();
		times.add(System.nanoTime() - begin);
		return answer;
	}

	// Bytes of what is still in use, after a collection.
	private static long live(ServerProcess server) {
		try {
			Process histogram = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
					String.valueOf(server.pid()), "GC.class_histogram")
				.redirectErrorStream(true)
				.start();
			String text = new String(histogram.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			String[] total = text.substring(text.lastIndexOf("Total")).strip().split("\\s+");
			return Long.parseLong(total[2]);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static long percentile(List<Long> nanos, int percent) {
		List<Long> sorted = nanos.stream().sorted().toList();
		return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
	}

	private static long megabytes(long bytes) {
		return bytes / (1024 * 1024);
	}

	private static long millis(long nanos) {
		return TimeUnit.NANOSECONDS.toMillis(nanos);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.US_ASCII);
	}

	private interface Load {

		void run(ServerProcess server, AtomicLong counted) throws IOException;

		default void close() {
		}

	}

	/**
	 * Many connections that ask for much, read a little each second, and come again when
	 * they are cut off.
	 */
	private static final class Sip implements Load {

		private static final byte[] MUCH = bytes(
				"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100));

		private final List<Socket> sockets = new ArrayList<>();

		@Override
		public void run(ServerProcess server, AtomicLong counted) throws IOException {
			for (Socket socket : List.copyOf(this.sockets)) {
				if (!sip(socket)) {
					this.sockets.remove(socket);
					socket.close();
				}
			}
			while (this.sockets.size() < CONNECTIONS) {
				Socket socket = connect(server);
				socket.getOutputStream().write(MUCH);
				this.sockets.add(socket);
				counted.incrementAndGet();
			}
			LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
		}

		private static boolean sip(Socket socket) {
			try {
				return socket.getInputStream().read(new byte[2000]) >= 0;
			}
			catch (SocketTimeoutException ex) {
				return true;
			}
			catch (IOException ex) {
				return false;
			}
		}

		@Override
		public void close() {
			closeAll(this.sockets);
		}

	}

	private static Socket connect(ServerProcess server) throws IOException {
		Socket socket = new Socket();
		// The least: what is not read stays with the service.
		socket.setReceiveBufferSize(2304);
		socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
		socket.setSoTimeout(1);
		return socket;
	}

	private static void closeAll(List<Socket> sockets) {
		for (Socket socket : sockets) {
			try {
				socket.close();
			}
			catch (IOException ex) {
				// It is closed.
			}
		}
	}

	/**
	 * Many connections that send a little each second, and come again when they are cut
	 * off.
	 */
	private static final class Drip implements Load {

		private final byte[] begin;

		private final byte[] each;

		private final List<Socket> sockets = new ArrayList<>();

		Drip(byte[] begin, String each) {
			this.begin = begin;
			this.each = bytes(each);
		}

		@Override
		public void run(ServerProcess server, AtomicLong counted) throws IOException {
			for (Socket socket : List.copyOf(this.sockets)) {
				if (!drip(socket)) {
					this.sockets.remove(socket);
					socket.close();
				}
			}
			while (this.sockets.size() < CONNECTIONS) {
				Socket socket = connect(server);
				socket.getOutputStream().write(this.begin);
				this.sockets.add(socket);
				counted.incrementAndGet();
			}
			LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
		}

		// Whether the service still listens.
		private boolean drip(Socket socket) {
			try {
				socket.getOutputStream().write(this.each);
				// Whatever ends before that is the end.
				return socket.getInputStream().read(new byte[SLOWLY]) == SLOWLY;
			}
			catch (SocketTimeoutException ex) {
				return true;
			}
			catch (IOException ex) {
				return false;
			}
		}

		@Override
		public void close() {
			closeAll(this.sockets);
		}

	}

}
