package io.agentotp.server.config;

import java.net.URI;
import java.util.Map;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of Telegram.
 *
 * @param botToken Token of the bot, as BotFather gives it.
 * @param webhookSecret Secret of the webhook, 24 to 256 letters, digits, hyphens and
 * underscores. With it, Telegram calls the path /channels/telegram of the service;
 * without it, the service asks Telegram.
 * @param chats Ids of the groups that hear of every request, such as -1001234567890, by
 * names of yours.
 * @param details What of a request stands in a message. Only with arguments can approvers
 * decide in Telegram.
 * @param apiUrl URL of Telegram's API for bots.
 */
public record TelegramSettings(@Nullable String botToken, @Nullable String webhookSecret,
		@DefaultValue Map<String, String> chats, @DefaultValue("facts") MessageDetails details,
		@DefaultValue("https://api.telegram.org") URI apiUrl) {

	private static final String NAME = "notifications.telegram.";

	private static final Pattern CHAT = Pattern.compile("-[0-9]{1,20}");

	/**
	 * Checks the settings.
	 * @throws InvalidSettingException if one cannot be used
	 */
	public TelegramSettings {
		NotificationSettings.token(NAME + "bot-token", botToken, "[0-9]{1,20}:[A-Za-z0-9_-]{20,}",
				"It must be the token of a bot, digits and letters with a colon between them, as BotFather gives it");
		if (webhookSecret != null) {
			NotificationSettings.token(NAME + "webhook-secret", webhookSecret, "[A-Za-z0-9_-]{24,256}",
					"It must have 24 to 256 letters, digits, hyphens and underscores, for example the output of: openssl rand -hex 32");
		}
		chats.forEach((name, id) -> {
			NotificationSettings.place(NAME + "chats", name);
			if (!CHAT.matcher(id).matches()) {
				throw InvalidSettingException.of(NAME + "chats." + name, id,
						"It must be the id of a group, a number with a minus in front");
			}
		});
		NotificationSettings.api(NAME + "api-url", apiUrl);
	}

	@Override
	public String toString() {
		return "TelegramSettings[chats=" + this.chats.keySet() + "]";
	}

}
