package io.agentotp.server.notification.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

import io.agentotp.server.config.HttpSettings;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.http.CheckedNames.RefusedAddressException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.client5.http.utils.DateUtils;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Posts messages. It connects to the very address that it has checked, follows no
 * redirect, uses no proxy, and reads little of an answer.
 */
public final class HttpPoster implements AutoCloseable {

	// Read so that the connection can be used again.
	private static final int MAX_ANSWER = 64 * 1024;

	private static final int PER_RECEIVER = 8;

	private static final int CONNECTIONS = 64;

	private static final Timeout TIME_TO_LIVE = Timeout.ofMinutes(1);

	private static final Duration LONGEST_WAIT = Duration.ofDays(1);

	private final HttpSettings settings;

	private final InstantSource clock;

	private final CloseableHttpClient client;

	HttpPoster(HttpSettings settings, InstantSource clock, DnsResolver names, @Nullable TlsSocketStrategy tls) {
		this.settings = settings;
		this.clock = clock;
		Timeout timeout = Timeout.of(settings.timeout());
		this.client = HttpClients.custom()
			.setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
				.setDnsResolver(new CheckedNames(names, new AllowedAddresses(settings.allowedNetworks())))
				.setTlsSocketStrategy(tls)
				.setDefaultConnectionConfig(ConnectionConfig.custom()
					.setConnectTimeout(timeout)
					.setSocketTimeout(timeout)
					.setTimeToLive(TIME_TO_LIVE)
					.build())
				.setMaxConnPerRoute(PER_RECEIVER)
				.setMaxConnTotal(CONNECTIONS)
				.build())
			.setDefaultRequestConfig(RequestConfig.custom()
				.setConnectionRequestTimeout(timeout)
				.setResponseTimeout(timeout)
				.setRedirectsEnabled(false)
				.build())
			.disableRedirectHandling()
			.disableAutomaticRetries()
			.disableCookieManagement()
			.disableAuthCaching()
			.disableContentCompression()
			.setUserAgent("agent-otp")
			.build();
	}

	/**
	 * Posts a message.
	 * @param url where to
	 * @param headers headers, among them the type of the body
	 * @param body the body
	 * @return the answer, whatever it is
	 * @throws DeliveryException if there was none, or none may be asked for
	 */
	public HttpAnswer post(URI url, Map<String, String> headers, byte[] body) throws DeliveryException {
		if (url.getHost() == null) {
			throw DeliveryException.giveUp("The URL has no host");
		}
		if (!"https".equals(url.getScheme()) && !(this.settings.allowUnencrypted() && "http".equals(url.getScheme()))) {
			throw DeliveryException.giveUp("Messages are sent to https: only");
		}
		HttpPost request = new HttpPost(url);
		headers.forEach(request::setHeader);
		request.setEntity(new ByteArrayEntity(body, null));
		// A limit of each step alone would let one that answers byte by byte go on.
		CompletableFuture<Void> done = new CompletableFuture<>();
		done.orTimeout(this.settings.timeout().toMillis(), TimeUnit.MILLISECONDS).exceptionally((late) -> {
			request.cancel();
			return null;
		});
		try (ClassicHttpResponse response = this.client.executeOpen(HttpHost.create(url), request, null)) {
			skipBody(request, response);
			return new HttpAnswer(url.getHost(), response.getCode(), retryAfter(response));
		}
		catch (IOException ex) {
			throw failure(url.getHost(), ex);
		}
		finally {
			done.complete(null);
		}
	}

	private static void skipBody(HttpPost request, ClassicHttpResponse response) {
		if (response.getEntity() == null) {
			return;
		}
		try (InputStream body = response.getEntity().getContent()) {
			if (body.readNBytes(MAX_ANSWER).length == MAX_ANSWER) {
				// Closing the stream would read the rest.
				request.cancel();
			}
		}
		catch (IOException ex) {
			// The status says what became of the message.
		}
	}

	private @Nullable Duration retryAfter(ClassicHttpResponse response) {
		Header header = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
		if (header == null) {
			return null;
		}
		Duration wait = wait(header.getValue().strip());
		if (wait == null || wait.isNegative()) {
			return null;
		}
		return (wait.compareTo(LONGEST_WAIT) > 0) ? LONGEST_WAIT : wait;
	}

	private @Nullable Duration wait(String text) {
		if (text.matches("\\d{1,9}")) {
			return Duration.ofSeconds(Long.parseLong(text));
		}
		try {
			Instant until = DateUtils.parseStandardDate(text);
			return (until != null) ? Duration.between(this.clock.instant(), until) : null;
		}
		catch (DateTimeException ex) {
			return null;
		}
	}

	// The path of the URL may be a secret, and the other side may have written the text
	// of the exception.
	private static DeliveryException failure(String host, IOException ex) {
		if (ex instanceof RefusedAddressException) {
			return DeliveryException.giveUp(host
					+ " has an address that messages may not be sent to. If it is meant, add its network to agentotp.server.notifications.http.allowed-networks");
		}
		String problem = (ex instanceof UnknownHostException) ? "The name " + host + " is not known"
				: (ex instanceof SSLException) ? "There is no trusted encrypted connection to " + host
						: (ex instanceof InterruptedIOException) ? host + " did not answer in time"
								: host + " cannot be reached";
		return DeliveryException.retry(problem, null);
	}

	@Override
	public void close() {
		this.client.close(CloseMode.IMMEDIATE);
	}

}
