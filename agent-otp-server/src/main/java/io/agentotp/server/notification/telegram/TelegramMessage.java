package io.agentotp.server.notification.telegram;

import java.net.URI;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Answer;
import io.agentotp.server.notification.Notification.Request;
import io.agentotp.server.notification.NotificationText;
import io.agentotp.server.notification.chat.ChatMessage;
import io.agentotp.server.notification.chat.ChatMessage.Kind;
import io.agentotp.server.notification.chat.ChatMessage.Line;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A message of Telegram. What an agent sends is marked as code, where Telegram finds
 * neither links nor mentions nor commands.
 *
 * @param body the parameters of the method that sends it
 * @param answers whether it has buttons that decide
 */
record TelegramMessage(ObjectNode body, boolean answers) {

	// Telegram takes 4,096 characters, with those of the service.
	private static final int MAX_ALL = 3000;

	private static final int MAX_LINES = 20;

	/**
	 * How the data of a button begins.
	 */
	static final String APPROVE = "a:";

	/**
	 * How the data of the other button begins.
	 */
	static final String DENY = "d:";

	private static final String CODE = "code";

	private static final String BLOCK = "pre";

	static TelegramMessage of(Notification notification) {
		ChatMessage message = ChatMessage.of(notification, MAX_ALL, MAX_ALL, MAX_LINES);
		StringBuilder text = new StringBuilder();
		ArrayNode marks = Json.mapper().createArrayNode();
		add(message.heading(), "bold", text, marks);
		message.lines().forEach((line) -> add(line, text, marks));
		ObjectNode body = Json.object().put("text", text.toString());
		body.set("entities", marks);
		body.putObject("link_preview_options").put("is_disabled", true);
		ArrayNode rows = Json.mapper().createArrayNode();
		buttons(notification, message.answers(), rows);
		if (isForButton(notification.link())) {
			link(notification, rows);
		}
		else {
			text.append("\n\n").append(notification.link());
			body.put("text", text.toString());
		}
		if (!rows.isEmpty()) {
			body.putObject("reply_markup").set("inline_keyboard", rows);
		}
		return new TelegramMessage(body, message.answers());
	}

	private static void add(Line line, StringBuilder text, ArrayNode marks) {
		text.append('\n');
		if (line.label() != null && !line.label().isEmpty()) {
			add(line.label(), CODE, text, marks);
			text.append(": ");
		}
		if (line.kind() == Kind.NOTE) {
			text.append(line.text());
		}
		else if (line.isApart()) {
			text.append('\n');
			add(line.text(), BLOCK, text, marks);
		}
		else {
			add(line.text(), CODE, text, marks);
		}
	}

	private static void add(String part, String mark, StringBuilder text, ArrayNode marks) {
		marks.addObject().put("type", mark).put("offset", text.length()).put("length", part.length());
		text.append(part);
	}

	private static void buttons(Notification notification, boolean answers, ArrayNode rows) {
		Request request = notification.request();
		if (!answers || request == null) {
			return;
		}
		ArrayNode row = rows.addArray();
		for (Answer answer : Answer.values()) {
			if (notification.answers().contains(answer)) {
				boolean approve = answer == Answer.APPROVE;
				row.addObject()
					.put("text",
							NotificationText.get(notification.to(),
									approve ? "notification.approve" : "notification.deny"))
					.put("callback_data", (approve ? APPROVE : DENY) + request.permissionId());
			}
		}
	}

	// Telegram refuses a button to a machine of one's own.
	private static boolean isForButton(URI link) {
		return link.isAbsolute() && link.getHost() != null && link.getHost().contains(".");
	}

	private static void link(Notification notification, ArrayNode rows) {
		rows.addArray()
			.addObject()
			.put("text", NotificationText.open(notification))
			.put("url", notification.link().toString());
	}

}
