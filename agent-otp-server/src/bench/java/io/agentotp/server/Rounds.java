package io.agentotp.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures how often things can be done a second, in turns.
 */
final class Rounds {

	private static final int THREADS = Integer.getInteger("bench.threads", 8);

	private static final int ROUNDS = Integer.getInteger("bench.rounds", 3);

	private static final long NANOS = (long) (1e9 * Double.parseDouble(System.getProperty("bench.seconds", "4")));

	// A Spring application is slow for its first ten thousand requests.
	private static final int WARM_UP_ROUNDS = Integer.getInteger("bench.warm-up-rounds", 6);

	private Rounds() {
	}

	/**
	 * Runs each in turn, some times to warm up and then in rounds, and prints its median and the
	 * ratio of the first to each.
	 */
	static void run(List<Contender> contenders) throws Exception {
		double[][] rates = new double[contenders.size()][ROUNDS];
		for (int round = 0; round < WARM_UP_ROUNDS; round++) {
			contenders.forEach((contender) -> measure(contender));
		}
		for (int round = 0; round < ROUNDS; round++) {
			for (int i = 0; i < contenders.size(); i++) {
				rates[i][round] = measure(contenders.get(i));
			}
		}
		for (int i = 0; i < contenders.size(); i++) {
			double[] ratios = new double[ROUNDS];
			for (int round = 0; round < ROUNDS; round++) {
				ratios[round] = rates[0][round] / rates[i][round];
			}
			Arrays.sort(rates[i]);
			Arrays.sort(ratios);
			System.out.printf("%-40s %8.0f a second (%.0f - %.0f), the first to it %.2f%n", contenders.get(i).name(),
					rates[i][ROUNDS / 2], rates[i][0], rates[i][ROUNDS - 1], ratios[ROUNDS / 2]);
		}
	}

	private static double measure(Contender contender) {
		ExecutorService executor = Executors.newFixedThreadPool(THREADS);
		try {
			AtomicLong count = new AtomicLong();
			List<Callable<Void>> tasks = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				tasks.add(() -> {
					try (Worker worker = contender.open()) {
						long end = System.nanoTime() + NANOS;
						while (System.nanoTime() < end) {
							worker.once();
							count.incrementAndGet();
						}
					}
					return null;
				});
			}
			long begin = System.nanoTime();
			for (Future<Void> done : executor.invokeAll(tasks)) {
				done.get();
			}
			return count.get() * 1e9 / (System.nanoTime() - begin);
		}
		catch (Exception ex) {
			throw new IllegalStateException(contender.name(), ex);
		}
		finally {
			executor.shutdownNow();
		}
	}

	/**
	 * One of those who take turns.
	 *
	 * @param name its name
	 * @param opener makes what one thread works with
	 */
	record Contender(String name, Callable<Worker> opener) {

		Worker open() throws Exception {
			return this.opener.call();
		}

	}

	/**
	 * What one thread does.
	 */
	interface Worker extends AutoCloseable {

		void once() throws Exception;

		@Override
		default void close() throws IOException {
		}

	}

}
