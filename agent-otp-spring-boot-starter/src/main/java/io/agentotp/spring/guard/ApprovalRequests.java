package io.agentotp.spring.guard;

import java.util.UUID;
import io.agentotp.CallOptions;
import io.agentotp.AgentOtpException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionExchange;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.event.PermissionPendingEvent;
import io.agentotp.spring.event.PermissionRequestedEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the request of a call and waits for its decision. A request whose wait ends
 * without one, in whatever way, is withdrawn.
 */
final class ApprovalRequests {

	private static final Logger logger = LoggerFactory.getLogger(ApprovalRequests.class);

	/** Begins the idempotency keys of this process. */
	private static final String KEYS = UUID.randomUUID() + "-";

	private static final AtomicLong REQUESTS = new AtomicLong();

	private static final String STOPPED_WAITING = "The call has stopped waiting";

	private static final String DECLINED = "The user of the agent has declined";

	private final AgentOtpClient client;

	private final Duration approvalTimeout;

	private final GuardEvents events;

	private final PendingWaits waits;

	private final Revocations withdrawals;

	private final AgentLimits limits;

	ApprovalRequests(AgentOtpClient client, Duration approvalTimeout, GuardEvents events, PendingWaits waits,
			Revocations withdrawals, AgentLimits limits) {
		this.limits = limits;
		this.client = client;
		this.approvalTimeout = approvalTimeout;
		this.events = events;
		this.waits = waits;
		this.withdrawals = withdrawals;
	}

	/**
	 * Asks, and blocks until there is a decision or the time is over.
	 * @return the permission, whatever its status
	 */
	Permission ask(PermissionCall call) {
		AgentLimits.Request limited = this.limits.request(call, false);
		CompletableFuture<Permission> decision;
		Runnable known = this.withdrawals.expect();
		Permission permission = null;
		try {
			this.events.publish(new PermissionRequestedEvent(call.asked().request()));
			permission = request(call);
			if (permission.status() != PermissionStatus.PENDING) {
				return permission;
			}
			decision = await(call, permission);
		}
		finally {
			limited.answered(permission);
			known.run();
		}
		return await(decision);
	}

	private Permission request(PermissionCall call) {
		AgentOtpClient keyed = keyed(call);
		try {
			return this.events.requests().ask(() -> keyed.requestPermission(call.asked().request()));
		}
		catch (AgentOtpException ex) {
			this.withdrawals.withdrawIfLost(keyed, call.asked().request(), ex);
			throw ex;
		}
	}

	/**
	 * Blocks until there is a decision or the time is over. Interrupting the thread
	 * withdraws the request.
	 * @param decision on a request that has been made
	 * @return the permission, whatever its status
	 */
	Permission await(CompletableFuture<Permission> decision) {
		try {
			return decision.get();
		}
		catch (InterruptedException ex) {
			giveBack(decision);
			Thread.currentThread().interrupt();
			throw new CallRefusedException("INTERRUPTED", "The calling thread was interrupted while waiting", null);
		}
		catch (CancellationException | ExecutionException ex) {
			throw Failures.refusal(ex);
		}
	}

	/**
	 * Asks without blocking.
	 * @return the permission, whatever its status; cancelling it withdraws the request
	 * @throws CallRefusedException if the turn of the call has asked too many times
	 */
	CompletableFuture<Permission> askAsync(PermissionCall call) {
		AgentLimits.Request limited = this.limits.request(call, false);
		this.events.publish(new PermissionRequestedEvent(call.asked().request()));
		CompletableFuture<Permission> result = new CompletableFuture<>();
		Runnable known = this.withdrawals.expect();
		// Not cancelled with the result: a request that was made must be known to be
		// withdrawn.
		AgentOtpClient keyed = keyed(call);
		CompletableFuture<Permission> answer = this.events.requests()
			.askAsync(() -> keyed.async().requestPermission(call.asked().request()));
		answer.whenComplete((permission, ex) -> {
			limited.answered(permission);
			try {
				if (ex != null) {
					Throwable failure = Failures.unwrap(ex);
					if (failure instanceof AgentOtpException lost) {
						this.withdrawals.withdrawIfLost(keyed, call.asked().request(), lost);
					}
					result.completeExceptionally(failure);
				}
				else if (permission.status() != PermissionStatus.PENDING) {
					complete(result, permission);
				}
				else if (result.isDone()) {
					this.withdrawals.withdraw(permission.id(), STOPPED_WAITING);
				}
				else {
					waitFor(call, permission, result);
				}
			}
			catch (RuntimeException failure) {
				result.completeExceptionally(failure);
			}
			finally {
				known.run();
			}
		});
		return result;
	}

