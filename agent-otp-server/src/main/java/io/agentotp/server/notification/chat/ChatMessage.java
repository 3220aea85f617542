package io.agentotp.server.notification.chat;

import java.util.ArrayList;
import java.util.List;

import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Fact;
import io.agentotp.server.notification.Notification.Outcome;
import io.agentotp.server.notification.Notification.Recipient;
import io.agentotp.server.notification.Notification.Request;
import io.agentotp.server.notification.NotificationText;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a message, line by line, within the limits of a chat.
 *
 * @param heading what it is about, in words of the service
 * @param lines the lines below
 * @param answers whether it may have buttons that decide: only if nothing was left out
 */
public record ChatMessage(String heading, List<Line> lines, boolean answers) {

	private static final int MAX_LABEL = 200;

	private static final int MAX_TITLE = 500;

	/**
	 * Writes a message.
	 * @param notification what to tell
	 * @param maxValue the longest value, in UTF-16 characters
	 * @param maxAll the most of all texts of a request, in UTF-16 characters
	 * @param maxLines the most facts
	 * @return the message
	 */
	public static ChatMessage of(Notification notification, int maxValue, int maxAll, int maxLines) {
		return new Writer(notification, maxValue, maxAll, maxLines).write();
	}

	/**
	 * What a line is.
	 */
	public enum Kind {

		/**
		 * What is asked for.
		 */
		TITLE,

		/**
		 * A value that is bound.
		 */
		FACT,

		/**
		 * What the agent says, or a person.
		 */
		QUOTE,

		/**
		 * Words of the service.
		 */
		NOTE

	}

	/**
	 * A line.
	 *
	 * @param kind what it is
	 * @param label its name, {@code null} for none; that of a fact may come from an agent
	 * @param text the text, never empty; only that of a note is the service's own
	 */
	public record Line(Kind kind, @Nullable String label, String text) {

		/**
		 * Whether the text stands apart, so that nobody takes a line of it for one of the
		 * service.
		 * @return {@code true} for what somebody says, and for several lines
		 */
		public boolean isApart() {
			return this.kind == Kind.QUOTE || this.text.contains("\n");
		}

		@Override
		public String toString() {
			return "Line[" + this.kind + "]";
		}

	}

	private static final class Writer {

		private static final List<String> OURS = List.of("notification.agent", "notification.action",
				"notification.resource", "notification.says", "notification.reason");

		private final Notification notification;

		private final Recipient to;

		private final int maxValue;

		private final int maxLines;

		private final List<Line> lines = new ArrayList<>();

		private int room;

		private long left;

		Writer(Notification notification, int maxValue, int maxAll, int maxLines) {
			this.notification = notification;
			this.to = notification.to();
			this.maxValue = maxValue;
			this.maxLines = maxLines;
			this.room = maxAll;
		}

		ChatMessage write() {
			Request request = this.notification.request();
			Outcome outcome = this.notification.outcome();
			if (request != null) {
				write(request);
			}
			if (outcome != null) {
				note(NotificationText.time(outcome.at(), this.to));
				if (outcome.reason() != null) {
					add(Kind.QUOTE, NotificationText.get(this.to, "notification.reason"), outcome.reason());
				}
			}
			else if (request != null) {
				note(NotificationText.get(this.to, "notification.until",
						NotificationText.time(request.until(), this.to)));
			}
			if (this.left > 0) {
				note(NotificationText.get(this.to, "notification.more", this.left));
			}
			return new ChatMessage(NotificationText.heading(this.notification), List.copyOf(this.lines),
					this.left == 0 && !this.notification.answers().isEmpty());
		}

		private void write(Request request) {
			if (request.agent().isEmpty()) {
				// All of it stands on the page only.
				return;
			}
			// Before all else.
			if (request.problem() != null) {
				note(request.problem());
			}
			if (request.highRisk()) {
				note(NotificationText.get(this.to, "notification.high-risk"));
			}
			add(Kind.TITLE, null, request.title());
			add(Kind.FACT, NotificationText.get(this.to, "notification.agent"), request.agent());
			add(Kind.FACT, NotificationText.get(this.to, "notification.action"), request.action());
			if (request.resource() != null) {
				add(Kind.FACT, NotificationText.get(this.to, "notification.resource"), request.resource());
			}
			for (Fact fact : request.facts()) {
				add(Kind.FACT, isOurs(fact.label()) ? '"' + fact.label() + '"' : fact.label(), fact.value());
			}
			if (request.reason() != null) {
				add(Kind.QUOTE, NotificationText.get(this.to, "notification.says"), request.reason());
			}
		}

		private boolean isOurs(String label) {
			return OURS.stream().anyMatch((key) -> label.strip().equalsIgnoreCase(NotificationText.get(this.to, key)));
		}

		private void note(String text) {
			this.lines.add(new Line(Kind.NOTE, null, text));
		}

		private void add(Kind kind, @Nullable String label, String text) {
			String name = (label != null) ? cut(label, MAX_LABEL) : null;
			if (this.lines.size() >= this.maxLines) {
				this.left += text.length();
				return;
			}
			String shown = cut(text, (kind == Kind.TITLE) ? MAX_TITLE : this.maxValue);
			// Nothing would look as if there were no such value.
			this.lines.add(new Line(kind, name, shown.isEmpty() ? "–" : shown));
		}

		// Counts what is left out, so that nothing is missing silently.
		private String cut(String text, int max) {
			int end = Math.min(text.length(), Math.min(max, this.room));
			if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
				end--;
			}
			this.room -= end;
			this.left += text.length() - end;
			return (end < text.length()) ? text.substring(0, end) + "…" : text;
		}

	}

}
