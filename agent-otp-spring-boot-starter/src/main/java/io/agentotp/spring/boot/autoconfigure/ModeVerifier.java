package io.agentotp.spring.boot.autoconfigure;

import io.agentotp.AgentOtpClient;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Stops the start if calls shall be denied, but a client of the application's own asks
 * somebody: before there is a bean that could call, and once more for what has been
 * registered since.
 */
final class ModeVerifier implements BeanFactoryPostProcessor, SmartInitializingSingleton {

	private final ConfigurableListableBeanFactory beanFactory;

	ModeVerifier(ConfigurableListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		afterSingletonsInstantiated();
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (isDenying(this.beanFactory)) {
			for (BeanFactory context = this.beanFactory; context instanceof ConfigurableListableBeanFactory known; context = known
				.getParentBeanFactory()) {
				verify(known);
			}
		}
	}

	private static void verify(ConfigurableListableBeanFactory context) {
		for (String name : context.getBeanNamesForType(AgentOtpClient.class, true, false)) {
			if (!isDenying(context) || !isAutoConfigured(name, context)) {
				throw new InvalidSettingException(
						"agentotp.mode is deny-all, but the bean '" + name + "' asks whomever it is made for",
						"Remove the bean, or agentotp.mode. In tests with a client of their own, set agentotp.mode=remote.");
			}
		}
	}

	private static boolean isDenying(ConfigurableListableBeanFactory context) {
		return Binder.get(context.getBean(Environment.class))
			.bind("agentotp.mode", AgentOtpMode.class)
			.orElse(AgentOtpMode.REMOTE) == AgentOtpMode.DENY_ALL;
	}

	private static boolean isAutoConfigured(String name, ConfigurableListableBeanFactory context) {
		if (!context.containsBeanDefinition(name)) {
			return false;
		}
		BeanDefinition definition = context.getMergedBeanDefinition(name);
		String factory = definition.getFactoryBeanName();
		Class<?> type = (factory != null) ? context.getType(factory, false) : null;
		return type != null && AgentOtpAutoConfiguration.class.isAssignableFrom(type);
	}

}
