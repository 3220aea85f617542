package io.agentotp.server.permission;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.agentotp.server.database.AfterCommit;
import io.agentotp.server.database.Notifications;
import io.agentotp.server.token.Secrets;

import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/**
 * Tells those who wait that something changed, once it is committed. A signal carries
 * nothing: whoever gets it looks at the database.
 */
@Component
public final class PermissionSignals {

	private static final String INBOX = "inbox";

	private static final String CHANGES = "changes";

	// Pages show a change within a second, however many there are.
	private static final Duration TOGETHER = Duration.ofMillis(300);

	private final String node = Secrets.random().substring(0, 8);

	private final AtomicLong changes = new AtomicLong();

	private final AtomicBoolean telling = new AtomicBoolean();

	private final Map<String, Set<Runnable>> listeners = new ConcurrentHashMap<>();

	private final Notifications notifications;

	private final TaskScheduler scheduler;

	PermissionSignals(Notifications notifications, TaskScheduler scheduler) {
		this.notifications = notifications;
		this.scheduler = scheduler;
		notifications.listen((topics) -> List.of(topics.split(" ")).forEach(this::signal));
	}

	public static String permission(String id) {
		return "permission:" + id;
	}

	public static String feed(String agentId) {
		return "feed:" + agentId;
	}

	public static String inbox() {
		return INBOX;
	}

	public static String changes() {
		return CHANGES;
	}

	/**
	 * Tells what follows all changes of permissions whether there was one.
	 * @return another text after each change
	 */
	public String changesSoFar() {
		return this.node + "-" + this.changes.get();
	}

	/**
	 * Listens to a topic.
	 * @param topic the topic
	 * @param listener what to run; it must be quick
	 * @return ends it
	 */
	public Runnable listen(String topic, Runnable listener) {
		this.listeners.compute(topic, (key, known) -> {
			Set<Runnable> set = (known != null) ? known : ConcurrentHashMap.newKeySet();
			set.add(listener);
			return set;
		});
		return () -> this.listeners.computeIfPresent(topic, (key, known) -> {
			known.remove(listener);
			return known.isEmpty() ? null : known;
		});
	}

	boolean hasListeners() {
		return !this.listeners.isEmpty();
	}

	void asked() {
		send(INBOX);
	}

	void frozen() {
		send(INBOX);
	}

	void decided(String agentId, String permissionId) {
		send(permission(permissionId), feed(agentId), INBOX);
	}

	/**
	 * Tells pages that a permission changed that nobody has to decide on: it was used,
	 * revoked, expired, or decided by a policy. Those of a moment are told together.
	 */
	void changed() {
		AfterCommit.run(() -> {
			if (this.telling.compareAndSet(false, true)) {
				this.scheduler.schedule(this::tellChanges, Instant.now().plus(TOGETHER));
			}
		});
	}

	private void tellChanges() {
		this.telling.set(false);
		signal(CHANGES);
		this.notifications.send(CHANGES);
	}

	// Must run inside the transaction that is told of.
	private void send(String... topics) {
		this.notifications.send(String.join(" ", topics));
		AfterCommit.run(() -> List.of(topics).forEach(this::signal));
	}

	void signal(String topic) {
		if (topic.equals(CHANGES)) {
			this.changes.incrementAndGet();
		}
		Set<Runnable> known = this.listeners.get(topic);
		if (known != null) {
			known.forEach(Runnable::run);
		}
	}

}
