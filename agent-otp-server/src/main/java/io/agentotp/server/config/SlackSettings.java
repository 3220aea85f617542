package io.agentotp.server.config;

import java.net.URI;
import java.util.Map;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of Slack.
 *
 * @param botToken Token of the bot, which begins with xoxb-.
 * @param appToken Token of the app for Socket Mode, which begins with xapp-. With it,
 * approvers decide in Slack and the service needs no public URL.
 * @param signingSecret Signing secret of the app. With it, approvers decide in Slack, and
 * Slack calls the path /channels/slack of the service.
 * @param channels Ids of the channels in Slack that hear of every request, such as
 * C0123456789, by names of yours.
 * @param details What of a request stands in a message. Only with arguments can approvers
 * decide in Slack.
 * @param apiUrl URL of Slack's API.
 */
public record SlackSettings(@Nullable String botToken, @Nullable String appToken, @Nullable String signingSecret,
		@DefaultValue Map<String, String> channels, @DefaultValue("facts") MessageDetails details,
		@DefaultValue("https://slack.com/api") URI apiUrl) {

	private static final String NAME = "notifications.slack.";

	private static final Pattern CHANNEL = Pattern.compile("[CDG][A-Z0-9]{2,30}");

	/**
	 * Checks the settings.
	 * @throws InvalidSettingException if one cannot be used
	 */
	public SlackSettings {
		NotificationSettings.token(NAME + "bot-token", botToken, "xoxb-[A-Za-z0-9-]+",
				"It must be the token of the bot, which begins with xoxb-: OAuth & Permissions in the app's settings");
		if (appToken != null) {
			NotificationSettings.token(NAME + "app-token", appToken, "xapp-[A-Za-z0-9-]+",
					"It must be a token of the app with the scope connections:write, which begins with xapp-");
		}
		if (signingSecret != null) {
			NotificationSettings.token(NAME + "signing-secret", signingSecret, "[A-Za-z0-9]{16,}",
					"It must be the signing secret: Basic Information in the app's settings");
		}
		channels.forEach((name, id) -> {
			NotificationSettings.place(NAME + "channels", name);
			if (!CHANNEL.matcher(id).matches()) {
				throw InvalidSettingException.of(NAME + "channels." + name, id,
						"It must be the id of a channel, such as C0123456789: at the end of the channel's details in Slack");
			}
		});
		NotificationSettings.api(NAME + "api-url", apiUrl);
	}

	@Override
	public String toString() {
		return "SlackSettings[channels=" + this.channels.keySet() + "]";
	}

}
