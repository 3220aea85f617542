package io.agentotp.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import org.jspecify.annotations.Nullable;

/**
 * Transport over the JDK's HTTP client, without further dependencies.
 * <p>
 * HTTP/1.1, because the JDK fails instead of queueing when an HTTP/2 server limits its
 * streams. No redirects, because JDK 17 forwards {@code Authorization} to another host.
 * Two threads of its own, because with the default executor about one POST in 100,000 is
 * lost to a race in the connection pool although the server has executed it.
 */
public final class JdkHttpTransport implements HttpTransport {

	/**
	 * Largest answer that is read, in bytes.
	 */
	public static final int MAX_BODY_BYTES = 1024 * 1024;

	/** Not there any more once the transport is closed. */
	private volatile @Nullable HttpClient client;

	/** The JDK keeps it from all but the proxy. */
	private final @Nullable String proxyAuthorization;

	/**
	 * Creates a transport with the JDK's default proxy selector and TLS context.
	 * @param connectTimeout how long connecting may take
	 */
	public JdkHttpTransport(Duration connectTimeout) {
		this(connectTimeout, null, null, null, null);
	}

	/**
	 * Creates a transport.
	 * @param connectTimeout how long connecting may take
	 * @param proxySelector chooses the proxy, or {@code null} for the JDK's default
	 * @param proxyCredentials user and password at the proxy, or {@code null} for none
	 * @param sslContext the TLS context, also for client certificates, or {@code null}
	 * for the JDK's default
	 * @param sslParameters the allowed protocols and cipher suites, or {@code null} for
	 * the TLS context's default
	 */
	public JdkHttpTransport(Duration connectTimeout, @Nullable ProxySelector proxySelector,
			@Nullable PasswordAuthentication proxyCredentials, @Nullable SSLContext sslContext,
			@Nullable SSLParameters sslParameters) {
		this.proxyAuthorization = (proxyCredentials != null) ? basic(proxyCredentials) : null;
		AtomicInteger number = new AtomicInteger();
		ThreadPoolExecutor executor = new ThreadPoolExecutor(2, 2, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
				(task) -> {
					Thread thread = new Thread(task, "agent-otp-http-" + number.incrementAndGet());
					thread.setDaemon(true);
					thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
					return thread;
				});
		executor.allowCoreThreadTimeOut(true);
		HttpClient.Builder builder = HttpClient.newBuilder()
			.version(HttpClient.Version.HTTP_1_1)
			.followRedirects(HttpClient.Redirect.NEVER)
			.connectTimeout(connectTimeout)
			.executor(executor);
		if (proxySelector != null) {
			builder.proxy(proxySelector);
		}
		if (sslContext != null) {
			builder.sslContext(sslContext);
		}
		if (sslParameters != null) {
			builder.sslParameters(sslParameters);
		}
		this.client = outsideApplication(builder::build);
	}

	/** Threads that outlive a web application must not count as its own. */
	private static HttpClient outsideApplication(Supplier<HttpClient> client) {
		Thread thread = Thread.currentThread();
		ClassLoader loader = thread.getContextClassLoader();
		thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
		try {
			return client.get();
		}
		finally {
			thread.setContextClassLoader(loader);
		}
	}

	@Override
	public TransportResponse send(TransportRequest request, Duration timeout) throws IOException, InterruptedException {
		HttpClient client = this.client;
		if (client == null) {
			throw new ConnectException("the transport is closed");
		}
		long deadline = System.nanoTime() + timeout.toNanos();
		HttpRequest.Builder builder = HttpRequest.newBuilder(request.uri()).timeout(timeout);
		request.headers().forEach(builder::setHeader);
		if (this.proxyAuthorization != null) {
			builder.setHeader("Proxy-Authorization", this.proxyAuthorization);
		}
		byte[] body = request.body();
		builder.method(request.method(), (body != null) ? BodyPublishers.ofByteArray(body) : BodyPublishers.noBody());
		try {
			HttpResponse<byte[]> response = client.send(builder.build(),
					(info) -> new BoundedBody(Math.max(1, deadline - System.nanoTime())));
			// A proxy that refuses a tunnel is an answer without a body.
			byte[] answer = (response.body() != null) ? response.body() : new byte[0];
			return new TransportResponse(response.statusCode(), response.headers().map(), answer);
		}
		catch (HttpConnectTimeoutException ex) {
			throw (ConnectException) new ConnectException("connecting took too long").initCause(ex);
		}
	}

	private static String basic(PasswordAuthentication credentials) {
		String text = credentials.getUserName() + ":" + new String(credentials.getPassword());
		return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Takes no more calls; those under way end by themselves or by their timeout. The
	 * JDK's client releases its connections when it is no longer referenced, and its
	 * threads end when idle: shutting them down would leave a call without an end.
	 */
	@Override
	public void close() {
		this.client = null;
	}

	/**
	 * Collects the body within a deadline and a size: {@link HttpRequest#timeout()} ends
	 * with the headers.
	 */
	private static final class BoundedBody implements BodySubscriber<byte[]> {

		private final CompletableFuture<byte[]> result = new CompletableFuture<>();

		private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);

		private final long remainingNanos;

		BoundedBody(long remainingNanos) {
			this.remainingNanos = remainingNanos;
		}

		@Override
		public CompletionStage<byte[]> getBody() {
			return this.result;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			CompletableFuture<byte[]> timer = new CompletableFuture<>();
			timer.orTimeout(this.remainingNanos, TimeUnit.NANOSECONDS).whenComplete((body, ex) -> {
				if (ex instanceof TimeoutException) {
					this.result.completeExceptionally(new HttpTimeoutException("the answer's body took too long"));
				}
			});
			this.result.whenComplete((body, ex) -> {
				timer.cancel(false);
				if (ex != null) {
					subscription.cancel();
				}
			});
			subscription.request(Long.MAX_VALUE);
		}

		@Override
		public void onNext(List<ByteBuffer> buffers) {
			for (ByteBuffer buffer : buffers) {
				if (this.bytes.size() + buffer.remaining() > MAX_BODY_BYTES) {
					this.result.completeExceptionally(
							new IOException("the answer is larger than " + MAX_BODY_BYTES + " bytes"));
					return;
				}
				byte[] chunk = new byte[buffer.remaining()];
				buffer.get(chunk);
				this.bytes.writeBytes(chunk);
			}
		}

		@Override
		public void onError(Throwable ex) {
			this.result.completeExceptionally(ex);
		}

		@Override
		public void onComplete() {
			this.result.complete(this.bytes.toByteArray());
		}

	}

}
