package io.agentotp.hosts.postgres;

import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.RequiresPermission;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The service on PostgreSQL in an application on Jetty that brings no more than the
 * driver and a pool.
 */
class DriverAloneTests {

	@Test
	void startWhenPostgresHasItsDriverAloneThenGuardedCallsRun() throws Exception {
		assertThat(ClassUtils.isPresent("org.h2.Driver", null)).isFalse();
		try (EmbeddedPostgres postgres = EmbeddedPostgres.start();
				ConfigurableApplicationContext context = new SpringApplication(Host.class).run("--server.port=0",
						"--agentotp.server.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
						"--agentotp.server.secret=a-secret-of-tests-0123456789-0123456789")) {
			Refunds refunds = context.getBean(Refunds.class);
			refunds.refund(10);
			assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> refunds.refund(30));
			assertThat(context.getBean(AtomicInteger.class)).hasValue(10);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Host {

		@Bean
		AtomicInteger paid() {
			return new AtomicInteger();
		}

		@Bean
		Refunds refunds(AtomicInteger paid) {
			return new Refunds(paid);
		}

	}

	static class Refunds {

		private final AtomicInteger paid;

		Refunds(AtomicInteger paid) {
			this.paid = paid;
		}

		@RequiresPermission(action = "payment.refund", scope = "{max_amount: #amount}")
		void refund(int amount) {
			this.paid.addAndGet(amount);
		}

	}

}
