package io.agentotp.server.notification.telegram;

import java.net.URI;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.config.TelegramSettings;
import io.agentotp.server.database.Lease;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Telegram, if it is configured.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBean(TelegramSettings.class)
class TelegramConfiguration {

	@Bean
	TelegramApi telegramApi(TelegramSettings settings) {
		return new TelegramApi(settings);
	}

	@Bean
	TelegramUpdates telegramUpdates(TelegramApi api) {
		return new TelegramUpdates(api);
	}

	@Bean
	TelegramChannel telegramChannel(TelegramSettings settings, TelegramApi api, TelegramUpdates updates, Lease lease,
			AgentOtpServerProperties properties) {
		return new TelegramChannel(settings, api, updates,
				new TelegramListener(api, settings, updates, lease, webhook(settings, properties)));
	}

	private static @Nullable String webhook(TelegramSettings settings, AgentOtpServerProperties properties) {
		if (settings.webhookSecret() == null) {
			return null;
		}
		URI url = properties.publicUrl();
		if (url == null || !("https".equals(url.getScheme()) || "localhost".equals(url.getHost()))) {
			throw InvalidSettingException.of("public-url", url,
					"Telegram calls the service at this URL, so with notifications.telegram.webhook-secret it must be an https URL");
		}
		return url.toString().replaceAll("/+$", "") + "/channels/telegram";
	}

}
