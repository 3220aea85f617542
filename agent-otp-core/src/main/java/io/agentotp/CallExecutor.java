package io.agentotp;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Executes one logical call: authentication, retries inside one deadline, and the answer
 * or the error that it stands for. Blocking; the asynchronous client runs it on a worker.
 */
final class CallExecutor {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpClient.class);

	/** What each attempt may take. */
	private static final Duration TIME_FOR_A_TRY = Duration.ofSeconds(10);

	/** What an attempt of a call with more time leaves for others. */
	private static final Duration TIME_FOR_OTHERS = Duration.ofSeconds(20);

	/** What the last try to connect leaves for the answer, at most. */
	private static final Duration TIME_FOR_AN_ANSWER = Duration.ofSeconds(2);

	/** A longer delay is told: somebody waits. */
	private static final Duration UNNOTICED_DELAY = Duration.ofSeconds(1);

	private static final Set<Integer> RETRIED = Set.of(408, 429, 502, 503, 504);

	/**
	 * A delay that leaves less than this is not slept: the next try could not succeed.
	 */
	private static final Duration SHORTEST_TRY = Duration.ofMillis(100);

	/** Visible ASCII, which cannot forge a log line. */
	private static final Pattern REQUEST_ID = Pattern.compile("[!-~]{0,128}");

	static final String TIMEOUT = "TIMEOUT";

	static final String IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS";

	private static final String USER_AGENT = "agent-otp-java/"
			+ Optional.ofNullable(AgentOtpClient.class.getPackage().getImplementationVersion()).orElse("dev")
			+ " (java/" + Runtime.version().feature() + ")";

	private final HttpTransport transport;

	private final ClientSettings settings;

	private final Backoff backoff;

	private final RetryBudget budget = new RetryBudget();

	private final Sleeper sleeper;

	private final Clock clock;

	private volatile boolean closed;

	CallExecutor(HttpTransport transport, ClientSettings settings, Backoff backoff, Sleeper sleeper, Clock clock) {
		this.transport = transport;
		this.settings = settings;
		this.backoff = backoff;
		this.sleeper = sleeper;
		this.clock = clock;
	}

	/** What is tried from now on fails. */
	void close() {
		this.closed = true;
	}

	String mac(byte[] content) {
		return this.settings.apiKey().mac(content);
	}

	/**
	 * Executes a call.
	 * @param reader makes the result of the answer's data
	 */
	<T> T execute(Call call, Deadline deadline, BiFunction<JsonNode, CallInfo, T> reader) {
		boolean possiblyProcessed = false;
		Duration attemptTimeout = attemptTimeout(call, deadline);
		for (int number = 1;; number++) {
			AgentOtpException failure;
			Duration retryAfter = null;
			boolean connected = true;
			if (this.closed) {
				throw closed(call, number, possiblyProcessed);
			}
			if (Thread.currentThread().isInterrupted()) {
				throw interrupted(call, number, possiblyProcessed);
			}
			Attempt attempt = new Attempt(call, number);
			try {
				TransportResponse response = this.transport.send(request(call), patience(attemptTimeout, deadline));
				CallInfo info = new CallInfo(call.operation(), response.status(),
						response.header("X-Request-Id").filter(CallExecutor::harmless).orElse(null), number);
				JsonNode body = Answers.parse(response);
				try {
					JsonNode data = Answers.data(response, body, info, this.clock.instant());
					T result = reader.apply(data, info);
					attempt.ended(response.status(), "OK");
					this.budget.giveBack();
					return result;
				}
				catch (AgentOtpException ex) {
					attempt.ended(response.status(), ex.code());
					if (!retryable(response, body)) {
						throw ex;
					}
					failure = ex;
					possiblyProcessed = true;
					retryAfter = RetryAfter.of(response, this.clock.instant());
				}
			}
			catch (InterruptedException ex) {
				attempt.ended(0, "INTERRUPTED");
				throw interrupted(call, number, true);
			}
			catch (IOException ex) {
				connected = !(ex instanceof ConnectException);
				possiblyProcessed |= connected && !(ex instanceof SSLHandshakeException);
				failure = network(call, number, possiblyProcessed, ex);
				attempt.ended(0, failure.code());
				if (ex instanceof SSLException) {
					throw failure;
				}
			}
			int left = call.retries().orElse(this.settings.retries()) - number + 1;
			Duration delay = this.backoff.delay(number, retryAfter);
			if (!connected && call.patient()) {
				delay = this.backoff.spread(delay, left, deadline.remaining(), TIME_FOR_AN_ANSWER);
			}
			if (left <= 0 || delay.plus(SHORTEST_TRY).compareTo(deadline.remaining()) > 0
					|| (connected && !this.budget.take(failure.code().equals(TIMEOUT) ? 2 : 1))) {
				throw failure;
			}
			if (!connected && delay.compareTo(UNNOTICED_DELAY) > 0) {
				logger.warn("{}. Trying again in {} ms", failure.getMessage(), delay.toMillis());
			}
			try {
				this.sleeper.sleep(delay);
			}
			catch (InterruptedException ex) {
				throw interrupted(call, number, possiblyProcessed);
			}
		}
	}

	/**
	 * A stalled attempt must leave time for another one. What is parked is answered in
	 * time.
	 */
	private Duration attemptTimeout(Call call, Deadline deadline) {
		Duration set = this.settings.attemptTimeout();
		if (set != null) {
			return set.plus(call.parking());
		}
		return call.parking().isZero() ? longer(TIME_FOR_A_TRY, deadline.remaining().minus(TIME_FOR_OTHERS))
				: TIME_FOR_A_TRY.plus(call.parking());
	}

	private static Duration patience(Duration attemptTimeout, Deadline deadline) {
		Duration remaining = deadline.remaining();
		return longer(Duration.ofMillis(1), (attemptTimeout.compareTo(remaining) < 0) ? attemptTimeout : remaining);
	}

	private static Duration longer(Duration one, Duration other) {
		return (one.compareTo(other) > 0) ? one : other;
	}

	private TransportRequest request(Call call) {
		Map<String, String> headers = new HashMap<>(call.headers());
		headers.put("Authorization", "Bearer " + this.settings.apiKey().value());
		headers.put("Accept", "application/json");
		headers.put("User-Agent", USER_AGENT);
		if (call.body() != null) {
			headers.put("Content-Type", "application/json");
		}
		if (call.idempotencyKey() != null) {
			headers.put("Idempotency-Key", call.idempotencyKey());
		}
		if (!call.parking().isZero()) {
			headers.put("Prefer", "wait=" + call.parking().toSeconds());
		}
		return new TransportRequest(call.method(), URI.create(this.settings.baseUri().get() + call.path()), headers,
				call.body());
	}

	private static boolean retryable(TransportResponse response, @Nullable JsonNode body) {
		return RETRIED.contains(response.status()) || (response.status() / 100 == 2 && body == null)
				|| (response.status() == 409 && IN_PROGRESS.equals(Answers.errorCode(body)));
	}

	private NetworkException network(Call call, int attempt, boolean possiblyProcessed, IOException ex) {
		if (this.closed) {
			return closed(call, attempt, possiblyProcessed);
		}
		CallInfo info = new CallInfo(call.operation(), 0, null, attempt);
		IOException cause = Answers.printable(ex) ? ex : null;
		URI uri = this.settings.baseUri().get();
		String place = uri.getHost() + ((uri.getPort() != -1) ? ":" + uri.getPort() : "");
		if (ex instanceof ConnectException) {
			return new NetworkException("CONNECT_FAILED",
					"Could not connect to " + place + ": check agentotp.base-url and whether the service runs",
					possiblyProcessed, info, cause);
		}
		if (ex instanceof HttpTimeoutException) {
			return new NetworkException(TIMEOUT, "No answer from " + place + " in time", possiblyProcessed, info,
					cause);
		}
		if (ex instanceof SSLException) {
			return new NetworkException("TLS_FAILED",
					"No secure connection to " + place
							+ ": check whether it speaks https there, its certificate and the client's TLS settings",
					possiblyProcessed, info, cause);
		}
		return new NetworkException("CONNECTION_BROKEN", "The connection to " + place + " broke", possiblyProcessed,
				info, cause);
	}

	private static NetworkException closed(Call call, int attempt, boolean possiblyProcessed) {
		return new NetworkException("CLIENT_CLOSED", "The client is closed", possiblyProcessed,
				new CallInfo(call.operation(), 0, null, attempt), null);
	}

	private static NetworkException interrupted(Call call, int attempt, boolean possiblyProcessed) {
		Thread.currentThread().interrupt();
		return new NetworkException("INTERRUPTED", "The calling thread was interrupted", possiblyProcessed,
				new CallInfo(call.operation(), 0, null, attempt), null);
	}

	private static boolean harmless(String requestId) {
		return REQUEST_ID.matcher(requestId).matches() && !Answers.hasSecret(requestId);
	}

	/**
	 * One logical call. The body is written once and the idempotency key made once, so
	 * that every try sends the same bytes.
	 *
	 * @param headers what the caller wants to send besides
	 * @param parking how long the service may park the request
	 * @param retries how often to try again, if not as configured
	 * @param patient whether to wait for a service that cannot be reached
	 */
	record Call(String operation, String method, String path, Map<String, String> headers,
			@Nullable String idempotencyKey, byte @Nullable [] body, Duration parking, OptionalInt retries,
			boolean patient) {
	}

	/**
	 * Tells log and listener of one attempt.
	 */
	private final class Attempt {

		private final Call call;

		private final int number;

		private final long start = System.nanoTime();

		Attempt(Call call, int number) {
			this.call = call;
			this.number = number;
		}

		void ended(int status, String outcome) {
			logger.atLevel(CallExecutor.this.settings.level())
				.log("{} -> HTTP {} {} (attempt {})", this.call.operation(), status, outcome, this.number);
			CallListener listener = CallExecutor.this.settings.listener();
			if (listener != null) {
				try {
					listener.onAttempt(new CallListener.Attempt(this.call.operation(), this.number, status, outcome,
							Duration.ofNanos(System.nanoTime() - this.start)));
				}
				catch (RuntimeException ex) {
					logger.warn("A call listener has failed", ex);
				}
			}
		}

	}

}
