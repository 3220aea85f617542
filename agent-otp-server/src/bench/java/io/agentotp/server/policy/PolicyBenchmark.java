package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.json.Json;
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
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How long 1,000 policies take when none of them matches, so that all are asked.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PolicyBenchmark {

	private static final int POLICIES = 1000;

	/** One in ten with a regular expression, or every one. */
	@Param({ "mixed", "regular-expressions" })
	public String kind;

	private PolicySet policies;

	private PolicyRequest request;

	/**
	 * Makes the policies.
	 */
	@Setup
	public void prepare() {
		List<Policy> all = new ArrayList<>();
		PolicyParser parser = new PolicyParser(true);
		for (int i = 0; i < POLICIES; i++) {
			String conditions = this.kind.equals("mixed") ? mixed(i)
					: "{\"action\":{\"matches\":\"(mail|sms)\\\\.(send|draft)" + i + "[a-z]+\"}}";
			all.add(parser.parse(null, PolicyOrigin.API, PolicyDraft
				.read(Json.readObject("{\"name\":\"p" + i + "\",\"action\":\"deny\",\"conditions\":" + conditions + "}"))));
		}
		this.policies = PolicySet.of(List.of(), all, List.of());
		this.request = new PolicyRequest("mailer", "mail.send", "customer:4711",
				Json.readObject("{\"max_emails\":5,\"limits\":{\"size\":1000},\"allowed_domains\":[\"example.com\"]}"),
				Json.readObject("{\"reason\":\"monthly invoice\",\"ticket\":\"T-1\"}"), null);
	}

	// The action fits, so that the second condition is looked at, too.
	private static String mixed(int i) {
		return "{\"action\":{\"startsWith\":\"mail\"}," + switch (i % 10) {
			case 0 -> "\"resource\":{\"matches\":\"order:[0-9]{1,8}/" + i + "\"}";
			case 1 -> "\"resource\":{\"equals\":\"customer:" + i + "x\"}";
			case 2 -> "\"scope.max_emails\":{\"greaterThan\":" + (100 + i) + "}";
			case 3 -> "\"scope.limits.size\":{\"lessThan\":" + (i % 900) + "}";
			case 4 -> "\"scope.allowed_domains\":{\"contains\":\"host" + i + ".example\"}";
			case 5 -> "\"context.ticket\":{\"in\":[\"A-" + i + "\",\"B-" + i + "\",\"C-" + i + "\"]}";
			case 6 -> "\"resource\":{\"startsWith\":\"file:" + i + "\"}";
			case 7 -> "\"agentId\":{\"in\":[\"a" + i + "\",\"b" + i + "\"]}";
			case 8 -> "\"context.reason\":{\"contains\":\"reason " + i + "\"}";
			default -> "\"scope.flag" + i + "\":{\"exists\":true}";
		} + "}";
	}

	/**
	 * One decision.
	 * @return the decision
	 */
	@Benchmark
	public Object decide() {
		return this.policies.decide(this.request);
	}

	/**
	 * Measures.
	 * @param args none
	 * @throws RunnerException if it cannot
	 */
	public static void main(String[] args) throws RunnerException {
		int rounds = Integer.getInteger("bench.rounds", 3);
		TimeValue time = TimeValue.milliseconds((long) (1000 * Double.parseDouble(System.getProperty("bench.seconds", "2"))));
		new Runner(new OptionsBuilder().include(PolicyBenchmark.class.getName() + ".*")
			.forks(1)
			.warmupIterations(rounds)
			.warmupTime(time)
			.measurementIterations(rounds)
			.measurementTime(time)
			.shouldFailOnError(true)
			.build()).run();
	}

}
