package io.agentotp.spring.guard;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

import io.agentotp.Permission;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.OnPending;

/**
 * Obtains the grants of calls that pick their decision up when they are made again, and
 * wait no longer than their caller stays.
 */
final class ResumedApprovals {

	private final ApprovalRequests requests;

	private final ResumableCalls calls;

	private final Executor executor;

	private final OnPending onPending;

	ResumedApprovals(ApprovalRequests requests, ResumableCalls calls, Executor executor, OnPending onPending) {
		this.onPending = onPending;
		this.requests = requests;
		this.calls = calls;
		this.executor = executor;
	}

	/**
	 * Makes the permission request of a call that will be made in a moment.
	 */
	void askAhead(PermissionCall call) {
		this.calls.askAhead(call);
	}

	/**
	 * Obtains the grant of a call, blocking.
	 * @throws io.agentotp.AgentOtpException if there is none
	 */
	Permission obtain(PermissionCall call) {
		Permission permission = this.calls.obtain(call, false);
		if (permission.status() == PermissionStatus.PENDING) {
			permission = this.requests.await(this.requests.awaitShortly(call, permission, waits(call)));
			if (permission.status() != PermissionStatus.PENDING) {
				permission = this.calls.obtain(call, true);
			}
		}
		return require(call, permission);
	}

	/**
	 * Obtains the grant of a call without blocking. Cancelling it ends the wait.
	 */
	CompletableFuture<Permission> obtainAsync(PermissionCall call) {
		CompletableFuture<Permission> result = new CompletableFuture<>();
		CompletableFuture.supplyAsync(() -> call.context().in(() -> this.calls.obtain(call, false)), this.executor)
			.thenCompose((permission) -> {
				if (permission.status() != PermissionStatus.PENDING) {
					return CompletableFuture.completedFuture(permission);
				}
				CompletableFuture<Permission> decision = this.requests.awaitShortly(call, permission, waits(call));
				result.whenComplete((grant, ex) -> decision.cancel(true));
				return decision.thenApplyAsync((decided) -> (decided.status() != PermissionStatus.PENDING)
						? call.context().in(() -> this.calls.obtain(call, true)) : decided, this.executor);
			})
			.thenApply((permission) -> call.context().in(() -> require(call, permission)))
			.whenComplete((grant, ex) -> {
				if (ex != null) {
					result.completeExceptionally(Failures.refusal(ex));
				}
				else {
					result.complete(grant);
				}
			});
		return result;
	}

	private boolean waits(PermissionCall call) {
		return !call.guarded().throwsOnPending(this.onPending);
	}

	private Permission require(PermissionCall call, Permission permission) {
		if (permission.status() == PermissionStatus.PENDING) {
			ToolCallContext toolCall = call.toolCall();
			if (toolCall != null) {
				toolCall.pending(permission);
			}
			this.calls.leftOpen(permission);
			throw call.refused(permission, Duration.ZERO);
		}
		call.requireUnchanged();
		return permission;
	}

}
