package io.agentotp.server.notification.telegram;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;

import io.agentotp.server.config.TelegramSettings;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.chat.ChatApi;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The methods of Telegram's API for bots. Their addresses hold the token, so nothing
 * repeats one.
 */
final class TelegramApi {

	private static final Duration TIMEOUT = Duration.ofSeconds(15);

	private final ChatApi api = new ChatApi("Telegram");

	private final String base;

	TelegramApi(TelegramSettings settings) {
		this.base = settings.apiUrl() + "/bot" + settings.botToken() + "/";
	}

	JsonNode call(String method, ObjectNode body) throws DeliveryException {
		return call(method, body, TIMEOUT);
	}

	/**
	 * Calls a method.
	 * @param method its name
	 * @param body the parameters
	 * @param timeout how long it may take
	 * @return its result
	 * @throws DeliveryException if it is an error
	 */
	JsonNode call(String method, ObjectNode body, Duration timeout) throws DeliveryException {
		ChatApi.Answer answer = this.api.post(URI.create(this.base + method), null, body, timeout);
		JsonNode json = answer.body();
		if (json.path("ok").asBoolean(false)) {
			return json.path("result");
		}
		int code = json.path("error_code").asInt(answer.status());
		String description = json.path("description").asString("").toLowerCase(Locale.ROOT);
		String text = "Telegram refused " + method + ": " + code;
		if (code == 403 || (code == 400 && description.contains("chat not found"))) {
			// Blocked by the person, or taken out of the group.
			throw DeliveryException.forgetAddress(text + ", the bot cannot write there");
		}
		if (code == 400) {
			throw DeliveryException.giveUp(text);
		}
		if (code == 401 || code == 404) {
			text += ", the token of the bot is not good";
		}
		int after = json.path("parameters").path("retry_after").asInt(0);
		throw DeliveryException.retry(text, (after > 0) ? Duration.ofSeconds(after) : answer.after());
	}

}
