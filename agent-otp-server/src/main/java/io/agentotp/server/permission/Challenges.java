package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.json.Json;
import io.agentotp.server.proof.DecisionProof;
import io.agentotp.server.proof.DecisionStatement;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What people are about to sign. Each statement is good once, and for some minutes.
 */
@Component
final class Challenges extends SealedTable {

	private final JdbcClient jdbc;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	Challenges(JdbcClient jdbc, Tokens tokens, TransactionTemplate transactions, InstantSource clock) {
		super(jdbc, tokens, "agentotp_challenge", "id", List.of("person", "statement", "statements", "valid_until"));
		this.jdbc = jdbc;
		this.transactions = transactions;
		this.clock = clock;
		transactions.executeWithoutResult((status) -> renew((id, seal) -> {
		}));
	}

	@Override
	protected String word() {
		return "Statement";
	}

	/**
	 * Keeps statements until they are signed.
	 * @param person who is to sign
	 * @param statements what of each permission, by its id
	 * @param hashes the hashes of all of them
	 * @param options what a browser is told
	 * @return what to sign
	 */
	Challenge make(String person, Map<String, String> statements, List<String> hashes, ObjectNode options) {
		String challenge = Secrets.random();
		Instant now = Now.of(this.clock);
		Instant end = now.plus(DecisionStatement.LIFE);
		this.transactions.executeWithoutResult((status) -> {
			this.jdbc.sql("DELETE FROM agentotp_challenge WHERE valid_until < ?").param(Times.toDatabase(now)).update();
			statements.forEach((permission, statement) -> {
				String id = id(challenge, permission);
				this.jdbc.sql("""
						INSERT INTO agentotp_challenge (id, person, statement, statements, valid_until, seal)
						VALUES (?, ?, ?, ?, ?, '')""")
					.params(id, person, statement, Json.write(hashes), Times.toDatabase(end))
					.update();
				String unused = seal(id);
			});
		});
		return new Challenge(challenge, List.copyOf(statements.values()), options, end);
	}

	/**
	 * Takes what a person has signed of a permission, once. Must run in the transaction
	 * that decides.
	 * @param assertion the assertion
	 * @param permission the id of the permission
	 * @param person the person
	 * @param anew makes the statement of what is decided now, from the nonce and the time
	 * of the one that was signed
	 * @return what was signed; whether it is signed remains to be verified
	 * @throws ConflictException if it is not, or no longer, what is decided
	 */
	DecisionProof take(PasskeyAssertion assertion, String permission, String person, Anew anew) {
		String id = id(assertion.challengeId(), permission);
		DecisionProof proof = this.jdbc
			.sql("SELECT * FROM agentotp_challenge WHERE id = ? AND person = ? AND valid_until > ?")
			.params(id, person, Times.toDatabase(this.clock.instant()))
			.query((row, index) -> isIntact(row) ? Optional.of(new DecisionProof(row.getString("statement"),
					Json.mapper().readTree(row.getString("statements")).valueStream().map(JsonNode::asString).toList(),
					assertion.credentialId(), assertion.authenticatorData(), assertion.clientDataJson(),
					assertion.signature())) : Optional.<DecisionProof>empty())
			.optional()
			.flatMap((found) -> found)
			.orElseThrow(() -> refused("Nothing of yours waits for this signature. It is good once, for "
					+ DecisionStatement.LIFE.toMinutes() + " minutes. Sign again"));
		DecisionStatement kept = DecisionStatement.read(proof.statement());
		if (kept == null || !anew.statement(kept.nonce(), kept.at()).text().equals(proof.statement())) {
			throw refused("What would be decided now is not what you signed: the request has changed since, or the"
					+ " decision is another one. Read it again");
		}
		if (this.jdbc.sql("DELETE FROM agentotp_challenge WHERE id = ?").param(id).update() != 1) {
			throw refused("This signature was used already");
		}
		return proof;
	}

	private static ConflictException refused(String text) {
		return new ConflictException(text, Map.of());
	}

	private static String id(String challenge, String permission) {
		return challenge + "/" + permission;
	}

	/**
	 * The moment that a statement says.
	 * @return the present second
	 */
	Instant now() {
		return this.clock.instant().truncatedTo(ChronoUnit.SECONDS);
	}

	/**
	 * Makes a statement again.
	 */
	interface Anew {

		DecisionStatement statement(String nonce, Instant at);

	}

}
