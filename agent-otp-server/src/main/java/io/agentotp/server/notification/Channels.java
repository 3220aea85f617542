package io.agentotp.server.notification;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

import io.agentotp.server.config.InvalidSettingException;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * The channels that are on: those of the service and those of the application.
 */
@Component
public final class Channels {

	private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,32}");

	private static final int MAX_PLACE = 64;

	private final Map<String, NotificationChannel> byName = new LinkedHashMap<>();

	/** Where nothing is sent any more. */
	private final Set<String> forgotten = ConcurrentHashMap.newKeySet();

	Channels(ObjectProvider<NotificationChannel> channels) {
		channels.orderedStream().forEach((channel) -> {
			require(NAME.matcher(channel.name()).matches(),
					"The notification channel " + channel.getClass().getName() + " has no usable name",
					"A name has 1 to 32 lower-case letters, digits or hyphens");
			require(channel.places().stream().allMatch((place) -> !place.isBlank() && place.length() <= MAX_PLACE),
					"A place of the notification channel '" + channel.name() + "' has no usable name",
					"The name of a place has 1 to " + MAX_PLACE + " characters");
			NotificationChannel other = this.byName.put(channel.name(), channel);
			require(other == null, "Two notification channels have the name '" + channel.name() + "'",
					"Give the one of the application another name");
		});
	}

	private static void require(boolean condition, String problem, String remedy) {
		if (!condition) {
			throw InvalidSettingException.fault(problem, remedy);
		}
	}

	public Collection<NotificationChannel> all() {
		return this.byName.values();
	}

	public Optional<NotificationChannel> find(String name) {
		return Optional.ofNullable(this.byName.get(name));
	}

	/**
	 * The names of the channels that tell something.
	 */
	List<String> telling(Notification.Kind kind) {
		return this.byName.values()
			.stream()
			.filter((channel) -> channel.tells(kind))
			.map(NotificationChannel::name)
			.toList();
	}

	/**
	 * The places of a channel that can still be told.
	 */
	List<String> places(NotificationChannel channel) {
		return channel.places().stream().filter((place) -> !isForgotten(channel.name(), place)).toList();
	}

	boolean isForgotten(String channel, String place) {
		return this.forgotten.contains(channel + "\n" + place);
	}

	/**
	 * A place is not told any more, by this node, until it starts again or the place
	 * takes a test message.
	 */
	void forget(String channel, String place) {
		this.forgotten.add(channel + "\n" + place);
	}

	void remember(String channel, String place) {
		this.forgotten.remove(channel + "\n" + place);
	}

}
