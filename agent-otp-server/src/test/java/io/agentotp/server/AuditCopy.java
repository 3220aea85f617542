package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A copy of permissions, the audit log, its chain and its checkpoints.
 */
final class AuditCopy {

	private static final List<String> TABLES = List.of("agentotp_permission", "agentotp_audit", "agentotp_audit_chain",
			"agentotp_audit_head", "agentotp_audit_checkpoint");

	private final Map<String, List<Map<String, Object>>> rows;

	private final Path file;

	private final byte[] content;

	private AuditCopy(Map<String, List<Map<String, Object>>> rows, Path file, byte[] content) {
		this.rows = rows;
		this.file = file;
		this.content = content;
	}

	static AuditCopy of(JdbcClient jdbc, Path file) throws IOException {
		Map<String, List<Map<String, Object>>> rows = new LinkedHashMap<>();
		for (String table : TABLES) {
			rows.put(table, jdbc.sql("SELECT * FROM " + table).query().listOfRows());
		}
		return new AuditCopy(rows, file, Files.readAllBytes(file));
	}

	void restore(JdbcClient jdbc) throws IOException {
		this.rows.forEach((table, copied) -> {
			jdbc.sql("DELETE FROM " + table).update();
			copied.forEach((row) -> jdbc
				.sql("INSERT INTO %s (%s) VALUES (%s)".formatted(table, String.join(", ", row.keySet()),
						String.join(", ", Collections.nCopies(row.size(), "?"))))
				.params(new ArrayList<>(row.values()))
				.update());
		});
		int next = this.rows.get("agentotp_audit").size() + 1;
		jdbc.sql("ALTER TABLE agentotp_audit ALTER COLUMN id RESTART WITH " + next).update();
		Files.write(this.file, this.content);
	}

}
