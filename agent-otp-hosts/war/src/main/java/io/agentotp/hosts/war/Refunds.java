package io.agentotp.hosts.war;

import io.agentotp.spring.RequiresPermission;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/**
 * Pays money back, with a permission.
 */
@Service
public class Refunds {

	private final JdbcClient jdbc;

	Refunds(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Pays money back.
	 * @param amount how much
	 */
	@RequiresPermission(action = "payment.refund", scope = "{max_amount: #amount}")
	public void refund(int amount) {
		this.jdbc.sql("INSERT INTO refund VALUES (?)").param(amount).update();
	}

	long count() {
		return this.jdbc.sql("SELECT COUNT(*) FROM refund").query(Long.class).single();
	}

}
