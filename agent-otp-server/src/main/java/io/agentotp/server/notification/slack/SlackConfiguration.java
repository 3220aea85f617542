package io.agentotp.server.notification.slack;

import io.agentotp.server.config.SlackSettings;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Slack, if it is configured.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBean(SlackSettings.class)
class SlackConfiguration {

	@Bean
	SlackChannel slackChannel(SlackSettings settings) {
		return new SlackChannel(settings);
	}

}
