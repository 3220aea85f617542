package io.agentotp.server.database;

import java.util.UUID;

import io.agentotp.server.config.InvalidSettingException;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The one row that stands for the service that all nodes on a database make up.
 */
@Component
public final class Instance {

	private static final String SELECT = "SELECT id FROM agentotp_instance";

	private final JdbcClient jdbc;

	private final String id;

	Instance(JdbcClient jdbc) {
		this.jdbc = jdbc;
		this.id = jdbc.sql(SELECT).query(String.class).optional().orElseGet(this::create);
	}

	private String create() {
		if (this.jdbc.sql("SELECT EXISTS (SELECT 1 FROM agentotp_audit)").query(Boolean.class).single()) {
			throw InvalidSettingException.fault(
					"The row of agentotp_instance was removed, which says what service this database belongs to",
					"Restore it from a backup. Its id is what checkpoints of the audit log have as chain");
		}
		try {
			insert(UUID.randomUUID().toString());
		}
		catch (DuplicateKeyException ex) {
			// Another node has just done the same.
		}
		return this.jdbc.sql(SELECT).query(String.class).single();
	}

	private void insert(String id) {
		this.jdbc.sql("INSERT INTO agentotp_instance (single, id) VALUES (TRUE, ?)").param(id).update();
	}

	/**
	 * Whether somebody removed the row.
	 * @return whether it is not there
	 */
	public boolean isMissing() {
		return this.jdbc.sql(SELECT).query(String.class).optional().isEmpty();
	}

	/**
	 * Makes the row anew if somebody removed it.
	 */
	public void putBack() {
		if (isMissing()) {
			insert(this.id);
		}
	}

	/**
	 * The id of the service. Another database is another service.
	 * @return the id
	 */
	public String id() {
		return this.id;
	}

	/**
	 * Makes nodes that change the same settings do so one after the other: until the
	 * present transaction ends.
	 */
	public void lock() {
		putBack();
		this.jdbc.sql(SELECT + " FOR UPDATE").query(String.class).single();
	}

}
