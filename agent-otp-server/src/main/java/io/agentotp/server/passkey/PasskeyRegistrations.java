package io.agentotp.server.passkey;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import com.webauthn4j.WebAuthnManager;
import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.data.PublicKeyCredentialParameters;
import com.webauthn4j.data.PublicKeyCredentialType;
import com.webauthn4j.data.RegistrationParameters;
import com.webauthn4j.data.RegistrationRequest;
import com.webauthn4j.data.attestation.authenticator.AttestedCredentialData;
import com.webauthn4j.data.attestation.authenticator.AuthenticatorData;
import com.webauthn4j.data.attestation.authenticator.COSEKey;
import com.webauthn4j.data.attestation.statement.COSEAlgorithmIdentifier;
import com.webauthn4j.util.exception.WebAuthnException;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.database.Instance;
import io.agentotp.server.json.Json;
import io.agentotp.server.proof.ApproverKey;
import io.agentotp.server.token.Secrets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;

/**
 * Takes new passkeys (attestations). Who made the device is not asked: a person decides
 * which one to trust.
 */
@Component
public final class PasskeyRegistrations {

	// As COSE numbers them, the best first.
	private static final Map<COSEAlgorithmIdentifier, String> ALGORITHMS = Map.of(COSEAlgorithmIdentifier.ES256,
			"ES256", COSEAlgorithmIdentifier.EdDSA, "EdDSA", COSEAlgorithmIdentifier.RS256, "RS256");

	private static final List<PublicKeyCredentialParameters> PARAMETERS = List
		.of(COSEAlgorithmIdentifier.ES256, COSEAlgorithmIdentifier.EdDSA, COSEAlgorithmIdentifier.RS256)
		.stream()
		.map((algorithm) -> new PublicKeyCredentialParameters(PublicKeyCredentialType.PUBLIC_KEY, algorithm))
		.toList();

	private static final Set<String> TRANSPORTS = Set.of("ble", "hybrid", "internal", "nfc", "smart-card", "usb");

	private final ObjectConverter converter = new ObjectConverter();

	private final WebAuthnManager webAuthn = WebAuthnManager.createNonStrictWebAuthnManager(this.converter);

	private final Passkeys passkeys;

	private final RelyingParty relyingParty;

	private final Instance instance;

	private final PasskeyChallenges challenges;

	PasskeyRegistrations(Passkeys passkeys, RelyingParty relyingParty, Instance instance,
			PasskeyChallenges challenges) {
		this.challenges = challenges;
		this.passkeys = passkeys;
		this.relyingParty = relyingParty;
		this.instance = instance;
	}

	/**
	 * What a browser is told, to make a passkey
	 * ({@code PublicKeyCredentialCreationOptionsJSON}).
	 * @param person whose it will be
	 * @return the options
	 */
	public ObjectNode options(String person) {
		ObjectNode options = Json.object()
			.put("challenge", PasskeyText.text(this.challenges.create(purpose(person))))
			.put("timeout", PasskeyAssertions.TIMEOUT.toMillis())
			.put("attestation", "none");
		options.putObject("rp").put("id", this.relyingParty.id()).put("name", "Agent OTP");
		// The same for all passkeys of a person, and no name to others.
		options.putObject("user")
			.put("id", Secrets.sha256(this.instance.id() + ":" + person).substring(0, 40))
			.put("name", person)
			.put("displayName", person);
		ArrayNode parameters = options.putArray("pubKeyCredParams");
		PARAMETERS
			.forEach((each) -> parameters.addObject().put("type", "public-key").put("alg", each.getAlg().getValue()));
		options.putObject("authenticatorSelection")
			.put("residentKey", "required")
			.put("requireResidentKey", true)
			.put("userVerification", "required");
		options.set("excludeCredentials", PasskeyAssertions.descriptors(this.passkeys.of(person)));
		return options;
	}

	private static String purpose(String person) {
		return "add " + person;
	}

	/**
	 * Adds a passkey.
	 * @param person whose it is
	 * @param name how the person names it
	 * @param attestation what the browser sends, as JSON
	 * @param actor who does it: the person
	 * @return the passkey
	 * @throws InvalidPasskeyException if it was not made just now on a page of this
	 * service, with the person verified
	 */
	public Passkey register(String person, String name, String attestation, Actor actor) {
		JsonNode sent = PasskeyText.read(attestation);
		byte[] client = PasskeyText.bytes(sent.path("clientDataJSON").asString(""));
		byte[] challenge = PasskeyText.challenge(client);
		Instant unused = this.challenges.require(challenge, purpose(person));
		AuthenticatorData<?> made = verify(challenge,
				new RegistrationRequest(PasskeyText.bytes(sent.path("attestationObject").asString("")), client));
		AttestedCredentialData data = Objects.requireNonNull(made.getAttestedCredentialData());
		COSEKey key = data.getCOSEKey();
		if (!ApproverKey.isStrong(Objects.requireNonNull(key.getPublicKey()))) {
			throw new InvalidPasskeyException(
					"The key of the passkey is too weak, or of a kind that is not taken here");
		}
		List<String> transports = sent.path("transports")
			.valueStream()
			.map((transport) -> transport.asString(""))
			.filter(TRANSPORTS::contains)
			.distinct()
			.sorted()
			.toList();
		return this.passkeys.add(new Passkey(PasskeyText.text(data.getCredentialId()), person, name,
				PasskeyText.text(this.converter.getCborMapper().writeValueAsBytes(key)),
				PasskeyText.text(Objects.requireNonNull(key.getPublicKey()).getEncoded()),
				Objects.requireNonNull(ALGORITHMS.get(key.getAlgorithm())), made.isFlagBE(), made.getSignCount(),
				made.isFlagBS(), transports, Instant.EPOCH, null, null, null), actor);
	}

	private AuthenticatorData<?> verify(byte[] challenge, RegistrationRequest request) {
		try {
			return Objects
				.requireNonNull(
						this.webAuthn
							.verify(request,
									new RegistrationParameters(this.relyingParty.expecting(challenge), PARAMETERS, true,
											true))
							.getAttestationObject())
				.getAuthenticatorData();
		}
		catch (WebAuthnException | JacksonException ex) {
			throw new InvalidPasskeyException(PasskeyText.problem(ex));
		}
	}

}
