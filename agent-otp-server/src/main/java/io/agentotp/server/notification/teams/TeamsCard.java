package io.agentotp.server.notification.teams;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.InertText;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.NotificationText;
import io.agentotp.server.notification.chat.ChatMessage;
import io.agentotp.server.notification.chat.ChatMessage.Kind;
import io.agentotp.server.notification.chat.ChatMessage.Line;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An Adaptive Card 1.4. All text is in runs of text, the only element of a card that
 * knows no Markdown.
 */
final class TeamsCard {

	// Teams takes 28 KB.
	private static final int MAX_BYTES = 24_000;

	private static final int MAX_VALUE = 1_500;

	private static final int MAX_ALL = 12_000;

	private static final int MAX_LINES = 50;

	private TeamsCard() {
	}

	static byte[] of(Notification notification) {
		// A character may take six bytes and more: each that is named instead of shown.
		for (int room = MAX_ALL;; room /= 2) {
			byte[] card = write(notification, ChatMessage.of(notification, Math.min(MAX_VALUE, room), room, MAX_LINES));
			if (card.length <= MAX_BYTES || room == 0) {
				return card;
			}
		}
	}

	private static byte[] write(Notification notification, ChatMessage message) {
		ObjectNode card = Json.object();
		card.put("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
		card.put("type", "AdaptiveCard");
		card.put("version", "1.4");
		card.putObject("msteams").put("width", "Full");
		ArrayNode body = card.putArray("body");
		run(body.addObject(), message.heading()).put("size", "Large").put("weight", "Bolder");
		message.lines().forEach((line) -> write(body.addObject(), line));
		ObjectNode open = card.putArray("actions").addObject();
		open.put("type", "Action.OpenUrl");
		open.put("title", NotificationText.open(notification));
		open.put("url", notification.link().toString());
		ObjectNode root = Json.object();
		root.put("type", "message");
		ObjectNode attachment = root.putArray("attachments").addObject();
		attachment.put("contentType", "application/vnd.microsoft.card.adaptive");
		attachment.putNull("contentUrl");
		attachment.set("content", card);
		return Json.write(root).getBytes(StandardCharsets.UTF_8);
	}

	private static void write(ObjectNode block, Line line) {
		if (line.label() == null) {
			ObjectNode run = run(block, (line.kind() == Kind.NOTE) ? line.text() : InertText.of(line.text()));
			if (line.kind() == Kind.TITLE) {
				run.put("weight", "Bolder");
			}
			return;
		}
		run(block, InertText.of(line.label()) + ":  ").put("isSubtle", true);
		ObjectNode value = run(block, InertText.of(line.text()));
		if (line.isApart()) {
			value.put("text", InertText.of(line.text()).lines().map("\n> "::concat).collect(Collectors.joining()));
			value.put("italic", true);
		}
	}

	private static ObjectNode run(ObjectNode block, String text) {
		block.put("type", "RichTextBlock");
		return block.withArray("inlines").addObject().put("type", "TextRun").put("text", text);
	}

}
