package io.agentotp.server;

import java.time.InstantSource;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * The service's own context.
 */
@Configuration(proxyBeanMethods = false)
@ComponentScan({ "io.agentotp.server.agent", "io.agentotp.server.api", "io.agentotp.server.audit",
		"io.agentotp.server.database", "io.agentotp.server.limit", "io.agentotp.server.node",
		"io.agentotp.server.notification", "io.agentotp.server.page", "io.agentotp.server.passkey",
		"io.agentotp.server.permission", "io.agentotp.server.policy", "io.agentotp.server.security",
		"io.agentotp.server.stats", "io.agentotp.server.token", "io.agentotp.server.user", "io.agentotp.server.web" })
@EnableScheduling
@Import(MvcConfiguration.class)
class ServerConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(ServerConfiguration.class);

	private static final int THREADS = 4;

	@Bean
	InstantSource clock() {
		return InstantSource.system();
	}

	@Bean
	ThreadPoolTaskScheduler scheduler() {
		ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
		scheduler.setPoolSize(THREADS);
		scheduler.setThreadNamePrefix("agent-otp-scheduler-");
		scheduler.setDaemon(true);
		scheduler.setRemoveOnCancelPolicy(true);
		scheduler.setErrorHandler((ex) -> {
			logger.warn("A background task failed and is tried again: {}", ex.toString());
			logger.debug("Where it failed", ex);
		});
		return scheduler;
	}

	@Bean
	ThreadPoolTaskExecutor wakers() {
		ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
		executor.setCorePoolSize(THREADS);
		executor.setAllowCoreThreadTimeOut(true);
		executor.setThreadNamePrefix("agent-otp-waker-");
		executor.setDaemon(true);
		return executor;
	}

}
