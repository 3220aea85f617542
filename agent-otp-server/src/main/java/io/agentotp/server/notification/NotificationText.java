package io.agentotp.server.notification;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;

import io.agentotp.server.language.Messages;
import io.agentotp.server.notification.Notification.Outcome;
import io.agentotp.server.notification.Notification.Recipient;
import org.jspecify.annotations.Nullable;

/**
 * The service's own words in messages, in the language of the recipient.
 */
public final class NotificationText {

	private static final List<String> WITH_DECIDER = List.of("approved", "denied", "used");

	private NotificationText() {
	}

	/**
	 * What a message is about, in one sentence without anything that an agent sent.
	 * @param notification the message
	 * @return the sentence
	 */
	public static String heading(Notification notification) {
		return Messages.in(notification.to().language(), () -> {
			Outcome outcome = notification.outcome();
			if (outcome == null) {
				return Messages.get("notification." + notification.kind().name().toLowerCase(Locale.ROOT))
						+ progress(notification.progress());
			}
			String by = outcome.by();
			if (by != null && WITH_DECIDER.contains(outcome.status())) {
				return Messages
					.get(outcome.status().equals("denied") ? "notification.denied-by" : "notification.approved-by", by);
			}
			// Nobody decided, which is no denial.
			boolean expired = "expired".equals(outcome.status());
			return Messages.get(expired ? "notification.expired" : "notification.ended");
		});
	}

	private static String progress(Notification.@Nullable Progress progress) {
		if (progress == null) {
			return "";
		}
		return progress.stage().isEmpty() ? Messages.get("notification.progress", progress.given(), progress.needed())
				: Messages.get("notification.progress-stage", progress.given(), progress.needed(), progress.stage());
	}

	/**
	 * What stands on the link to the page.
	 * @param notification the message
	 * @return the words
	 */
	public static String open(Notification notification) {
		boolean waits = notification.request() != null && notification.outcome() == null;
		return get(notification.to(), waits ? "notification.open-to-decide" : "notification.open");
	}

	/**
	 * A time as the recipient reads it.
	 * @param time the time
	 * @param to the recipient
	 * @return the text, with the time zone
	 */
	public static String time(Instant time, Recipient to) {
		return DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT)
			.withLocale(to.language())
			.withZone(to.zone())
			.format(time) + " (" + to.zone().getDisplayName(TextStyle.SHORT, to.language()) + ")";
	}

	/**
	 * A message of the service for a recipient.
	 * @param to the recipient
	 * @param key the key of the message
	 * @param arguments what it has places for
	 * @return the text
	 */
	public static String get(Recipient to, String key, @Nullable Object... arguments) {
		return Messages.in(to.language(), () -> Messages.get(key, arguments));
	}

}
