package io.agentotp.server;

import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.web.LongPollCapacity;
import io.agentotp.server.web.LongPolling;
import io.agentotp.server.web.Problems;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * The service's own context.
 */
@Configuration(proxyBeanMethods = false)
@ComponentScan({ "io.agentotp.server.agent", "io.agentotp.server.api", "io.agentotp.server.audit",
		"io.agentotp.server.database", "io.agentotp.server.limit", "io.agentotp.server.page",
		"io.agentotp.server.permission", "io.agentotp.server.policy", "io.agentotp.server.security",
		"io.agentotp.server.stats", "io.agentotp.server.token", "io.agentotp.server.user" })
@Import(MvcConfiguration.class)
class ServerConfiguration {

	private static final int THREADS = 4;

	@Bean
	InstantSource clock() {
		return InstantSource.system();
	}

	@Bean(destroyMethod = "shutdownNow")
	ScheduledExecutorService scheduler() {
		ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(THREADS,
				threads("agent-otp-scheduler-"));
		scheduler.setRemoveOnCancelPolicy(true);
		return scheduler;
	}

	@Bean(destroyMethod = "shutdownNow")
	ExecutorService wakers() {
		ThreadPoolExecutor executor = new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), threads("agent-otp-waker-"));
		executor.allowCoreThreadTimeOut(true);
		return executor;
	}

	private static CustomizableThreadFactory threads(String prefix) {
		CustomizableThreadFactory threads = new CustomizableThreadFactory(prefix);
		threads.setDaemon(true);
		return threads;
	}

	@Bean
	LongPolling longPolling(ScheduledExecutorService scheduler, ExecutorService wakers,
			AgentOtpServerProperties properties, LongPollCapacity space, DatabaseWatch database, Meters meters) {
		int limit = properties.limits().maxParked();
		LongPolling longPolling = new LongPolling(scheduler, wakers, (limit > 0) ? limit : space.places());
		meters.gauge("parked", "Requests that wait for an answer on this node", longPolling::size);
		database.onGone(() -> longPolling.fail(TryLaterException.unavailable()));
		return longPolling;
	}

}
