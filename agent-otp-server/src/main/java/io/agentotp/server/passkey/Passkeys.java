package io.agentotp.server.passkey;

import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonText;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.context.annotation.DependsOn;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The passkeys of people. One that somebody else wrote into the database is nobody's.
 */
@Component
@DependsOn("users")
public final class Passkeys extends SealedTable {

	private static final int MAX = 20;

	private static final int MAX_NAME = 64;

	private static final String SELECT = "SELECT * FROM agentotp_passkey ";

	private final JdbcClient jdbc;

	private final Instance instance;

	private final AuditLog audit;

	private final RelyingParty relyingParty;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	Passkeys(JdbcClient jdbc, Tokens tokens, Instance instance, AuditLog audit, RelyingParty relyingParty,
			TransactionTemplate transactions, InstantSource clock) {
		super(jdbc, tokens, "agentotp_passkey", "credential_id", List.of("person", "name", "public_key", "key_spki",
				"algorithm", "backup_eligible", "transports", "created_at", "revoked_at", "revoked_by"));
		this.jdbc = jdbc;
		this.instance = instance;
		this.audit = audit;
		this.relyingParty = relyingParty;
		this.transactions = transactions;
		this.clock = clock;
		transactions.executeWithoutResult((status) -> {
			this.instance.lock();
			renew((id, seal) -> {
				Passkey passkey = stored(id).orElseThrow();
				record(passkey.isActive() ? AuditEvent.PASSKEY_ADDED : AuditEvent.PASSKEY_REVOKED, passkey,
						Actor.SYSTEM, seal);
			});
			// Of people whom the configuration has no more.
			all("""
					revoked_at IS NULL AND person IN
						(SELECT name FROM agentotp_user WHERE ended_at IS NOT NULL)""")
				.forEach((passkey) -> revoke(passkey, Actor.SYSTEM));
		});
	}

	@Override
	protected String word() {
		return "Passkey";
	}

	@Override
	protected Collection<AuditEvent> events() {
		return EnumSet.of(AuditEvent.PASSKEY_ADDED, AuditEvent.PASSKEY_REVOKED);
	}

	@Override
	protected @Nullable String idOf(AuditEntry entry) {
		return entry.details().path("credentialId").asString("");
	}

	/**
	 * Adds a passkey, of which nothing but the key and its kind is taken.
	 * @param added the passkey
	 * @param actor who does it: the person
	 * @return the passkey
	 * @throws ConflictException if there is one of this id, or there are too many
	 */
	Passkey add(Passkey added, Actor actor) {
		String name = added.name().strip();
		if (name.isEmpty() || name.length() > MAX_NAME || name.codePoints().anyMatch(Character::isISOControl)
				|| JsonText.problem(name) != null) {
			throw new InvalidInputException("name",
					"must have 1 to " + MAX_NAME + " characters, not be blank and have no control characters");
		}
		return change(actor, () -> {
			if (of(added.person()).size() >= MAX) {
				throw new ConflictException("You have " + MAX + " passkeys. Revoke one first", Map.of());
			}
			try {
				this.jdbc.sql("""
						INSERT INTO agentotp_passkey (credential_id, person, name, public_key, key_spki, algorithm,
							backup_eligible, transports, created_at, sign_count, backed_up, seal)
						VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')""")
					.params(added.credentialId(), added.person(), name, added.publicKey(), added.keySpki(),
							added.algorithm(), added.backupEligible(), String.join(",", added.transports()),
							Times.toDatabase(this.clock.instant()), added.signCount(), added.backedUp())
					.update();
			}
			catch (DuplicateKeyException ex) {
				throw new ConflictException("This passkey is known already. Add another one", Map.of());
			}
			String seal = seal(added.credentialId());
			Passkey passkey = stored(added.credentialId()).orElseThrow();
			record(AuditEvent.PASSKEY_ADDED, passkey, actor, seal);
			return passkey;
		});
	}

	/**
	 * Revokes a passkey of a person. It is worthless at once.
	 * @param person whose it is
	 * @param credentialId its id
	 * @param actor who does it
	 * @throws NotFoundException if the person has no such passkey
	 */
	public void revoke(String person, String credentialId, Actor actor) {
		change(actor, () -> {
			Passkey passkey = stored(credentialId).filter((found) -> found.person().equals(person))
				.orElseThrow(() -> new NotFoundException("There is no such passkey"));
			if (passkey.isActive()) {
				revoke(passkey, actor);
			}
			return "";
		});
	}

