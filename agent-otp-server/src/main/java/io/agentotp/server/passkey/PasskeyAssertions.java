package io.agentotp.server.passkey;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

import com.webauthn4j.WebAuthnAuthenticationManager;
import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.credential.CredentialRecordImpl;
import com.webauthn4j.data.AuthenticationData;
import com.webauthn4j.data.AuthenticationParameters;
import com.webauthn4j.data.AuthenticationRequest;
import com.webauthn4j.data.attestation.authenticator.AAGUID;
import com.webauthn4j.data.attestation.authenticator.AttestedCredentialData;
import com.webauthn4j.data.attestation.authenticator.AuthenticatorData;
import com.webauthn4j.data.attestation.authenticator.COSEKey;
import com.webauthn4j.util.exception.WebAuthnException;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Looks at what passkeys signed (assertions).
 */
@Component
public final class PasskeyAssertions {

	/**
	 * How long a browser waits for the person.
	 */
	static final Duration TIMEOUT = Duration.ofMinutes(5);

	private final ObjectConverter converter = new ObjectConverter();

	private final WebAuthnAuthenticationManager webAuthn = new WebAuthnAuthenticationManager(List.of(), this.converter);

	private final Passkeys passkeys;

	private final RelyingParty relyingParty;

	private final TransactionTemplate transactions;

	PasskeyAssertions(Passkeys passkeys, RelyingParty relyingParty, TransactionTemplate transactions) {
		this.passkeys = passkeys;
		this.relyingParty = relyingParty;
		this.transactions = transactions;
		this.webAuthn.getAuthenticationDataVerifier()
			// Decisions that are signed together have one signature, which is looked at
			// for each: only a lower count is wrong.
			.setMaliciousCounterValueHandler((assertion) -> {
			});
	}

	/**
	 * What a browser is told, to have a challenge signed ({@code
	 * PublicKeyCredentialRequestOptionsJSON}).
	 * @param person whose passkeys may sign, or {@code null} for any that the device
	 * knows
	 * @param challenge what is signed
	 * @return the options
	 */
	public ObjectNode options(@Nullable String person, byte[] challenge) {
		ObjectNode options = Json.object()
			.put("challenge", PasskeyText.text(challenge))
			.put("rpId", this.relyingParty.id())
			.put("timeout", TIMEOUT.toMillis())
			.put("userVerification", "required");
		options.set("allowCredentials",
				(person != null) ? descriptors(this.passkeys.of(person)) : Json.mapper().createArrayNode());
		return options;
	}

	static ArrayNode descriptors(List<Passkey> passkeys) {
		ArrayNode descriptors = Json.mapper().createArrayNode();
		passkeys.forEach((passkey) -> descriptors.addObject()
			.put("type", "public-key")
			.put("id", passkey.credentialId())
			.set("transports", Json.toTree(passkey.transports())));
		return descriptors;
	}

	/**
	 * Requires that a passkey of a person signed a challenge just now, on a page of this
	 * service, with the person verified. In the present transaction, if there is one,
	 * nobody else uses or revokes the passkey until it ends. A challenge is not used up
	 * here.
	 * @param challenge what had to be signed
	 * @param person whose passkey it must be, or {@code null} if it says who signs in
	 * @param credentialId the id of the passkey, base64url
	 * @param authenticatorData what the device says, base64url
	 * @param clientDataJson what the browser says, base64url
	 * @param signature the signature over both, base64url
	 * @return the passkey
	 * @throws InvalidPasskeyException if not, with the reason
	 */
	public Passkey verify(byte[] challenge, @Nullable String person, String credentialId, String authenticatorData,
			String clientDataJson, String signature) {
		AuthenticationRequest request = new AuthenticationRequest(PasskeyText.bytes(credentialId),
				PasskeyText.bytes(authenticatorData), PasskeyText.bytes(clientDataJson), PasskeyText.bytes(signature));
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			Passkey passkey = this.passkeys.lock(credentialId)
				.orElseThrow(() -> new InvalidPasskeyException("This service does not know the passkey"));
			if (person != null && !passkey.person().equals(person)) {
				throw new InvalidPasskeyException("This passkey belongs to another user");
			}
			if (!passkey.isActive()) {
				throw new InvalidPasskeyException("This passkey was revoked");
			}
			AuthenticatorData<?> data = Objects
				.requireNonNull(verify(passkey, challenge, request).getAuthenticatorData());
			if (data.getSignCount() < passkey.signCount()) {
				throw new InvalidPasskeyException("The passkey counted backwards, so there may be a copy of it."
						+ " Revoke it and add another one");
			}
			this.passkeys.used(passkey, data.getSignCount(), data.isFlagBS());
			return passkey;
		}));
	}

	private AuthenticationData verify(Passkey passkey, byte[] challenge, AuthenticationRequest request) {
		try {
			COSEKey key = this.converter.getCborMapper()
				.readValue(PasskeyText.bytes(passkey.publicKey()), COSEKey.class);
			CredentialRecordImpl record = new CredentialRecordImpl(null, true, passkey.backupEligible(),
					passkey.backedUp(), passkey.signCount(),
					new AttestedCredentialData(AAGUID.ZERO, request.getCredentialId(), key), null, null, null, null);
			return this.webAuthn.verify(request, new AuthenticationParameters(this.relyingParty.expecting(challenge),
					record, List.of(request.getCredentialId()), true, true));
		}
		catch (WebAuthnException | JacksonException ex) {
			throw new InvalidPasskeyException(PasskeyText.problem(ex));
		}
	}

}
