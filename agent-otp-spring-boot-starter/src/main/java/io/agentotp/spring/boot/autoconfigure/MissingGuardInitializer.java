package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.spring.method.GuardedBeans;
import io.agentotp.spring.method.MissingGuardVerifier;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Puts the {@link MissingGuardVerifier} into every context that a
 * {@code SpringApplication} makes, because a context that leaves the auto-configuration
 * out leaves all that it would check out, too.
 */
final class MissingGuardInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext> {

	private static final String NAME = "agentOtpMissingGuardVerifier";

	@Override
	public void initialize(ConfigurableApplicationContext context) {
		context.addBeanFactoryPostProcessor(MissingGuardInitializer::register);
	}

	private static void register(ConfigurableListableBeanFactory beanFactory) {
		GuardedBeans.watch(beanFactory);
		// It is there already if the context was processed ahead of time.
		if (beanFactory instanceof BeanDefinitionRegistry registry && !registry.containsBeanDefinition(NAME)) {
			RootBeanDefinition definition = new RootBeanDefinition(MissingGuardVerifier.class);
			definition.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
			definition.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR);
			registry.registerBeanDefinition(NAME, definition);
		}
	}

}
