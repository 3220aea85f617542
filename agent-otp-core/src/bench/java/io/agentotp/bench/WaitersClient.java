package io.agentotp.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionStatus;

/**
 * Waits for many decisions at once and reports what that costs this process, and how soon
 * after a decision its future is completed.
 */
public final class WaitersClient {

	private static final int WARM_UP = 200;

	/** How often the original's client polls. */
	private static final long POLL_MILLIS = 2_000;

	private static final byte[] APPROVE = "{\"approved\":true}".getBytes(StandardCharsets.US_ASCII);

	private final LongAdder queries = new LongAdder();

	private final int port;

	private final Duration idle;

	private final AgentOtpClient client;

	private final List<String> ids;

	private final CompletableFuture<?>[] waiters;

	private WaitersClient(int port, List<String> ids, Duration idle) {
		this.port = port;
		this.idle = idle;
		this.ids = ids;
		this.waiters = new CompletableFuture<?>[ids.size()];
		this.client = AgentOtpClient.builder()
			.apiKey(Exchange.API_KEY)
			.baseUrl(HttpPeer.address(port))
			.listener((attempt) -> {
				if (attempt.operation().equals("query")) {
					this.queries.increment();
				}
			})
			.build();
	}

	/**
	 * Measures and prints the figures.
	 * @param args port of the service, file with the ids of pending permissions, number
	 * of timed decisions, of polled decisions, seconds to leave the client alone: longer than
	 * its threads and connections outlive their last use
	 * @throws Exception if the service fails
	 */
	public static void main(String[] args) throws Exception {
		WaitersClient program = new WaitersClient(Integer.parseInt(args[0]), Files.readAllLines(Path.of(args[1])),
				Duration.ofSeconds(Long.parseLong(args[4])));
		int decisions = Integer.parseInt(args[2]);
		program.use();
		program.waitForAll();
		try (RawHttp approver = new RawHttp(program.port, WaitersProgram.APPROVER_KEY)) {
			program.decide(approver, 0, WARM_UP);
			program.decide(approver, WARM_UP, decisions).print("future of one of the waiters");
			program.poll(approver, WARM_UP + decisions, Integer.parseInt(args[3])).print("poller at 2 s");
		}
		program.client.close();
	}

	/**
	 * The client before it waits: used in each way, then left alone.
	 */
	private void use() throws Exception {
		Permission own = null;
		for (int i = 0; i < WARM_UP; i++) {
			own = this.client.requestPermission(Exchange.REQUEST);
			this.client.async().getPermission(own.id()).get();
		}
		CompletableFuture<Permission> decision = this.client.async().awaitDecision(own.id(), Duration.ofMinutes(1));
		try (RawHttp approver = new RawHttp(this.port, WaitersProgram.APPROVER_KEY)) {
			approve(approver, own.id());
		}
		decision.get(1, TimeUnit.MINUTES);
		Thread.sleep(this.idle.toMillis());
	}

	private void waitForAll() throws Exception {
		long heapBefore = ProcessFacts.heap();
		ProcessFacts before = ProcessFacts.now();
		this.queries.reset();
		for (int i = 0; i < this.waiters.length; i++) {
			this.waiters[i] = this.client.async().awaitDecision(this.ids.get(i), Duration.ofHours(1));
		}
		ProcessFacts peak = peakWhileReading();
		Thread.sleep(this.idle.toMillis());
		ProcessFacts settled = ProcessFacts.now();
		long heap = ProcessFacts.heap() - heapBefore;
		System.out.printf("%,d waiters, at most %s open files%n", this.waiters.length, ProcessFacts.fileLimit());
		System.out.printf("%-22s %8s %8s%n", "", "threads", "sockets");
		print("before", before);
		print("begin to wait, peak", peak);
		print("wait", settled);
		System.out.printf("threads now: %s%n", ProcessFacts.threadNames());
		System.out.printf("heap per waiter: %,d bytes%n", heap / this.waiters.length);
		System.out.printf("ended before their decision: %d%n",
				Arrays.stream(this.waiters).filter(CompletableFuture::isDone).count());
	}

	/**
	 * Looks at the process until the client has read the permission of each new wait.
	 */
	private ProcessFacts peakWhileReading() throws Exception {
		ProcessFacts peak = ProcessFacts.now();
		long seen = -1;
		long quietSince = System.nanoTime();
		while (System.nanoTime() - quietSince < TimeUnit.SECONDS.toNanos(3)) {
			if (this.queries.sum() != seen) {
				seen = this.queries.sum();
				quietSince = System.nanoTime();
			}
			peak = peak.max(ProcessFacts.now());
			Thread.sleep(5);
		}
		return peak;
	}

	private static void print(String title, ProcessFacts facts) {
		System.out.printf("%-22s %8d %8d%n", title, facts.threads(), facts.sockets());
	}

	/**
	 * Decides one after the other, each when somebody waits for it.
	 */
	private Latencies decide(RawHttp approver, int from, int count) throws Exception {
		Latencies latencies = new Latencies();
		for (int i = from; i < from + count; i++) {
			CompletableFuture<Long> completed = this.waiters[i].thenApply((permission) -> System.nanoTime());
			long sent = System.nanoTime();
			approve(approver, this.ids.get(i));
			long answered = System.nanoTime();
			latencies.add(sent, answered, completed.get(1, TimeUnit.MINUTES));
			Thread.sleep(ThreadLocalRandom.current().nextInt(5, 25));
		}
		return latencies;
	}

	/**
	 * What the original's client does: reads one permission every two seconds. Several
	 * such pollers at once, each in its own phase, decided at any moment of it.
	 */
	private Latencies poll(RawHttp approver, int from, int count) throws Exception {
		Latencies latencies = new Latencies();
		ScheduledExecutorService scheduler = new ScheduledThreadPoolExecutor(2);
		for (int i = from; i < from + count; i++) {
			String id = this.ids.get(i);
			CompletableFuture<Long> completed = new CompletableFuture<>();
			ScheduledFuture<?> poller = scheduler.scheduleAtFixedRate(() -> look(id, completed), 0, POLL_MILLIS,
					TimeUnit.MILLISECONDS);
			completed.thenRun(() -> poller.cancel(false));
			Thread.sleep(ThreadLocalRandom.current().nextLong(POLL_MILLIS / 20));
			scheduler.schedule(() -> decideAndNote(approver, id, completed, latencies),
					ThreadLocalRandom.current().nextLong(POLL_MILLIS), TimeUnit.MILLISECONDS);
		}
		for (int i = 0; latencies.count() < count && i < 100; i++) {
			Thread.sleep(100);
		}
		scheduler.shutdownNow();
		return latencies;
	}

	private void look(String id, CompletableFuture<Long> completed) {
		if (this.client.getPermission(id).status() != PermissionStatus.PENDING) {
			completed.complete(System.nanoTime());
		}
	}

	private static void decideAndNote(RawHttp approver, String id, CompletableFuture<Long> completed,
			Latencies latencies) {
		try {
			synchronized (approver) {
				long sent = System.nanoTime();
				approve(approver, id);
				long answered = System.nanoTime();
				completed.thenAccept((time) -> latencies.add(sent, answered, time));
			}
		}
		catch (IOException ex) {
			ex.printStackTrace();
		}
	}

	private static void approve(RawHttp approver, String id) throws IOException {
		approver.post("/api/v1/permissions/" + id + "/decide", APPROVE);
	}

}
