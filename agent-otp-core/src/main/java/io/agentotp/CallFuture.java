package io.agentotp;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * The result of an asynchronous call. Ending it from outside, by cancelling it, by
 * {@code orTimeout} or by {@code completeOnTimeout}, also through a future that was
 * derived from it, ends the step that is under way: a plain {@link CompletableFuture}
 * lets it run on. The step has ended before anybody can see the result.
 */
final class CallFuture<T> extends CompletableFuture<T> {

	/** Stands for the step once somebody has begun to complete the future. */
	private static final Runnable ENDED = () -> {
	};

	private final @Nullable CallFuture<?> source;

	/** Ends the step that is under way. */
	private final AtomicReference<@Nullable Runnable> abort = new AtomicReference<>();

	CallFuture() {
		this(null);
	}

	private CallFuture(@Nullable CallFuture<?> source) {
		this.source = source;
	}

	@Override
	public <U> CompletableFuture<U> newIncompleteFuture() {
		return new CallFuture<>(this);
	}

	@Override
	public boolean complete(T value) {
		return end(() -> super.complete(value));
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		return end(this::completeCancelled) || isCancelled();
	}

	@Override
	public boolean completeExceptionally(Throwable ex) {
		return end(() -> super.completeExceptionally(ex));
	}

	private boolean completeCancelled() {
		return super.cancel(true);
	}

	/**
	 * Sets what ends the step that is under way; runs it at once if this has already
	 * ended.
	 */
	void onAbort(Runnable abort) {
		Runnable before = this.abort.getAndUpdate((current) -> (current != ENDED) ? abort : ENDED);
		if (before == ENDED) {
			abort.run();
		}
		else if (isDone()) {
			abort();
		}
	}

	/**
	 * Completes this if nobody else does. The steps of this and of what it was derived
	 * from end first; the sources are completed last, or this would get their result.
	 */
	private boolean end(BooleanSupplier completion) {
		if (!abort()) {
			return false;
		}
		List<CallFuture<?>> sources = new ArrayList<>();
		for (CallFuture<?> next = this.source; next != null && next.abort(); next = next.source) {
			sources.add(next);
		}
		boolean ended = completion.getAsBoolean();
		sources.forEach(CallFuture::completeCancelled);
		return ended;
	}

	/**
	 * Ends the step.
	 * @return {@code false} if somebody else has done that, who completes this, too
	 */
	private boolean abort() {
		Runnable abort = this.abort.getAndSet(ENDED);
		if (abort != null) {
			abort.run();
		}
		return abort != ENDED;
	}

	/**
	 * Whether somebody has completed this or is about to.
	 */
	boolean isEnding() {
		return this.abort.get() == ENDED || isDone();
	}

	/**
	 * Goes on with the result of a step; its failure is the failure of this.
	 */
	<S> void follow(CompletableFuture<S> step, Consumer<S> next) {
		onAbort(() -> step.cancel(true));
		step.whenComplete((value, ex) -> {
			if (isEnding()) {
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
