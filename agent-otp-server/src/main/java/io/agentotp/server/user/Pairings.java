package io.agentotp.server.user;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Codes by which people show that an address is theirs: they get one on their account
 * page and send it from a chat, or get one at the address and bring it to that page. Each
 * is good once.
 */
@Component
public final class Pairings extends SealedTable {

	/**
	 * How long a code is good.
	 */
	public static final Duration LIFE = Duration.ofMinutes(10);

	private static final int LENGTH = 24;

	private final JdbcClient jdbc;

	private final Addresses addresses;

	private final Instance instance;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	Pairings(JdbcClient jdbc, Tokens tokens, Addresses addresses, Instance instance, TransactionTemplate transactions,
			InstantSource clock) {
		super(jdbc, tokens, "agentotp_pairing", "code_hash",
				List.of("user_name", "channel", "address_hash", "valid_until"));
		this.jdbc = jdbc;
		this.addresses = addresses;
		this.instance = instance;
		this.transactions = transactions;
		this.clock = clock;
		transactions.executeWithoutResult((status) -> renew((code, seal) -> {
		}));
	}

	@Override
	protected String word() {
		return "Pairing code";
	}

	/**
	 * Makes a code. One that the person had for this channel is worthless.
	 * @param user the person
	 * @param channel the name of the channel
	 * @param actor who does it: the person
	 * @return the code, which is not kept: letters, digits, hyphens and underscores
	 */
	public String code(String user, String channel, Actor actor) {
		return code(user, channel, null, actor);
	}

	/**
	 * Makes a code that is sent to an address and nowhere else. One that the person had
	 * for this channel is worthless.
	 * @param user the person
	 * @param channel the name of the channel
	 * @param address the address
	 * @param actor who does it: the person
	 * @return the code, which is not kept
	 */
	public String codeFor(String user, String channel, String address, Actor actor) {
		return code(user, channel, Secrets.sha256(address), actor);
	}

	private String code(String user, String channel, @Nullable String addressHash, Actor actor) {
		String code = Secrets.random().substring(0, LENGTH);
		String hash = Secrets.sha256(code);
		Instant now = this.clock.instant();
		this.transactions.executeWithoutResult((status) -> {
			this.instance.lock();
			actor.requireStill();
			this.jdbc.sql("DELETE FROM agentotp_pairing WHERE (user_name = ? AND channel = ?) OR valid_until < ?")
				.params(user, channel, Times.toDatabase(now))
				.update();
			this.jdbc.sql("""
					INSERT INTO agentotp_pairing (code_hash, user_name, channel, address_hash, valid_until, seal)
					VALUES (?, ?, ?, ?, ?, '')""")
				.params(Params.of(hash, user, channel, addressHash, Times.toDatabase(now.plus(LIFE))))
				.update();
			String unused = seal(hash);
		});
		return code;
	}

	/**
	 * Takes a code that was sent to an address, once, from the person who asked for it.
	 * @param user the person
	 * @param channel the name of the channel
	 * @param address the address
	 * @param code the code
	 * @param actor who does it: the person
	 * @return the address that the person has from now on
	 * @throws ConflictException if the code is not, or no longer, that of the person for
	 * this address, or if the address is another person's
	 */
	public Address confirm(String user, String channel, String address, String code, Actor actor) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			this.instance.lock();
			if (take(channel, code, Secrets.sha256(address)).filter(user::equals).isEmpty()) {
				throw new ConflictException(
						"This code does not confirm the address, or no longer does. Have another one sent", Map.of());
			}
			return this.addresses.add(user, channel, address, null, actor);
		}));
	}

	/**
	 * Takes a code that was sent in a channel, once.
	 * @param channel the name of the channel
	 * @param code the code
	 * @param address the stable id of who sent it, which the channel has verified
	 * @param secrets what else the channel needs, as JSON, or {@code null}
	 * @return the address that the person has from now on; empty if the code is not, or
	 * no longer, good
	 * @throws ConflictException if the address is another person's
	 */
	public Optional<Address> redeem(String channel, String code, String address, @Nullable String secrets) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			this.instance.lock();
			return take(channel, code, "")
				.map((user) -> this.addresses.add(user, channel, address, secrets, Actor.user(user, null)));
		}));
	}

	private Optional<String> take(String channel, String code, String addressHash) {
		String hash = Secrets.sha256(code);
		String user = this.jdbc.sql("""
				SELECT * FROM agentotp_pairing
				WHERE code_hash = ? AND channel = ? AND COALESCE(address_hash, '') = ? AND valid_until > ?""")
			.params(hash, channel, addressHash, Times.toDatabase(this.clock.instant()))
			.query((row, index) -> isIntact(row) ? row.getString("user_name") : "")
			.optional()
			.orElse("");
		if (user.isEmpty()) {
			return Optional.empty();
		}
		this.jdbc.sql("DELETE FROM agentotp_pairing WHERE code_hash = ?").param(hash).update();
		return Optional.of(user);
	}

	/**
	 * Forgets all codes of a person.
	 */
	void forget(String user) {
		this.jdbc.sql("DELETE FROM agentotp_pairing WHERE user_name = ?").param(user).update();
	}

}
