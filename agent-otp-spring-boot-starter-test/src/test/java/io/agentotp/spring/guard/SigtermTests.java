package io.agentotp.spring.guard;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentotp.PermissionStatus;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * An agent on the command line that is told to end by a signal while its calls wait. It
 * is a process of its own, and asks a service over HTTP.
 */
@Tag("slow")
class SigtermTests {

	private final FakeAgentOtp service = FakeAgentOtp.approving().leavePending("act");

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private HttpServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", this::answer);
		this.server.setExecutor(this.threads);
		this.server.start();
	}

	@AfterEach
	void stop() {
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	@ParameterizedTest
	@EnumSource
	void processWhenASignalEndsItThenNoRequestStaysPending(SigtermApplication.Waiting waiting) throws Exception {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
				SigtermApplication.class.getName(), waiting.name(), "--agentotp.api-key=ak_test_1",
				"--agentotp.base-url=http://localhost:" + this.server.getAddress().getPort(),
				"--agentotp.approval-timeout=10m")
			.redirectErrorStream(true)
			.start();
		try {
			StringBuffer log = new StringBuffer();
			this.threads.execute(() -> read(process, log));
			await().until(
					() -> !process.isAlive() || log.toString().split("Waiting for approval").length > waiting.calls());
			process.toHandle().destroy();
			assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(log::toString).isTrue();
			assertThat(this.service.asked()).as(log::toString)
				.hasSizeGreaterThanOrEqualTo(waiting.calls())
				.extracting(AskedPermission::status)
				.containsOnly(PermissionStatus.REVOKED);
			assertThat(log.toString()).doesNotContain("the body ran");
		}
		finally {
			process.destroyForcibly();
		}
	}

	private static void read(Process process, StringBuffer log) {
		try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
			output.lines().forEach((line) -> log.append(line).append('\n'));
		}
		catch (IOException ex) {
			log.append(ex);
		}
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			Map<String, String> headers = new HashMap<>();
			exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
			byte[] body = exchange.getRequestBody().readAllBytes();
			URI uri = URI.create("http://localhost" + exchange.getRequestURI());
			TransportResponse response = this.service.transport()
				.send(new TransportRequest(exchange.getRequestMethod(), uri, headers, (body.length > 0) ? body : null),
						Duration.ofSeconds(30));
			response.headers().forEach((name, values) -> exchange.getResponseHeaders().put(name, values));
			exchange.sendResponseHeaders(response.status(), (response.body().length > 0) ? response.body().length : -1);
			exchange.getResponseBody().write(response.body());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
