package io.agentotp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.guard.PermissionGuardCustomizer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Both clients and the guard promise the same about a guarded call: its use is reported
 * until the token ends, a request whose wait ends is withdrawn, and closing does what is
 * left. One scenario each, over HTTP, with a time that is moved by hand.
 */
class GuardedCallPromisesTests {

	private static final Duration LONG = Duration.ofMinutes(5);

	private final Service service = new Service();

	private final ManualTime time = new ManualTime();

	private @Nullable Caller caller;

	@BeforeEach
	void setUp() throws IOException {
		this.service.start();
	}

	@AfterEach
	void tearDown() {
		if (this.caller != null) {
			this.caller.close();
		}
		this.service.stop();
	}

	private Caller open(Kind kind, Duration approvalTimeout) {
		AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl(this.service.url())
			.retries(0)
			.approvalTimeout(approvalTimeout)
			.time(this.time::now, this.time::later)
			.build();
		Caller opened = switch (kind) {
			case SYNC -> new SyncCaller(client);
			case ASYNC -> new AsyncCaller(client);
			case GUARD -> new GuardCaller(client, approvalTimeout, this.time, false);
			case GUARD_ASYNC -> new GuardCaller(client, approvalTimeout, this.time, true);
		};
		this.caller = opened;
		return opened;
	}

	@ParameterizedTest
	@EnumSource
	void useWhenServiceFailsWhileTheBodyRunsThenRecordedWhenItIsBack(Kind kind) throws Exception {
		Caller caller = open(kind, LONG);
		CompletableFuture<String> result = caller.call(() -> {
			this.service.useStatus = 503;
			return "done";
		});
		assertThat(result.get(60, TimeUnit.SECONDS)).isEqualTo("done");
		for (int seconds : List.of(1, 2, 4)) {
			this.time.advance(Duration.ofSeconds(seconds));
		}
		this.time.await();
		assertThat(this.service.used).isEmpty();
		this.service.useStatus = 200;
		this.time.advance(Duration.ofSeconds(8));
		assertThat(this.service.used.poll(60, TimeUnit.SECONDS)).isEqualTo("succeeded");
		assertThat(this.service.keys).hasSize(5).containsOnly(this.service.keys.element());
	}

