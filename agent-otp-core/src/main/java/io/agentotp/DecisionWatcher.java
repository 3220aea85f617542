package io.agentotp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

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

	/** Keeps one poller below the 60 requests a minute that the original allows. */
	private static final Duration POLL_GAP = Duration.ofMillis(1200);

	/** However long the service wants to be left alone: somebody waits. */
	private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

	/** How far behind the client's clock that of the service may be. */
	private static final Duration LATE_CLOCK = Duration.ofMinutes(1);

	private static final int QUERY_SIZE = 100;

	private final PermissionApi api;

	private final Backoff errorBackoff;

	private final Backoff pollBackoff;

	private final Sleeper sleeper;

	private final LongSupplier nanoTime;

	private final InstantSource clock;

	private final Timer timer;

	private final Executor workers;

	private final ConcurrentMap<String, List<Wait>> waits = new ConcurrentHashMap<>();

	private final Queue<Wait> unconfirmed = new ConcurrentLinkedQueue<>();

	private final AtomicBoolean confirming = new AtomicBoolean();

	private final ReentrantLock lock = new ReentrantLock();

	private @Nullable Thread thread;

	private boolean closed;

	DecisionWatcher(PermissionApi api, Executor workers, Backoff errorBackoff, Backoff pollBackoff, Sleeper sleeper,
			LongSupplier nanoTime, InstantSource clock, Timer timer) {
		this.api = api;
		this.workers = workers;
		this.errorBackoff = errorBackoff;
		this.pollBackoff = pollBackoff;
		this.sleeper = sleeper;
		this.nanoTime = nanoTime;
		this.clock = clock;
		this.timer = timer;
	}

	/**
	 * Begins a wait. A decision that was made before is not seen here: the permission
	 * must be read once afterwards, by {@link #confirm(Wait)} or
	 * {@link #confirmSoon(Wait)}.
	 * @param known what is known of the permission, or {@code null}
	 * @return the wait, which ends when its decision is completed or cancelled, by a
	 * {@link java.util.concurrent.TimeoutException} when the time is over
	 */
	Wait watch(String id, @Nullable Permission known, Duration timeout) {
		Wait wait = new Wait(id, known, Deadline.after(timeout, this.nanoTime));
		this.waits.compute(id, (key, list) -> {
			if (list == null) {
				return List.of(wait);
			}
			List<Wait> extended = new ArrayList<>(list);
			extended.add(wait);
			return extended;
		});
		wait.onEnd(() -> this.waits.computeIfPresent(id, (key, list) -> {
			List<Wait> reduced = new ArrayList<>(list);
			reduced.remove(wait);
			return reduced.isEmpty() ? null : reduced;
		}));
		this.lock.lock();
		try {
			if (this.closed) {
				wait.failed(new CancellationException("The client is closed"));
				return wait;
			}
			if (this.thread == null) {
				this.thread = new Thread(this::run, "agent-otp-watcher");
				this.thread.setDaemon(true);
				this.thread.start();
			}
		}
		finally {
			this.lock.unlock();
		}
		this.timer.end(id, wait.decision(), Duration.ofNanos(Deadline.nanos(timeout)));
		return wait;
	}

	/**
	 * Reads the permission of a new wait on a worker, together with those of others who
	 * begin at the same time.
	 */
	void confirmSoon(Wait wait) {
		this.unconfirmed.add(wait);
		if (this.confirming.compareAndSet(false, true)) {
			this.workers.execute(this::confirm);
		}
	}

	private void confirm() {
		do {
			List<Wait> batch = new ArrayList<>();
			for (Wait wait = this.unconfirmed.poll(); wait != null; wait = this.unconfirmed.poll()) {
				if (!wait.decision().isDone()) {
					batch.add(wait);
				}
				if (batch.size() == QUERY_SIZE) {
					confirm(batch);
					batch.clear();
				}
			}
			confirm(batch);
			this.confirming.set(false);
		}
		while (!this.unconfirmed.isEmpty() && this.confirming.compareAndSet(false, true));
	}

	private void confirm(List<Wait> batch) {
		if (batch.size() < 2) {
			batch.forEach(this::confirm);
			return;
		}
		try {
			this.api.query(batch.stream().map(Wait::id).distinct().toList()).forEach(this::settle);
			// What the answer leaves out does not exist for this agent, says a single
			// read.
			batch.stream().filter((wait) -> !wait.isKnown() && !wait.decision().isDone()).forEach(this::confirm);
		}
		catch (AgentOtpException ex) {
			if (PermissionApi.noSuchRoute(ex)) {
				batch.forEach(this::confirm);
			}
			else {
				batch.forEach((wait) -> confirmationFailed(wait, ex));
			}
		}
		catch (Throwable ex) {
			batch.forEach((wait) -> wait.failed(ex));
		}
	}

	/**
	 * Reads the permission of a new wait on the calling thread.
	 */
	void confirm(Wait wait) {
		try {
			wait.seen(this.api.get(wait.id(), wait.remaining()));
		}
		catch (AgentOtpException ex) {
			confirmationFailed(wait, ex);
		}
		catch (Throwable ex) {
			wait.failed(ex);
		}
	}

	/**
	 * A failure that may pass does not end the wait for a permission of which is known
	 * that it exists. Being asked to slow down never ends it.
	 */
	private static void confirmationFailed(Wait wait, AgentOtpException ex) {
		if (!(ex instanceof RateLimitException || (mayPass(ex) && wait.isKnown()))) {
			wait.failed(ex);
		}
	}

	private static boolean mayPass(AgentOtpException ex) {
		return ex instanceof NetworkException || ex instanceof RateLimitException || ex instanceof ServerException;
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
		List<Wait> left;
		this.lock.lock();
		try {
			this.thread = null;
			left = this.waits.values().stream().flatMap(List::stream).toList();
		}
		finally {
			this.lock.unlock();
		}
		left.forEach((wait) -> wait.failed(failure));
	}

	/**
	 * Follows the feed until nobody waits. After it has failed it starts anew at the
	 * present position and looks all waiters up, so that no decision is lost in between.
	 * @return {@code false} if the service has no feed
	 */
	private boolean followFeed() throws InterruptedException {
		String cursor = null;
		Recheck recheck = new Recheck();
		int failures = 0;
		while (!idle()) {
			long start = this.nanoTime.getAsLong();
			boolean look = cursor == null || recheck.isDue(start);
			try {
				PermissionApi.Decisions decisions = this.api.decisions(cursor,
						look ? Duration.ZERO : recheck.untilDue(PARK, start));
				decisions.decided().forEach(this::settle);
				if (cursor == null || recheck.isOver(start)) {
					recheck.start(this.waits.keySet(), start);
				}
				boolean progress = look || !(decisions.decided().isEmpty() || decisions.cursor().equals(cursor));
				cursor = decisions.cursor();
				if (look) {
					lookUp(recheck);
				}
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
		if (!rest.isNegative() && !this.waits.isEmpty()) {
			this.sleeper.sleep(rest);
		}
	}

	private void lookUp(Recheck recheck) {
		List<String> ids = recheck.take(QUERY_SIZE, this.waits::containsKey);
		if (ids.isEmpty()) {
			return;
		}
		try {
			this.api.query(ids).forEach(this::settle);
			recheck.succeeded();
		}
		catch (AgentOtpException ex) {
			if (!mayPass(ex) || Thread.currentThread().isInterrupted()) {
				throw ex;
			}
			logger.debug("Looking up decisions failed, trying again: {}", ex.getMessage());
			recheck.failed(ids, (failures) -> delay(ex, failures), this.nanoTime.getAsLong());
		}
	}

	private void poll() throws InterruptedException {
		logger.debug("The service has no decision feed: polling");
		int round = 0;
		while (!idle()) {
			this.sleeper.sleep(untilNextPoll(this.pollBackoff.delay(++round, null)));
			for (String id : List.copyOf(this.waits.keySet())) {
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

	/**
	 * The end of an approval window is not announced: whoever polls looks then.
	 */
	private Duration untilNextPoll(Duration backoff) {
		Instant now = this.clock.instant();
		Duration usual = POLL_GAP.plus(backoff);
		Duration soonest = this.waits.values()
			.stream()
			.map((waits) -> waits.get(0).known())
			.flatMap((known) -> (known != null) ? known.expiresAt().stream() : Stream.empty())
			.map((end) -> Duration.between(now, end))
			.filter((left) -> left.compareTo(LATE_CLOCK.negated()) > 0)
			.min(Duration::compareTo)
			.filter((left) -> left.compareTo(usual) < 0)
			.orElse(usual);
		return (soonest.compareTo(POLL_GAP) > 0) ? soonest : POLL_GAP;
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
		this.sleeper.sleep(delay(ex, failures));
	}

	private Duration delay(AgentOtpException ex, int failures) {
		Duration delay = this.errorBackoff.delay(failures, ex.retryAfter().orElse(null));
		return (delay.compareTo(LONGEST_PAUSE) < 0) ? delay : LONGEST_PAUSE;
	}

	private void settle(Decided decided) {
		Permission permission = decided.permission();
		if (permission == null) {
			fail(decided.id(), Objects.requireNonNull(decided.failure()));
		}
		else {
			this.waits.getOrDefault(decided.id(), List.of()).forEach((wait) -> wait.seen(permission));
		}
	}

	private void fail(String id, Throwable failure) {
		this.waits.getOrDefault(id, List.of()).forEach((wait) -> wait.failed(failure));
	}

	private void failAll(Throwable failure) {
		List.copyOf(this.waits.keySet()).forEach((id) -> fail(id, failure));
	}

	private boolean idle() {
		this.lock.lock();
		try {
			if (this.waits.isEmpty() || this.closed) {
				this.thread = null;
				return true;
			}
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Ends waits, see {@link io.agentotp.transport.HttpTransport#endWait}.
	 */
	interface Timer {

		void end(String id, CompletableFuture<?> wait, Duration timeout);

	}

}
