package io.agentotp.server.config;

import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class ChatSettingsTests {

	private static final Map<String, String> GOOD = Map.of("slack.bot-token", "xoxb-1-a", "telegram.bot-token",
			"12345:abcdefghijklmnopqrstuvwxyz");

	private static NotificationSettings bind(String name, String value) {
		Map<String, String> all = new HashMap<>();
		GOOD.forEach((key, each) -> all.put("n." + key, each));
		if (name != null) {
			all.put("n." + name, value);
		}
		return new Binder(new MapConfigurationPropertySource(all)).bind("n", NotificationSettings.class).get();
	}

	@Test
	void settingsWhenOnlyTokensThenTheRestIsThere() {
		NotificationSettings settings = bind(null, null);
		assertThat(settings.slack().apiUrl()).hasToString("https://slack.com/api");
		assertThat(settings.slack().details()).isEqualTo(MessageDetails.FACTS);
		assertThat(settings.telegram().apiUrl()).hasToString("https://api.telegram.org");
		assertThat(settings.slack().toString() + settings.telegram()).doesNotContain("xoxb", "12345");
	}

	@ParameterizedTest
	@CsvSource({ "slack.bot-token, xoxp-1-a", "slack.bot-token, ${SLACK_BOT_TOKEN}", "slack.app-token, xoxb-1-a",
			"slack.signing-secret, short", "slack.channels.ops, #ops", "slack.channels.ops, ops",
			"slack.channels[a b], C0123456789", "slack.api-url, http://slack.com/api",
			"slack.api-url, https://u:p@x/api", "slack.details, all", "telegram.bot-token, 12345",
			"telegram.webhook-secret, short-secret", "telegram.webhook-secret, 0123456789 0123456789 01",
			"telegram.chats.ops, 12345", "telegram.chats.ops, @ops", "telegram.api-url, http://api.telegram.org" })
	void settingWhenItCannotBeUsedThenStopsTheStartWithoutTheSecret(String name, String value) {
		BindException failure = catchThrowableOfType(BindException.class, () -> bind(name, value));
		assertThat(failure).isNotNull();
		if (name.endsWith("token") || name.endsWith("secret")) {
			assertThat(failure).rootCause()
				.isInstanceOf(InvalidSettingException.class)
				.hasMessageContaining(name)
				.hasMessageNotContaining(value);
		}
	}

	@ParameterizedTest
	@CsvSource({ "zone, Europe/Wien, notifications.zone, such as Europe/Berlin", "mail.timeout, 2m, '2m', at most 1m",
			"mail.timeout, 100ms, PT0.1S, at least 1s", "mail.timeout, 0, 0s, at least 1s" })
	void settingWhenItsFormIsWrongThenTheValueIsSaidAsPeopleWriteIt(String name, String value, String said,
			String remedy) {
		Map<String, String> all = new HashMap<>(Map.of("n.mail.from", "a@example.com", "n.mail.host", "localhost"));
		all.put("n." + name, value);
		BindException failure = catchThrowableOfType(BindException.class,
				() -> new Binder(new MapConfigurationPropertySource(all)).bind("n", NotificationSettings.class));
		assertThat(failure).rootCause().isInstanceOf(InvalidSettingException.class).hasMessageContaining(remedy);
		assertThat(failure).rootCause().hasMessageContaining(said);
	}

}
