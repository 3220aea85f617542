package io.agentotp.server.notification.slack;

import java.util.Locale;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Answer;
import io.agentotp.server.notification.Notification.Request;
import io.agentotp.server.notification.NotificationText;
import io.agentotp.server.notification.chat.ChatMessage;
import io.agentotp.server.notification.chat.ChatMessage.Kind;
import io.agentotp.server.notification.chat.ChatMessage.Line;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A message as blocks of Slack. What an agent sends stands in elements of rich text only,
 * where Slack reads neither markup nor links nor mentions.
 *
 * @param body the parameters of the method that sends it
 * @param answers whether it has buttons that decide
 */
record SlackMessage(ObjectNode body, boolean answers) {

	/**
	 * How the id of the block of buttons begins.
	 */
	static final String BLOCK = "agentotp:";

	/**
	 * The id of the button that only opens the page.
	 */
	static final String OPEN = "open";

	// Of a text in a block.
	private static final int MAX_VALUE = 3000;

	// Slack takes 13,200 in all blocks of a message.
	private static final int MAX_ALL = 9000;

	private static final int MAX_LINES = 100;

	private static final int MAX_HEADER = 150;

	private static final int MAX_BUTTON = 75;

	private static final int MAX_SUMMARY = 300;

	private static final int MAX_URL = 3000;

	/**
	 * Writes a message.
	 * @param notification what to tell
	 * @return the message without the place where it goes
	 */
	static SlackMessage of(Notification notification) {
		ChatMessage message = ChatMessage.of(notification, MAX_VALUE, MAX_ALL, MAX_LINES);
		ObjectNode body = Json.object()
			.put("text", summary(message))
			.put("mrkdwn", false)
			.put("parse", "none")
			.put("link_names", false)
			.put("unfurl_links", false)
			.put("unfurl_media", false);
		ArrayNode blocks = body.putArray("blocks");
		ObjectNode header = blocks.addObject().put("type", "header");
		header.set("text", plain(message.heading(), MAX_HEADER));
		if (!message.lines().isEmpty()) {
			ArrayNode elements = blocks.addObject().put("type", "rich_text").putArray("elements");
			message.lines().forEach((line) -> write(line, elements));
		}
		buttons(notification, message.answers(), blocks);
		return new SlackMessage(body, message.answers());
	}

	// What is shown where there are no blocks, as on the screen of a locked phone.
	private static String summary(ChatMessage message) {
		StringBuilder text = new StringBuilder(message.heading());
		message.lines()
			.stream()
			.filter((line) -> line.kind() == Kind.TITLE)
			.forEach((line) -> text.append(": ").append(line.text()));
		return escaped(cut(text.toString(), MAX_SUMMARY));
	}

	private static void write(Line line, ArrayNode elements) {
		boolean quote = line.isApart();
		ArrayNode section = elements.addObject().put("type", "rich_text_section").putArray("elements");
		if (line.label() != null && !line.label().isEmpty()) {
			text(section, line.label(), "bold");
			text(section, quote ? ":" : ": ", null);
		}
		if (quote) {
			text(elements.addObject().put("type", "rich_text_quote").putArray("elements"), line.text(), null);
		}
		else {
			text(section, line.text(),
					(line.kind() == Kind.TITLE) ? "bold" : (line.kind() == Kind.FACT) ? "code" : "italic");
		}
		if (!quote) {
			text(section, "\n", null);
		}
	}

	private static void text(ArrayNode elements, String text, @Nullable String style) {
		ObjectNode element = elements.addObject().put("type", "text").put("text", text);
		if (style != null) {
			element.putObject("style").put(style, true);
		}
	}

	private static void buttons(Notification notification, boolean answers, ArrayNode blocks) {
		Request request = notification.request();
		ArrayNode elements = Json.mapper().createArrayNode();
		if (answers && request != null) {
			for (Answer answer : Answer.values()) {
				if (notification.answers().contains(answer)) {
					boolean approve = answer == Answer.APPROVE;
					button(elements, answer.name().toLowerCase(Locale.ROOT),
							text(notification, approve ? "notification.approve" : "notification.deny"))
						.put("value", request.permissionId())
						.put("style", approve ? "primary" : "danger");
				}
			}
		}
		String link = notification.link().toString();
		if (notification.link().isAbsolute() && link.length() <= MAX_URL) {
			button(elements, OPEN, NotificationText.open(notification)).put("url", link);
		}
		if (!elements.isEmpty()) {
			ObjectNode actions = blocks.addObject().put("type", "actions");
			actions.put("block_id", BLOCK + ((request != null) ? request.permissionId() : ""));
			actions.set("elements", elements);
		}
	}

	private static ObjectNode button(ArrayNode elements, String id, String text) {
		ObjectNode button = elements.addObject().put("type", "button").put("action_id", id);
		button.set("text", plain(text, MAX_BUTTON));
		return button;
	}

	private static String text(Notification notification, String key) {
		return NotificationText.get(notification.to(), key);
	}

	private static ObjectNode plain(String text, int max) {
		return Json.object().put("type", "plain_text").put("text", escaped(cut(text, max))).put("emoji", false);
	}

	private static String cut(String text, int max) {
		return (text.length() <= max) ? text : text.substring(0, max - 1) + "…";
	}

	/**
	 * Writes text so that Slack reads no link and no mention in it.
	 */
	static String escaped(String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
	}

}
