package io.agentotp.server.notification;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentotp.server.metric.Meters;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.web.ServerPaths;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Sends what has to be told. Each channel has threads of its own, so that one that is
 * slow holds up no other.
 */
@Component
public final class NotificationSender {

	private static final Logger logger = LoggerFactory.getLogger(NotificationSender.class);

	private static final int THREADS = 4;

	// A channel has time limits of its own. One without would keep its thread for ever.
	private static final Duration LONGEST = Duration.ofMinutes(5);

	private static final List<Duration> PAUSES = List.of(Duration.ofSeconds(5), Duration.ofSeconds(30),
			Duration.ofMinutes(2), Duration.ofMinutes(5), Duration.ofMinutes(15), Duration.ofHours(1));

	/** After how many failures in a row a channel does not work. */
	private static final int FAILING = 2;

	private static final double JITTER = 0.2;

	// For what tells of the end.
	private static final Duration PATIENCE = Duration.ofDays(1);

	private final Channels channels;

	private final NotificationStore store;

	private final NotificationComposer composer;

	private final NotificationOutbox outbox;

	private final Addresses addresses;

	private final PermissionReader permissions;

	private final ObjectProvider<ChatDecisions> decisions;

	private final Meters meters;

	private final AddressCheck check;

	private final ServiceAddress service;

	private final ServerPaths paths;

	private final InstantSource clock;

	private final Map<String, Lane> lanes = new ConcurrentHashMap<>();

	private final Map<Long, Sending> sending = new ConcurrentHashMap<>();

	private final Map<String, Integer> failures = new ConcurrentHashMap<>();

	private volatile boolean running;

	NotificationSender(Channels channels, NotificationStore store, NotificationComposer composer,
			NotificationOutbox outbox, Addresses addresses, PermissionReader permissions,
			ObjectProvider<ChatDecisions> decisions, Wakeup wakeup, Meters meters, AddressCheck check,
			ServiceAddress service, ServerPaths paths, InstantSource clock) {
		this.channels = channels;
		this.store = store;
		this.composer = composer;
		this.outbox = outbox;
		this.addresses = addresses;
		this.permissions = permissions;
		this.decisions = decisions;
		this.meters = meters;
		this.check = check;
		this.service = service;
		this.paths = paths;
		this.clock = clock;
		wakeup.set(this::wakeAll);
	}

	/**
	 * Begins to send, and to listen for answers, once people can reach the service.
	 */
	public void start() {
		this.running = true;
		ChatDecisions answers = this.decisions.getIfUnique();
		if (answers != null) {
			this.channels.all().forEach((channel) -> channel.open(answers));
		}
		this.check.warn();
		if (!this.channels.all().isEmpty()) {
			logger.info("Notification channels: {}",
					this.channels.all().stream().map(NotificationSender::named).toList());
			if (this.paths.origin() == null) {
				logger.warn(
						"Messages have links to {}, which work on this machine only. Set agentotp.server.public-url",
						this.service.url());
			}
		}
		wakeAll();
	}

	/**
	 * Ends it. What is being sent is sent.
	 */
	public void stop() {
		this.running = false;
		this.channels.all().forEach(NotificationChannel::close);
		this.lanes.values().forEach(Lane::stop);
		this.lanes.clear();
	}

