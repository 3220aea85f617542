package io.agentotp.spring.guard;

import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.agentotp.Permission;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.PermissionContext;
import org.jspecify.annotations.Nullable;

/**
 * Guarded calls that return a future: the caller gets it at once, and nobody waits on a
 * thread. Cancelling it withdraws the request, or cancels the body's future.
 */
final class StageCalls {

	private final Approvals approvals;

	StageCalls(Approvals approvals) {
		this.approvals = approvals;
	}

	CompletableFuture<@Nullable Object> invoke(Invocation invocation) {
		CallObservation observation = this.approvals.observe(invocation.operation());
		ToolCallContext toolCall = ToolCallContext.current();
		CompletableFuture<@Nullable Object> result = new CompletableFuture<>();
		try {
			PermissionCall call = this.approvals.prepare(invocation.later(), observation, CallerContext.capture(),
					invocation.caller().identity());
			CompletableFuture<Permission> granted = this.approvals.obtainAsync(call);
			result.whenComplete((value, ex) -> granted.cancel(true));
			granted.whenComplete((grant, ex) -> {
				if (ex != null) {
					observation.stop(Failures.outcome(ex), Failures.unwrap(ex));
					ToolCallContext.failed(toolCall, ex);
					this.approvals.execute(() -> result.completeExceptionally(Failures.unwrap(ex)));
				}
				else {
					run(call, grant, result);
				}
			});
		}
		catch (RuntimeException ex) {
			observation.stop(Failures.outcome(ex), ex);
			ToolCallContext.failed(toolCall, ex);
			result.completeExceptionally(ex);
		}
		return result;
	}

	private void run(PermissionCall call, Permission grant, CompletableFuture<@Nullable Object> result) {
		if (result.isDone()) {
			// Cancelled on the way from the decision to the body.
			this.approvals.giveBack(grant);
			call.observation().stop("cancelled", null);
			return;
		}
		try {
			this.approvals.begin(call, grant);
		}
		catch (CallRefusedException ex) {
			call.observation().stop(Failures.outcome(ex), ex);
			result.completeExceptionally(ex);
			return;
		}
		PermissionContext.Held held = PermissionContext.hold(grant);
		CompletableFuture<@Nullable Object> body = start(call, grant, held);
		result.whenComplete((value, ex) -> body.cancel(true));
		body.whenComplete((value, ex) -> {
			held.close();
			Throwable failure = (ex != null) ? Failures.unwrap(ex) : later(call, value);
			report(call, grant, failure).whenComplete((reported, never) -> this.approvals.execute(() -> {
				if (failure != null) {
					result.completeExceptionally(failure);
				}
				else {
					result.complete(value);
				}
			}));
		});
	}

	@SuppressWarnings("unchecked")
	private static CompletableFuture<@Nullable Object> start(PermissionCall call, Permission grant,
			PermissionContext.Held held) {
		try (CallerContext.Scope context = call.context().open();
				PermissionContext.Scope scope = held.open();
				CallObservation.Scope current = call.observation().open();
				ToolCallContext.Scope caller = ToolCallContext.enter(call.toolCall())) {
			CompletionStage<@Nullable Object> stage = (CompletionStage<@Nullable Object>) call.proceed(grant);
			return (stage != null) ? stage.toCompletableFuture() : CompletableFuture.completedFuture(null);
		}
		catch (Throwable ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	private static @Nullable Throwable later(PermissionCall call, @Nullable Object value) {
		try {
			if (value != null) {
				call.requireEnded(value);
			}
			return null;
		}
		catch (IllegalStateException ex) {
			return ex;
		}
	}

	private CompletableFuture<Void> report(PermissionCall call, Permission grant, @Nullable Throwable failure) {
		boolean cancelled = failure instanceof CancellationException;
		call.observation().stop(cancelled ? "cancelled" : (failure != null) ? "failed" : "succeeded", failure);
		Map<String, Object> outcome = cancelled ? UseReports.CANCELLED : UseReports.outcome(failure);
		return this.approvals.reportAsync(call, grant, outcome);
	}

}
