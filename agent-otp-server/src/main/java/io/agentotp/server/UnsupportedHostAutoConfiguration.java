package io.agentotp.server;

import java.util.Map;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Says so where the service is wanted and cannot run, in an application that is no
 * servlet web application. Otherwise it would just not be there.
 */
@AutoConfiguration(after = AgentOtpServerAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "agentotp.server.enabled", matchIfMissing = true)
@ConditionalOnMissingBean(name = AgentOtpServerAutoConfiguration.NAME)
public final class UnsupportedHostAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(UnsupportedHostAutoConfiguration.class);

	private static final String PROBLEM = "The permission service does not run in this application. "
			+ "It needs a servlet web application, and this one is reactive or has no web server";

	private static final String REMEDY = "Use spring-boot-starter-webmvc and no other web-application-type, "
			+ "or run the service on its own and set agentotp.base-url to its address. "
			+ "To leave the service out, set agentotp.server.enabled=false";

	@Bean
	static BeanFactoryPostProcessor agentOtpUnsupportedHost(Environment environment) {
		return (beanFactory) -> {
			if (Binder.get(environment)
				.bind(AgentOtpServerProperties.PREFIX, Bindable.mapOf(String.class, Object.class))
				.orElse(Map.of())
				.isEmpty()) {
				logger.warn("{}. {}", PROBLEM, REMEDY);
				return;
			}
			throw InvalidSettingException.fault(PROBLEM + ", but " + AgentOtpServerProperties.PREFIX + " is configured",
					REMEDY);
		};
	}

}
