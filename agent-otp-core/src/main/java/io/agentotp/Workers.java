package io.agentotp;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Runs asynchronous calls and callbacks on a few daemon threads. The JDK client's own
 * asynchronous calls start a thread each on JDK 17 with up to two processors.
 */
final class Workers implements Executor {

	private static final int THREADS = 8;

	private final ThreadPoolExecutor executor;

	Workers() {
		AtomicInteger number = new AtomicInteger();
		this.executor = new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
				(task) -> {
					Thread thread = new Thread(task, "agent-otp-worker-" + number.incrementAndGet());
					thread.setDaemon(true);
					return thread;
				});
		this.executor.allowCoreThreadTimeOut(true);
	}

	/**
	 * Runs a task on a worker, or here if there are none any more: a callback must not be
	 * lost.
	 */
	@Override
	public void execute(Runnable task) {
		try {
			this.executor.execute(task);
		}
		catch (RejectedExecutionException ex) {
			task.run();
		}
	}

	/**
	 * Calls on a worker. Completing the future from outside, by cancelling or by a
	 * timeout, interrupts the call.
	 */
	<T> CompletableFuture<T> call(Supplier<T> call) {
		CallFuture<T> result = new CallFuture<>();
		FutureTask<T> task = new FutureTask<>(call::get) {

			@Override
			protected void done() {
				settle(this, result);
			}

		};
		result.onAbort(() -> task.cancel(true));
		try {
			this.executor.execute(task);
		}
		catch (RejectedExecutionException ex) {
			task.cancel(false);
		}
		return result;
	}

	private static <T> void settle(FutureTask<T> task, CompletableFuture<T> result) {
		try {
			result.complete(task.get());
		}
		catch (ExecutionException ex) {
			result.completeExceptionally(Objects.requireNonNullElse(ex.getCause(), ex));
		}
		catch (CancellationException ex) {
			result.completeExceptionally(new CancellationException("The client is closed"));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			result.completeExceptionally(ex);
		}
	}

	/**
	 * Ends the calls that run or wait for a worker. Callbacks that wait for one run here.
	 */
	void close() {
		for (Runnable task : this.executor.shutdownNow()) {
			if (task instanceof Future<?> call) {
				call.cancel(false);
			}
			else {
				task.run();
			}
		}
	}

}
