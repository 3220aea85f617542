package io.agentotp.spring.guard;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;
import io.agentotp.DecisionPage;
import io.agentotp.Permission;
import io.agentotp.PermissionStatus;
import io.agentotp.TokenException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Reads the feed of the application's decisions and publishes those that no call waits
 * for any more, if there is a listener.
 */
public final class LateDecisions implements SmartLifecycle {

	private static final Logger logger = LoggerFactory.getLogger(LateDecisions.class);

	/** As long as a call that does not wait can pick its decision up. */
	private static final Duration LOOK_BACK = Duration.ofHours(24);

	private static final Duration PARK = Duration.ofSeconds(25);

	private static final Duration SHORTEST_ROUND = Duration.ofSeconds(2);

	private static final Duration LAST_MOMENTS = Duration.ofSeconds(5);

	private static final ExponentialBackOff PAUSES = new ExponentialBackOff(1000, 2);

	static {
		PAUSES.setMaxInterval(60_000);
	}

	private final PermissionGuard guard;

	private final AgentOtpClient client;

	private final DecisionCursorStore store;

	private final BooleanSupplier listened;

	private final InstantSource clock;

	private final Instant begun;

	private volatile @Nullable Reader reader;

	/**
	 * Creates the subscription of an application.
	 * @param guard the guard whose calls ask
	 * @param client reads the feed
	 * @param store keeps the place in the feed
	 * @param listened whether anybody listens
	 * @param clock the time
	 */
	public LateDecisions(PermissionGuard guard, AgentOtpClient client, DecisionCursorStore store,
			BooleanSupplier listened, InstantSource clock) {
		this.guard = guard;
		this.client = client;
		this.store = store;
		this.listened = listened;
		this.clock = clock;
		this.begun = clock.instant();
	}

	private DecisionPage after(String cursor) {
		try {
			return this.client.decisionsAfter(cursor, PARK);
		}
		catch (TokenException ex) {
			logger
				.warn("The service does not know the cursor of the last decision that was read: decisions of the last "
						+ "{} hours are read again", LOOK_BACK.toHours());
			return recent();
		}
	}

	private DecisionPage recent() {
		return this.client.decisionsSince(this.clock.instant().minus(LOOK_BACK));
	}

	/** What is used has run, what is revoked was taken back. */
	private static boolean isDecision(Permission permission) {
		PermissionStatus status = permission.status();
		return status == PermissionStatus.APPROVED || status == PermissionStatus.DENIED
				|| status == PermissionStatus.EXPIRED;
	}

	private void decided(Permission permission) {
		boolean before = permission.createdAt().filter(this.begun::isAfter).isPresent();
		this.guard.decided(permission.withoutToken(), before);
	}

	@Override
	public synchronized void start() {
		if (this.reader == null && this.listened.getAsBoolean()) {
			Reader reader = new Reader();
			reader.setDaemon(true);
			reader.start();
			this.reader = reader;
		}
	}

	@Override
	public synchronized void stop() {
		Reader reader = this.reader;
		this.reader = null;
		if (reader != null) {
			reader.stopped.countDown();
			if (reader == Thread.currentThread()) {
				return;
			}
			reader.interrupt();
			try {
				reader.join(LAST_MOMENTS.toMillis());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	@Override
	public boolean isRunning() {
		return this.reader != null;
	}

	private final class Reader extends Thread {

		private final CountDownLatch stopped = new CountDownLatch(1);

		private Reader() {
			super("agentotp-late-decisions");
		}

		@Override
		public void run() {
			BackOffExecution pauses = PAUSES.start();
			try {
				while (!isStopped()) {
					long begun = System.nanoTime();
					try {
						if (!read()) {
							pause(SHORTEST_ROUND.minusNanos(System.nanoTime() - begun));
						}
						pauses = PAUSES.start();
					}
					catch (AgentOtpException ex) {
						if (ex.status() == 404 || ex.status() == 405 || ex.status() == 501) {
							logger.warn("The service has no feed of decisions: late ones are not published");
							return;
						}
						failed(ex, pauses, ex.retryAfter().orElse(Duration.ZERO));
					}
					catch (RuntimeException ex) {
						failed(ex, pauses, Duration.ZERO);
					}
				}
			}
			catch (InterruptedException ex) {
				// Stopped.
			}
		}

		/** Return whether there was something. */
		private boolean read() throws InterruptedException {
			String cursor = LateDecisions.this.store.load();
			DecisionPage page = (cursor != null) ? after(cursor) : recent();
			if (!page.permissions().isEmpty()) {
				LateDecisions.this.guard.awaitAnswers();
			}
			page.permissions()
				.stream()
				.filter(LateDecisions::isDecision)
				.takeWhile((permission) -> !isStopped())
				.forEach(LateDecisions.this::decided);
			if (isStopped()) {
				// Not everything was heard: the next run reads it again.
				return false;
			}
			boolean progress = !page.cursor().equals(cursor);
			if (progress) {
				LateDecisions.this.store.save(page.cursor());
			}
			return progress;
		}

		private boolean isStopped() {
			return this.stopped.getCount() == 0;
		}

		private void failed(RuntimeException ex, BackOffExecution pauses, Duration atLeast)
				throws InterruptedException {
			if (!isStopped()) {
				logger.debug("Reading late decisions failed, trying again", ex);
				Duration pause = Duration.ofMillis(pauses.nextBackOff());
				pause((pause.compareTo(atLeast) < 0) ? atLeast : pause);
			}
		}

		private void pause(Duration time) throws InterruptedException {
			this.stopped.await(time.toNanos(), TimeUnit.NANOSECONDS);
		}

	}

}
