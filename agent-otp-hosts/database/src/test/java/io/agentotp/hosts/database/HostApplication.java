package io.agentotp.hosts.database;

import io.agentotp.spring.RequiresPermission;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * An application with a database and migrations of its own, and the service inside.
 */
@SpringBootApplication
public class HostApplication {

	@Bean
	Refunds refunds(JdbcClient jdbc) {
		return new Refunds(jdbc);
	}

	static class Refunds {

		private final JdbcClient jdbc;

		Refunds(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		@RequiresPermission(action = "payment.refund", scope = "{max_amount: #amount}")
		void refund(int amount) {
			this.jdbc.sql("INSERT INTO refund VALUES (?)").param(amount).update();
		}

		long count() {
			return this.jdbc.sql("SELECT COUNT(*) FROM refund").query(Long.class).single();
		}

	}

}
