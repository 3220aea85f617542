package io.agentotp.trust;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * What a signed grant costs: its whole verification, and beside it nothing but one
 * verification of a signature by the JDK.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SignedGrantBenchmark {

	private static final PermissionRequest REQUEST = PermissionRequest.builder("payment.refund")
		.resource("order:42")
		.scope("max_amount", 50)
		.build()
		.withCall(Map.of("target", Map.of("tool", "refund"), "arguments", List.of()), "sha256:" + "ab".repeat(32));

	private final Signer alice = Signer.of("alice");

	private SignedGrants trust;

	private Permission grant;

	private byte[] signed;

	private byte[] signature;

	/**
	 * Makes a trust file and a signed grant.
	 */
	@Setup
	public void setUp() throws IOException, GeneralSecurityException {
		Path file = Files.createTempFile("trust", ".json");
		file.toFile().deleteOnExit();
		Files.writeString(file, Signer.trustFile(this.alice.entry(List.of(), null)));
		this.trust = SignedGrants.builder(file).actions("payment.*").maxAge(Duration.ofDays(1)).build();
		this.grant = grant(this.alice.sign(statement()));
		this.signed = new byte[69];
		Signature signer = Signature.getInstance("SHA256withECDSA");
		signer.initSign(this.alice.keys.getPrivate());
		signer.update(this.signed);
		this.signature = signer.sign();
	}

	private static Map<String, Object> statement() {
		Map<String, Object> statement = new LinkedHashMap<>();
		statement.put("v", 1);
		statement.put("permission", "p1");
		statement.put("agent", "agent-1");
		statement.put("callDigest", REQUEST.callDigest().orElseThrow());
		statement.put("action", "payment.refund");
		statement.put("resource", "order:42");
		statement.put("grantedScope", Map.of("max_amount", 50));
		statement.put("decision", "approve");
		statement.put("reason", null);
		statement.put("approver", "alice");
		statement.put("nonce", "bm9uY2U");
		statement.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
		return statement;
	}

	private static Permission grant(Map<String, Object> proof) {
		byte[] answer = Signer
			.json(Map.of("id", "p1", "status", "approved", "action", "payment.refund", "resource", "order:42", "scope",
					Map.of("max_amount", 50), "token", "otp_0123456789abcdef", "expiresAt", "2036-06-01T12:05:00Z",
					"callDigest", REQUEST.callDigest().orElseThrow(), "proofs", List.of(proof)))
			.getBytes(StandardCharsets.UTF_8);
		HttpTransport transport = new HttpTransport() {

			@Override
			public TransportResponse send(TransportRequest request, Duration timeout) {
				return new TransportResponse(200, Map.of(), answer);
			}

			@Override
			public void close() {
				// Nothing is open.
			}

		};
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.transport(transport)
			.build()) {
			return client.getPermission("p1");
		}
	}

	/** All that the guard does for a signed grant. */
	@Benchmark
	public void verifiedGrant() {
		this.trust.verify(REQUEST, this.grant);
	}

	/** One signature, by the JDK. */
	@Benchmark
	public boolean oneSignature() throws GeneralSecurityException {
		Signature verifier = Signature.getInstance("SHA256withECDSA");
		verifier.initVerify(this.alice.keys.getPublic());
		verifier.update(this.signed);
		return verifier.verify(this.signature);
	}

	/**
	 * Measures.
	 * @param arguments none
	 * @throws RunnerException if the benchmark fails
	 */
	public static void main(String[] arguments) throws RunnerException {
		int rounds = Integer.getInteger("bench.rounds", 5);
		TimeValue time = TimeValue
			.milliseconds((long) (1000 * Double.parseDouble(System.getProperty("bench.seconds", "2"))));
		new Runner(new OptionsBuilder().include(SignedGrantBenchmark.class.getName())
			.forks(1)
			.warmupIterations(rounds)
			.warmupTime(time)
			.measurementIterations(rounds)
			.measurementTime(time)
			.shouldFailOnError(true)
			.build()).run();
	}

}
