package io.agentotp.server.permission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.failure.SignInAgainException;
import io.agentotp.server.json.Json;
import io.agentotp.server.passkey.PasskeyAssertions;
import io.agentotp.server.policy.StepUp;
import io.agentotp.server.proof.DecisionProof;
import io.agentotp.server.proof.DecisionStatement;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;

/**
 * Looks that who decides is the person, as far as the policy asks for it, and at what a
 * passkey has signed of the decision.
 */
@Component
final class DecisionSignatures {

	private final Challenges challenges;

	private final PasskeyAssertions passkeys;

	private final InstantSource clock;

	DecisionSignatures(Challenges challenges, PasskeyAssertions passkeys, InstantSource clock) {
		this.challenges = challenges;
		this.passkeys = passkeys;
		this.clock = clock;
	}

	/**
	 * What a person is to sign.
	 * @param permission the permission
	 * @param scope what would be granted, {@code null} for a denial
	 * @param reason the words of the person
	 * @param user the person
	 * @return the text
	 */
	String statement(StoredPermission permission, @Nullable ObjectNode scope, @Nullable String reason, String user) {
		String text = statement(permission, scope, reason, user, Secrets.random(), this.challenges.now()).text();
		if (reason != null && !AuditLog.keeps(reason)) {
			throw new InvalidInputException("reason", "must look like no token or key");
		}
		if (!AuditLog.keeps(text)) {
			throw new ConflictException(
					"The request has a text that looks like a token or key. The audit log keeps none,"
							+ " so this cannot be signed",
					Map.of());
		}
		return text;
	}

	private static DecisionStatement statement(StoredPermission permission, @Nullable ObjectNode scope,
			@Nullable String reason, String user, String nonce, Instant at) {
		return new DecisionStatement(permission.id(), permission.agentId(), permission.request().callDigest(),
				permission.request().action(), permission.request().resource(), (scope != null) ? scope : Json.object(),
				scope != null, reason, user, nonce, at);
	}

	/**
	 * Keeps what a person is to sign.
	 * @param user the person
	 * @param statements the texts by the ids of their permissions
	 * @return the challenge
	 */
	Challenge challenge(String user, Map<String, String> statements) {
		List<String> hashes = statements.values().stream().map(DecisionStatement::hash).toList();
		ObjectNode options = this.passkeys.options(user, DecisionProof.challenge(hashes));
		if (options.path("allowCredentials").isEmpty()) {
			throw new NotAllowedException("You have no passkey to sign with. Add one on your account page");
		}
		return this.challenges.make(user, statements, hashes, options);
	}

	/**
	 * Requires what the policy asks for of who approves, and that what was signed is what
	 * is decided. Must run in the transaction that decides.
	 * @param permission the permission
	 * @param scope what is granted, {@code null} for a denial
	 * @param reason the words of the person
	 * @param by the person
	 * @return the proof, {@code null} if nothing was signed
	 */
	@Nullable DecisionProof require(StoredPermission permission, @Nullable ObjectNode scope, @Nullable String reason,
			DecidedBy by) {
		PasskeyAssertion assertion = by.assertion();
		if (assertion == null) {
			if (scope != null) {
				if (permission.policy().routing().stepUp() == StepUp.PASSKEY) {
					// What cannot be signed says why.
					String unused = statement(permission, scope, reason, by.user());
				}
				requireStepUp(permission.policy().routing().stepUp(), by);
			}
			return null;
		}
		DecisionProof proof = this.challenges.take(assertion, permission.id(), by.user(),
				(nonce, at) -> statement(permission, scope, reason, by.user(), nonce, at));
		this.passkeys.verify(DecisionProof.challenge(proof.statements()), by.user(), proof.credentialId(),
				proof.authenticatorData(), proof.clientDataJson(), proof.signature());
		return proof;
	}

	// To deny is safe, so anybody who may decide can.
	private void requireStepUp(StepUp stepUp, DecidedBy by) {
		if (stepUp == StepUp.FRESH) {
			SignInAgainException.requireFresh(by.signedInAt(), this.clock.instant());
		}
		if (stepUp == StepUp.PASSKEY) {
			throw new StepUpRequiredException(stepUp, "The policy lets nobody approve this without a signature by a"
					+ " passkey of theirs. Approve it on its page, in a browser that has yours");
		}
	}

}
