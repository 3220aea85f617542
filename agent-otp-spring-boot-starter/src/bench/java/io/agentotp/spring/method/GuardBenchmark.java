package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.operation.BoundForms;
import io.agentotp.spring.operation.GuardedCall;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;

/**
 * What the guard itself costs: an approved call whose client answers from memory without
 * a wire, beside Spring Security's {@code @PreAuthorize} with as many expressions, and
 * the binding and the digest of one call by themselves. Single calls are timed, so that
 * the median leaves out what other programs took from the processors.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GuardBenchmark {

	private AnnotationConfigApplicationContext context;

	private Mailer mailer;

	private GuardedMethod guarded;

	private GuardedCall call;

	private final Mailer target = new Mailer();

	private final Object[] arguments = { "client@example.com", "Invoice 42" };

	@Setup
	public void start() throws NoSuchMethodException {
		SecurityContextHolder.getContext()
			.setAuthentication(new TestingAuthenticationToken("agent", "n/a", "ROLE_AGENT"));
		this.context = new AnnotationConfigApplicationContext(Application.class);
		this.mailer = this.context.getBean(Mailer.class);
		Method method = Mailer.class.getMethod("guarded", String.class, String.class);
		this.guarded = new GuardedMethod(method, method.getAnnotation(RequiresPermission.class), Mailer.class, Set.of(),
				this.context.getDefaultListableBeanFactory(), BoundForms.NONE);
		this.call = this.guarded.evaluate("mailer", this.target, this.arguments, Map.of(), (value) -> "");
	}

	@TearDown
	public void stop() {
		this.context.close();
	}

	@Benchmark
	public String preAuthorize() {
		return this.mailer.authorized("client@example.com", "Invoice 42");
	}

	@Benchmark
	public String requiresPermission() {
		return this.mailer.guarded("client@example.com", "Invoice 42");
	}

	/** The same without arguments to bind. */
	@Benchmark
	public String requiresPermissionNotBound() {
		return this.mailer.notBound("client@example.com", "Invoice 42");
	}

	/** Attributes, arguments and the digest, as it is done before the question. */
	@Benchmark
	public GuardedCall digest() {
		return this.guarded.evaluate("mailer", this.target, this.arguments, Map.of(), (value) -> "");
	}

	/** The second look at the arguments, right before the body. */
	@Benchmark
	public void unchanged() {
		this.guarded.requireUnchanged(this.call, this.target, this.arguments);
	}

	/**
	 * Measures.
	 * @param arguments none
	 * @throws RunnerException if the benchmark fails
	 */
	public static void main(String[] arguments) throws RunnerException {
		int rounds = Integer.getInteger("bench.rounds", 5);
		TimeValue time = TimeValue.milliseconds((long) (1000 * Double.parseDouble(System.getProperty("bench.seconds", "2"))));
		Collection<RunResult> results = new Runner(new OptionsBuilder().include(GuardBenchmark.class.getName())
			.forks(Math.min(2, rounds))
			.warmupIterations(rounds)
			.warmupTime(time)
			.measurementIterations(rounds)
			.measurementTime(time)
			.addProfiler(GCProfiler.class)
			.shouldFailOnError(true)
			.build()).run();
		Map<String, Double> micros = results.stream()
			.map(RunResult::getPrimaryResult)
			.collect(Collectors.toMap(Result::getLabel, (result) -> result.getStatistics().getPercentile(50) / 1000));
		Map<String, Double> bytes = results.stream()
			.collect(Collectors.toMap((result) -> result.getPrimaryResult().getLabel(),
					(result) -> result.getSecondaryResults().get("gc.alloc.rate.norm").getScore()));
		micros.forEach((call, median) -> System.out.printf("%-26s %6.2f us %8.0f bytes%n", call, median,
				bytes.get(call)));
		System.out.printf("%.2f times @PreAuthorize%n", micros.get("requiresPermission") / micros.get("preAuthorize"));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	@Import({ AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class, Mailer.class })
	static class Application {

		/** Its grant names no digest, so that one grant will do for every call. */
		@Bean
		AgentOtpClient agentOtpClient() {
			Permission grant = grant();
			return (AgentOtpClient) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { AgentOtpClient.class }, (proxy, method, arguments) -> switch (method.getName()) {
						case "requestPermission" -> grant;
						case "with" -> proxy;
						default -> null;
					});
		}

		private static Permission grant() {
			byte[] answer = """
					{"success":true,"data":{"id":"p1","status":"approved","action":"email.send",\
					"resource":"email:client@example.com","scope":{"max_emails":1,\
					"allowed_recipients":["client@example.com"]},"token":"otp_of-the-benchmark",\
					"expiresAt":"2999-01-01T00:00:00Z"}}"""
				.getBytes(StandardCharsets.UTF_8);
			HttpTransport transport = new HttpTransport() {

				@Override
				public TransportResponse send(TransportRequest request, Duration timeout) {
					return new TransportResponse(201, Map.of(), answer);
				}

				@Override
				public void close() {
				}

			};
			try (AgentOtpClient client = AgentOtpClient.builder()
				.apiKey("ak_test_bench")
				.baseUrl("http://localhost")
				.transport(transport)
				.build()) {
				return client.requestPermission(
						PermissionRequest.builder("email.send").resource("email:client@example.com").build());
			}
		}

	}

	public static class Mailer {

		@RequiresPermission(action = "email.send", resource = "email:#{#to}",
				scope = "{max_emails: 1, allowed_recipients: {#to}}")
		public String guarded(String to, String subject) {
			return subject;
		}

		@RequiresPermission(action = "email.send", resource = "email:#{#to}",
				scope = "{max_emails: 1, allowed_recipients: {#to}}")
		public String notBound(@NotBound String to, @NotBound String subject) {
			return subject;
		}

		@PreAuthorize("hasRole('AGENT') and #to.endsWith('@example.com')")
		public String authorized(String to, String subject) {
			return subject;
		}

	}

}
