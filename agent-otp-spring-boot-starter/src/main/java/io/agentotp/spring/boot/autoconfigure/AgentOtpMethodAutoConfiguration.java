package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.method.GuardVerifier;
import io.agentotp.spring.method.RequiresPermissionAdvisor;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Auto-configuration of the method guard. Always active: a guard that a condition could
 * remove would leave methods open.
 */
@AutoConfiguration(after = AgentOtpAutoConfiguration.class)
@Import(AgentOtpMethodAutoConfiguration.AutoProxyRegistrar.class)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public final class AgentOtpMethodAutoConfiguration {

	/**
	 * The infrastructure role lets every kind of auto-proxy creator take the advisor up.
	 * Providers keep the client from being created before the bean post-processors.
	 */
	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static RequiresPermissionAdvisor agentOtpRequiresPermissionAdvisor(ConfigurableBeanFactory beanFactory,
			ObjectProvider<AgentOtpClient> client, ObjectProvider<AgentOtpProperties> properties,
			ApplicationEventPublisher events, Environment environment) {
		RequiresPermissionAdvisor advisor = new RequiresPermissionAdvisor(beanFactory, client::getObject,
				() -> properties.getObject().getApprovalTimeout(), events);
		advisor.setOrder(environment.getProperty("agentotp.method.order", Integer.class,
				RequiresPermissionAdvisor.DEFAULT_ORDER));
		return advisor;
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static GuardVerifier agentOtpGuardVerifier(ConfigurableListableBeanFactory beanFactory,
			RequiresPermissionAdvisor advisor) {
		return new GuardVerifier(beanFactory, advisor);
	}

	/**
	 * Makes sure that there is an auto-proxy creator: Spring Boot registers none when
	 * {@code spring.aop.auto=false}.
	 */
	static final class AutoProxyRegistrar implements ImportBeanDefinitionRegistrar {

		@Override
		public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
			AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
		}

	}

}
