package io.agentotp.server.permission;

import java.util.List;
import java.util.function.BiConsumer;

import tools.jackson.databind.node.ObjectNode;

/**
 * A signature by a passkey, as a browser makes it. All but the id is base64url without
 * padding.
 *
 * @param challengeId the challenge that it answers
 * @param credentialId the passkey
 * @param authenticatorData what the authenticator says
 * @param clientDataJson what the browser says
 * @param signature the signature over both
 */
public record PasskeyAssertion(String challengeId, String credentialId, String authenticatorData, String clientDataJson,
		String signature) {

	// The longest that authenticators make are about a kilobyte.
	private static final int MAX = 8192;

	private static final List<String> FIELDS = List.of("challengeId", "credentialId", "authenticatorData",
			"clientDataJSON", "signature");

	/**
	 * Reads what a caller sends.
	 * @param json its fields
	 * @param problems gets what is wrong with them
	 * @return the assertion, if nothing is
	 */
	public static PasskeyAssertion read(ObjectNode json, BiConsumer<String, String> problems) {
		List<String> texts = FIELDS.stream().map((field) -> {
			String text = json.path(field).isString() ? json.path(field).stringValue() : "";
			if (text.isEmpty() || text.length() > MAX) {
				problems.accept("assertion." + field, "must be a text of at most " + MAX + " characters");
			}
			return text;
		}).toList();
		json.propertyNames()
			.stream()
			.filter((name) -> !FIELDS.contains(name))
			.forEach((name) -> problems.accept("assertion." + name, "is no field of an assertion"));
		return new PasskeyAssertion(texts.get(0), texts.get(1), texts.get(2), texts.get(3), texts.get(4));
	}

	@Override
	public String toString() {
		return "PasskeyAssertion[]";
	}

}
