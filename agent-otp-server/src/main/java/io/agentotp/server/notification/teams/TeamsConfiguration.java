package io.agentotp.server.notification.teams;

import io.agentotp.server.config.TeamsSettings;
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
@ConditionalOnBean(TeamsSettings.class)
class TeamsConfiguration {

	@Bean
	NotificationChannel teamsChannel(TeamsSettings settings, ObjectProvider<HttpPoster> http) {
		return new TeamsChannel(settings, HttpLibrary.require("teams", http));
	}

}
