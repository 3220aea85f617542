package io.agentotp;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * The thread of the JDK for the timeouts of all futures of the process, which never ends.
 * It keeps the class loader of the thread that makes it, and of the classes on its stack,
 * so in a container it is made where there are only those of the JDK.
 */
final class DelayThread {

	private DelayThread() {
	}

	/**
	 * Makes the thread, unless there is one.
	 */
	static void start() {
		FutureTask<Object> nothing = new FutureTask<>(() -> null);
		nothing.cancel(false);
		CompletableFuture<Object> first = new CompletableFuture<>();
		first.thenRunAsync(nothing,
				CompletableFuture.delayedExecutor(0, TimeUnit.NANOSECONDS, ForkJoinPool.commonPool()));
		first.completeAsync(() -> null, ForkJoinPool.commonPool());
	}

}
