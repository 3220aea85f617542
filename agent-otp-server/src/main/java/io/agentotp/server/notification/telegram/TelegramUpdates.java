package io.agentotp.server.notification.telegram;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.ChatDecisions;
import io.agentotp.server.notification.ChatDecisions.Press;
import io.agentotp.server.notification.ChatDecisions.Reply;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification.Answer;
import io.agentotp.server.notification.chat.Presses;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes what people do in Telegram. Who does it is told by the number of the account and
 * by nothing else: names can be changed, and in a group anybody presses.
 */
final class TelegramUpdates {

	private static final Logger logger = LoggerFactory.getLogger(TelegramUpdates.class);

	private static final Pattern START = Pattern.compile("/start ([A-Za-z0-9_-]{16,64})");

	// What Telegram shows of an answer to a press.
	private static final int MAX_ANSWER = 200;

	private final TelegramApi api;

	private final Presses presses = new Presses(TelegramChannel.NAME);

	private volatile @Nullable ChatDecisions decisions;

	TelegramUpdates(TelegramApi api) {
		this.api = api;
	}

	void open(ChatDecisions to) {
		this.decisions = to;
	}

	void close() {
		this.presses.close();
	}

	/**
	 * Takes an update whose origin was verified.
	 * @param update the update
	 * @return {@code false} if there is too much already, so that it has to come again
	 */
	boolean take(JsonNode update) {
		ChatDecisions to = this.decisions;
		if (to == null) {
			return false;
		}
		JsonNode press = update.path("callback_query");
		JsonNode message = update.path("message");
		if (press.isObject()) {
			return this.presses.take(() -> pressed(to, press));
		}
		return !message.isObject() || this.presses.take(() -> written(to, message));
	}

	private void pressed(ChatDecisions to, JsonNode press) {
		String id = press.path("id").asString("");
		Reply reply = press(press).map(to::decide).orElse(null);
		String text = (reply != null) ? reply.text() : "";
		// Without an answer the phone goes on waiting.
		tell("answerCallbackQuery",
				Json.object()
					.put("callback_query_id", id)
					.put("text", (text.length() <= MAX_ANSWER) ? text : text.substring(0, MAX_ANSWER - 1) + "…")
					.put("show_alert", reply != null && !reply.decided()));
	}

	private static Optional<Press> press(JsonNode press) {
		String id = press.path("id").asString("");
		String user = press.path("from").path("id").asString("");
		String chat = press.path("message").path("chat").path("id").asString("");
		String message = press.path("message").path("message_id").asString("");
		String data = press.path("data").asString("");
		boolean approve = data.startsWith(TelegramMessage.APPROVE);
		if (!(approve || data.startsWith(TelegramMessage.DENY)) || id.isEmpty() || user.isEmpty() || chat.isEmpty()
				|| message.isEmpty() || press.path("from").path("is_bot").asBoolean(false)) {
			return Optional.empty();
		}
		return Optional.of(new Press(TelegramChannel.NAME, id, user, data.substring(TelegramMessage.APPROVE.length()),
				approve ? Answer.APPROVE : Answer.DENY, TelegramChannel.reference(chat, message)));
	}

	// Only what a person sends to the bot alone.
	private void written(ChatDecisions to, JsonNode message) {
		String user = message.path("from").path("id").asString("");
		Matcher start = START.matcher(message.path("text").asString("").strip());
		if (user.isEmpty() || !message.path("chat").path("type").asString("").equals("private")
				|| !message.path("chat").path("id").asString("").equals(user)
				|| message.path("from").path("is_bot").asBoolean(false) || !start.matches()) {
			return;
		}
		Locale language = Locale.forLanguageTag(message.path("from").path("language_code").asString("en"));
		to.connect(TelegramChannel.NAME, user, start.group(1), language)
			.ifPresent((text) -> tell("sendMessage",
					Json.object().put("chat_id", Long.parseLong(user)).put("text", text)));
	}

	private void tell(String method, ObjectNode body) {
		try {
			JsonNode unused = this.api.call(method, body);
		}
		catch (DeliveryException ex) {
			logger.debug("An answer in Telegram was not taken: {}", ex.getMessage());
		}
	}

}
