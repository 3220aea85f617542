package io.agentotp.server.web;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.metric.Meters;
import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.TaskScheduler;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.async.DeferredResult;

/**
 * Lets requests wait until there is something to answer. A waiting request holds no
 * thread.
 */
@Component
public final class LongPolling {

	/**
	 * The attribute of a request that waits with what answers it at once, as when its
	 * time is over.
	 */
	public static final String END = LongPolling.class.getName() + ".END";

	/**
	 * The attribute of a request that may have waited with who sent it, as it was then.
	 */
	public static final String CALLER = LongPolling.class.getName() + ".CALLER";

	// The container's own limit is only a net under ours.
	private static final Duration GRACE = Duration.ofSeconds(30);

	private static final Duration FULL_RETRY = Duration.ofSeconds(5);

	// Who asks less often than this costs little, and cannot hold many.
	private static final Duration LONG = Duration.ofSeconds(10);

	private final TaskScheduler scheduler;

	private final Executor executor;

	private final int limit;

	// By whose they are, the oldest first. Guarded by itself.
	private final Map<String, Set<Waiting<?>>> waiting = new HashMap<>();

	private int size;

	private volatile boolean released;

	LongPolling(TaskScheduler scheduler, Executor wakers, AgentOtpServerProperties.Limits limits,
			LongPollCapacity capacity, DatabaseWatch database, Meters meters) {
		this.scheduler = scheduler;
		this.executor = wakers;
		this.limit = (limits.maxWaitingRequests() > 0) ? limits.maxWaitingRequests() : capacity.places();
		meters.gauge("waiting.requests", "Requests that wait for an answer on this node", this::size);
		database.onGone(() -> fail(TryLaterException.unavailable()));
	}

	/**
	 * Lets a request wait.
	 * @param <T> the answer
	 * @param caller whose request it is: when there is no room, that of who has most
	 * gives way to others
	 * @param limit for how long at most
	 * @param listen registers what is to run when something may have changed, and returns
	 * what ends that
	 * @param answer the answer, once there is one
	 * @param lastAnswer the answer when the time is over
	 * @return the result to return from the controller
	 * @throws RefusedException if it has to wait and there is no room: rather a caller
	 * that asks again than a service without memory
	 */
	public <T> DeferredResult<T> park(String caller, Duration limit, Function<Runnable, Runnable> listen,
			Supplier<Optional<T>> answer, Supplier<T> lastAnswer) {
		return park(caller, limit, listen, answer, lastAnswer, () -> {
		});
	}

	/**
	 * Lets a request wait.
	 * @param <T> the answer
	 * @param caller whose request it is
	 * @param limit for how long at most
	 * @param listen registers what is to run when something may have changed, and returns
	 * what ends that
	 * @param answer the answer, once there is one
	 * @param lastAnswer the answer when the time is over
	 * @param waited runs if the request has waited for a while
	 * @return the result to return from the controller
	 * @throws RefusedException if it has to wait and there is no room
	 */
	public <T> DeferredResult<T> park(String caller, Duration limit, Function<Runnable, Runnable> listen,
			Supplier<Optional<T>> answer, Supplier<T> lastAnswer, Runnable waited) {
		DeferredResult<T> result = new DeferredResult<>(limit.plus(GRACE).toMillis());
		Waiting<T> request = new Waiting<>(caller, result, answer, lastAnswer, waited);
		if (add(request, !limit.isZero())) {
			request.start(limit, listen);
		}
		else {
			result.setResult(answer.get()
				.orElseThrow(() -> new TryLaterException(
						"As many requests wait already as this node can hold. Try again", FULL_RETRY)));
		}
		return result;
	}

	private boolean add(Waiting<?> request, boolean limited) {
		Waiting<?> other = null;
		synchronized (this.waiting) {
			Set<Waiting<?>> own = this.waiting.getOrDefault(request.caller, Set.of());
			if (limited && this.size >= this.limit) {
				Set<Waiting<?>> most = this.waiting.values()
					.stream()
					.max(Comparator.comparingInt(Set::size))
					.orElse(Set.of());
				if (most.size() <= own.size() + 1) {
					return false;
				}
				other = most.iterator().next();
				remove(other);
			}
			this.waiting.computeIfAbsent(request.caller, (caller) -> new LinkedHashSet<>()).add(request);
			this.size++;
		}
		if (other != null) {
			// Its caller may be gone. If not, it asks again.
			this.executor.execute(other::end);
		}
		return true;
	}