	@ParameterizedTest
	@EnumSource
	void closeWhenAUseIsNotRecordedYetThenItIsBefore(Kind kind) throws Exception {
		Caller caller = open(kind, LONG);
		caller.call(() -> {
			this.service.useStatus = 503;
			return "done";
		}).get(60, TimeUnit.SECONDS);
		this.service.useStatus = 200;
		caller.close();
		assertThat(this.service.used).containsExactly("succeeded");
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenItsTimeEndsThenWithdrawn(Kind kind) throws Exception {
		this.service.pending = true;
		CompletableFuture<String> result = open(kind, Duration.ofMillis(50)).call(() -> "done");
		assertThat(this.service.withdrawn.poll(60, TimeUnit.SECONDS)).isNotNull();
		assertThat(result).failsWithin(Duration.ofMinutes(1));
	}

	@ParameterizedTest
	@EnumSource
	void waitWhenTheCallerGoesAwayThenWithdrawn(Kind kind) throws Exception {
		this.service.pending = true;
		Caller caller = open(kind, LONG);
		CompletableFuture<String> result = caller.call(() -> "done");
		assertThat(this.service.read.poll(60, TimeUnit.SECONDS)).isNotNull();
		caller.goAway();
		assertThat(this.service.withdrawn.poll(60, TimeUnit.SECONDS)).isNotNull();
		assertThat(result).failsWithin(Duration.ofMinutes(1));
	}

	@ParameterizedTest
	@EnumSource
	void closeWhenACallWaitsThenWithdrawnBefore(Kind kind) throws Exception {
		this.service.pending = true;
		Caller caller = open(kind, LONG);
		CompletableFuture<String> result = caller.call(() -> "done");
		assertThat(this.service.read.poll(60, TimeUnit.SECONDS)).isNotNull();
		caller.close();
		assertThat(this.service.withdrawn).hasSize(1);
		assertThat(result).failsWithin(Duration.ofMinutes(1));
	}

	enum Kind {

		SYNC, ASYNC, GUARD, GUARD_ASYNC

	}

	/**
	 * Calls with a permission, in one way.
	 */
	private interface Caller extends AutoCloseable {

		CompletableFuture<String> call(Supplier<String> body);

		void goAway();

		@Override
		void close();

	}

	/**
	 * Calls on a thread that can be interrupted.
	 */
	private abstract static class BlockingCaller implements Caller {

		private final CompletableFuture<Thread> thread = new CompletableFuture<>();

		@Override
		public CompletableFuture<String> call(Supplier<String> body) {
			CompletableFuture<String> result = new CompletableFuture<>();
			Thread thread = new Thread(() -> {
				try {
					result.complete(block(body));
				}
				catch (Throwable ex) {
					result.completeExceptionally(ex);
				}
			}, "caller");
			thread.setDaemon(true);
			this.thread.complete(thread);
			thread.start();
			return result;
		}

		abstract String block(Supplier<String> body);

		@Override
		public void goAway() {
			this.thread.join().interrupt();
		}

	}

	private static final class SyncCaller extends BlockingCaller {

		private final AgentOtpClient client;

		SyncCaller(AgentOtpClient client) {
			this.client = client;
		}

		@Override
		String block(Supplier<String> body) {
			return this.client.executeWithPermission(PermissionRequest.builder("act").build(),
					(permission) -> body.get());
		}

		@Override
		public void close() {
			this.client.close();
		}

	}

	private static final class AsyncCaller implements Caller {

		private final AgentOtpClient client;

		private CompletableFuture<String> result = new CompletableFuture<>();

		AsyncCaller(AgentOtpClient client) {
			this.client = client;
		}

		@Override
		public CompletableFuture<String> call(Supplier<String> body) {
			this.result = this.client.async()
				.executeWithPermission(PermissionRequest.builder("act").build(),
						(permission) -> CompletableFuture.completedFuture(body.get()));
			return this.result;
		}

		@Override
		public void goAway() {
			this.result.cancel(true);
		}

		@Override
		public void close() {
			this.client.close();
		}

	}

	private static final class GuardCaller extends BlockingCaller {

		private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();

		private final boolean async;

		private CompletableFuture<String> result = new CompletableFuture<>();

		GuardCaller(AgentOtpClient client, Duration approvalTimeout, ManualTime time, boolean async) {
			this.async = async;
			this.context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("test",
						Map.of("agentotp.approval-timeout", approvalTimeout.toMillis() + "ms")));
			this.context.registerBean(AgentOtpClient.class, () -> client);
			this.context.registerBean(PermissionGuardCustomizer.class,
					() -> (builder) -> builder.clock(time::now).delayer(time::later));
			this.context.register(Application.class, Deed.class);
			this.context.refresh();
		}

		@Override
		public CompletableFuture<String> call(Supplier<String> body) {
			if (!this.async) {
				return super.call(body);
			}
			this.result = this.context.getBean(Deed.class).actLater(body);
			return this.result;
		}

		@Override
		String block(Supplier<String> body) {
			return this.context.getBean(Deed.class).act(body);
		}

		@Override
		public void goAway() {
			if (this.async) {
				this.result.cancel(true);
			}
			else {
				super.goAway();
			}
		}

		@Override
		public void close() {
			this.context.close();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
			TaskExecutionAutoConfiguration.class })
	static class Application {

	}

	public static class Deed {

		@RequiresPermission(action = "act")
		public String act(@NotBound Supplier<String> body) {
			return body.get();
		}

		@RequiresPermission(action = "act")
		public CompletableFuture<String> actLater(@NotBound Supplier<String> body) {
			return CompletableFuture.completedFuture(body.get());
		}

	}

