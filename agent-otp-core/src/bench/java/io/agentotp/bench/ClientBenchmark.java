package io.agentotp.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Calls per second of our client and of others against the same server. The clients take
 * turns, each time in a fresh JVM, so that a busy machine slows all of them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class ClientBenchmark {

	private static final String PORT = "bench.port";

	/** Who calls. */
	@Param
	public HttpPeer peer;

	private HttpPeer.Caller caller;

	/**
	 * Connects.
	 */
	@Setup
	public void connect() {
		this.caller = this.peer.connect(Integer.getInteger(PORT));
	}

	/**
	 * One call.
	 * @return its result
	 * @throws Exception if it failed
	 */
	@Benchmark
	public Object post() throws Exception {
		return this.caller.post();
	}

	/**
	 * Measures all clients and prints their figures.
	 * @param args none
	 * @throws Exception if a measurement failed
	 */
	public static void main(String[] args) throws Exception {
		int port = Program.startBenchServer();
		System.out.println("answer: " + Exchange.ANSWER.length() + " bytes");
		for (int threads : new int[] { 16, 1 }) {
			measure(threads, port);
		}
	}

	private static void measure(int threads, int port) throws RunnerException {
		Map<HttpPeer, List<Double>> scores = new EnumMap<>(HttpPeer.class);
		for (int round = 0; round < Integer.getInteger("bench.rounds", 5); round++) {
			for (HttpPeer peer : HttpPeer.values()) {
				scores.computeIfAbsent(peer, (key) -> new ArrayList<>()).add(score(peer, threads, port));
			}
		}
		double ours = median(scores.get(HttpPeer.OURS));
		System.out.printf("%n%d callers: calls/s, median (lowest - highest), ours in relation to it%n", threads);
		scores.forEach((peer, list) -> System.out.printf("%-34s %,8.0f (%,.0f - %,.0f)  %.2f%n", peer.title(),
				median(list), Collections.min(list), Collections.max(list), ours / median(list)));
	}

	private static double score(HttpPeer peer, int threads, int port) throws RunnerException {
		TimeValue time = TimeValue.milliseconds((long) (1000 * Double.parseDouble(System.getProperty("bench.seconds", "2"))));
		Options options = new OptionsBuilder().include(ClientBenchmark.class.getName())
			.param("peer", peer.name())
			.threads(threads)
			.forks(1)
			.warmupIterations(2)
			.warmupTime(time)
			.measurementIterations(2)
			.measurementTime(time)
			.jvmArgsAppend("-Xmx512m", "-D" + PORT + "=" + port)
			.shouldFailOnError(true)
			.verbosity(VerboseMode.SILENT)
			.build();
		return new Runner(options).runSingle().getPrimaryResult().getScore();
	}

	private static double median(List<Double> values) {
		return values.stream().sorted().toList().get(values.size() / 2);
	}

}
