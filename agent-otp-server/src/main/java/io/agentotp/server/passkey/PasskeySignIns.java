package io.agentotp.server.passkey;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Lets people sign in with passkeys. The passkey says who it is, so that nobody learns
 * whom the service knows.
 */
@Component
public final class PasskeySignIns {

	private static final String PURPOSE = "sign-in";

	private final PasskeyChallenges challenges;

	private final PasskeyAssertions assertions;

	private final Passkeys passkeys;

	private final TransactionTemplate transactions;

	PasskeySignIns(PasskeyChallenges challenges, PasskeyAssertions assertions, Passkeys passkeys,
			TransactionTemplate transactions) {
		this.challenges = challenges;
		this.assertions = assertions;
		this.passkeys = passkeys;
		this.transactions = transactions;
	}

	/**
	 * What a browser is told, to sign in.
	 * @param person who signs in again, or {@code null} if nobody knows yet
	 * @return the options
	 */
	public ObjectNode options(@Nullable String person) {
		return this.assertions.options(person, this.challenges.create(PURPOSE));
	}

	/**
	 * Takes what a passkey signed, once.
	 * @param person who signs in again, or {@code null} for whom the passkey says
	 * @param assertion what the browser sends, as JSON
	 * @return the passkey
	 * @throws InvalidPasskeyException if it proves nothing
	 */
	public Passkey signIn(@Nullable String person, String assertion) {
		JsonNode sent = PasskeyText.read(assertion);
		String client = sent.path("clientDataJSON").asString("");
		byte[] challenge = PasskeyText.challenge(PasskeyText.bytes(client));
		Instant end = this.challenges.require(challenge, PURPOSE);
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			Passkey passkey = this.assertions.verify(challenge, person, sent.path("credentialId").asString(""),
					sent.path("authenticatorData").asString(""), client, sent.path("signature").asString(""));
			this.challenges.take(challenge, end);
			return passkey;
		}));
	}

	/**
	 * Whose passkey somebody says that it is.
	 * @param assertion what the browser sends, as JSON
	 * @return the name of the person, empty if it is nobody's
	 */
	public Optional<String> claimed(String assertion) {
		try {
			return this.passkeys.find(PasskeyText.read(assertion).path("credentialId").asString(""))
				.map(Passkey::person);
		}
		catch (InvalidPasskeyException ex) {
			return Optional.empty();
		}
	}

}
