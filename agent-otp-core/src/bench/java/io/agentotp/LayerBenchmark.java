package io.agentotp;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What our own layer costs: calls over a transport that answers from memory, and beside
 * them the same JSON written and parsed by the same mapper without a client around it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LayerBenchmark {

	private static final String ID = "3f2b8c1e-7d54-4b0a-9c11-5e8f3a7d2b60";

	private static final OtpToken TOKEN = OtpToken.of("otp_Zk3v8Qw1Rt5Yx7Bn2Mc4Lp6Sd9Fg0Hj3Kq8We5Tz1Ux");

	private static final Map<String, Object> DETAILS = Map.of("outcome", "success");

	private static final byte[] PERMISSION = ("{\"success\":true,\"data\":{\"id\":\"" + ID
			+ "\",\"status\":\"approved\",\"action\":\"email.send\",\"resource\":\"email:client@example.com\","
			+ "\"scope\":{\"max_emails\":1},\"token\":\"" + TOKEN.value()
			+ "\",\"expiresAt\":\"2026-11-24T10:05:00Z\",\"createdAt\":\"2026-11-24T10:00:00Z\"}}")
		.getBytes(StandardCharsets.UTF_8);

	private static final byte[] USE = "{\"success\":true,\"data\":{\"success\":true,\"usesRemaining\":0}}"
		.getBytes(StandardCharsets.UTF_8);

	private final PermissionRequest request = PermissionRequest.builder("email.send")
		.resource("email:client@example.com")
		.scope("max_emails", 1)
		.scope("allowed_recipients", List.of("client@example.com"))
		.reason("Sending the monthly invoice")
		.waitForApproval(false)
		.build();

	private final Map<String, Object> requestBody = new LinkedHashMap<>();

	private final Map<String, Object> useBody = new LinkedHashMap<>();

	private final TransportResponse permissionAnswer = answer(PERMISSION);

	private final TransportResponse useAnswer = answer(USE);

	private final AgentOtpClient requesting = client(PERMISSION);

	private final AgentOtpClient using = client(USE);

	/**
	 * Makes the bodies that the client makes for its calls.
	 */
	public LayerBenchmark() {
		this.requestBody.put("action", this.request.action());
		this.requestBody.put("resource", this.request.resource().orElseThrow());
		this.requestBody.put("scope", this.request.scope());
		this.requestBody.put("context", this.request.context());
		this.useBody.put("token", TOKEN.value());
		this.useBody.put("actionDetails", DETAILS);
	}

	/**
	 * A whole call: asks for a permission.
	 * @return its result
	 */
	@Benchmark
	public Object request() {
		return this.requesting.requestPermission(this.request);
	}

	/**
	 * The JSON of that call.
	 * @return what keeps it alive
	 */
	@Benchmark
	public Object requestJson() {
		return Answers.write(this.requestBody).length + Answers.parse(this.permissionAnswer).size();
	}

	/**
	 * A whole call: uses a token.
	 * @return its result
	 */
	@Benchmark
	public Object use() {
		return this.using.useToken(ID, TOKEN, DETAILS, null);
	}

	/**
	 * The JSON of that call.
	 * @return what keeps it alive
	 */
	@Benchmark
	public Object useJson() {
		return Answers.write(this.useBody).length + Answers.parse(this.useAnswer).size();
	}

	/**
	 * Measures everything and prints the figures.
	 * @param args none
	 * @throws RunnerException if a measurement failed
	 */
	public static void main(String[] args) throws RunnerException {
		System.out.printf("%-12s %8s %8s %8s %8s%n", "one call", "us", "of JSON", "bytes", "of JSON");
		for (String call : List.of("request", "use")) {
			RunResult whole = measure(call);
			RunResult json = measure(call + "Json");
			System.out.printf("%-12s %8.2f %8.2f %,8.0f %,8.0f   without JSON: %.2f us, %,.0f bytes%n", call,
					micros(whole), micros(json), bytes(whole), bytes(json), micros(whole) - micros(json),
					bytes(whole) - bytes(json));
		}
	}

	private static RunResult measure(String method) throws RunnerException {
		TimeValue time = TimeValue.milliseconds((long) (1000 * Double.parseDouble(System.getProperty("bench.seconds", "2"))));
		Options options = new OptionsBuilder().include(LayerBenchmark.class.getName() + "\\." + method + "$")
			.forks(Integer.getInteger("bench.rounds", 5))
			.warmupIterations(3)
			.warmupTime(time)
			.measurementIterations(3)
			.measurementTime(time)
			.addProfiler(GCProfiler.class)
			.shouldFailOnError(true)
			.verbosity(VerboseMode.SILENT)
			.build();
		return new Runner(options).runSingle();
	}

	private static double micros(RunResult result) {
		return result.getPrimaryResult().getScore() / 1000;
	}

	private static double bytes(RunResult result) {
		return result.getSecondaryResults()
			.entrySet()
			.stream()
			.filter((entry) -> entry.getKey().endsWith("gc.alloc.rate.norm"))
			.mapToDouble((entry) -> entry.getValue().getScore())
			.findFirst()
			.orElseThrow();
	}

	private static AgentOtpClient client(byte[] body) {
		return AgentOtpClient.builder()
			.apiKey("ak_test_0123456789abcdefghijklmnop")
			.baseUrl("http://localhost")
			.transport(new InMemory(body))
			.build();
	}

	private static TransportResponse answer(byte[] body) {
		return new TransportResponse(200,
				Map.of("content-length", List.of(Integer.toString(body.length)), "content-type",
						List.of("application/json"), "date", List.of("Tue, 24 Nov 2026 10:00:00 GMT"), "x-request-id",
						List.of("0123456789abcdef")),
				body);
	}

	/**
	 * Makes an answer of its own for each call, as a real transport must.
	 */
	private static final class InMemory implements HttpTransport {

		private final TransportResponse answer;

		InMemory(byte[] body) {
			this.answer = answer(body);
		}

		@Override
		public TransportResponse send(TransportRequest request, Duration timeout) {
			return new TransportResponse(200, this.answer.headers(), this.answer.body());
		}

		@Override
		public void close() {
		}

	}

}
