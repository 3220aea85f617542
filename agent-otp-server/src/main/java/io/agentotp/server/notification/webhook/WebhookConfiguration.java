package io.agentotp.server.notification.webhook;

import java.time.InstantSource;

import io.agentotp.server.config.WebhookSettings;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.http.HttpLibrary;
import io.agentotp.server.notification.http.HttpPoster;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The channel, if it has settings.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBean(WebhookSettings.class)
class WebhookConfiguration {

	@Bean
	NotificationChannel webhookChannel(WebhookSettings settings, ObjectProvider<HttpPoster> http, InstantSource clock) {
		return new WebhookChannel(settings, HttpLibrary.require("webhook", http), clock);
	}

}
