package io.agentotp.server.notification.push;

import java.time.InstantSource;

import io.agentotp.server.config.PushSettings;
import io.agentotp.server.token.Tokens;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The channel, if it is on.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBean(PushSettings.class)
class PushConfiguration {

	@Bean
	static PushChannel pushChannel(PushSettings settings, Tokens tokens, InstantSource clock) {
		return new PushChannel(settings, new PushKeys(tokens), clock);
	}

}
