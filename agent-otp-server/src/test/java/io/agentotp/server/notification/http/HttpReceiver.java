package io.agentotp.server.notification.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentotp.server.config.HttpSettings;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;

/**
 * An HTTP server that keeps what it gets.
 */
public final class HttpReceiver implements AutoCloseable {

	private final List<Received> received = new CopyOnWriteArrayList<>();

	private final HttpServer server;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private volatile int status = 204;

	private volatile Map<String, String> headers = Map.of();

	private volatile CountDownLatch answers = new CountDownLatch(0);

	public HttpReceiver() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", this::answer);
		this.server.setExecutor(this.threads);
		this.server.start();
	}

	private void answer(HttpExchange exchange) throws IOException {
		Map<String, String> sent = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		exchange.getRequestHeaders().forEach((name, values) -> sent.put(name, String.join(", ", values)));
		this.received.add(new Received(exchange.getRequestURI().toString(), sent,
				new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
		await(this.answers);
		this.headers.forEach(exchange.getResponseHeaders()::add);
		exchange.sendResponseHeaders(this.status, -1);
		exchange.close();
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Keeps what it gets, and answers nothing for now.
	 */
	public void hold() {
		this.answers = new CountDownLatch(1);
	}

	/**
	 * Answers, also what it has got meanwhile.
	 */
	public void release() {
		this.answers.countDown();
	}

	public void answersWith(int status, Map<String, String> headers) {
		this.status = status;
		this.headers = headers;
	}

	public URI url(String path) {
		return URI.create("http://127.0.0.1:" + this.server.getAddress().getPort() + path);
	}

	int port() {
		return this.server.getAddress().getPort();
	}

	public List<Received> received() {
		return this.received;
	}

	/**
	 * What posts to receivers in this process.
	 * @return the poster
	 */
	public static HttpPoster poster() {
		return new HttpPoster(new HttpSettings(List.of("127.0.0.1"), true, Duration.ofSeconds(10)),
				InstantSource.system(), SystemDefaultDnsResolver.INSTANCE, null);
	}

	@Override
	public void close() {
		release();
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	/**
	 * A request.
	 *
	 * @param path its path and query
	 * @param headers its headers, by names in any case
	 * @param body its body
	 */
	public record Received(String path, Map<String, String> headers, String body) {
	}

}
