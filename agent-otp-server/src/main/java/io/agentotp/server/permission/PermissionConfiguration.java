package io.agentotp.server.permission;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSetting;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Notifications;
import io.agentotp.server.limit.AgentLimits;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The parts that make up the life of a permission.
 */
@Configuration(proxyBeanMethods = false)
public class PermissionConfiguration {

	@Bean
	PermissionStore permissionStore(JdbcClient jdbc) {
		return new PermissionStore(jdbc);
	}

	@Bean
	PermissionSignals permissionSignals(Notifications notifications) {
		return new PermissionSignals(notifications);
	}

	@Bean
	DecisionPublisher decisionPublisher(Agents agents, PermissionStore store, PermissionSignals signals,
			Meters meters) {
		return new DecisionPublisher(agents, store, signals, meters);
	}

	@Bean
	PermissionExpiry permissionExpiry(PermissionStore store, DecisionPublisher publisher, AuditLog audit,
			TransactionTemplate transactions, InstantSource clock) {
		return new PermissionExpiry(store, publisher, audit, transactions, clock);
	}

	@Bean
	PermissionReader permissionReader(PermissionStore store, PermissionExpiry expiry, Tokens tokens,
			InstantSource clock, Meters meters, DatabaseWatch database) {
		meters.gauge("pending", "Questions that wait for a decision, of all nodes",
				() -> database.isGone() ? Double.NaN : store.countPending(Now.of(clock)));
		return new PermissionReader(store, expiry, tokens, clock);
	}

	@Bean
	PermissionRequests permissionRequests(PolicyRegistry policies, Agents agents, AgentLimits limits,
			PermissionStore store, PermissionSignals signals, Tokens tokens, AuditLog audit, Meters meters,
			TransactionTemplate transactions, InstantSource clock, AgentOtpServerProperties properties) {
		if (properties.approvalWindow().toSeconds() < 1) {
			throw InvalidSetting.of("approval-window", properties.approvalWindow(), "It must be at least one second");
		}
		return new PermissionRequests(policies, agents, limits, store, signals, tokens, audit, meters, transactions,
				clock, properties.approvalWindow());
	}

	@Bean
	PermissionDecisions permissionDecisions(PolicyRegistry policies, PermissionStore store, PermissionReader reader,
			DecisionPublisher publisher, Agents agents, Tokens tokens, AuditLog audit, TransactionTemplate transactions,
			InstantSource clock) {
		return new PermissionDecisions(policies, store, reader, publisher, agents, tokens, audit, transactions, clock);
	}

	@Bean
	PermissionTokens permissionTokens(PolicyRegistry policies, PermissionStore store, PermissionReader reader,
			DecisionPublisher publisher, AuditLog audit, Meters meters, TransactionTemplate transactions,
			InstantSource clock) {
		return new PermissionTokens(policies, store, reader, publisher, audit, meters, transactions, clock);
	}

	@Bean
	DecisionFeed decisionFeed(PermissionStore store, PermissionExpiry expiry, Agents agents, Instance instance) {
		return new DecisionFeed(store, expiry, agents, instance.id());
	}

	@Bean
	AgentFreezer agentFreezer(Agents agents, PermissionStore store, DecisionPublisher publisher, AuditLog audit,
			TransactionTemplate transactions, InstantSource clock) {
		return new AgentFreezer(agents, store, publisher, audit, transactions, clock);
	}

	@Bean
	Idempotency idempotency(JdbcClient jdbc, TransactionTemplate transactions, InstantSource clock) {
		return new Idempotency(jdbc, transactions, clock);
	}

	@Bean
	Retention retention(JdbcClient jdbc, AgentOtpServerProperties properties, InstantSource clock) {
		AgentOtpServerProperties.Retention settings = properties.retention();
		atLeast("retention.details", settings.details(), Duration.ofHours(1), "an hour");
		// Repeated requests are answered with the permission for that long.
		atLeast("retention.permissions", settings.permissions(), Duration.ofDays(1), "a day");
		atLeast("retention.interval", settings.interval(), Duration.ofMinutes(1), "a minute");
		return new Retention(new RetentionStore(jdbc), settings, clock);
	}

	private static void atLeast(String name, @Nullable Duration value, Duration least, String text) {
		if (value != null && value.compareTo(least) < 0) {
			throw InvalidSetting.of(name, value, "It must be at least " + text);
		}
	}

	@Bean
	PermissionMaintenance permissionMaintenance(ScheduledExecutorService scheduler, PermissionExpiry expiry,
			Agents agents, PermissionStore store, PermissionSignals signals, AgentFreezer freezer, AgentLimits limits,
			Idempotency idempotency, Retention retention) {
		return new PermissionMaintenance(scheduler, expiry, new MissedSignalPoller(agents, store, signals), freezer,
				limits, idempotency, retention);
	}

}
