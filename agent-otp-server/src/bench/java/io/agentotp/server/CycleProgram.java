package io.agentotp.server;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentotp.server.token.Tokens;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/**
 * Asking for a permission that a policy grants and using it, over HTTP, beside plain JDBC
 * that writes the same rows in the same transactions.
 */
public final class CycleProgram {

	private static final AtomicInteger NUMBERS = new AtomicInteger();

	private final int port;

	private final String jdbcUrl;

	private final Tokens tokens;

	private CycleProgram(int port, String jdbcUrl, Tokens tokens) {
		this.port = port;
		this.jdbcUrl = jdbcUrl;
		this.tokens = tokens;
	}

	/**
	 * Measures.
	 * @param args none
	 * @throws Exception if it cannot
	 */
	public static void main(String[] args) throws Exception {
		try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().setServerConfig("fsync", "on").start()) {
			String url = postgres.getJdbcUrl("postgres", "postgres");
			try (TestServer server = TestServer.startNodes(null, 1, "agentotp.server.datasource.url=" + url,
					"server.tomcat.max-keep-alive-requests=-1",
					"agentotp.server.secret=a-secret-of-tests-0123456789-0123456789")) {
				CycleProgram program = new CycleProgram(server.port(), url, server.bean(Tokens.class));
				Rounds.run(List.of(new Rounds.Contender("service, request and use", program::service),
						new Rounds.Contender("JDBC, the same rows", () -> program.jdbc(false)),
						new Rounds.Contender("JDBC, and a row of the rate limit each", () -> program.jdbc(true))));
			}
		}
	}

	private Rounds.Worker service() throws IOException {
		Wire wire = new Wire(this.port);
		String headers = "Authorization: Bearer " + TestServer.MAILER_KEY + "\r\nContent-Type: application/json\r\n";
		return new Rounds.Worker() {

			@Override
			public void once() throws IOException {
				String permission = wire.send("POST", "/agent-otp/api/v1/permissions/request", headers,
						"{\"action\":\"read.file\",\"resource\":\"file:report.pdf\",\"scope\":{\"max_files\":1}}");
				String used = wire.send("POST", "/agent-otp/api/v1/permissions/" + Wire.field(permission, "id") + "/use",
						headers, "{\"token\":\"" + Wire.field(permission, "token") + "\"}");
				if (!used.contains("\"success\":true,\"usesRemaining\":0")) {
					throw new IOException(used);
				}
			}

			@Override
			public void close() throws IOException {
				wire.close();
			}

		};
	}

	private Rounds.Worker jdbc(boolean limited) throws SQLException {
		return new JdbcWorker(DriverManager.getConnection(this.jdbcUrl, "postgres", ""), this.tokens, limited,
				"jdbc-" + NUMBERS.incrementAndGet());
	}

	/**
	 * What the service writes, and nothing else.
	 */
	private static final class JdbcWorker implements Rounds.Worker {

		private static final String DETAILS = "{\"action\":\"read.file\",\"resource\":\"file:report.pdf\",\"ttl\":300,"
				+ "\"policy\":\"reads\",\"policyVersion\":1,\"scope\":{\"max_files\":1}}";

		private static final String SEAL = "m".repeat(60);

		private final Connection connection;

		private final Tokens tokens;

		private final boolean limited;

		private final PreparedStatement lock;

		private final PreparedStatement bucket;

		private final PreparedStatement permission;

		private final PreparedStatement use;

		private final PreparedStatement audit;

		JdbcWorker(Connection connection, Tokens tokens, boolean limited, String bucket) throws SQLException {
			this.connection = connection;
			this.tokens = tokens;
			this.limited = limited;
			connection.setAutoCommit(false);
			// One row for all, as all threads above are one agent.
			this.lock = connection.prepareStatement("SELECT state FROM agentotp_bucket WHERE id = 'jdbc' FOR UPDATE");
			this.bucket = connection.prepareStatement("UPDATE agentotp_bucket SET state = ?, expires_at = ? WHERE id = 'jdbc'");
			this.permission = connection.prepareStatement("""
					INSERT INTO agentotp_permission (id, agent_id, status, action, resource, requested_scope, scope, context,
						ttl_seconds, max_uses, uses, nonce, token_hash, secret_id, created_at, pending_until, expires_at,
						decided_at, decided_by, policy_id, policy_name, policy_version, policy_trace, salt, shown_hash, seal)
					VALUES (?, 'mailer', 'approved', 'read.file', 'file:report.pdf', '{"max_files":1}', '{"max_files":1}', '{}',
						300, 1, 0, ?, ?, '0123456789abcdef', ?, ?, ?, ?, 'policy:reads', 'reads', 'reads', 1, ?, ?, ?, ?)""");
			this.use = connection.prepareStatement("""
					UPDATE agentotp_permission SET uses = uses + 1, status = 'used', seal = ?
					WHERE id = ? AND agent_id = 'mailer' AND status = 'approved' AND uses < max_uses""");
			this.audit = connection.prepareStatement("""
					INSERT INTO agentotp_audit (at, permission_id, agent_id, event, actor, address, details, seal, mac)
					VALUES (?, ?, 'mailer', ?, 'agent:mailer', '127.0.0.1', ?, ?, ?)""");
			try (PreparedStatement insert = connection.prepareStatement(
					"INSERT INTO agentotp_bucket (id, state, expires_at) VALUES ('jdbc', ?, 0) ON CONFLICT DO NOTHING")) {
				insert.setBytes(1, new byte[60]);
				insert.executeUpdate();
				connection.commit();
			}
		}

		@Override
		public void once() throws SQLException {
			OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MILLIS);
			String id = UUID.randomUUID().toString();
			count();
			this.permission.setString(1, id);
			this.permission.setString(2, "n".repeat(43));
			this.permission.setString(3, "h".repeat(64));
			for (int i = 4; i < 8; i++) {
				this.permission.setObject(i, now);
			}
			this.permission.setString(8, "{\"conditions\":[{\"path\":\"action\",\"operator\":\"startsWith\",\"holds\":true}]}");
			this.permission.setString(9, "s".repeat(43));
			this.permission.setString(10, "h".repeat(64));
			this.permission.setString(11, "m".repeat(60));
			this.permission.executeUpdate();
			audit(now, id, "requested");
			audit(now, id, "approved");
			this.connection.commit();
			count();
			this.use.setString(1, "m".repeat(60));
			this.use.setString(2, id);
			this.use.executeUpdate();
			audit(now, id, "used");
			this.connection.commit();
		}

		private void count() throws SQLException {
			if (this.limited) {
				this.lock.executeQuery().close();
				this.bucket.setBytes(1, new byte[60]);
				this.bucket.setLong(2, System.currentTimeMillis());
				this.bucket.executeUpdate();
				this.connection.commit();
			}
		}

		private void audit(OffsetDateTime now, String id, String event) throws SQLException {
			this.audit.setObject(1, now);
			this.audit.setString(2, id);
			this.audit.setString(3, event);
			this.audit.setString(4, DETAILS);
			this.audit.setString(5, SEAL);
			// Without it, the service would take the row for one that somebody added.
			this.audit.setString(6, "0123456789abcdef:" + this.tokens.seal("audit", "0123456789abcdef", now.toInstant().toString(),
					id, "mailer", event, "agent:mailer", "127.0.0.1", DETAILS, SEAL));
			this.audit.executeUpdate();
		}

		@Override
		public void close() throws IOException {
			try {
				this.connection.close();
			}
			catch (SQLException ex) {
				throw new IOException(ex);
			}
		}

	}

}
