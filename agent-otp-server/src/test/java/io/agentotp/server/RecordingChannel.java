package io.agentotp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.NotificationChannel;
import org.jspecify.annotations.Nullable;

/**
 * A channel of an application that keeps what it is given.
 */
class RecordingChannel implements NotificationChannel {

	final List<Notification> sent = new CopyOnWriteArrayList<>();

	final List<Notification> updated = new CopyOnWriteArrayList<>();

	final List<String> tried = new CopyOnWriteArrayList<>();

	volatile List<String> places = List.of("room");

	volatile Details details = Details.ARGUMENTS;

	volatile @Nullable DeliveryException failure;

	volatile Consumer<Notification> before = (notification) -> {
	};

	private final String name;

	private final AtomicInteger references = new AtomicInteger();

	RecordingChannel(String name) {
		this.name = name;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public List<String> places() {
		return this.places;
	}

	@Override
	public Details details() {
		return this.details;
	}

	@Override
	public Optional<String> send(Notification notification) throws DeliveryException {
		this.tried.add(notification.id());
		this.before.accept(notification);
		fail();
		this.sent.add(notification);
		return Optional.of(notification.id() + "#" + this.references.incrementAndGet());
	}

	@Override
	public void update(Notification notification, String reference) throws DeliveryException {
		fail();
		this.updated.add(notification);
	}

	private void fail() throws DeliveryException {
		DeliveryException present = this.failure;
		if (present != null) {
			throw present;
		}
	}

	/**
	 * What was sent about a permission, by kind.
	 */
	List<Notification.Kind> kinds(String permission) {
		return about(this.sent, permission).stream().map(Notification::kind).toList();
	}

	static List<Notification> about(List<Notification> all, String permission) {
		return new ArrayList<>(all).stream()
			.filter((one) -> one.request() != null && one.request().permissionId().equals(permission))
			.toList();
	}

	void clear() {
		this.failure = null;
		this.before = (notification) -> {
		};
		this.sent.clear();
		this.updated.clear();
		this.tried.clear();
	}

}
