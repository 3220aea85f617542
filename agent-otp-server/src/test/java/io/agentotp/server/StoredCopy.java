package io.agentotp.server;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A copy of what a service stores, but for sessions and what it counts: tests that put it
 * back need no service of their own.
 */
final class StoredCopy {

	// Agents before their permissions.
	private static final List<String> TABLES = List.of("agentotp_instance", "agentotp_user", "agentotp_user_address",
			"agentotp_pairing", "agentotp_passkey", "agentotp_delegation", "agentotp_kept_reasons", "agentotp_agent",
			"agentotp_permission", "agentotp_eligible", "agentotp_vote", "agentotp_challenge", "agentotp_notification",
			"agentotp_idempotency", "agentotp_audit", "agentotp_audit_chain", "agentotp_audit_head",
			"agentotp_audit_checkpoint", "agentotp_audit_file", "agentotp_policy", "agentotp_policy_state",
			"agentotp_policy_version");

	private final Map<String, List<Map<String, Object>>> rows;

	private StoredCopy(Map<String, List<Map<String, Object>>> rows) {
		this.rows = rows;
	}

	/**
	 * Copies what a service stores that does nothing by itself any more.
	 */
	static StoredCopy of(TestServer server) {
		server.stopMaintenance();
		Map<String, List<Map<String, Object>>> rows = new LinkedHashMap<>();
		for (String table : TABLES) {
			rows.put(table, server.jdbc().sql("SELECT * FROM " + table).query().listOfRows());
		}
		return new StoredCopy(rows);
	}

	/**
	 * Puts all back, as another node could do it: the policies are read again.
	 */
	void restore(TestServer server) {
		JdbcClient jdbc = server.jdbc();
		long revision = jdbc.sql("SELECT revision FROM agentotp_policy_state").query(Long.class).single();
		List<String> tables = new ArrayList<>(TABLES);
		Collections.reverse(tables);
		tables.forEach((table) -> jdbc.sql("DELETE FROM " + table).update());
		this.rows.forEach((table,
				copied) -> copied.forEach((row) -> jdbc
					.sql("INSERT INTO %s (%s) VALUES (%s)".formatted(table, String.join(", ", row.keySet()),
							String.join(", ", Collections.nCopies(row.size(), "?"))))
					.params(new ArrayList<>(row.values()))
					.update()));
		long last = jdbc.sql("SELECT COALESCE(MAX(id), 0) FROM agentotp_audit").query(Long.class).single();
		jdbc.sql("ALTER TABLE agentotp_audit ALTER COLUMN id RESTART WITH " + (last + 1)).update();
		jdbc.sql("UPDATE agentotp_policy_state SET revision = ?").param(revision + 1).update();
	}

}
