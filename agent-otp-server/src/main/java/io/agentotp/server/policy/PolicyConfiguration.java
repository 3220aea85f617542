package io.agentotp.server.policy;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
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
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The policies.
 */
@Configuration(proxyBeanMethods = false)
public class PolicyConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(PolicyConfiguration.class);

	@Bean
	PolicyBook policyBook(AgentOtpServerProperties properties, Environment environment, Agents agents, JdbcClient jdbc,
			AuditLog audit, TransactionTemplate transactions, InstantSource clock, ScheduledExecutorService scheduler) {
		AgentOtpServerProperties.Policies settings = properties.policies();
		PolicyParser parser = new PolicyParser(settings.trustContext());
		List<Policy> configured = configured(properties, environment);
		PolicyFiles files = new PolicyFiles(settings.files(), settings.trustContext());
		PolicyWarnings warnings = new PolicyWarnings((agent) -> agents.find(agent).isPresent());
		PolicyBook book = book(configured, files, parser, warnings, new PolicyStore(jdbc), audit, transactions, clock);
		watch(book, files, settings.reloadInterval(), scheduler);
		return book;
	}

	static List<Policy> configured(AgentOtpServerProperties properties, Environment environment) {
		MangledKeys.refuse(environment);
		return new ConfiguredPolicies(new PolicyParser(properties.policies().trustContext()))
			.parse(properties.policies().rules());
	}

	private static PolicyBook book(List<Policy> configured, PolicyFiles files, PolicyParser parser,
			PolicyWarnings warnings, PolicyStore store, AuditLog audit, TransactionTemplate transactions,
			InstantSource clock) {
		try {
			return new PolicyBook(configured, files, parser, warnings, store, audit, transactions, clock);
		}
		catch (InvalidPolicyException ex) {
			throw InvalidSetting.of("policies", ex.problems().keySet().iterator().next(),
					"The policies cannot be used: " + ex.text());
		}
	}

	private static void watch(PolicyBook book, PolicyFiles files, Duration interval,
			ScheduledExecutorService scheduler) {
		if (files.isEmpty() || interval.isZero() || interval.isNegative()) {
			return;
		}
		scheduler.scheduleWithFixedDelay(() -> {
			try {
				book.checkFiles();
			}
			catch (RuntimeException ex) {
				// An exception would end the schedule.
				logger.warn("The files of policies could not be checked and are tried again: {}", ex.toString());
			}
		}, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
	}

}
