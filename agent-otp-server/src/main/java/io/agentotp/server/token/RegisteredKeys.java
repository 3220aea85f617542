package io.agentotp.server.token;

import java.nio.file.Files;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.database.Instance;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * The ids of the keys that the database was last used with. A node without one of these
 * keys does not start: it would approve what no other node can give the token of.
 */
@Component
public final class RegisteredKeys {

	private static final Logger logger = LoggerFactory.getLogger(RegisteredKeys.class);

	private final JdbcClient jdbc;

	private final boolean lasting;

	private final Map<Kind, List<String>> own = new EnumMap<>(Kind.class);

	private boolean warned;

	// The row is the one of the instance.
	RegisteredKeys(JdbcClient jdbc, AgentOtpServerProperties.Datasource settings, Instance instance) {
		this.jdbc = jdbc;
		this.lasting = !settings.isInMemory();
	}

	/**
	 * Reads the keys of a file. One that is missing is made, unless the database was used
	 * with another.
	 * @param kind what is in the file
	 * @param file the file
	 * @param lost the id of the key that is given up
	 * @return the lines of the file
	 * @throws InvalidSettingException if the file is missing, although it was there
	 */
	public List<String> read(Kind kind, SecretFile file, @Nullable String lost) {
		String known = known(kind);
		if (known != null && !known.equals(lost) && !Files.exists(file.path())) {
			throw InvalidSettingException.fault("The file " + file.path()
					+ " is missing, but the database is used with " + kind.text + " " + known + " from it",
					kind.remedy(known));
		}
		return file.readOrCreate();
	}

	/**
	 * Makes the first of this node's keys the present one of the database.
	 * @param kind what the keys are for
	 * @param ids the ids of the keys, the newest first
	 * @param lost the id of the key that is given up
	 * @throws InvalidSettingException if this node does not have the key that the
	 * database was last used with
	 */
	public void register(Kind kind, List<String> ids, @Nullable String lost) {
		String known = known(kind);
		if (known != null && !ids.contains(known) && !known.equals(lost)) {
			throw InvalidSettingException.fault("This node does not have " + kind.text + " " + known
					+ ", which the database is used with. It has " + String.join(", ", ids), kind.remedy(known));
		}
		if (this.lasting && !ids.get(0).equals(known)) {
			JdbcClient.StatementSpec update = this.jdbc.sql("UPDATE agentotp_instance SET " + kind.column
					+ " = ? WHERE " + kind.column + ((known != null) ? " = ?" : " IS NULL"));
			update.param(ids.get(0));
			if (((known != null) ? update.param(known) : update).update() == 0) {
				// Another node was faster.
				register(kind, ids, lost);
				return;
			}
		}
		this.own.put(kind, List.copyOf(ids));
	}

	/**
	 * Whether other nodes use keys that this one does not have.
	 * @return what is the matter, or {@code null}
	 */
	public @Nullable String problem() {
		for (Map.Entry<Kind, List<String>> each : this.own.entrySet()) {
			String known = known(each.getKey());
			if (known != null && !each.getValue().contains(known)) {
				return "This node does not have " + each.getKey().text + " " + known
						+ ", which other nodes use. Give all nodes the same file, and restart this one. "
						+ "If no node has it, the row of agentotp_instance was changed in the database";
			}
		}
		return null;
	}

	/**
	 * Whether the database names no key any more, although this node has registered one.
	 * @return whether a name is gone
	 */
	public boolean isGone() {
		return this.lasting && this.own.keySet().stream().anyMatch((kind) -> known(kind) == null);
	}

	@Scheduled(initialDelay = 10, fixedDelay = 60, timeUnit = TimeUnit.SECONDS)
	void check() {
		try {
			String problem = problem();
			if (problem != null && !this.warned) {
				logger.error(problem);
			}
			this.warned = problem != null;
		}
		catch (DataAccessException ex) {
			logger.debug("The keys could not be compared", ex);
		}
	}

	private @Nullable String known(Kind kind) {
		return this.lasting ? this.jdbc.sql("SELECT " + kind.column + " FROM agentotp_instance")
			.query((row, index) -> Optional.ofNullable(row.getString(1)))
			.optional()
			.flatMap((found) -> found)
			.orElse(null) : null;
	}

	/**
	 * What keys are for.
	 */
	public enum Kind {

		/**
		 * Tokens and seals.
		 */
		SECRET("secret_id", "the secret", "lost-secret",
				"Permissions that were granted with it can then be neither used nor verified"),

		/**
		 * Checkpoints of the audit log.
		 */
		AUDIT_KEY("audit_key_id", "the audit key", "audit.lost-key",
				"Checkpoints that it signed can then be verified only where its public key is kept");

		private final String column;

		private final String text;

		private final String property;

		private final String loss;

		Kind(String column, String text, String property, String loss) {
			this.column = column;
			this.text = text;
			this.property = property;
			this.loss = loss;
		}

		private String remedy(String id) {
			return "Restore the key from the backup or copy it from another node; all nodes need the same. If it is lost, set "
					+ AgentOtpServerProperties.PREFIX + "." + this.property + "=" + id + ". " + this.loss;
		}

	}

}
