package io.agentotp.server.limit;

import java.time.InstantSource;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSetting;
import io.agentotp.server.database.DatabaseConfiguration;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The limits of agents, and of who tries passwords and keys.
 */
@Configuration(proxyBeanMethods = false)
public class LimitConfiguration {

	@Bean
	Buckets buckets(AgentOtpServerProperties properties, InstantSource clock) {
		return DatabaseConfiguration.isPostgres(properties.datasource().url())
				? new Buckets.Shared(DatabaseConfiguration.withoutSync(properties.datasource()), clock)
				: new Buckets.Local(clock);
	}

	@Bean
	SignInLimits signInLimits(AgentOtpServerProperties properties, Buckets buckets) {
		positive("limits.wrong-passwords-per-minute", properties.limits().wrongPasswordsPerMinute());
		positive("limits.wrong-keys-per-minute", properties.limits().wrongKeysPerMinute());
		return new SignInLimits(buckets, properties.limits());
	}

	@Bean
	AgentLimits agentLimits(AgentOtpServerProperties properties, Buckets buckets, InstantSource clock) {
		positive("limits.requests-per-minute", properties.limits().requestsPerMinute());
		positive("limits.max-pending", properties.limits().maxPending());
		if (properties.limits().maxParked() < 0) {
			throw InvalidSetting.of("limits.max-parked", properties.limits().maxParked(), "It must be at least 0");
		}
		properties.agents().forEach((name, agent) -> {
			if (agent.requestsPerMinute() != null) {
				positive("agents." + name + ".requests-per-minute", agent.requestsPerMinute());
			}
			if (agent.maxPending() != null) {
				positive("agents." + name + ".max-pending", agent.maxPending());
			}
		});
		return new AgentLimits(buckets, properties.limits(), clock);
	}

	private static void positive(String name, int value) {
		if (value < 1) {
			throw InvalidSetting.of(name, value, "It must be at least 1");
		}
	}

}
