package io.agentotp.server.audit;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSetting;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.database.Instance;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.token.SecretFile;
import io.agentotp.server.token.Tokens;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The record, and what makes tampering with it visible.
 */
@Configuration(proxyBeanMethods = false)
public class AuditConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(AuditConfiguration.class);

	@Bean
	AuditLog auditLog(JdbcClient jdbc) {
		return new AuditLog(jdbc);
	}

	@Bean
	AuditKeys auditKeys(AgentOtpServerProperties properties, Tokens tokens) {
		String file = properties.audit().keyFile();
		List<AuditKey> keys = (file != null) ? ofFile(file)
				: tokens.seeds("audit").stream().map(AuditKey::ofSeed).toList();
		logger.info("Audit checkpoints are signed with key {}, whose public key is {}", keys.get(0).id(),
				keys.get(0).pem().replace("\n", " ").strip());
		return new AuditKeys(keys);
	}

	private static List<AuditKey> ofFile(String file) {
		try {
			List<AuditKey> keys = new SecretFile(Path.of(file)).readOrCreate()
				.stream()
				.map((line) -> AuditKey.ofSeed(Base64.getUrlDecoder().decode(line)))
				.toList();
			if (!keys.isEmpty()) {
				return keys;
			}
		}
		catch (IllegalArgumentException ex) {
			// Said below, without what stands in the file.
		}
		throw InvalidSetting.of("audit.key-file", file,
				"Each line of the file must be 32 random bytes in base64url. Without the file, one is made at start");
	}

	@Bean
	AuditChainStore auditChainStore(JdbcClient jdbc, DataSource dataSource, Instance instance, InstantSource clock,
			Meters meters, DatabaseWatch database) {
		AuditChainStore store = new AuditChainStore(jdbc, new JdbcTemplate(dataSource), instance.id());
		meters
			.gauge("audit.unsigned.seconds", "Age of the oldest row of the record that no checkpoint covers yet",
					() -> database.isGone() ? Double.NaN : store.unsignedSince()
						.map((since) -> Math.max(0, Duration.between(since, clock.instant()).toMillis()) / 1000.0)
						.orElse(0.0));
		return store;
	}

	@Bean
	CheckpointPublisher checkpointOutlet(AuditChainStore store, AuditKeys keys, AgentOtpServerProperties properties) {
		String file = properties.audit().checkpointFile();
		return new CheckpointPublisher(store, keys, (file != null) ? Path.of(file).toAbsolutePath() : null);
	}

	@Bean
	AuditSequencer auditSequencer(AuditChainStore store, AuditKeys keys, CheckpointPublisher outlet,
			TransactionTemplate transactions, InstantSource clock, AgentOtpServerProperties properties,
			ScheduledExecutorService scheduler) {
		if (properties.audit().checkpointInterval().isNegative()) {
			throw InvalidSetting.of("audit.checkpoint-interval", properties.audit().checkpointInterval(),
					"It must not be negative");
		}
		AuditSequencer sequencer = new AuditSequencer(store, keys, outlet, transactions, clock,
				properties.audit().checkpointInterval());
		scheduler.scheduleWithFixedDelay(() -> {
			try {
				sequencer.run();
			}
			catch (RuntimeException ex) {
				// An exception would end the schedule.
				logger.warn("The audit could not be linked and is tried again: {}", ex.toString());
			}
		}, 1, 1, TimeUnit.SECONDS);
		return sequencer;
	}

	@Bean
	AuditCheck auditCheck(AuditChainStore store, AuditKeys keys, CheckpointPublisher outlet, InstantSource clock) {
		return new AuditCheck(store, keys, outlet, clock);
	}

	@Bean
	AuditExport auditExport(AuditChainStore store) {
		return new AuditExport(store);
	}

}
