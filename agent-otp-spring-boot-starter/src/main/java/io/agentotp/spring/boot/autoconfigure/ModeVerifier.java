package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.AgentOtpClient;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/**
 * Stops the start if calls shall be denied, but a client of the application's own asks
 * somebody.
 */
final class ModeVerifier implements SmartInitializingSingleton {

	private final AgentOtpMode mode;

	private final ConfigurableListableBeanFactory beanFactory;

	ModeVerifier(AgentOtpMode mode, ConfigurableListableBeanFactory beanFactory) {
		this.mode = mode;
		this.beanFactory = beanFactory;
	}

	@Override
	public void afterSingletonsInstantiated() {
		for (String name : this.beanFactory.getBeanNamesForType(AgentOtpClient.class, true, false)) {
			if (this.mode == AgentOtpMode.DENY_ALL && !isAutoConfigured(name)) {
				throw new InvalidSettingException(
						"agentotp.mode is deny-all, but the bean '" + name + "' asks whomever it is made for",
						"Remove the bean, or agentotp.mode. In tests with a client of their own, set agentotp.mode=remote.");
			}
		}
	}

	private boolean isAutoConfigured(String name) {
		if (!this.beanFactory.containsBeanDefinition(name)) {
			return false;
		}
		BeanDefinition definition = this.beanFactory.getMergedBeanDefinition(name);
		String factory = definition.getFactoryBeanName();
		Class<?> type = (factory != null) ? this.beanFactory.getType(factory) : null;
		return type != null && AgentOtpAutoConfiguration.class.isAssignableFrom(type);
	}

}
