package io.agentotp;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
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

	@Override
	public void execute(Runnable task) {
		this.executor.execute(task);
	}

	/**
	 * Calls on a worker. Completing the future from outside, by cancelling or by a
	 * timeout, interrupts the call.
	 */
	<T> CompletableFuture<T> call(Supplier<T> call) {
		CompletableFuture<T> result = new CompletableFuture<>();
		try {
			Future<?> running = this.executor.submit(() -> {
				try {
					result.complete(call.get());
				}
				catch (RuntimeException | Error ex) {
					result.completeExceptionally(ex);
				}
			});
			result.whenComplete((value, ex) -> {
				if (ex != null) {
					running.cancel(true);
				}
			});
		}
		catch (RejectedExecutionException ex) {
			result.completeExceptionally(new CancellationException("The client is closed"));
		}
		return result;
	}

	void close() {
		this.executor.shutdownNow();
	}

}
