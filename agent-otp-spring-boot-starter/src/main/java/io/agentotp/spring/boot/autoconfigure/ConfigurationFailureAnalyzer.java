package io.agentotp.spring.boot.autoconfigure;

import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.ConfigurationException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/**
 * Says which property of the client to set.
 */
final class ConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<ConfigurationException> {

	private final Environment environment;

	ConfigurationFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, ConfigurationException cause) {
		return new FailureAnalysis("The Agent OTP client could not be created: " + cause.getMessage(), """
				Set these properties, the key best from outside the application (environment variables \
				AGENTOTP_API_KEY and AGENTOTP_BASE_URL):

				    agentotp.api-key=ak_live_…      the key of this agent, from the permission service
				    agentotp.base-url=https://…     the address of the permission service""" + oldNames(), cause);
	}

	private String oldNames() {
		return Stream.of("API_KEY", "BASE_URL")
			.filter((name) -> this.environment.containsProperty("AGENT_OTP_" + name))
			.map((name) -> "\n\nThe environment variable AGENT_OTP_" + name + " is named AGENTOTP_" + name + " now.")
			.collect(Collectors.joining());
	}

}
