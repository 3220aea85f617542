package io.agentotp.server.notification.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

@Timeout(60)
class BoundedCallTests {

	private static final Duration LONG = Duration.ofMinutes(5);

	private final CountDownLatch refused = new CountDownLatch(1);

	private final CountDownLatch end = new CountDownLatch(1);

	private final HttpClient client = HttpClient.newHttpClient();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private HttpServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/whole", (exchange) -> {
			exchange.sendResponseHeaders(201, 2);
			exchange.getResponseBody().write(new byte[] { '{', '}' });
			exchange.close();
		});
		this.server.createContext("/endless", (exchange) -> {
			exchange.sendResponseHeaders(200, 0);
			try (OutputStream body = exchange.getResponseBody()) {
				byte[] part = new byte[64 * 1024];
				while (this.end.getCount() > 0) {
					body.write(part);
				}
			}
			catch (IOException ex) {
				this.refused.countDown();
			}
		});
		this.server.createContext("/stuck", (exchange) -> {
			exchange.getResponseHeaders().set("Retry-After", "7");
			exchange.sendResponseHeaders(429, 0);
			exchange.getResponseBody().write('{');
			exchange.getResponseBody().flush();
			await();
			exchange.close();
		});
		this.server.createContext("/silent", (exchange) -> {
			await();
			exchange.close();
		});
		this.server.start();
	}

	private void await() {
		try {
			this.end.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@AfterEach
	void stop() {
		this.end.countDown();
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	@Test
	void sendWhenAnswerIsWholeThenGiven() throws Exception {
		BoundedCall.Answer answer = send("/whole", LONG);
		assertThat(answer.status()).isEqualTo(201);
		assertThat(answer.body()).asString().isEqualTo("{}");
	}

	@Test
	void sendWhenAnswerDoesNotEndThenCutOffWithItsStatus() throws Exception {
		BoundedCall.Answer answer = send("/endless", LONG);
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.body()).isNull();
		this.refused.await();
	}

	@Test
	void sendWhenBodyDoesNotComeThenEndsInTimeWithItsStatus() throws Exception {
		BoundedCall.Answer answer = send("/stuck", Duration.ofSeconds(3));
		assertThat(answer.status()).isEqualTo(429);
		assertThat(answer.headers().firstValue("Retry-After")).contains("7");
		assertThat(answer.body()).isNull();
	}

	@Test
	void sendWhenNothingComesThenEndsInTime() {
		assertThatIOException().isThrownBy(() -> send("/silent", Duration.ofMillis(300)));
	}

	private BoundedCall.Answer send(String path, Duration timeout) throws Exception {
		return BoundedCall.send(this.client,
				HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.server.getAddress().getPort() + path))
					.build(),
				timeout);
	}

}