	private void waitFor(PermissionCall call, Permission permission, CompletableFuture<Permission> result) {
		CompletableFuture<Permission> decision = await(call, permission);
		decision.whenComplete((decided, ex) -> {
			if (ex != null) {
				result.completeExceptionally(Failures.refusal(ex));
			}
			else {
				complete(result, decided);
			}
		});
		result.whenComplete((decided, ex) -> decision.cancel(true));
	}

	private void begin(PermissionCall call, Permission permission, CompletableFuture<Permission> decision) {
		Runnable ended = this.waits.add(permission, decision);
		Runnable observed = call.observation().waiting();
		decision.whenComplete((decided, ex) -> {
			if (decided != null && decided.status() != PermissionStatus.PENDING) {
				this.events.requests().told(permission.id());
			}
			else {
				this.events.leftOpen(permission);
			}
			ended.run();
			observed.run();
		});
		logger.info("Waiting for approval of {}{}", permission.action(),
				permission.approvalUrl().map((url) -> " at " + url).orElse(""));
	}

	/**
	 * Waits without blocking, as long as the caller has patience. The request stays open
	 * in the end.
	 * @param permission what nobody has decided on yet
	 * @param waits whether to wait at all
	 * @return the permission, whatever its status; cancelling it ends the wait
	 */
	CompletableFuture<Permission> awaitShortly(PermissionCall call, Permission permission, boolean waits) {
		CallerDeadline patience = call.patience();
		if (patience == null) {
			return CompletableFuture.completedFuture(permission);
		}
		CompletableFuture<Permission> decision = new CompletableFuture<>();
		try {
			patience.pending(permission.withoutToken(), () -> {
				if (patience.isGone()) {
					this.withdrawals.withdraw(permission.id(), STOPPED_WAITING);
				}
				else {
					this.limits.denied(call, DECLINED);
					this.withdrawals.withdraw(permission.id(), DECLINED);
				}
			});
			Duration left = waits ? patience.left() : Duration.ZERO;
			if (left.isNegative() || left.isZero()) {
				return CompletableFuture.completedFuture(permission);
			}
			begin(call, permission, decision);
			await(client(call), permission, left, decision);
		}
		catch (RuntimeException ex) {
			this.events.leftOpen(permission);
			decision.completeExceptionally(ex);
		}
		return decision;
	}

	private static void await(AgentOtpClient client, Permission permission, Duration timeout,
			CompletableFuture<Permission> decision) {
		CompletableFuture<Permission> wait = client.async().awaitDecision(permission.id(), timeout);
		wait.thenApply((decided) -> PermissionExchange.later(permission, decided)).whenComplete((decided, ex) -> {
			if (ex != null) {
				decision.completeExceptionally(Failures.unwrap(ex));
			}
			else {
				decision.complete(decided);
			}
		});
		decision.whenComplete((decided, ex) -> wait.cancel(true));
	}

	private void complete(CompletableFuture<Permission> result, Permission permission) {
		if (!result.complete(permission)) {
			giveBack(permission);
		}
	}

	/**
	 * Ends a wait, and gives the grant back that may be there already.
	 */
	void giveBack(CompletableFuture<Permission> decision) {
		if (!decision.cancel(true)) {
			decision.thenAccept(this::giveBack);
		}
	}

	/**
	 * Gives a permission back whose call will not run, if it is a grant.
	 */
	void giveBack(Permission permission) {
		if (permission.isGranted()) {
			this.withdrawals.withdraw(permission.id(), Revocations.CALL_ENDED);
		}
	}

	private CompletableFuture<Permission> await(PermissionCall call, Permission permission) {
		Duration timeout = call.guarded().timeout();
		CompletableFuture<Permission> decision = new CompletableFuture<>();
		this.withdrawals.withdrawUnlessDecided(permission.id(), decision, STOPPED_WAITING);
		try {
			begin(call, permission, decision);
			this.events.publish(new PermissionPendingEvent(permission.withoutToken()));
			await(client(call), permission, (timeout != null) ? timeout : this.approvalTimeout, decision);
		}
		catch (RuntimeException ex) {
			decision.completeExceptionally(ex);
		}
		return decision;
	}

	private AgentOtpClient keyed(PermissionCall call) {
		return TraceHeaders.apply(this.client, call.observation().headers(),
				CallOptions.builder().idempotencyKey(KEYS + REQUESTS.incrementAndGet()));
	}

	private AgentOtpClient client(PermissionCall call) {
		return TraceHeaders.apply(this.client, call.observation().headers());
	}

}
