package io.agentotp.server;

import java.util.Base64;
import java.util.Objects;

import com.webauthn4j.converter.AttestationObjectConverter;
import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.data.AuthenticatorAssertionResponse;
import com.webauthn4j.data.AuthenticatorAttestationResponse;
import com.webauthn4j.data.PublicKeyCredential;
import com.webauthn4j.data.PublicKeyCredentialCreationOptions;
import com.webauthn4j.data.PublicKeyCredentialRequestOptions;
import com.webauthn4j.data.attestation.AttestationObject;
import com.webauthn4j.data.attestation.authenticator.AAGUID;
import com.webauthn4j.data.attestation.authenticator.AuthenticatorData;
import com.webauthn4j.data.client.Origin;
import com.webauthn4j.data.extension.authenticator.RegistrationExtensionAuthenticatorOutput;
import com.webauthn4j.test.authenticator.webauthn.NoneAttestationAuthenticator;
import com.webauthn4j.test.authenticator.webauthn.WebAuthnAuthenticatorAdaptor;
import com.webauthn4j.test.client.ClientPlatform;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.json.Json;
import io.agentotp.server.passkey.Passkey;
import io.agentotp.server.passkey.PasskeyAssertions;
import io.agentotp.server.passkey.PasskeyRegistrations;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A browser and a device with passkeys, which do what they are told, also what no honest
 * ones do.
 */
final class PasskeyDevice {

	private static final JsonMapper JSON = new ObjectConverter().getJsonMapper();

	private final NoneAttestationAuthenticator authenticator;

	private String origin;

	PasskeyDevice(String origin) {
		this(origin, 0);
	}

	/**
	 * Makes a device.
	 * @param origin the page
	 * @param counter how often it signed
	 */
	PasskeyDevice(String origin, int counter) {
		this.origin = origin;
		this.authenticator = new NoneAttestationAuthenticator(AAGUID.ZERO, counter, true, new ObjectConverter());
	}

	/**
	 * Goes to a page.
	 */
	PasskeyDevice at(String page) {
		this.origin = page;
		return this;
	}

	/**
	 * Signs as often as one likes, and counts the same.
	 */
	PasskeyDevice withoutCounting() {
		this.authenticator.setCountUpEnabled(false);
		return this;
	}

	/**
	 * Makes a passkey for a person, past all pages.
	 */
	Passkey enrol(TestServer server, String person) {
		PasskeyRegistrations registrations = server.bean(PasskeyRegistrations.class);
		return registrations.register(person, "Device of " + person, create(registrations.options(person)).json(),
				Actor.user(person, null));
	}

	/**
	 * Makes a passkey.
	 * @param options {@code PublicKeyCredentialCreationOptionsJSON}
	 */
	Created create(ObjectNode options) {
		PublicKeyCredential<AuthenticatorAttestationResponse, ?> made = platform()
			.create(JSON.readValue(Json.write(options), PublicKeyCredentialCreationOptions.class));
		return new Created(made.getId(), text(made.getResponse().getAttestationObject()),
				text(made.getResponse().getClientDataJSON()));
	}

	/**
	 * Signs a challenge.
	 * @param options {@code PublicKeyCredentialRequestOptionsJSON}
	 */
	Signed sign(ObjectNode options) {
		PublicKeyCredential<AuthenticatorAssertionResponse, ?> made = platform()
			.get(JSON.readValue(Json.write(options), PublicKeyCredentialRequestOptions.class));
		return new Signed(made.getId(), text(made.getResponse().getAuthenticatorData()),
				text(made.getResponse().getClientDataJSON()), text(made.getResponse().getSignature()));
	}

	/**
	 * Signs what a decision says.
	 * @param challenge the answer of the service
	 * @return what to send with the decision, as JSON
	 */
	String assertion(ObjectNode challenge) {
		return sign((ObjectNode) challenge.path("publicKey")).assertion(challenge);
	}

	/**
	 * Signs a challenge as the service asks a person for it.
	 */
	Signed sign(TestServer server, String person, byte[] challenge) {
		return sign(server.bean(PasskeyAssertions.class).options(person, challenge));
	}

	private ClientPlatform platform() {
		return new ClientPlatform(new Origin(this.origin), new WebAuthnAuthenticatorAdaptor(this.authenticator));
	}

	static String text(byte[] bytes) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	record Created(String credentialId, String attestationObject, String clientDataJson) {

		/**
		 * As the script of a page sends it.
		 */
		String json() {
			ObjectNode json = Json.object()
				.put("attestationObject", this.attestationObject)
				.put("clientDataJSON", this.clientDataJson);
			json.putArray("transports").add("usb").add("usb").add("<b>");
			return json.toString();
		}

		/**
		 * The same from a device that knows nobody's finger, face or PIN.
		 */
		Created unverified() {
			AttestationObjectConverter objects = new AttestationObjectConverter(new ObjectConverter());
			AttestationObject made = Objects.requireNonNull(objects.convert(this.attestationObject));
			AuthenticatorData<RegistrationExtensionAuthenticatorOutput> data = made.getAuthenticatorData();
			return new Created(this.credentialId, text(objects.convertToBytes(new AttestationObject(
					new AuthenticatorData<>(data.getRpIdHash(), (byte) (data.getFlags() & ~AuthenticatorData.BIT_UV),
							data.getSignCount(), data.getAttestedCredentialData(), data.getExtensions()),
					made.getAttestationStatement()))), this.clientDataJson);
		}

	}

	record Signed(String credentialId, String authenticatorData, String clientDataJson, String signature) {

		String assertion(ObjectNode challenge) {
			return Json.write(Json.object()
				.put("challengeId", challenge.path("challengeId").stringValue())
				.put("credentialId", this.credentialId)
				.put("authenticatorData", this.authenticatorData)
				.put("clientDataJSON", this.clientDataJson)
				.put("signature", this.signature));
		}

		/**
		 * As the script of a page sends it.
		 */
		String json() {
			return Json.object()
				.put("credentialId", this.credentialId)
				.put("authenticatorData", this.authenticatorData)
				.put("clientDataJSON", this.clientDataJson)
				.put("signature", this.signature)
				.toString();
		}

	}

}
