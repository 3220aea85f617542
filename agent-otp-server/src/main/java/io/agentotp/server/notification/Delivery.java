package io.agentotp.server.notification;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * A row of what has to be told.
 *
 * @param row its number
 * @param permissionId the id of the permission
 * @param kind what is told
 * @param number of several reminders which one
 * @param channel by which channel, empty for a moment at which others are told
 * @param recipient the id of an address, or a place
 * @param person whose address it is
 * @param state what became of it
 * @param attempt how often it was tried, with the present time
 * @param reference the message that was sent
 * @param createdAt when it was known that it has to be told
 * @param nextAt when it was to be done
 */
record Delivery(long row, String permissionId, Notification.Kind kind, int number, String channel, String recipient,
		@Nullable String person, State state, int attempt, @Nullable String reference, Instant createdAt,
		Instant nextAt) {

	/**
	 * What stands instead of a channel for a moment at which others are told.
	 */
	static final String MOMENT = "";

	private static final String PLACE = "place:";

	/**
	 * Whether it changes a message that was sent.
	 * @return {@code false} for a message to be sent
	 */
	boolean isChange() {
		return this.state == State.EDITING || this.state == State.CLOSING;
	}

	static String ofPlace(String name) {
		return PLACE + name;
	}

	/**
	 * The place that is told.
	 * @return its name, or {@code null} if a person is told
	 */
	@Nullable String place() {
		return this.recipient.startsWith(PLACE) ? this.recipient.substring(PLACE.length()) : null;
	}

	/**
	 * The id of the message, the same for each try.
	 * @return a UUID
	 */
	String messageId() {
		String key = String.join("\n", this.permissionId, text(this.kind), String.valueOf(this.number), this.channel,
				this.recipient);
		return UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8)).toString();
	}

	static String text(Enum<?> name) {
		return name.name().toLowerCase(Locale.ROOT);
	}

	/**
	 * What became of a message. The names are those of the database.
	 */
	enum State {

		/**
		 * It has to be sent.
		 */
		DUE,

		/**
		 * The channel has taken it.
		 */
		SENT,

		/**
		 * It was sent, and has to say how many have approved by now.
		 */
		EDITING,

		/**
		 * It was sent, and has to say how the request ended.
		 */
		CLOSING,

		/**
		 * It was sent, and the request is over.
		 */
		CLOSED,

		/**
		 * The request was over before it was sent.
		 */
		SKIPPED,

		/**
		 * The channel did not take it.
		 */
		FAILED

	}

}