	/**
	 * Revokes all passkeys of a person who ended. Must run inside a transaction.
	 * @param person the person
	 * @param actor who does it
	 */
	public void revokeAllOf(String person, Actor actor) {
		all("person = ? AND revoked_at IS NULL", person).forEach((passkey) -> revoke(passkey, actor));
	}

	private void revoke(Passkey passkey, Actor actor) {
		boolean intact = lockIntact(passkey.credentialId());
		this.jdbc.sql("UPDATE agentotp_passkey SET revoked_at = ?, revoked_by = ? WHERE credential_id = ?")
			.params(Times.toDatabase(this.clock.instant()), actor.name(), passkey.credentialId())
			.update();
		record(AuditEvent.PASSKEY_REVOKED, passkey, actor, seal(passkey.credentialId(), intact));
	}

	/**
	 * The passkeys of a person that are good.
	 * @param person the person
	 * @return the passkeys, in the order in which they were added
	 */
	public List<Passkey> of(String person) {
		return intact("WHERE person = ? AND revoked_at IS NULL ORDER BY created_at, credential_id", person);
	}

	/**
	 * Whether a person has a passkey that is good.
	 * @param person the person
	 * @return whether there is one
	 */
	public boolean has(String person) {
		return !of(person).isEmpty();
	}

	/**
	 * All passkeys, also those that were revoked.
	 * @return the passkeys, by person and in the order in which they were added
	 */
	public List<Passkey> all() {
		return intact("ORDER BY person, created_at, credential_id");
	}

	/**
	 * Finds a passkey, also one that was revoked.
	 * @param credentialId its id
	 * @return the passkey, empty if there is none, or if somebody else wrote it
	 */
	public Optional<Passkey> find(String credentialId) {
		return intact("WHERE credential_id = ?", credentialId).stream().findFirst();
	}

	// Nobody else uses or revokes it until the present transaction ends.
	Optional<Passkey> lock(String credentialId) {
		return intact("WHERE credential_id = ? FOR UPDATE", credentialId).stream().findFirst();
	}

	void used(Passkey passkey, long signCount, boolean backedUp) {
		this.jdbc
			.sql("UPDATE agentotp_passkey SET sign_count = ?, backed_up = ?, last_used_at = ? WHERE credential_id = ?")
			.params(signCount, backedUp, Times.toDatabase(this.clock.instant()), passkey.credentialId())
			.update();
	}

	private List<Passkey> intact(String condition, Object... params) {
		return this.jdbc.sql(SELECT + condition)
			.params(params)
			.query((row, index) -> isIntact(row) ? Optional.of(Passkey.read(row)) : Optional.<Passkey>empty())
			.list()
			.stream()
			.flatMap(Optional::stream)
			.toList();
	}

	private List<Passkey> all(String condition, Object... params) {
		return this.jdbc.sql(SELECT + "WHERE " + condition + " ORDER BY credential_id")
			.params(params)
			.query((row, index) -> Passkey.read(row))
			.list();
	}

	private Optional<Passkey> stored(String credentialId) {
		return all("credential_id = ?", credentialId).stream().findFirst();
	}

	private void record(AuditEvent event, Passkey passkey, Actor actor, @Nullable String seal) {
		ObjectNode details = Json.object()
			.put("person", passkey.person())
			.put("name", passkey.name())
			.put("credentialId", passkey.credentialId());
		if (event == AuditEvent.PASSKEY_ADDED) {
			// What it signs can be proved by the log alone.
			details.put("publicKey", passkey.keySpki())
				.put("algorithm", passkey.algorithm())
				.put("rpId", this.relyingParty.id())
				.set("origins", Json.toTree(this.relyingParty.origins()));
		}
		this.audit.record(this.clock.instant(), null, null, List.of(new AuditLog.Row(event, actor, details, seal)));
	}

	private <T> T change(Actor actor, Supplier<T> change) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			this.instance.lock();
			actor.requireStill();
			return change.get();
		}));
	}

}
