package io.agentotp.test;

import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * What the fake service knows: its script, its permissions, the order of their decisions
 * and the time. Guarded by its own monitor, on which parked requests wait.
 */
final class FakeService {

	/** A longer one is for ever. */
	private static final Duration LONGEST_WAIT = Duration.ofDays(36_500);

	private final Decision unscripted;

	private final List<Rule> script = new ArrayList<>();

	private final List<FakePermission> asked = new ArrayList<>();

	/**
	 * All that was ever asked: a wait from before a reset still looks its request up.
	 */
	private final Map<String, FakePermission> permissions = new HashMap<>();

	/** Never cut, so that the position of a client that is parked stays good. */
	private final List<FakePermission> decided = new ArrayList<>();

	private final List<ManualWait> waits = new ArrayList<>();

	private Duration approvalWindow = Duration.ofMinutes(10);

	private Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

	private boolean reachable = true;

	private boolean keyAccepted = true;

	FakeService(Decision unscripted) {
		this.unscripted = unscripted;
	}

	/**
	 * Adds what to decide.
	 * @param told what the test has written, or {@code null} if it need not be met
	 */
	synchronized void script(Predicate<? super AskedPermission> requests, Decision decision, @Nullable String told) {
		this.script.add(0, new Rule(requests, decision, told, new AtomicBoolean()));
	}

	/** Return what was written down for requests that never came. */
	synchronized List<String> unmet() {
		return this.script.stream().filter((rule) -> rule.told() != null && !rule.met().get()).map(Rule::told).toList();
	}

	synchronized void approvalWindow(Duration approvalWindow) {
		this.approvalWindow = approvalWindow;
	}

	synchronized FakePermission ask(Map<String, Object> request) {
		FakePermission permission = new FakePermission(request, this.now, this.approvalWindow);
		AskedPermission asked = permission.asked();
		List<Rule> met = this.script.stream().filter((rule) -> rule.requests().test(asked)).toList();
		met.forEach((rule) -> rule.met().set(true));
		Decision decision = met.isEmpty() ? this.unscripted : met.get(0).decision();
		permission.decide(decision, "policy:script", this.now);
		this.asked.add(permission);
		this.permissions.put(permission.id(), permission);
		notifyAll();
		return permission;
	}

	synchronized @Nullable FakePermission find(String id) {
		return this.permissions.get(id);
	}

	synchronized int decidePending(Predicate<? super AskedPermission> requests, Decision decision) {
		List<FakePermission> pending = pending().stream()
			.filter((permission) -> requests.test(permission.asked()))
			.toList();
		pending.forEach((permission) -> permission.decide(decision, "user:test", this.now));
		publish(pending);
		return pending.size();
	}

	synchronized Map<String, Object> revoke(FakePermission permission, Map<String, Object> body) {
		boolean pending = permission.isPending();
		Map<String, Object> answer = permission.revoke(body, this.now);
		if (pending) {
			publish(List.of(permission));
		}
		return answer;
	}

	void advance(Duration time) {
		synchronized (this) {
			this.now = this.now.plus(time);
			List<FakePermission> pending = pending();
			this.permissions.values().forEach((permission) -> permission.expireIfOverdue(this.now));
			publish(pending.stream().filter((permission) -> !permission.isPending()).toList());
		}
		endOverdueWaits();
	}

	/**
	 * Ends a wait by the manual clock.
	 */
	void endWait(String id, CompletableFuture<?> wait, Duration timeout) {
		synchronized (this) {
			FakePermission permission = find(id);
			if (permission == null || timeout.compareTo(LONGEST_WAIT) > 0) {
				return;
			}
			Instant ends = permission.waitBegins(this.now).plus(timeout);
			permission.lookedAt();
			this.waits.removeIf((known) -> known.future().isDone());
			this.waits.add(new ManualWait(permission, wait, ends));
		}
		endOverdueWaits();
	}

	/** What waits may look at this service. */
	private void endOverdueWaits() {
		List<ManualWait> overdue;
		synchronized (this) {
			overdue = this.waits.stream().filter((wait) -> wait.isOverdue(this.now)).toList();
			this.waits.removeAll(overdue);
		}
		overdue.forEach((wait) -> wait.future().completeExceptionally(new TimeoutException()));
	}

	synchronized void reset() {
		// Nobody will decide them any more.
		decidePending((asked) -> true, Decision.EXPIRE);
		this.script.clear();
		this.asked.clear();
		this.approvalWindow = Duration.ofMinutes(10);
		this.reachable = true;
		this.keyAccepted = true;
	}

	synchronized List<FakePermission> pending() {
		return this.asked.stream().filter(FakePermission::isPending).toList();
	}

	synchronized List<AskedPermission> asked() {
		return this.asked.stream().map(FakePermission::asked).toList();
	}

	synchronized List<FakePermission> decidedAfter(int position) {
		return List.copyOf(this.decided.subList(Math.min(position, this.decided.size()), this.decided.size()));
	}

	synchronized int position() {
		return this.decided.size();
	}

	synchronized Instant now() {
		return this.now;
	}

	synchronized void reachable(boolean reachable) {
		this.reachable = reachable;
		notifyAll();
	}

	synchronized void requireReachable() throws ConnectException {
		if (!this.reachable) {
			throw new ConnectException("The fake service is unreachable");
		}
	}

	synchronized void acceptKey(boolean accepted) {
		this.keyAccepted = accepted;
	}

	synchronized boolean acceptsKey() {
		return this.keyAccepted;
	}

	/**
	 * Waits until something has happened. This is the machine's time, not the manual
	 * clock's: a parked request that came back because a test has moved the clock would
	 * only be sent again.
	 * @return whether it has happened, {@code false} also if the service has become
	 * unreachable
	 */
	synchronized boolean await(Duration timeout, BooleanSupplier event) throws InterruptedException {
		long end = System.nanoTime() + timeout.toNanos();
		long left = timeout.toNanos();
		while (left > 0 && this.reachable && !event.getAsBoolean()) {
			TimeUnit.NANOSECONDS.timedWait(this, left);
			left = end - System.nanoTime();
		}
		return this.reachable && event.getAsBoolean();
	}

	private void publish(List<FakePermission> permissions) {
		this.decided.addAll(permissions);
		notifyAll();
	}

	/**
	 * What was written down for some requests.
	 */
	private record Rule(Predicate<? super AskedPermission> requests, Decision decision, @Nullable String told,
			AtomicBoolean met) {
	}

	/**
	 * A wait and when it ends.
	 */
	private record ManualWait(FakePermission permission, CompletableFuture<?> future, Instant ends) {

		boolean isOverdue(Instant now) {
			return !now.isBefore(this.ends) && this.permission.isUndecidedAt(this.ends);
		}

	}

}
