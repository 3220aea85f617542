package io.agentotp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import io.agentotp.Answers.Decided;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for decisions on behalf of everybody: one thread reads the decision feed and
 * completes the waiters, so that a wait costs neither a thread nor a connection. Against
 * a service without the feed the same thread polls. It starts with the first waiter and
 * ends when there is none.
 */
final class DecisionWatcher {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpClient.class);

	private static final Duration PARK = Duration.ofSeconds(25);

	/** The net under the feed: how often all waiters are looked up. */
	private static final Duration RECHECK = Duration.ofMinutes(1);

	/** Keeps one poller below the 60 requests a minute that the original allows. */
	private static final Duration POLL_GAP = Duration.ofMillis(1200);

	private static final int QUERY_SIZE = 100;

	private final PermissionApi api;

	private final Executor callbacks;

	private final Backoff errorBackoff;

	private final Backoff pollBackoff;

	private final Sleeper sleeper;

	private final LongSupplier nanoTime;

	private final ConcurrentMap<String, List<CompletableFuture<Permission>>> waiters = new ConcurrentHashMap<>();

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable Thread thread;

	private boolean closed;

	DecisionWatcher(PermissionApi api, Executor callbacks, Backoff errorBackoff, Backoff pollBackoff, Sleeper sleeper,
			LongSupplier nanoTime) {
		this.api = api;
		this.callbacks = callbacks;
		this.errorBackoff = errorBackoff;
		this.pollBackoff = pollBackoff;
		this.sleeper = sleeper;
		this.nanoTime = nanoTime;
	}

	/**
	 * Registers a waiter. A decision made before is not seen here: the caller reads the
	 * permission once after registering.
	 * @return completes when the permission is no longer pending; completing or
	 * cancelling it otherwise ends the wait
	 */
	CompletableFuture<Permission> watch(String id) {
		CompletableFuture<Permission> waiter = new CompletableFuture<>();
		this.waiters.compute(id, (key, list) -> {
			List<CompletableFuture<Permission>> extended = (list != null) ? new ArrayList<>(list) : new ArrayList<>(1);
			extended.add(waiter);
			return extended;
		});
		waiter.whenComplete((permission, ex) -> this.waiters.computeIfPresent(id, (key, list) -> {
			List<CompletableFuture<Permission>> reduced = new ArrayList<>(list);
			reduced.remove(waiter);
			return reduced.isEmpty() ? null : reduced;
		}));
		this.lock.lock();
		try {
			if (this.closed) {
				waiter.completeExceptionally(new CancellationException("The client is closed"));
			}
			else if (this.thread == null) {
				this.thread = new Thread(this::run, "agent-otp-watcher");
				this.thread.setDaemon(true);
				this.thread.start();
			}
		}
		finally {
			this.lock.unlock();
		}
		return waiter;
	}

	void close() {
		this.lock.lock();
		try {
			this.closed = true;
			if (this.thread != null) {
				this.thread.interrupt();
			}
		}
		finally {
			this.lock.unlock();
		}
		failAll(new CancellationException("The client is closed"));
	}

	private void run() {
		try {
			if (!followFeed()) {
				poll();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (RuntimeException | Error ex) {
			// A waiter must not hang because of a fault of ours.
			this.lock.lock();
			try {
				this.thread = null;
			}
			finally {
				this.lock.unlock();
			}
			logger.error("The decision watcher has failed", ex);
			failAll(ex);
		}
	}

	/**
	 * Follows the feed until nobody waits.
	 * @return {@code false} if the service has no feed
	 */
	private boolean followFeed() throws InterruptedException {
		String cursor = null;
		long lastCheck = 0;
		int failures = 0;
		while (!idle()) {
			try {
				boolean check = cursor == null || failures > 0
						|| this.nanoTime.getAsLong() - lastCheck > RECHECK.toNanos();
				PermissionApi.Decisions decisions = this.api.decisions(cursor,
						(cursor == null || failures > 0) ? Duration.ZERO : PARK);
				cursor = decisions.cursor();
				decisions.decided().forEach(this::settle);
				if (check) {
					lookUpAll();
					lastCheck = this.nanoTime.getAsLong();
				}
				failures = 0;
			}
			catch (AgentOtpException ex) {
				if (ex.operation().equals("decisions")
						&& (ex.status() == 404 || ex.status() == 405 || ex.status() == 501)) {
					return false;
				}
				if (ex.operation().equals("decisions") && ex.status() == 410) {
					cursor = null;
					continue;
				}
				recover(ex, ++failures);
			}
		}
		return true;
	}

	private void lookUpAll() {
		List<String> ids = new ArrayList<>(this.waiters.keySet());
		for (int from = 0; from < ids.size(); from += QUERY_SIZE) {
			this.api.query(ids.subList(from, Math.min(ids.size(), from + QUERY_SIZE))).forEach(this::settle);
		}
	}

	private void poll() throws InterruptedException {
		logger.debug("The service has no decision feed: polling");
		int round = 0;
		while (!idle()) {
			this.sleeper.sleep(POLL_GAP.plus(this.pollBackoff.delay(++round, null)));
			for (String id : List.copyOf(this.waiters.keySet())) {
				try {
					Permission permission = this.api.get(id);
					settle(new Decided(id, permission, null));
				}
				catch (ProtocolException | NotFoundException ex) {
					settle(id, null, ex);
				}
				catch (AgentOtpException ex) {
					recover(ex, round);
				}
				this.sleeper.sleep(POLL_GAP);
			}
		}
	}

	private void recover(AgentOtpException ex, int failures) throws InterruptedException {
		if (Thread.currentThread().isInterrupted()) {
			throw new InterruptedException();
		}
		if (ex instanceof AuthenticationException || ex instanceof ForbiddenException
				|| ex instanceof ConfigurationException) {
			failAll(ex);
			return;
		}
		logger.debug("Waiting for decisions failed, trying again: {}", ex.getMessage());
		this.sleeper.sleep(this.errorBackoff.delay(failures, ex.retryAfter().orElse(null)));
	}

	private void settle(Decided decided) {
		Permission permission = decided.permission();
		if (permission == null || (permission.status() != PermissionStatus.PENDING
				&& permission.status() != PermissionStatus.UNKNOWN)) {
			settle(decided.id(), permission, decided.failure());
		}
	}

	private void settle(String id, @Nullable Permission permission, @Nullable Throwable failure) {
		List<CompletableFuture<Permission>> waiting = this.waiters.get(id);
		if (waiting == null) {
			return;
		}
		for (CompletableFuture<Permission> waiter : waiting) {
			Runnable completion = (permission != null) ? () -> waiter.complete(permission)
					: () -> waiter.completeExceptionally(
							(failure != null) ? failure : new IllegalStateException("neither decision nor failure"));
			try {
				this.callbacks.execute(completion);
			}
			catch (RejectedExecutionException ex) {
				completion.run();
			}
		}
	}

	private void failAll(Throwable failure) {
		List.copyOf(this.waiters.keySet()).forEach((id) -> settle(id, null, failure));
	}

	private boolean idle() {
		this.lock.lock();
		try {
			if (this.waiters.isEmpty() || this.closed) {
				this.thread = null;
				return true;
			}
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

}
