package io.agentotp;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who waits for a decision.
 */
final class Wait {

	private final String id;

	private final CallFuture<Permission> decision = new CallFuture<>();

	private final Deadline deadline;

	private volatile @Nullable Snapshot known;

	/**
	 * Creates a wait.
	 * @param known what is known of the permission, or {@code null}
	 */
	Wait(String id, @Nullable Permission known, Deadline deadline) {
		this.id = id;
		this.known = (known != null) ? Snapshot.of(known) : null;
		this.deadline = deadline;
	}

	String id() {
		return this.id;
	}

	/**
	 * Return the decision. Completed on the watcher's thread, so that nothing that takes
	 * long may hang on it; cancelling it ends the wait.
	 */
	CompletableFuture<Permission> decision() {
		return this.decision;
	}

	/**
	 * Sets what to do when the wait ends, before anybody can see that.
	 */
	void onEnd(Runnable action) {
		this.decision.onAbort(action);
	}

	Duration remaining() {
		return this.deadline.remaining();
	}

	/**
	 * Return the permission as it was last seen: open, and {@code null} if it was not
	 * seen yet.
	 */
	@Nullable Permission known() {
		Snapshot known = this.known;
		return (known != null) ? known.permission(this.id) : null;
	}

	/**
	 * Whether it was seen that there is such a permission.
	 */
	boolean isKnown() {
		return this.known != null;
	}

	/**
	 * Takes what was read: the decision, or that it is still open.
	 */
	void seen(Permission seen) {
		Permission known = known();
		Permission permission;
		try {
			permission = (known != null) ? seen.after(known) : seen;
		}
		catch (ProtocolException ex) {
			this.decision.completeExceptionally(ex);
			return;
		}
		if (permission.isOpen()) {
			this.known = Snapshot.of(permission);
		}
		else {
			this.decision.complete(permission);
		}
	}

	void failed(Throwable failure) {
		this.decision.completeExceptionally(failure);
	}

}
