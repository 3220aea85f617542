package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.spring.propagation.ConnectorPropagation;
import io.agentotp.spring.propagation.PermissionPropagation;
import io.agentotp.spring.propagation.RequestFactoryPropagation;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.reactive.ClientHttpConnector;

/**
 * Auto-configuration of the header that carries a permission to other services. Does
 * nothing until such a service is named.
 */
@AutoConfiguration(after = AgentOtpAutoConfiguration.class)
public final class AgentOtpPropagationAutoConfiguration {

	@Bean
	PermissionPropagation agentOtpPermissionPropagation(AgentOtpProperties properties) {
		AgentOtpProperties.Propagation settings = properties.propagation();
		return PermissionPropagation.of(settings.header(), settings.hosts());
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ ClientHttpRequestFactoryBuilder.class, ClientHttpRequestFactory.class })
	static class RequestFactoryConfiguration {

		@Bean
		static RequestFactoryPropagation agentOtpRequestFactoryPropagation(
				ObjectProvider<PermissionPropagation> propagation) {
			return new RequestFactoryPropagation(propagation::getObject);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ ClientHttpConnectorBuilder.class, ClientHttpConnector.class, Mono.class })
	static class ConnectorConfiguration {

		@Bean
		static ConnectorPropagation agentOtpConnectorPropagation(ObjectProvider<PermissionPropagation> propagation) {
			return new ConnectorPropagation(propagation::getObject);
		}

	}

}
