package io.agentotp.server.limit;

import java.time.InstantSource;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.DatabaseConfiguration;
import io.agentotp.server.database.DatabaseWatch;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Where limits are counted: together where nodes share a database.
 */
@Configuration(proxyBeanMethods = false)
class LimitConfiguration {

	@Bean
	Buckets buckets(AgentOtpServerProperties.Datasource settings, InstantSource clock, DatabaseWatch database) {
		if (!settings.isPostgres()) {
			return new Buckets.Local(clock);
		}
		Buckets.Shared shared = new Buckets.Shared(DatabaseConfiguration.withoutSync(settings), clock);
		database.onGone(shared::evictConnections);
		database.onReturn(shared::isConnected);
		return shared;
	}

}
