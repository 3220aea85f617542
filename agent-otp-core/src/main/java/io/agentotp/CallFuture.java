package io.agentotp;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * The result of an asynchronous call. Ending it from outside, by cancelling it, by
 * {@code orTimeout} or by {@code completeOnTimeout}, also through a future that was
 * derived from it, ends the step that is under way: a plain {@link CompletableFuture}
 * lets it run on.
 */
final class CallFuture<T> extends CompletableFuture<T> {

	private final @Nullable CompletableFuture<?> source;

	private volatile @Nullable Runnable abort;

	CallFuture() {
		this(null);
	}

	private CallFuture(@Nullable CompletableFuture<?> source) {
		this.source = source;
	}

	@Override
	public <U> CompletableFuture<U> newIncompleteFuture() {
		return new CallFuture<>(this);
	}

	@Override
	public boolean complete(T value) {
		boolean ended = super.complete(value);
		abort();
		return ended;
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		boolean cancelled = super.cancel(mayInterruptIfRunning);
		abort();
		return cancelled;
	}

	@Override
	public boolean completeExceptionally(Throwable ex) {
		boolean ended = super.completeExceptionally(ex);
		abort();
		return ended;
	}

	/**
	 * Sets what ends the step that is under way; runs it at once if this has already
	 * ended.
	 */
	void onAbort(Runnable abort) {
		this.abort = abort;
		if (isDone()) {
			abort();
		}
	}

	private void abort() {
		Runnable abort = this.abort;
		if (abort != null) {
			this.abort = null;
			abort.run();
		}
		if (this.source != null) {
			this.source.cancel(true);
		}
	}

	/**
	 * Goes on with the result of a step; its failure is the failure of this.
	 */
	<S> void follow(CompletableFuture<S> step, Consumer<S> next) {
		onAbort(() -> step.cancel(true));
		step.whenComplete((value, ex) -> {
			if (isDone()) {
				return;
			}
			try {
				if (ex != null) {
					completeExceptionally(unwrap(ex));
				}
				else {
					next.accept(value);
				}
			}
			catch (Throwable failure) {
				completeExceptionally(failure);
			}
		});
	}

	/**
	 * Ends with the result of a last step.
	 */
	void end(CompletableFuture<T> step) {
		follow(step, this::complete);
	}

	static Throwable unwrap(Throwable ex) {
		return (ex instanceof CompletionException && ex.getCause() != null) ? ex.getCause() : ex;
	}

}
