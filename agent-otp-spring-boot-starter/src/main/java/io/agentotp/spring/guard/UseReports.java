package io.agentotp.spring.guard;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;
import io.agentotp.AuthenticationException;
import io.agentotp.CallOptions;
import io.agentotp.NetworkException;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.ProtocolException;
import io.agentotp.RateLimitException;
import io.agentotp.ServerException;
import io.agentotp.spring.event.PermissionUseFailedEvent;
import io.agentotp.spring.event.PermissionUsedEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks permissions used. After the body nothing of it reaches the caller: the deed is
 * done, and an exception would invite the caller to do it again. What fails is tried
 * again, with the same idempotency key, until the token's end.
 */
final class UseReports {

	private static final Logger logger = LoggerFactory.getLogger(UseReports.class);

	/** What is told about a body that was cancelled. */
	static final Map<String, Object> CANCELLED = Map.of("outcome", "cancelled");

	private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

	private final AgentOtpClient client;

	private final GuardEvents events;

	private final InstantSource clock;

	private final Delayer delayer;

	private final Set<Report> open = ConcurrentHashMap.newKeySet();

	UseReports(AgentOtpClient client, GuardEvents events, InstantSource clock, Delayer delayer) {
		this.client = client;
		this.events = events;
		this.clock = clock;
		this.delayer = delayer;
	}

	/**
	 * Uses a permission up before the body.
	 * @throws AgentOtpException if that fails, and then the body must not run
	 */
	void before(Permission grant, Map<String, String> headers) {
		TraceHeaders.apply(this.client, headers).useToken(grant, Map.of("outcome", "started"));
		this.events.publish(new PermissionUsedEvent(grant.withoutToken(), "started"));
	}

	/**
	 * Reports how the body ended. Never throws.
	 */
	void after(Permission grant, Map<String, Object> details, Map<String, String> headers) {
		Report report = new Report(grant, details, headers);
		try {
			report.client().useToken(grant, details);
			report.succeeded();
		}
		catch (RuntimeException ex) {
			report.failed(ex);
		}
	}

	/**
	 * Reports how the body ended, without blocking.
	 * @return completes after the first try, never with an exception
	 */
	CompletableFuture<Void> afterAsync(Permission grant, Map<String, Object> details, Map<String, String> headers) {
		Report report = new Report(grant, details, headers);
		return report.send();
	}

	/**
	 * Return what is told about the end of a body. The message of a failure may hold what
	 * the body worked on.
	 */
	static Map<String, Object> outcome(@Nullable Throwable failure) {
		return (failure != null) ? Map.of("outcome", "failed", "error", failure.getClass().getName())
				: Map.of("outcome", "succeeded");
	}

	/**
	 * Tries once more what is still open, before the client is closed.
	 */
	void close(Duration atMost) {
		CompletableFuture.allOf(this.open.stream().map(Report::send).toArray(CompletableFuture[]::new))
			.completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS)
			.join();
		this.open.forEach((report) -> report.giveUp("the application ends"));
	}

	private static boolean isWorthAnotherTry(Throwable ex) {
		return ex instanceof NetworkException || ex instanceof ServerException || ex instanceof RateLimitException
				|| ex instanceof ProtocolException || ex instanceof AuthenticationException;
	}

	/**
	 * Runs something later.
	 */
	@FunctionalInterface
	interface Delayer {

		void after(Duration delay, Runnable task);

	}

	/**
	 * One use, until the service has recorded it.
	 */
	private final class Report {

		private final Permission grant;

		private final Map<String, Object> details;

		private final Map<String, String> headers;

		private final String key = UUID.randomUUID().toString();

		private final Instant end;

		private Duration delay = Duration.ofSeconds(1);

		Report(Permission grant, Map<String, Object> details, Map<String, String> headers) {
			this.grant = grant;
			this.details = details;
			this.headers = headers;
			this.end = grant.expiresAt()
				.orElseGet(() -> UseReports.this.clock.instant().plus(PermissionRequest.MAX_TTL));
		}

		AgentOtpClient client() {
			return TraceHeaders.apply(UseReports.this.client, this.headers,
					CallOptions.builder().idempotencyKey(this.key));
		}

		CompletableFuture<Void> send() {
			return client().async()
				.useToken(this.grant.id(), this.grant.token().orElseThrow(), this.details,
						this.grant.callDigest().orElse(null))
				.handle((use, ex) -> {
					if (ex == null) {
						succeeded();
					}
					else {
						failed(Failures.unwrap(ex));
					}
					return null;
				});
		}

		void succeeded() {
			UseReports.this.open.remove(this);
			UseReports.this.events.publish(new PermissionUsedEvent(this.grant.withoutToken(), outcome()));
		}

		void failed(Throwable ex) {
			Instant next = UseReports.this.clock.instant().plus(this.delay);
			if (!isWorthAnotherTry(ex) || !next.isBefore(this.end)) {
				UseReports.this.open.remove(this);
				rejected(ex);
				return;
			}
			if (UseReports.this.open.add(this)) {
				logger.warn("Permission {} was used for {}, but reporting it failed; it is tried again until {}: {}",
						this.grant.id(), this.grant.action(), this.end, ex.getMessage());
			}
			Duration delay = this.delay;
			this.delay = (delay.compareTo(LONGEST_DELAY) < 0) ? delay.multipliedBy(2) : delay;
			UseReports.this.delayer.after(delay, () -> {
				if (UseReports.this.open.contains(this)) {
					send();
				}
			});
		}

		private void rejected(Throwable ex) {
			giveUp(String.valueOf(ex.getMessage()));
			if (ex instanceof AgentOtpException failure) {
				UseReports.this.events
					.publish(new PermissionUseFailedEvent(this.grant.withoutToken(), outcome(), failure));
			}
		}

		void giveUp(String why) {
			logger.error("Permission {} was used for {}, but reporting it failed: {}", this.grant.id(),
					this.grant.action(), why);
		}

		private String outcome() {
			return String.valueOf(this.details.get("outcome"));
		}

	}

}
