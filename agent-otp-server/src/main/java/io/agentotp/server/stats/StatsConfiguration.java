package io.agentotp.server.stats;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The statistics.
 */
@Configuration(proxyBeanMethods = false)
public class StatsConfiguration {

	@Bean
	Statistics statistics(JdbcClient jdbc) {
		return new Statistics(jdbc);
	}

}
