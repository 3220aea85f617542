package io.agentotp.spring.boot.autoconfigure;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.thread.Threading;
import org.springframework.core.env.Environment;

/**
 * Warns where calls that wait can take all threads of the web server, which an embedded
 * service needs for the page that ends their wait.
 */
final class SharedThreads implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(SharedThreads.class);

	private static final int DEFAULT_WAITS = 100;

	private static final int DEFAULT_THREADS = 200;

	private final BeanFactory beanFactory;

	private final Environment environment;

	SharedThreads(BeanFactory beanFactory, Environment environment) {
		this.beanFactory = beanFactory;
		this.environment = environment;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (!this.beanFactory.containsBean(EmbeddedService.BEAN) || Threading.VIRTUAL.isActive(this.environment)) {
			return;
		}
		int waits = this.environment.getProperty("agentotp.method.max-concurrent-waits", Integer.class, DEFAULT_WAITS);
		for (String property : new String[] { "server.tomcat.threads.max", "server.jetty.threads.max" }) {
			int threads = this.environment.getProperty(property, Integer.class, DEFAULT_THREADS);
			if (waits >= threads) {
				logger.warn("{} calls may wait for a decision, but {}={}: web requests that wait can take all threads, "
						+ "and the approval page of the embedded service does not open. Set "
						+ "agentotp.method.max-concurrent-waits well below", waits, property, threads);
				return;
			}
		}
	}

}
