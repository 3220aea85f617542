package io.agentotp.server.agent;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditProblem.Kind;
import io.agentotp.server.audit.StateCheck;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.token.RegisteredKeys;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Whether everything is stopped. Whoever else ends or changes that in the database leaves
 * all stopped.
 */
@Component
final class FreezeOfAll implements StateCheck {

	private static final Logger logger = LoggerFactory.getLogger(FreezeOfAll.class);

	private static final String CHANGED = "The row of agentotp_instance was changed in the database: ";

	private static final String BROKEN = "Whether all is frozen was changed in the database, so no agent can do anything. "
			+ "Look at the audit log, then unfreeze";

	private static final String KIND = "agentotp_instance";

	private final JdbcClient jdbc;

	private final Tokens tokens;

	private final AuditLog audit;

	private final Instance instance;

	private final RegisteredKeys keys;

	private final @Nullable String lostSecret;

	FreezeOfAll(JdbcClient jdbc, Tokens tokens, AuditLog audit, Instance instance, RegisteredKeys keys,
			AgentOtpServerProperties properties) {
		this.keys = keys;
		this.jdbc = jdbc;
		this.tokens = tokens;
		this.audit = audit;
		this.instance = instance;
		this.lostSecret = properties.lostSecret();
	}

	/**
	 * Seals what is not sealed yet, or with a secret that is to go. Runs at the start,
	 * within a transaction.
	 */
	void renewSeal() {
		String seal = this.jdbc.sql("SELECT frozen_seal FROM agentotp_instance")
			.query((row, index) -> Optional.ofNullable(row.getString(1)))
			.single()
			.orElse("");
		if (seal.startsWith(this.tokens.currentSecretId() + ":")) {
			return;
		}
		boolean first = (seal.isEmpty() && !this.audit.hasBegun())
				|| (this.lostSecret != null && seal.startsWith(this.lostSecret + ":"));
		if (first ? !isOtherThanRecorded() : find().map(Freeze::reason).filter(BROKEN::equals).isEmpty()) {
			seal();
		}
		else {
			logger.error(BROKEN);
		}
	}

	/**
	 * Stops everything, or lets it go on.
	 * @param freeze by whom and why, {@code null} to let it go on
	 */
	void set(@Nullable Freeze freeze) {
		this.instance.putBack();
		this.jdbc.sql("UPDATE agentotp_instance SET frozen_at = ?, frozen_by = ?, frozen_reason = ?")
			.params((freeze != null) ? Params.of(Times.toDatabase(freeze.at()), freeze.by(), freeze.reason())
					: Params.of(null, null, null))
			.update();
		seal();
	}

	private void seal() {
		String seal = this.tokens.seal(KIND, values(stored().orElse(null)));
		this.jdbc.sql("UPDATE agentotp_instance SET frozen_seal = ?").param(seal).update();
	}

	/**
	 * Why everything is stopped.
	 * @return by whom and why, empty while it is not
	 */
	Optional<Freeze> find() {
		return this.jdbc.sql("SELECT frozen_at, frozen_by, frozen_reason, frozen_seal FROM agentotp_instance")
			.query((row, index) -> Optional
				.ofNullable(isIntact(row, "") ? freeze(row, "") : new Freeze(Instant.EPOCH, "system", BROKEN)))
			.optional()
			.orElse(Optional.of(new Freeze(Instant.EPOCH, "system", BROKEN)));
	}

	/**
	 * Whether everything is stopped.
	 * @param row the columns, each with a prefix
	 * @param prefix the prefix
	 * @return whether it is, also if somebody else has changed it
	 */
	boolean isFrozen(ResultSet row, String prefix) throws SQLException {
		return row.getObject(prefix + "frozen_at") != null || !isIntact(row, prefix);
	}

	private boolean isIntact(ResultSet row, String prefix) throws SQLException {
		return this.tokens.check(row.getString(prefix + "frozen_seal"), KIND,
				values(freeze(row, prefix))) == Tokens.Seal.INTACT;
	}

	private Optional<Freeze> stored() {
		return this.jdbc.sql("SELECT frozen_at, frozen_by, frozen_reason FROM agentotp_instance")
			.query((row, index) -> Optional.ofNullable(freeze(row, "")))
			.optional()
			.flatMap((freeze) -> freeze);
	}

	private @Nullable String[] values(@Nullable Freeze freeze) {
		return (freeze != null)
				? new String[] { this.instance.id(), freeze.at().toString(), freeze.by(), freeze.reason() }
				: new String[] { this.instance.id() };
	}

	private static @Nullable Freeze freeze(ResultSet row, String prefix) throws SQLException {
		Instant at = Times.getOrNull(row, prefix + "frozen_at");
		return (at != null) ? new Freeze(at, String.valueOf(row.getString(prefix + "frozen_by")),
				row.getString(prefix + "frozen_reason")) : null;
	}

	@Override
	public void check(BiConsumer<Kind, String> problems) {
		if (!this.jdbc.sql("SELECT id FROM agentotp_instance")
			.query(String.class)
			.list()
			.equals(List.of(this.instance.id()))) {
			problems.accept(Kind.CHANGED, CHANGED + "its id is not that of this service");
		}
		String unknown = this.keys.problem();
		if (unknown != null) {
			problems.accept(Kind.UNCHECKED, unknown);
		}
		if (this.keys.isGone()) {
			problems.accept(Kind.CHANGED, CHANGED + "it names no secret or no audit key any more");
		}
		// What changed between the two is no problem.
		if (IntStream.range(0, 2).allMatch((attempt) -> isOtherThanRecorded())) {
			problems.accept(Kind.CHANGED,
					CHANGED + "whether all is frozen, by whom and why is not what the audit log says");
		}
		else if (find().map(Freeze::reason).filter(BROKEN::equals).isPresent()) {
			problems.accept(Kind.CHANGED, CHANGED + BROKEN);
		}
	}

	private boolean isOtherThanRecorded() {
		String frozen = stored().map((freeze) -> freeze.at() + " " + freeze.by() + " " + freeze.reason()).orElse("");
		String recorded = Stream.of(AuditEvent.ALL_FROZEN, AuditEvent.ALL_UNFROZEN)
			.flatMap((event) -> this.audit.notForged(event).stream())
			.max((one, other) -> Long.compare(one.id(), other.id()))
			.filter((last) -> last.event().equals(AuditEvent.ALL_FROZEN.text()))
			.map((last) -> last.at() + " " + last.actor() + " " + reason(last))
			.orElse("");
		return !frozen.equals(recorded);
	}

	private static @Nullable String reason(AuditEntry entry) {
		return Optional.ofNullable(entry.details().get("reason"))
			.filter((reason) -> reason.isString())
			.map((reason) -> reason.stringValue())
			.orElse(null);
	}

}
