package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.spring.guard.MicrometerCallObservation;
import io.agentotp.spring.guard.PermissionGuardCustomizer;
import io.agentotp.spring.observation.PermissionObservationConvention;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the observation of guarded calls.
 */
@AutoConfiguration(before = AgentOtpMethodAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
public final class AgentOtpObservationAutoConfiguration {

	@Bean
	PermissionGuardCustomizer agentOtpObservationGuardCustomizer(ObjectProvider<ObservationRegistry> registry,
			ObjectProvider<PermissionObservationConvention> convention) {
		return (builder) -> registry
			.ifUnique((unique) -> MicrometerCallObservation.customizer(unique, convention.getIfAvailable())
				.customize(builder));
	}

}
