package io.agentotp.server.notification.mail;

import java.util.List;

import io.agentotp.server.notification.InertText;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.NotificationText;
import io.agentotp.server.notification.chat.ChatMessage;
import io.agentotp.server.notification.chat.ChatMessage.Kind;
import io.agentotp.server.notification.chat.ChatMessage.Line;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a mail. Nothing of it but our own link is a link.
 *
 * @param subject the subject, of facts only
 * @param heading what it is about
 * @param lines the lines below
 * @param link the page
 * @param linkText what is behind the link
 * @param footer who sent it, and that a mail decides nothing
 */
record MailText(String subject, String heading, List<Line> lines, String link, String linkText, String footer) {

	// In UTF-16 characters. What is left out is counted and stands on the page.
	private static final int MAX_VALUE = 4_000;

	private static final int MAX_ALL = 40_000;

	private static final int MAX_LINES = 100;

	private static final int MAX_SUBJECT = 150;

	static MailText of(Notification notification) {
		ChatMessage message = ChatMessage.of(notification, MAX_VALUE, MAX_ALL, MAX_LINES);
		boolean confirm = notification.kind() == Notification.Kind.CONFIRM;
		return new MailText(subject(notification, message), message.heading(),
				message.lines().stream().map(MailText::inert).toList(), notification.link().toString(),
				confirm ? NotificationText.get(notification.to(), "notification.confirm-link")
						: NotificationText.open(notification),
				NotificationText.get(notification.to(),
						confirm ? "notification.mail-confirm" : "notification.mail-footer"));
	}

	private static Line inert(Line line) {
		return (line.kind() == Kind.NOTE) ? line
				: new Line(line.kind(), inert(line.label()), InertText.of(line.text()));
	}

	private static @Nullable String inert(@Nullable String text) {
		return (text != null) ? InertText.of(text) : null;
	}

	// The same for all mails of a request, so that they stand together.
	private static String subject(Notification notification, ChatMessage message) {
		Notification.Request request = notification.request();
		if (request == null) {
			return message.heading();
		}
		String subject = NotificationText.get(notification.to(), "notification.mail-subject");
		if (!request.agent().isEmpty()) {
			subject += ": " + shortened(
					InertText.line(request.action() + ((request.resource() != null) ? " " + request.resource() : "")));
		}
		return switch (notification.kind()) {
			// The first one that its reader gets.
			case PENDING, ESCALATED -> subject;
			default -> "Re: " + subject;
		};
	}

	private static String shortened(String text) {
		if (text.length() <= MAX_SUBJECT) {
			return text;
		}
		int end = Character.isHighSurrogate(text.charAt(MAX_SUBJECT - 1)) ? MAX_SUBJECT - 1 : MAX_SUBJECT;
		return text.substring(0, end) + "…";
	}

	/**
	 * The same without markup.
	 * @return the text
	 */
	String plain() {
		StringBuilder text = new StringBuilder(this.heading).append("\n\n");
		for (Line line : this.lines) {
			if (line.label() == null) {
				text.append(line.text()).append('\n');
				continue;
			}
			// Nobody takes a line of a value for one of ours.
			boolean several = line.isApart();
			text.append(line.label()).append(':').append(several ? "\n" : " ");
			text.append(several ? line.text().lines().map("> "::concat).reduce((a, b) -> a + "\n" + b).orElse("")
					: line.text())
				.append('\n');
		}
		return text.append('\n')
			.append(this.linkText)
			.append(":\n")
			.append(this.link)
			.append("\n\n-- \n")
			.append(this.footer)
			.append('\n')
			.toString();
	}

}
