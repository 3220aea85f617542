package io.agentotp.server.notification.chat;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Works on what comes from a chat behind the answer that the chat waits for. How much
 * waits is bounded.
 */
public final class Presses implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Presses.class);

	private static final int THREADS = 2;

	private static final int MAX_WAITING = 100;

	private final ThreadPoolExecutor executor;

	/**
	 * Starts its threads.
	 * @param channel the name of the channel
	 */
	public Presses(String channel) {
		CustomizableThreadFactory threads = new CustomizableThreadFactory("agent-otp-" + channel + "-");
		threads.setDaemon(true);
		this.executor = new ThreadPoolExecutor(THREADS, THREADS, 1, TimeUnit.MINUTES,
				new ArrayBlockingQueue<>(MAX_WAITING), threads);
		this.executor.allowCoreThreadTimeOut(true);
	}

	/**
	 * Takes a piece of work.
	 * @param work the work
	 * @return {@code false} if there is too much already
	 */
	public boolean take(Runnable work) {
		try {
			this.executor.execute(() -> {
				try {
					work.run();
				}
				catch (RuntimeException ex) {
					logger.error("What came from a chat was not worked on", ex);
				}
			});
			return true;
		}
		catch (RejectedExecutionException ex) {
			return false;
		}
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
	}

}