	/**
	 * Moves to the next try of a report.
	 */
	private static final class ManualTime {

		private final Queue<Map.Entry<Duration, Runnable>> later = new ConcurrentLinkedQueue<>();

		private final Semaphore scheduled = new Semaphore(0);

		private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

		Instant now() {
			return this.now;
		}

		void later(Duration delay, Runnable task) {
			this.later.add(Map.entry(delay, task));
			this.scheduled.release();
		}

		/** Waits until the last try has failed and the next one is planned. */
		void await() throws InterruptedException {
			assertThat(this.scheduled.tryAcquire(60, TimeUnit.SECONDS)).as("a next try").isTrue();
			this.scheduled.release();
		}

		void advance(Duration delay) throws InterruptedException {
			assertThat(this.scheduled.tryAcquire(60, TimeUnit.SECONDS)).as("a next try").isTrue();
			Map.Entry<Duration, Runnable> next = this.later.remove();
			assertThat(next.getKey()).isEqualTo(delay);
			this.now = this.now.plus(delay);
			next.getValue().run();
		}

	}

	/**
	 * A service without a decision feed that grants at once, or leaves all pending.
	 */
	private static final class Service {

		private static final JsonMapper JSON = JsonMapper.shared();

		final BlockingQueue<String> used = new LinkedBlockingQueue<>();

		final BlockingQueue<String> withdrawn = new LinkedBlockingQueue<>();

		final BlockingQueue<String> read = new LinkedBlockingQueue<>();

		final Queue<String> keys = new ConcurrentLinkedQueue<>();

		private final ExecutorService threads = Executors.newCachedThreadPool();

		private volatile @Nullable ObjectNode permission;

		private @Nullable HttpServer server;

		volatile boolean pending;

		volatile int useStatus = 200;

		void start() throws IOException {
			HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
			server.setExecutor(this.threads);
			server.createContext("/api/v1/permissions/", this::answer);
			server.start();
			this.server = server;
		}

		String url() {
			return "http://127.0.0.1:" + this.server.getAddress().getPort();
		}

		void stop() {
			this.server.stop(0);
			this.threads.shutdownNow();
		}

		private void answer(HttpExchange exchange) throws IOException {
			String path = exchange.getRequestURI().getPath().substring("/api/v1/permissions/".length());
			byte[] body = exchange.getRequestBody().readAllBytes();
			switch (path) {
				case "request" -> {
					this.permission = JSON.readValue(body, ObjectNode.class)
						.put("id", "p1")
						.put("status", this.pending ? "pending" : "approved");
					if (!this.pending) {
						this.permission.put("token", "otp_0123456789abcdef0123456789abcdef")
							.put("expiresAt", "2026-01-01T00:05:00Z");
					}
					send(exchange, this.pending ? 202 : 201, this.permission.toString());
				}
				case "p1" -> {
					this.read.add(path);
					send(exchange, 200, String.valueOf(this.permission));
				}
				case "p1/use" -> use(exchange, body);
				case "p1/revoke" -> {
					this.withdrawn.add(path);
					send(exchange, 200, "{\"success\":true,\"revokedAt\":\"2026-01-01T00:00:00Z\"}");
				}
				default -> send(exchange, 404, "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"none\"}}");
			}
		}

		private void use(HttpExchange exchange, byte[] body) throws IOException {
			this.keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
			int status = this.useStatus;
			if (status == 200) {
				this.used.add(JSON.readTree(body).path("actionDetails").path("outcome").asString());
			}
			send(exchange, status, (status == 200) ? "{\"success\":true,\"usesRemaining\":0}" : "{}");
		}

		private static void send(HttpExchange exchange, int status, String body) throws IOException {
			byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.sendResponseHeaders(status, bytes.length);
			exchange.getResponseBody().write(bytes);
			exchange.close();
		}

	}

}
