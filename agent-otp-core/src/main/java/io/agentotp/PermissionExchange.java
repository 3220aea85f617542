package io.agentotp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What belongs to every guarded call: a request whose wait ends without a decision is
 * withdrawn, and a use is reported until the token ends. Both clients work with one, see
 * {@link AgentOtpClient#executeWithPermission}. Integrations that run the call themselves
 * create their own. Thread-safe.
 */
public final class PermissionExchange {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpClient.class);

	private static final Duration FIRST_DELAY = Duration.ofSeconds(1);

	private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

	private final InstantSource clock;

	private final Delayer delayer;

	private final UseListener listener;

	private final Map<Object, CompletableFuture<?>> underWay = new ConcurrentHashMap<>();

	private final Set<Report> open = ConcurrentHashMap.newKeySet();

	private volatile boolean ended;

	/**
	 * Creates an exchange.
	 * @param clock the time by which tokens end
	 * @param delayer runs the next try of a report later
	 * @param listener hears of what was reported and of what could not be
	 */
	public PermissionExchange(InstantSource clock, Delayer delayer, UseListener listener) {
		this.clock = clock;
		this.delayer = delayer;
		this.listener = listener;
	}

	/**
	 * Announces a request that may have to be withdrawn. {@link #close(Duration)} waits
	 * for it.
	 * @return to be run when that is known
	 */
	public Runnable expect() {
		CompletableFuture<Void> known = new CompletableFuture<>();
		Object key = new Object();
		this.underWay.put(key, known);
		return () -> {
			this.underWay.remove(key);
			known.complete(null);
		};
	}

	/**
	 * Withdraws a request whose answer got lost, by an interrupt, a timeout or a broken
	 * connection: asks for the answer again, to learn the permission's id. Never blocks,
	 * and does nothing if the service has refused the request or has not got it.
	 * @param client sends the withdrawal
	 * @param failure why there is no answer
	 * @param request makes the request again, with the same idempotency key
	 * @param reason why it is withdrawn
	 */
	public void withdrawIfLost(AsyncAgentOtpClient client, AgentOtpException failure,
			Supplier<CompletableFuture<Permission>> request, String reason) {
		if (!mayBeThere(failure)) {
			return;
		}
		Runnable known = expect();
		request.get().whenComplete((permission, ex) -> {
			if (ex == null) {
				withdraw(client, permission.id(), reason);
			}
			else {
				logger.debug("A request without an answer stays open: {}", CallFuture.unwrap(ex).getMessage());
			}
			known.run();
		});
	}

	private static boolean mayBeThere(AgentOtpException failure) {
		return switch (failure.status() / 100) {
			case 0 -> failure instanceof NetworkException lost && lost.possiblyProcessed();
			case 4 -> failure.code().equals(CallExecutor.IN_PROGRESS);
			default -> true;
		};
	}

	/**
	 * Withdraws a request if its wait ends without a decision: by a timeout, a failure or
	 * a cancellation.
	 * @param client sends the withdrawal
	 * @param id the permission's id
	 * @param decision the wait
	 * @param reason why it is withdrawn
	 */
	public void withdrawUnlessDecided(AsyncAgentOtpClient client, String id, CompletableFuture<Permission> decision,
			String reason) {
		Runnable known = expect();
		decision.whenComplete((permission, ex) -> {
			try {
				if (permission == null || permission.isOpen()) {
					withdraw(client, id, reason);
				}
			}
			finally {
				known.run();
			}
		});
	}

	/**
	 * Gives a permission back that will not be used. Never blocks, because the thread may
	 * be interrupted, and never throws.
	 * @param client sends the withdrawal
	 * @param id the permission's id
	 * @param reason why, for the audit log
	 */
	public void withdraw(AsyncAgentOtpClient client, String id, String reason) {
		CompletableFuture<?> withdrawal = client.revokeToken(id, reason);
		Object key = new Object();
		this.underWay.put(key, withdrawal);
		withdrawal.whenComplete((revocation, ex) -> {
			this.underWay.remove(key);
			if (ex != null) {
				logger.debug("Permission {} could not be given back: {}", id, CallFuture.unwrap(ex).getMessage());
			}
		});
	}

	/**
	 * Return a later answer about a permission.
	 * @param earlier an earlier answer about the same permission
	 * @param later the later one
	 * @return the later one, which names the action, resource and call digest that the
	 * earlier one named
	 * @throws ProtocolException if it is a grant for something else
	 */
	public static Permission later(Permission earlier, Permission later) {
		return later.after(earlier);
	}

	/**
	 * Return a permission if it is a grant, after a wait whose end withdraws the request.
	 * @param permission the permission
	 * @param waited how long it was waited for
	 * @return the permission
	 * @throws PermissionNotGrantedException if it is none
	 */
	public static Permission granted(Permission permission, Duration waited) {
		if (permission.status() == PermissionStatus.PENDING && waited.compareTo(Duration.ZERO) > 0) {
			throw new PermissionPendingException(permission, waited);
		}
		return permission.orThrow();
	}

	/**
	 * Reports how the body ended. What fails is tried again, with the same idempotency
	 * key, until the token ends.
	 * @param client sends the report
	 * @param grant the permission, with its token
	 * @param details what is told; {@code outcome} says how the body ended
	 * @param options the options of the calls
	 * @return completes after the first try, never with an exception
	 */
	public CompletableFuture<Void> report(AsyncAgentOtpClient client, Permission grant, Map<String, Object> details,
			CallOptions options) {
		Report report = new Report(client, grant, details, options);
		return report.send();
	}

	/**
	 * Reports as {@link #report} does, with the first try on the calling thread. Never
	 * throws.
	 * @param client sends the report
	 * @param grant the permission, with its token
	 * @param details what is told; {@code outcome} says how the body ended
	 * @param options the options of the calls
	 */
	public void reportBlocking(AgentOtpClient client, Permission grant, Map<String, Object> details,
			CallOptions options) {
		Report report = new Report(client.async(), grant, details, options);
		report.finish(() -> {
			client.with(report.options).useToken(grant, details);
			return CompletableFuture.completedFuture(null);
		});
	}

	/**
	 * Waits for withdrawals under way and tries once more what could not be reported yet,
	 * before the client is closed. What fails then goes to the listener.
	 * @param atMost how long each of the two may take
	 */
	public void close(Duration atMost) {
		Instant end = Instant.now().plus(atMost);
		// One may lead to another.
		while (!this.underWay.isEmpty() && Instant.now().isBefore(end)) {
			await(this.underWay.values().toArray(CompletableFuture[]::new), Duration.between(Instant.now(), end));
		}
		await(this.open.stream().map(Report::send).toArray(CompletableFuture[]::new), atMost);
		this.open.forEach(Report::giveUp);
	}

	/**
	 * Closes, and tries nothing again from now on.
	 */
	void end(Duration atMost) {
		this.ended = true;
		close(atMost);
	}

	private static void await(CompletableFuture<?>[] futures, Duration atMost) {
		CompletableFuture.allOf(futures)
			.exceptionally((ex) -> null)
			.completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS)
			.join();
	}

	private static boolean isWorthAnotherTry(Throwable ex) {
		return ex instanceof NetworkException || ex instanceof ServerException || ex instanceof RateLimitException
				|| ex instanceof ProtocolException || ex instanceof AuthenticationException;
	}

	/**
	 * Runs something later.
	 */
	@FunctionalInterface
	public interface Delayer {

		/**
		 * Runs a task later, on another thread.
		 * @param delay how much later
		 * @param task must not be lost
		 */
		void after(Duration delay, Runnable task);

	}

	/**
	 * One use, until the service has recorded it.
	 */
	private final class Report {

		private final AsyncAgentOtpClient client;

		private final Permission grant;

		private final Map<String, Object> details;

		private final CallOptions options;

		private final Instant end;

		private Duration delay = FIRST_DELAY;

		private final AtomicBoolean settled = new AtomicBoolean();

		private volatile @Nullable Throwable failure;

		Report(AsyncAgentOtpClient client, Permission grant, Map<String, Object> details, CallOptions options) {
			this.client = client;
			this.grant = grant;
			this.details = details;
			this.options = options.withIdempotencyKey(UUID.randomUUID().toString()).impatient();
			this.end = grant.expiresAt().orElseThrow();
		}

		CompletableFuture<Void> send() {
			return finish(() -> this.client.with(this.options)
				.useToken(this.grant.id(), this.grant.token().orElseThrow(), this.details,
						this.grant.callDigest().orElse(null)));
		}

		CompletableFuture<Void> finish(Supplier<CompletableFuture<TokenUse>> attempt) {
			return start(attempt).handle((use, ex) -> {
				if (ex == null) {
					succeeded();
				}
				else {
					failed(CallFuture.unwrap(ex));
				}
				return null;
			});
		}

		private CompletableFuture<TokenUse> start(Supplier<CompletableFuture<TokenUse>> attempt) {
			try {
				return attempt.get();
			}
			catch (Throwable ex) {
				return CompletableFuture.failedFuture(ex);
			}
		}

		private void succeeded() {
			PermissionExchange.this.open.remove(this);
			if (this.settled.compareAndSet(false, true)) {
				PermissionExchange.this.listener.used(this.grant.withoutToken(), outcome());
			}
		}

		private void failed(Throwable ex) {
			this.failure = ex;
			Instant next = PermissionExchange.this.clock.instant().plus(this.delay);
			if (PermissionExchange.this.ended || !isWorthAnotherTry(ex) || !next.isBefore(this.end)) {
				giveUp();
				return;
			}
			if (PermissionExchange.this.open.add(this)) {
				logger.warn("Permission {} was used for {}, but reporting it failed; it is tried again until {}: {}",
						this.grant.id(), this.grant.action(), this.end, ex.getMessage());
			}
			Duration delay = this.delay;
			this.delay = (delay.compareTo(LONGEST_DELAY) < 0) ? delay.multipliedBy(2) : delay;
			PermissionExchange.this.delayer.after(delay, () -> {
				if (PermissionExchange.this.open.contains(this)) {
					send();
				}
			});
		}

		void giveUp() {
			PermissionExchange.this.open.remove(this);
			if (!this.settled.compareAndSet(false, true)) {
				return;
			}
			Throwable failure = this.failure;
			logger.error("Permission {} was used for {}, but reporting it failed: {}", this.grant.id(),
					this.grant.action(), (failure != null) ? failure.getMessage() : "the application ends");
			if (failure != null) {
				PermissionExchange.this.listener.notReported(this.grant.withoutToken(), outcome(), failure);
			}
		}

		private String outcome() {
			return String.valueOf(this.details.get("outcome"));
		}

	}

}
