package io.agentotp.server.notification.http;

import java.time.InstantSource;

import io.agentotp.server.config.HttpSettings;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.HttpClient;

import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What channels post with, if its library is there.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(HttpClient.class)
class HttpConfiguration {

	@Bean
	HttpPoster httpPoster(HttpSettings settings, InstantSource clock) {
		return new HttpPoster(settings, clock, SystemDefaultDnsResolver.INSTANCE, null);
	}

}
