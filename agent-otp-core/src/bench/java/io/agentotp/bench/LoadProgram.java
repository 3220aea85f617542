package io.agentotp.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;

/**
 * Many calls from many threads to a healthy server, without retries, so that no failure
 * is hidden: none may fail, and the server must have seen each one once.
 */
public final class LoadProgram {

	private final AtomicLong left;

	private final LongAdder attempts = new LongAdder();

	private final LongAdder granted = new LongAdder();

	private final Map<String, Integer> failures = new TreeMap<>();

	private LoadProgram(long posts) {
		this.left = new AtomicLong(posts);
	}

	/**
	 * Runs the calls and prints what became of them.
	 * @param args number of calls and of threads
	 * @throws Exception if the server cannot be asked
	 */
	public static void main(String[] args) throws Exception {
		new LoadProgram(Long.parseLong(args[0])).run(Integer.parseInt(args[1]));
	}

	private void run(int threads) throws Exception {
		int port = Program.startBenchServer();
		long start = System.nanoTime();
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey(Exchange.API_KEY)
			.baseUrl(HttpPeer.address(port))
			.retries(0)
			.listener((attempt) -> this.attempts.increment())
			.build()) {
			callFrom(threads, client);
		}
		double seconds = (System.nanoTime() - start) / 1e9;
		String seen;
		try (RawHttp http = new RawHttp(port, Exchange.API_KEY)) {
			seen = new String(http.get("/"), StandardCharsets.US_ASCII);
		}
		System.out.printf("granted %,d  failures %s  attempts %,d  seen by the server %,d  in %.1f s, %,.0f/s%n",
				this.granted.sum(), this.failures.isEmpty() ? "0" : this.failures, this.attempts.sum(),
				Long.parseLong(seen), seconds, this.granted.sum() / seconds);
		if (!this.failures.isEmpty() || this.attempts.sum() != Long.parseLong(seen)) {
			throw new IllegalStateException("Calls have failed or were not seen");
		}
	}

	private void callFrom(int threads, AgentOtpClient client) throws InterruptedException {
		List<Thread> callers = new ArrayList<>();
		for (int i = 0; i < threads; i++) {
			Thread caller = new Thread(() -> call(client));
			callers.add(caller);
			caller.start();
		}
		for (Thread caller : callers) {
			caller.join();
		}
	}

	private void call(AgentOtpClient client) {
		while (this.left.getAndDecrement() > 0) {
			try {
				client.requestPermission(Exchange.REQUEST).orThrow();
				this.granted.increment();
			}
			catch (AgentOtpException ex) {
				synchronized (this.failures) {
					this.failures.merge(ex.code() + " " + ex.getCause(), 1, Integer::sum);
				}
			}
		}
	}

}
