package io.agentotp.server.policy;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSetting;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The policies.
 */
@Configuration(proxyBeanMethods = false)
public class PolicyConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(PolicyConfiguration.class);

	@Bean
	PolicyParser policyParser(AgentOtpServerProperties properties) {
		return new PolicyParser(properties.policies().trustContext());
	}

	@Bean
	PolicyWarnings policyWarnings(Agents agents) {
		return new PolicyWarnings((agent) -> agents.find(agent).isPresent());
	}

	@Bean
	PolicyStore policyStore(JdbcClient jdbc) {
		return new PolicyStore(jdbc);
	}

	@Bean
	PolicyVersions policyVersions(PolicyStore store, AuditLog audit, InstantSource clock) {
		return new PolicyVersions(store, audit, clock);
	}

	@Bean
	PolicyFiles policyFiles(AgentOtpServerProperties properties, PolicyParser parser) {
		return new PolicyFiles(properties.policies().files(), parser);
	}

	@Bean
	PolicyRegistry policyRegistry(PolicyFiles files, PolicyParser parser, PolicyStore store, PolicyVersions versions,
			PolicyWarnings warnings, TransactionTemplate transactions) {
		try {
			PolicyRegistry registry = new PolicyRegistry(files.readIfChanged().orElseThrow(), parser, store, versions,
					transactions);
			warnings.log(registry.current().policies());
			return registry;
		}
		catch (InvalidPolicyException ex) {
			throw InvalidSetting.of("policies.files", ex.problems().keySet().iterator().next(),
					"The policies cannot be used: " + ex.text());
		}
	}

	@Bean
	PolicyAdministration policyAdministration(PolicyRegistry registry, PolicyStore store, PolicyParser parser,
			PolicyWarnings warnings, InstantSource clock) {
		return new PolicyAdministration(registry, store, parser, warnings, clock);
	}

	@Bean
	PolicyFileWatch policyFileWatch(AgentOtpServerProperties properties, PolicyFiles files, PolicyRegistry registry,
			PolicyWarnings warnings, ScheduledExecutorService scheduler) {
		PolicyFileWatch watch = new PolicyFileWatch(files, registry, warnings);
		Duration interval = properties.policies().reloadInterval();
		if (!files.isEmpty() && !interval.isZero() && !interval.isNegative()) {
			scheduler.scheduleWithFixedDelay(() -> check(watch), interval.toMillis(), interval.toMillis(),
					TimeUnit.MILLISECONDS);
		}
		return watch;
	}

	private static void check(PolicyFileWatch watch) {
		try {
			watch.check();
		}
		catch (RuntimeException ex) {
			// An exception would end the schedule.
			logger.warn("The files of policies could not be checked and are tried again: {}", ex.toString());
		}
	}

}
