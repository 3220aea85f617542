package io.agentotp;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import tools.jackson.databind.JsonNode;

/**
 * Executes one logical call: authentication, retries inside one deadline, and the answer
 * or the error that it stands for. Blocking; the asynchronous client runs it on a worker.
 */
final class CallExecutor {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpClient.class);

	private static final Set<Integer> RETRIED = Set.of(408, 429, 502, 503, 504);

	/**
	 * A delay that leaves less than this is not slept: the next try could not succeed.
	 */
	private static final Duration SHORTEST_TRY = Duration.ofMillis(100);

	private static final String USER_AGENT = "agent-otp-java/"
			+ Optional.ofNullable(AgentOtpClient.class.getPackage().getImplementationVersion()).orElse("dev")
			+ " (java/" + Runtime.version().feature() + ")";

	private final HttpTransport transport;

	private final URI baseUri;

	private final ApiKey apiKey;

	private final int retries;

	private final Backoff backoff;

	private final Sleeper sleeper;

	private final Clock clock;

	private final Level level;

	CallExecutor(HttpTransport transport, URI baseUri, ApiKey apiKey, int retries, Backoff backoff, Sleeper sleeper,
			Clock clock, Level level) {
		this.transport = transport;
		this.baseUri = baseUri;
		this.apiKey = apiKey;
		this.retries = retries;
		this.backoff = backoff;
		this.sleeper = sleeper;
		this.clock = clock;
		this.level = level;
	}

	/**
	 * Executes a call.
	 * @param reader makes the result of the answer's data
	 */
	<T> T execute(Call call, Deadline deadline, BiFunction<JsonNode, CallInfo, T> reader) {
		boolean possiblyProcessed = false;
		for (int attempt = 1;; attempt++) {
			AgentOtpException failure;
			Duration retryAfter = null;
			try {
				TransportResponse response = this.transport.send(request(call), atLeastOneMilli(deadline.remaining()));
				CallInfo info = new CallInfo(call.operation(), response.status(),
						response.header("X-Request-Id").filter(CallExecutor::harmless).orElse(null), attempt);
				logger.atLevel(this.level)
					.log("{} -> HTTP {} (attempt {})", call.operation(), response.status(), attempt);
				JsonNode body = Answers.parse(response);
				try {
					JsonNode data = Answers.data(response, body, info, this.clock.instant());
					return reader.apply(data, info);
				}
				catch (AgentOtpException ex) {
					if (!retryable(response, body)) {
						throw ex;
					}
					failure = ex;
					possiblyProcessed = true;
					retryAfter = RetryAfter.of(response, this.clock.instant());
				}
			}
			catch (InterruptedException ex) {
				throw interrupted(call, attempt, true);
			}
			catch (IOException ex) {
				possiblyProcessed |= !(ex instanceof ConnectException);
				failure = network(call, attempt, possiblyProcessed, ex);
				logger.atLevel(this.level).log("{} -> {} (attempt {})", call.operation(), failure.code(), attempt);
			}
			Duration delay = this.backoff.delay(attempt, retryAfter);
			if (attempt > call.retries(this.retries) || delay.plus(SHORTEST_TRY).compareTo(deadline.remaining()) > 0) {
				throw failure;
			}
			try {
				this.sleeper.sleep(delay);
			}
			catch (InterruptedException ex) {
				throw interrupted(call, attempt, possiblyProcessed);
			}
		}
	}

	private TransportRequest request(Call call) {
		Map<String, String> headers = new LinkedHashMap<>(call.headers());
		headers.put("Authorization", "Bearer " + this.apiKey.value());
		headers.put("Accept", "application/json");
		headers.put("User-Agent", USER_AGENT);
		if (call.body() != null) {
			headers.put("Content-Type", "application/json");
		}
		return new TransportRequest(call.method(), URI.create(this.baseUri + call.path()), headers, call.body());
	}

	private static boolean retryable(TransportResponse response, @Nullable JsonNode body) {
		return RETRIED.contains(response.status()) || (response.status() / 100 == 2 && body == null)
				|| (response.status() == 409 && "IDEMPOTENCY_IN_PROGRESS".equals(Answers.errorCode(body)));
	}

	private NetworkException network(Call call, int attempt, boolean possiblyProcessed, IOException ex) {
		CallInfo info = new CallInfo(call.operation(), 0, null, attempt);
		IOException cause = Answers.printable(ex) ? ex : null;
		String place = this.baseUri.getHost() + ((this.baseUri.getPort() != -1) ? ":" + this.baseUri.getPort() : "");
		if (ex instanceof ConnectException) {
			return new NetworkException("CONNECT_FAILED",
					"Could not connect to " + place + ": check agentotp.base-url and whether the service runs",
					possiblyProcessed, info, cause);
		}
		if (ex instanceof HttpTimeoutException) {
			return new NetworkException("TIMEOUT", "No answer from " + place + " in time", possiblyProcessed, info,
					cause);
		}
		return new NetworkException("CONNECTION_BROKEN", "The connection to " + place + " broke", possiblyProcessed,
				info, cause);
	}

	private static NetworkException interrupted(Call call, int attempt, boolean possiblyProcessed) {
		Thread.currentThread().interrupt();
		return new NetworkException("INTERRUPTED", "The calling thread was interrupted", possiblyProcessed,
				new CallInfo(call.operation(), 0, null, attempt), null);
	}

	private static boolean harmless(String requestId) {
		return requestId.length() <= 128 && requestId.chars().allMatch((c) -> c > ' ' && c < 0x7f)
				&& Answers.printable(requestId).equals(requestId);
	}

	private static Duration atLeastOneMilli(Duration duration) {
		return (duration.toMillis() > 0) ? duration : Duration.ofMillis(1);
	}

	/**
	 * One logical call. The body is written once and the idempotency key made once, so
	 * that every try sends the same bytes.
	 */
	record Call(String operation, String method, String path, Map<String, String> headers, byte @Nullable [] body,
			boolean mayRetry) {

		int retries(int configured) {
			return this.mayRetry ? configured : 0;
		}

	}

}
