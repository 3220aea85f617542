package io.agentotp.spring.guard;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import io.agentotp.Permission;
import io.agentotp.spring.operation.GuardedOperation;
import org.jspecify.annotations.Nullable;

/**
 * The permission request of a tool's call that is made before the turn of the call has
 * come, so that the requests of several calls are there at the same time.
 * <p>
 * Used by one thread at a time.
 */
final class AheadRequest {

	private boolean beginning;

	private @Nullable Outcome outcome;

	private @Nullable Request request;

	private boolean postponed;

	/**
	 * Makes a call up to its request. A call that ends without one has been made.
	 */
	void begin(Callable<?> call) {
		this.beginning = true;
		Outcome ended;
		try {
			ended = new Outcome(call.call(), null);
		}
		catch (Throwable ex) {
			ended = new Outcome(null, ex);
		}
		finally {
			this.beginning = false;
		}
		// Whatever became of the signal on its way out: a call whose request was made has
		// not ended.
		this.outcome = (this.request == null && !this.postponed) ? ended : null;
	}

	/**
	 * Return whether the request shall be made and the call end.
	 */
	boolean isBeginning() {
		return this.beginning;
	}

	/**
	 * Return how the call ended that was made without a request, once.
	 */
	@Nullable Outcome takeOutcome() {
		Outcome ended = this.outcome;
		this.outcome = null;
		return ended;
	}

	/**
	 * The request of a call has been made.
	 * @param decision the decision, or {@code null} if it is picked up
	 * @param giveBack ends the wait and gives a grant back that nobody wants
	 */
	void asked(PermissionCall call, @Nullable CompletableFuture<Permission> decision,
			Consumer<CompletableFuture<Permission>> giveBack) {
		CallObservation observation = call.observation();
		this.request = new Request(call.guarded(), call.asked().digest(), observation, decision, () -> {
			if (decision != null) {
				giveBack.accept(decision);
			}
			observation.stop("cancelled", null);
		});
	}

	/**
	 * The request of a call is made when its turn has come.
	 */
	void postpone() {
		this.postponed = true;
	}

	/**
	 * Return the observation that began with the request.
	 * @return the observation, or {@code null} if none was made for the operation
	 */
	@Nullable CallObservation observation(GuardedOperation operation) {
		Request made = this.request;
		return (made != null && made.operation() == operation) ? made.observation() : null;
	}

	/**
	 * Return the decision on the request that was made for a call, once.
	 * @return the decision, or {@code null} if none was made for this very call
	 */
	@Nullable CompletableFuture<Permission> take(PermissionCall call) {
		Request made = this.request;
		if (made == null || made.operation() != call.guarded()) {
			return null;
		}
		this.request = null;
		if (made.digest().equals(call.asked().digest())) {
			return made.decision();
		}
		made.withdraw().run();
		return null;
	}

	/**
	 * Withdraws the request if the call has not been made.
	 */
	void withdraw() {
		Request open = this.request;
		this.request = null;
		if (open != null) {
			open.withdraw().run();
		}
	}

	/**
	 * How a call ended.
	 */
	record Outcome(@Nullable Object result, @Nullable Throwable failure) {
	}

	/**
	 * What was asked for.
	 */
	private record Request(GuardedOperation operation, String digest, CallObservation observation,
			@Nullable CompletableFuture<Permission> decision, Runnable withdraw) {
	}

}
