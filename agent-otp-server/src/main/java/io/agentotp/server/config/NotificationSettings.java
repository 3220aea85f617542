package io.agentotp.server.config;

import java.net.URI;
import java.time.ZoneId;
import java.util.Locale;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How people are told of requests. Each channel adds the settings of its own; it is on
 * when they are there.
 *
 * @param language Language of messages to people and places without one of their own, en
 * or de.
 * @param zone Time zone of people and places without one of their own, such as
 * Europe/Vienna; by default the one of the machine.
 * @param http Where messages that are sent over HTTP may go.
 * @param mail Messages by mail.
 * @param push Messages that browsers show while no page is open.
 * @param slack Messages to Slack, where approvers decide.
 * @param teams Messages to Microsoft Teams.
 * @param telegram Messages to Telegram, where approvers decide.
 * @param webhook Messages to programs, signed as Standard Webhooks 1.0 says.
 */
public record NotificationSettings(@DefaultValue("en") Locale language, @Nullable String zone,
		@DefaultValue @NestedConfigurationProperty HttpSettings http,
		@Nullable @NestedConfigurationProperty MailSettings mail,
		@Nullable @NestedConfigurationProperty PushSettings push,
		@Nullable @NestedConfigurationProperty SlackSettings slack,
		@Nullable @NestedConfigurationProperty TeamsSettings teams,
		@Nullable @NestedConfigurationProperty TelegramSettings telegram,
		@Nullable @NestedConfigurationProperty WebhookSettings webhook) {

	private static final Pattern PLACE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

	public NotificationSettings {
		if (!language.equals(Locale.ENGLISH) && !language.equals(Locale.GERMAN)) {
			throw InvalidSettingException.of("notifications.language", language, "It must be en or de");
		}
		if (zone != null && !AgentOtpServerProperties.User.isTimeZone(zone)) {
			throw InvalidSettingException.of("notifications.zone", zone, "Name a time zone, such as Europe/Berlin");
		}
		if (webhook != null) {
			webhook.endpoints()
				.forEach((name, endpoint) -> http.check("webhook.endpoints." + name + ".url", endpoint.url()));
		}
		if (teams != null) {
			teams.workflows().forEach((name, url) -> http.check("teams.workflows." + name, url));
		}
	}

	/**
	 * The time zone of who has none of their own.
	 * @return the zone
	 */
	public ZoneId zoneOrDefault() {
		return (this.zone != null) ? ZoneId.of(this.zone) : ZoneId.systemDefault();
	}

	/**
	 * Requires a secret of a form.
	 */
	static void token(String name, @Nullable String token, String form, String remedy) {
		if (token == null) {
			throw InvalidSettingException.of(name, null, remedy);
		}
		if (!token.matches(form)) {
			throw InvalidSettingException.secret(name, remedy);
		}
	}

	/**
	 * Requires a name for a place where requests are told.
	 */
	static void place(String name, String place) {
		if (!PLACE.matcher(place).matches()) {
			throw InvalidSettingException.of(name, place,
					"A name has 1 to 64 letters, digits, dots, hyphens or underscores");
		}
	}

	/**
	 * Requires the URL of an API. Secrets go there.
	 */
	static void api(String name, URI url) {
		boolean own = "localhost".equals(url.getHost()) || "127.0.0.1".equals(url.getHost());
		if (url.getHost() == null || url.getQuery() != null || url.getUserInfo() != null
				|| !("https".equals(url.getScheme()) || (own && "http".equals(url.getScheme())))) {
			throw InvalidSettingException.of(name, url, "It must be an https URL");
		}
	}

}