	private void remove(Waiting<?> request) {
		synchronized (this.waiting) {
			Set<Waiting<?>> own = this.waiting.get(request.caller);
			if (own != null && own.remove(request)) {
				this.size--;
				if (own.isEmpty()) {
					this.waiting.remove(request.caller);
				}
			}
		}
	}

	private List<Waiting<?>> all() {
		synchronized (this.waiting) {
			return this.waiting.values().stream().flatMap(Set::stream).toList();
		}
	}

	/**
	 * Answers all waiting requests now, and from now on lets none wait.
	 */
	public void release() {
		this.released = true;
		RuntimeException failure = null;
		for (Waiting<?> request : all()) {
			if (failure == null) {
				failure = request.end();
			}
			else {
				// Each would wait for the database again.
				request.fail(failure);
			}
		}
	}

	/**
	 * Answers all waiting requests with a refusal.
	 * @param refusal the refusal
	 */
	public void fail(RefusedException refusal) {
		all().forEach((request) -> request.fail(refusal));
	}

	/**
	 * How many requests wait.
	 * @return the number
	 */
	public int size() {
		synchronized (this.waiting) {
			return this.size;
		}
	}

	private final class Waiting<T> {

		private final String caller;

		private final DeferredResult<T> result;

		private final Supplier<Optional<T>> answer;

		private final Supplier<T> lastAnswer;

		private final Runnable waited;

		private final long begin = System.nanoTime();

		private final AtomicBoolean done = new AtomicBoolean();

		private final AtomicBoolean left = new AtomicBoolean();

		private volatile @Nullable Runnable stopListening;

		private volatile @Nullable Future<?> timer;

		Waiting(String caller, DeferredResult<T> result, Supplier<Optional<T>> answer, Supplier<T> lastAnswer,
				Runnable waited) {
			this.caller = caller;
			this.result = result;
			this.answer = answer;
			this.lastAnswer = lastAnswer;
			this.waited = waited;
		}

		void start(Duration limit, Function<Runnable, Runnable> listen) {
			Runnable end = () -> LongPolling.this.executor.execute(this::end);
			RequestAttributes attributes = RequestContextHolder.getRequestAttributes();
			if (attributes != null) {
				attributes.setAttribute(END, end, RequestAttributes.SCOPE_REQUEST);
				Authentication user = SecurityContextHolder.getContext().getAuthentication();
				if (user != null && !limit.isZero()) {
					attributes.setAttribute(CALLER, user, RequestAttributes.SCOPE_REQUEST);
				}
			}
			this.result.onCompletion(this::leave);
			// Listening first: what changes between looking and listening would be
			// missed.
			this.stopListening = listen.apply(() -> LongPolling.this.executor.execute(this::look));
			look();
			if (!this.done.get()) {
				this.timer = LongPolling.this.scheduler.schedule(end, Instant.now().plus(limit));
			}
			if (LongPolling.this.released) {
				end();
			}
			if (this.done.get()) {
				leave();
			}
		}

		private void look() {
			if (!this.done.get()) {
				try {
					this.answer.get().ifPresent(this::complete);
				}
				catch (RuntimeException ex) {
					fail(ex);
				}
			}
		}

		/**
		 * Answers now.
		 * @return why that failed, if others would fail alike
		 */
		@Nullable RuntimeException end() {
			if (!this.done.get()) {
				try {
					complete(this.lastAnswer.get());
				}
				catch (RuntimeException ex) {
					fail(ex);
					return (ex instanceof RefusedException) ? null : ex;
				}
			}
			return null;
		}

		private void complete(T value) {
			if (this.done.compareAndSet(false, true)) {
				leave();
				this.result.setResult(value);
			}
		}

		void fail(RuntimeException ex) {
			if (this.done.compareAndSet(false, true)) {
				leave();
				this.result.setErrorResult(ex);
			}
		}

		private void leave() {
			this.done.set(true);
			remove(this);
			if (System.nanoTime() - this.begin >= LONG.toNanos() && this.left.compareAndSet(false, true)) {
				LongPolling.this.executor.execute(this.waited);
			}
			Runnable stop = this.stopListening;
			if (stop != null) {
				stop.run();
			}
			Future<?> timer = this.timer;
			if (timer != null) {
				timer.cancel(false);
			}
		}

	}

}
