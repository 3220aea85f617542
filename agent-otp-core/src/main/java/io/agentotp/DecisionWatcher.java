package io.agentotp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
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

	/** However long the service wants to be left alone: somebody waits. */
	private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

	private static final int QUERY_SIZE = 100;

	private final PermissionApi api;

	private final Backoff errorBackoff;

	private final Backoff pollBackoff;

	private final Sleeper sleeper;

	private final LongSupplier nanoTime;

	private final ConcurrentMap<String, List<CompletableFuture<Permission>>> waiters = new ConcurrentHashMap<>();

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable Thread thread;

	private boolean closed;

	DecisionWatcher(PermissionApi api, Backoff errorBackoff, Backoff pollBackoff, Sleeper sleeper,
			LongSupplier nanoTime) {
		this.api = api;
		this.errorBackoff = errorBackoff;
		this.pollBackoff = pollBackoff;
		this.sleeper = sleeper;
		this.nanoTime = nanoTime;
	}

	/**
	 * Registers a waiter. A decision made before is not seen here: the caller reads the
	 * permission once after registering.
	 * @return completes on the watcher's thread when the permission is decided, so that
	 * nothing that takes long may hang on it; cancelling it ends the wait
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
			stopped(new CancellationException("The wait was interrupted"));
		}
		catch (Throwable ex) {
			logger.error("The decision watcher has failed", ex);
			stopped(ex);
		}
	}

	/** A waiter must not hang because nobody watches any more. */
	private void stopped(Throwable failure) {
		List<CompletableFuture<Permission>> left;
		this.lock.lock();
		try {
			this.thread = null;
			left = this.waiters.values().stream().flatMap(List::stream).toList();
		}
		finally {
			this.lock.unlock();
		}
		left.forEach((waiter) -> waiter.completeExceptionally(failure));
	}

	/**
	 * Follows the feed until nobody waits. After any failure it starts anew at the
	 * present position and looks all waiters up, so that no decision is lost in between.
	 * @return {@code false} if the service has no feed
	 */
	private boolean followFeed() throws InterruptedException {
		String cursor = null;
		long lastCheck = 0;
		int failures = 0;
		while (!idle()) {
			long start = this.nanoTime.getAsLong();
			boolean check = cursor == null || start - lastCheck > RECHECK.toNanos();
			try {
				PermissionApi.Decisions decisions = this.api.decisions(cursor, (cursor == null) ? Duration.ZERO : PARK);
				decisions.decided().forEach(this::settle);
				if (check) {
					lookUpAll();
					lastCheck = start;
				}
				boolean progress = cursor == null
						|| !(decisions.decided().isEmpty() || decisions.cursor().equals(cursor));
				cursor = decisions.cursor();
				failures = 0;
				if (!progress) {
					pace(start);
				}
			}
			catch (AgentOtpException ex) {
				if (PermissionApi.noSuchRoute(ex)) {
					return false;
				}
				cursor = null;
				recover(ex, ++failures);
			}
		}
		return true;
	}

	/**
	 * A service that answers at once instead of parking the request must not be asked in
	 * a tight loop.
	 */
	private void pace(long start) throws InterruptedException {
		Duration rest = POLL_GAP.minusNanos(this.nanoTime.getAsLong() - start);
		if (!rest.isNegative() && !this.waiters.isEmpty()) {
			this.sleeper.sleep(rest);
		}
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
					settle(new Decided(id, this.api.get(id), null));
				}
				catch (ProtocolException | NotFoundException ex) {
					fail(id, ex);
				}
				catch (AgentOtpException ex) {
					recover(ex, round);
				}
				if (idle()) {
					return;
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
		Duration delay = this.errorBackoff.delay(failures, ex.retryAfter().orElse(null));
		this.sleeper.sleep((delay.compareTo(LONGEST_PAUSE) < 0) ? delay : LONGEST_PAUSE);
	}

	private void settle(Decided decided) {
		Permission permission = decided.permission();
		if (permission == null) {
			fail(decided.id(), Objects.requireNonNull(decided.failure()));
		}
		else if (!permission.isOpen()) {
			this.waiters.getOrDefault(decided.id(), List.of()).forEach((waiter) -> waiter.complete(permission));
		}
	}

	private void fail(String id, Throwable failure) {
		this.waiters.getOrDefault(id, List.of()).forEach((waiter) -> waiter.completeExceptionally(failure));
	}

	private void failAll(Throwable failure) {
		List.copyOf(this.waiters.keySet()).forEach((id) -> fail(id, failure));
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
