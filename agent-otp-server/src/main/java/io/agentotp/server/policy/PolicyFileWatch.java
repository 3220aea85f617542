package io.agentotp.server.policy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.metric.Meters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/**
 * Puts the policies of changed files in force.
 */
@Component
public final class PolicyFileWatch {

	private static final Logger logger = LoggerFactory.getLogger(PolicyFileWatch.class);

	private final PolicyFiles files;

	private final PolicyRegistry registry;

	private final PolicyWarnings warnings;

	private final Meters meters;

	PolicyFileWatch(PolicyFiles files, PolicyRegistry registry, PolicyWarnings warnings,
			AgentOtpServerProperties.Policies settings, TaskScheduler scheduler, Meters meters) {
		this.files = files;
		this.registry = registry;
		this.warnings = warnings;
		this.meters = meters;
		meters.gauge("policies.outdated", "Whether this node keeps policies although others should be in force",
				() -> registry.problem().isPresent() ? 1 : 0);
		Duration interval = settings.reloadInterval();
		if (!files.isEmpty() && !interval.isZero() && !interval.isNegative()) {
			scheduler.scheduleWithFixedDelay(this::check, Instant.now().plus(interval), interval);
		}
	}

	/**
	 * Reads the files again if they have changed. When one of them cannot be used, the
	 * policies stay as they are; when something else fails, it is tried again.
	 */
	public synchronized void check() {
		try {
			this.files.readIfChanged().ifPresent(this::replace);
		}
		catch (InvalidPolicyException ex) {
			this.meters.policyFiles(false);
			this.registry.keep("The files of policies cannot be used: " + ex.text());
		}
		catch (RuntimeException | StackOverflowError ex) {
			this.meters.policyFiles(false);
			this.files.forget();
			this.registry
				.keep("The files of policies have changed and are not in force: " + ex.getClass().getSimpleName());
			throw ex;
		}
	}

	private void replace(List<PolicyFile> fresh) {
		try {
			requireReachable(fresh);
			this.registry.replaceFiles(fresh);
		}
		catch (InvalidPolicyException ex) {
			// They may fit once what is stored has changed.
			this.files.forget();
			throw ex;
		}
		this.meters.policyFiles(true);
		logger.info("The policies of the files were read again; version {} is in force",
				this.registry.current().version());
		this.warnings.log(fresh.stream().flatMap((file) -> file.policies().stream()).toList());
	}

	// What is in force already may have become so since people have left.
	private void requireReachable(List<PolicyFile> fresh) {
		List<ObjectNode> present = this.registry.current().policies().stream().map(Policy::source).toList();
		fresh.stream()
			.flatMap((file) -> file.policies().stream())
			.filter((policy) -> !present.contains(policy.source()))
			.forEach((policy) -> {
				try {
					this.warnings.requireReachable(policy);
				}
				catch (InvalidPolicyException ex) {
					throw ex.under("policy '" + policy.name() + "'");
				}
			});
	}

}
