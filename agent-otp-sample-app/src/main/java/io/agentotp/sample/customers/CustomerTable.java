package io.agentotp.sample.customers;

import io.agentotp.spring.RequiresPermission;
import org.springframework.ai.tool.annotation.Tool;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/**
 * The customers in the application's own database. The policy never lets an agent delete
 * them.
 */
@Service
public class CustomerTable {

	private final JdbcClient jdbc;

	CustomerTable(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Deletes the table.
	 * @return a sentence about what was done
	 */
	@Tool(description = "Deletes the customer table")
	@RequiresPermission(action = "database.drop", resource = "table:customer", reason = "The table looked unused to me")
	public String drop() {
		this.jdbc.sql("DROP TABLE customer").update();
		return "The customer table is gone";
	}

	/**
	 * Counts the customers.
	 * @return how many there are
	 */
	public int count() {
		return this.jdbc.sql("SELECT COUNT(*) FROM customer").query(Integer.class).single();
	}

}
