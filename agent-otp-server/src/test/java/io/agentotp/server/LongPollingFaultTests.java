package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ten thousand requests want to wait at once, each on a connection of its own. A virtual
 * machine of 512 MB has room for all. In a smaller one as many wait as it has room for,
 * and the others are told to ask again. All of them get the decision. This side needs one
 * thread for all.
 */
@Tag("faults")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class LongPollingFaultTests {

	// A few more, since some have just been answered and ask again.
	private static final int COUNT = 10_050;

	private static final Pattern PARKED = Pattern.compile("(?m)^agentotp_server_waiting_requests (\\d+)");

	private static final int PENDING = 100;

	private static final Duration PATIENCE = Duration.ofMinutes(3);

	@TempDir
	private Path directory;

	@Test
	void parkedWhenInHalfAGigabyteThenThereIsRoomForSevenThousandAndAllGetTheirDecision() throws Exception {
		assertThat(park("512m", 6_900)).isPositive();
	}

	@Test
	void parkedWhenThereIsNoRoomForAllThenAllGetTheirDecision() throws Exception {
		assertThat(park("256m", 2_200)).isPositive();
	}

	/**
	 * Lets them wait, and decides.
	 * @param heap the memory
	 * @param expected how many have to wait at one time
	 * @return how many were told to ask again
	 */
	private long park(String heap, int expected) throws Exception {
		int management = freePort();
		try (ServerProcess server = ServerProcess.start(this.directory, List.of("-Xmx" + heap),
				List.of("management.server.port=" + management,
						"spring.datasource.url=jdbc:h2:file:" + this.directory.resolve("agent-otp")));
				Waiters waiters = new Waiters(server.port())) {
			List<String> ids = new ArrayList<>();
			waiters.onFailure(server::log);
			for (int i = 0; i < PENDING; i++) {
				ids.add(server.api(TestServer.MAILER_KEY).pending("mail.send"));
			}
			long before = resident(server);
			long begin = System.nanoTime();
			// Each is renewed when its time is over, until its decision comes.
			for (int i = 0; i < COUNT; i++) {
				waiters.add(ids.get(i % PENDING));
			}
			AtomicInteger most = new AtomicInteger();
			waiters.run((all) -> most.accumulateAndGet(parked(management), Math::max) >= expected
					&& all.stream().allMatch(Waiter::hasBeenSent));
			assertThat(server.api(TestServer.MAILER_KEY).status(ids.get(0))).isEqualTo("pending");
			long parked = System.nanoTime();
			long refused = waiters.all().stream().filter(Waiter::isRefused).count();
			assertThat(waiters.all()).allMatch((waiter) -> waiter.isRefused() || !waiter.isAnswered());
			long resident = resident(server);
			Thread decider = new Thread(
					() -> ids.forEach((id) -> server.api(TestServer.ALICE_KEY).decide(id, true).expect(200)));
			decider.start();
			waiters.run((all) -> all.stream().allMatch(Waiter::isAnswered));
			decider.join();
			long answered = System.nanoTime();
			assertThat(waiters.all()).allMatch((waiter) -> waiter.isRefused() || waiter.isApproved());
			for (Waiter waiter : List.copyOf(waiters.all())) {
				if (waiter.isRefused()) {
					waiters.add(waiter.id);
				}
			}
			waiters.run((all) -> all.stream().allMatch(Waiter::isAnswered));
			assertThat(waiters.all().stream().filter(Waiter::isApproved)).hasSize(COUNT);
			System.out.printf(
					"%s of %s parked at once in %s after %s ms, %s refused, answered by %s decisions in %s ms; resident %s MB before, %s MB with them%n",
					most, COUNT, heap, (parked - begin) / 1_000_000, refused, PENDING, (answered - parked) / 1_000_000,
					before, resident);
			assertThat(server.log()).noneMatch((line) -> line.contains("OutOfMemoryError"));
			assertThat(server.api(TestServer.MAILER_KEY).status(ids.get(0))).isEqualTo("approved");
			return refused;
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	private static int parked(int management) {
		Matcher matcher = PARKED
			.matcher(new Browser("http://127.0.0.1:" + management).get("/actuator/prometheus").text());
		return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
	}

	private static long resident(ServerProcess server) throws IOException {
		return Files.readAllLines(Path.of("/proc/" + server.pid() + "/status"))
			.stream()
			.filter((line) -> line.startsWith("VmRSS:"))
			.mapToLong((line) -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
			.findFirst()
			.orElse(0);
	}

	/**
	 * Many connections that one thread looks after.
	 */
	private static final class Waiters implements AutoCloseable {

		private final Selector selector = Selector.open();

		private final List<Waiter> all = new ArrayList<>();

		private final InetSocketAddress address;

		private Supplier<List<String>> log = List::of;

		Waiters(int port) throws IOException {
			this.address = new InetSocketAddress("localhost", port);
		}

		void onFailure(Supplier<List<String>> log) {
			this.log = log;
		}

		List<Waiter> all() {
			return this.all;
		}

		void add(String id) throws IOException {
			SocketChannel channel = SocketChannel.open();
			channel.configureBlocking(false);
			channel.connect(this.address);
			Waiter waiter = new Waiter(channel, id);
			this.all.add(waiter);
			channel.register(this.selector, SelectionKey.OP_CONNECT, waiter);
			if (this.all.size() % 200 == 0) {
				// No more at once than the queue of new connections holds.
				run((waiters) -> waiters.stream().allMatch(Waiter::hasBeenSent));
			}
		}

		void run(Predicate<List<Waiter>> end) throws IOException {
			long limit = System.nanoTime() + PATIENCE.toNanos();
			while (!end.test(this.all)) {
				assertThat(System.nanoTime()).as("too late").isLessThan(limit);
				try {
					this.selector.select((key) -> ((Waiter) key.attachment()).ready(key), 1000);
				}
				catch (UncheckedIOException ex) {
					throw new AssertionError("Failed while the service logged " + this.log.get(), ex);
				}
			}
		}

		@Override
		public void close() throws IOException {
			for (Waiter waiter : this.all) {
				waiter.channel.close();
			}
			this.selector.close();
		}

	}

	/**
	 * A request that waits.
	 */
	private static final class Waiter {

		private final SocketChannel channel;

		private final String id;

		private final ByteBuffer request;

		private final StringBuilder answer = new StringBuilder();

		Waiter(SocketChannel channel, String id) {
			this.channel = channel;
			this.id = id;
			this.request = ByteBuffer.wrap(("GET /api/v1/permissions/" + id
					+ " HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=30\r\nAuthorization: Bearer "
					+ TestServer.MAILER_KEY + "\r\n\r\n")
				.getBytes(StandardCharsets.US_ASCII));
		}

		void ready(SelectionKey key) {
			try {
				if (key.isConnectable() && this.channel.finishConnect()) {
					key.interestOps(SelectionKey.OP_WRITE);
				}
				else if (key.isWritable()) {
					this.channel.write(this.request);
					if (!this.request.hasRemaining()) {
						key.interestOps(SelectionKey.OP_READ);
					}
				}
				else if (key.isReadable()) {
					read(key);
				}
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		private void read(SelectionKey key) throws IOException {
			ByteBuffer buffer = ByteBuffer.allocate(8192);
			if (this.channel.read(buffer) < 0) {
				if (isRefused()) {
					this.channel.close();
					return;
				}
				throw new IOException("Closed after '" + this.answer + "'");
			}
			this.answer.append(StandardCharsets.UTF_8.decode(buffer.flip()));
			if (isWhole() && this.answer.indexOf("\"status\":\"pending\"") > 0) {
				// Its time is over, so it asks again.
				this.answer.setLength(0);
				this.request.rewind();
				key.interestOps(SelectionKey.OP_WRITE);
			}
		}

		private boolean isWhole() {
			int body = this.answer.indexOf("\r\n\r\n") + 4;
			return body >= 4
					&& (this.answer.indexOf("Transfer-Encoding: chunked") > 0 ? this.answer.indexOf("\r\n0\r\n\r\n") > 0
							: this.answer.length() > body && this.answer.charAt(this.answer.length() - 1) == '}');
		}

		boolean hasBeenSent() {
			return !this.request.hasRemaining();
		}

		boolean isAnswered() {
			return isWhole();
		}

		boolean isRefused() {
			return this.answer.indexOf("HTTP/1.1 503") == 0 && this.answer.indexOf("Retry-After: 5") > 0 && isWhole();
		}

		boolean isApproved() {
			return this.answer.indexOf("HTTP/1.1 200") == 0 && this.answer.indexOf("\"status\":\"approved\"") > 0
					&& this.answer.indexOf("\"token\":\"otp_") > 0;
		}

	}

}
