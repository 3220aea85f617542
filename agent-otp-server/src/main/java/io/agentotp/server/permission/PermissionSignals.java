package io.agentotp.server.permission;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.agentotp.server.database.AfterCommit;
import io.agentotp.server.database.Notifications;

import org.springframework.stereotype.Component;

/**
 * Tells those who wait that something changed, once it is committed. A signal carries
 * nothing: whoever gets it looks at the database.
 */
@Component
public final class PermissionSignals {

	private static final String INBOX = "inbox";

	private final Map<String, Set<Runnable>> listeners = new ConcurrentHashMap<>();

	private final Notifications notifications;

	PermissionSignals(Notifications notifications) {
		this.notifications = notifications;
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

	// Must run inside the transaction that is told of.
	private void send(String... topics) {
		this.notifications.send(String.join(" ", topics));
		AfterCommit.run(() -> List.of(topics).forEach(this::signal));
	}

	void signal(String topic) {
		Set<Runnable> known = this.listeners.get(topic);
		if (known != null) {
			known.forEach(Runnable::run);
		}
	}

}