	// What another node left behind, what is to be tried again, and moments that come.
	@Scheduled(initialDelay = 1, fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
	void look() {
		if (!this.running) {
			return;
		}
		watch();
		this.store.dueChannels(this.clock.instant()).forEach(this::wake);
	}

	private void watch() {
		this.sending.values().forEach((one) -> {
			if (System.nanoTime() - one.since() > LONGEST.toNanos()) {
				one.thread().interrupt();
			}
			// Also of one that does not care: nobody else sends the same meanwhile.
			this.store.keep(one.delivery(), this.clock.instant());
		});
	}

	private static String named(NotificationChannel channel) {
		return channel.places().isEmpty() ? channel.name() : channel.name() + " " + channel.places();
	}

	private void wakeAll() {
		this.channels.all().forEach((channel) -> wake(channel.name()));
	}

	private void wake(String channel) {
		if (this.running && (channel.equals(Delivery.MOMENT) || this.channels.find(channel).isPresent())) {
			this.lanes.computeIfAbsent(channel, Lane::new).wake();
		}
	}

	private void process(Delivery delivery) {
		this.sending.put(delivery.row(), new Sending(delivery, Thread.currentThread(), System.nanoTime()));
		try {
			StoredPermission permission = this.permissions.find(delivery.permissionId()).orElse(null);
			NotificationChannel channel = this.channels.find(delivery.channel()).orElse(null);
			if (permission != null && channel != null) {
				tell(delivery, channel, permission);
			}
			else if (permission != null && permission.isPending()) {
				this.outbox.come(delivery, permission, this.clock.instant());
			}
			else {
				this.store.done(delivery, Delivery.State.SKIPPED, null, this.clock.instant());
			}
		}
		catch (DataAccessException | TransactionException ex) {
			this.store.again(delivery);
			throw ex;
		}
		catch (RuntimeException ex) {
			// One that somebody else wrote, such as of a permission that cannot be read.
			logger.warn("A notification about permission {} cannot be made", delivery.permissionId(), ex);
			this.store.done(delivery, Delivery.State.FAILED, ex.getClass().getSimpleName(), this.clock.instant());
		}
		finally {
			this.sending.remove(delivery.row());
			// One that was meant for a channel that did not answer.
			Thread.interrupted();
		}
	}

	private void tell(Delivery delivery, NotificationChannel channel, StoredPermission permission) {
		Instant now = this.clock.instant();
		if (delivery.state() == Delivery.State.CLOSING && delivery.reference() == null) {
			// The node that had it told nobody whether it was sent.
			this.store.done(delivery, Delivery.State.CLOSED, null, now);
			this.outbox.changedMeanwhile(delivery, permission, permission, now);
			return;
		}
		boolean changes = delivery.isChange();
		boolean ofEnd = delivery.state() == Delivery.State.CLOSING || delivery.kind() == Kind.DECIDED
				|| delivery.kind() == Kind.ENDED;
		if (ofEnd == permission.isPending()) {
			if (delivery.state() == Delivery.State.EDITING) {
				// It ended just now, and the row says so.
				this.store.edited(delivery);
				return;
			}
			this.store.done(delivery, Delivery.State.SKIPPED, null, now);
			return;
		}
		Optional<Notification.Recipient> to = this.composer.recipient(delivery);
		String place = delivery.place();
		if (place != null && this.channels.isForgotten(channel.name(), place)) {
			fail(delivery, channel, "The address is not known any more", now);
			return;
		}
		if (to.isEmpty() && !changes) {
			this.store.done(delivery, Delivery.State.SKIPPED, null, now);
			return;
		}
		boolean mayBeTold = to.isPresent() && this.composer.mayBeTold(delivery);
		// Who decided needs not be told so.
		boolean knows = ofEnd && delivery.person() != null
				&& delivery.person().equals(NotificationComposer.decider(permission));
		if (!changes && (!mayBeTold || knows)) {
			this.store.done(delivery, Delivery.State.SKIPPED, null, now);
			return;
		}
		Instant loud = changes ? now : this.composer.loud(delivery, now);
		if (loud.isAfter(now)) {
			this.store.later(delivery, loud, null, now);
			return;
		}
		try {
			Notification notification = this.composer.compose(delivery, channel,
					to.orElseGet(() -> this.composer.unknown(delivery)), permission, mayBeTold);
			if (changes) {
				channel.update(notification, String.valueOf(delivery.reference()));
				if (delivery.state() == Delivery.State.EDITING) {
					this.store.edited(delivery);
				}
				else {
					this.store.done(delivery, Delivery.State.CLOSED, null, this.clock.instant());
				}
				this.meters.notified(channel.name(), "edited");
				works(channel);
			}
			else {
				String reference = channel.send(notification).orElse(null);
				boolean waits = this.store.sent(delivery, reference, this.clock.instant());
				if (!waits || permission.policy().routing().isCounted()) {
					this.permissions.find(delivery.permissionId())
						.ifPresent((present) -> this.outbox.changedMeanwhile(delivery, permission, present,
								this.clock.instant()));
				}
				this.meters.notified(channel.name(), "sent");
				works(channel);
			}
		}
		catch (DeliveryException ex) {
			notTaken(delivery, channel, permission, ex);
		}
		catch (DataAccessException | TransactionException ex) {
			throw ex;
		}
		catch (RuntimeException ex) {
			logger.warn("The notification channel '{}' failed with {}", channel.name(), ex.getClass().getName());
			logger.debug("Where it failed", ex);
			// Its text may hold what is secret.
			notTaken(delivery, channel, permission,
					DeliveryException.retry("The channel failed with " + ex.getClass().getSimpleName(), null));
		}
	}

	/**
	 * A channel has taken a message. What it has not taken before is tried again at once.
	 */
	void works(NotificationChannel channel) {
		Integer failed = this.failures.remove(channel.name());
		if (failed != null && failed >= FAILING) {
			logger.info("The notification channel '{}' takes messages again", channel.name());
			this.store.retry(channel.name(), this.clock.instant());
			wake(channel.name());
		}
	}

	/**
	 * An address that took no messages has taken one.
	 */
	void works(Address address) {
		this.store.retryAddress(address.id(), this.clock.instant());
		wake(address.channel());
	}

	/**
	 * A channel has taken a message that somebody tried, whatever this node knows of it.
	 */
	void tried(NotificationChannel channel) {
		works(channel);
		this.store.retry(channel.name(), this.clock.instant());
		wake(channel.name());
	}

	// One message may be at fault, several in a row are not.
	private void fails(NotificationChannel channel, String why) {
		if (this.failures.merge(channel.name(), 1, Integer::sum) == FAILING) {
			logger.warn("The notification channel '{}' does not take messages: {}", channel.name(), why);
		}
	}

	private void notTaken(Delivery delivery, NotificationChannel channel, StoredPermission permission,
			DeliveryException failure) {
		Instant now = this.clock.instant();
		String why = String.valueOf(failure.getMessage());
		if (failure.remedy() == DeliveryException.Remedy.FORGET_ADDRESS) {
			String place = delivery.place();
			if (place != null) {
				this.channels.forget(channel.name(), place);
			}
			else {
				this.addresses.fail(delivery.recipient(), why);
			}
		}
		else {
			fails(channel, why);
		}
		Duration asked = failure.after();
		Duration pause = pause(delivery.attempt());
		Instant next = now.plus((asked != null && asked.compareTo(pause) > 0) ? asked : pause);
		Instant end = permission.isPending() ? permission.pendingUntil() : permission.pendingUntil().plus(PATIENCE);
		if (failure.remedy() == DeliveryException.Remedy.RETRY && next.isBefore(end)) {
			this.store.later(delivery, next, why, now);
			this.meters.notified(channel.name(), "retried");
		}
		else {
			fail(delivery, channel, why, now);
		}
	}

	private void fail(Delivery delivery, NotificationChannel channel, String why, Instant now) {
		Delivery.State to = switch (delivery.state()) {
			case CLOSING -> Delivery.State.CLOSED;
			// The end may still be told.
			case EDITING -> Delivery.State.SENT;
			default -> Delivery.State.FAILED;
		};
		this.store.done(delivery, to, why, now);
		this.meters.notified(channel.name(), "failed");
	}

	private static Duration pause(int attempt) {
		Duration pause = PAUSES.get(Math.min(Math.max(attempt, 1), PAUSES.size()) - 1);
		double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
		return Duration.ofMillis((long) (pause.toMillis() * factor));
	}

	/**
	 * The threads of a channel.
	 */
	private final class Lane {

		private final String channel;

		private final AtomicBoolean called = new AtomicBoolean();

		private final ThreadPoolExecutor threads;

		Lane(String channel) {
			this.channel = channel;
			CustomizableThreadFactory factory = new CustomizableThreadFactory("agent-otp-" + channel + "-");
			factory.setDaemon(true);
			this.threads = new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
					factory, new ThreadPoolExecutor.DiscardPolicy());
			this.threads.allowCoreThreadTimeOut(true);
		}

		void wake() {
			if (this.called.compareAndSet(false, true)) {
				this.threads.execute(this::work);
			}
		}

		private void work() {
			this.called.set(false);
			try {
				while (NotificationSender.this.running) {
					Optional<Delivery> taken = NotificationSender.this.store.claim(this.channel,
							NotificationSender.this.clock.instant());
					if (taken.isEmpty()) {
						return;
					}
					// There may be more, for another thread.
					wake();
					process(taken.get());
				}
			}
			catch (DataAccessException | TransactionException ex) {
				// Of the database, others tell. It is tried again when it is looked.
				logger.debug("Nothing is sent for now", ex);
			}
		}

		void stop() {
			this.threads.shutdown();
		}

	}

	/**
	 * A message that is being sent.
	 *
	 * @param delivery the row
	 * @param thread by which thread
	 * @param since since when
	 */
	private record Sending(Delivery delivery, Thread thread, long since) {
	}

}
