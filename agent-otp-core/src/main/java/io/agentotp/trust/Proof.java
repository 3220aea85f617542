package io.agentotp.trust;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the passkey of one approver has signed: a statement, or several at once, each of
 * which is provable alone.
 *
 * @param statement the text that was signed
 * @param values the statement that it is
 * @param key whose it is
 */
record Proof(String statement, JsonNode values, TrustedKey key) {

	private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

	private static final int USER_PRESENT = 0x01;

	private static final int USER_VERIFIED = 0x04;

	private static final int RP_ID_HASH = 32;

	private static final int LEAST_AUTHENTICATOR_DATA = 37;

	private static final int LONGEST_MOMENT = "2026-01-31T12:00:00Z".length();

	/**
	 * Verifies that a key of the trust file has signed a statement.
	 * @param proof as the service sent it
	 * @param origins tells where it may have been signed
	 * @throws InvalidProofException if not
	 */
	static Proof verify(Map<String, ?> proof, TrustFile trust, Predicate<String> origins, Instant now)
			throws InvalidProofException {
		TrustedKey key = trust.keys().get(text(proof, "credentialId"));
		if (key == null) {
			throw new InvalidProofException("it is signed with a credential that the trust file does not have");
		}
		if (key.revokedAt() != null && !now.isBefore(key.revokedAt())) {
			throw new InvalidProofException("it is signed with a credential of " + key.person() + " that is revoked");
		}
		String statement = text(proof, "statement");
		byte[] authenticatorData = bytes(proof, "authenticatorData");
		byte[] clientData = bytes(proof, "clientDataJSON");
		requireClient(clientData, challenge(statement, proof.get("statements")), origins);
		requireAuthenticator(authenticatorData, TrustJson.sha256(trust.rpId()));
		ByteArrayOutputStream signed = new ByteArrayOutputStream(authenticatorData.length + RP_ID_HASH);
		signed.writeBytes(authenticatorData);
		signed.writeBytes(TrustJson.sha256(clientData));
		if (!key.verifies(signed.toByteArray(), bytes(proof, "signature"))) {
			throw new InvalidProofException("its signature is not that of " + key.person() + "'s credential");
		}
		return new Proof(statement, object(statement, "its statement"), key).requireOwn();
	}

	private static byte[] challenge(String statement, @Nullable Object statements) throws InvalidProofException {
		if (!(statements instanceof List<?> hashes) || !hashes.stream().allMatch(Proof::isHash)) {
			throw new InvalidProofException("it has no list of hashes");
		}
		if (!hashes.contains(HexFormat.of().formatHex(TrustJson.sha256(statement)))) {
			throw new InvalidProofException("its statement is not among those that were signed");
		}
		return TrustJson.sha256(hashes.stream()
			.map((hash) -> "\"" + hash + "\"")
			.collect(Collectors.joining(",", "{\"statements\":[", "],\"type\":\"agent-otp-decisions\",\"v\":1}")));
	}

	private static boolean isHash(@Nullable Object value) {
		return value instanceof String text && HASH.matcher(text).matches();
	}

	private static void requireClient(byte[] clientData, byte[] challenge, Predicate<String> origins)
			throws InvalidProofException {
		JsonNode client = object(new String(clientData, StandardCharsets.UTF_8), "its client data");
		if (!client.path("type").stringValue("").equals("webauthn.get")) {
			throw new InvalidProofException("it is no signature of a decision");
		}
		if (!client.path("challenge")
			.stringValue("")
			.equals(Base64.getUrlEncoder().withoutPadding().encodeToString(challenge))) {
			throw new InvalidProofException("something else was signed");
		}
		if (!origins.test(client.path("origin").stringValue(""))) {
			throw new InvalidProofException("it was signed at another origin");
		}
		JsonNode crossOrigin = client.path("crossOrigin");
		if (client.has("topOrigin")
				|| !(crossOrigin.isMissingNode() || (crossOrigin.isBoolean() && !crossOrigin.booleanValue()))) {
			throw new InvalidProofException("it was signed inside a page of another origin");
		}
	}

	private static void requireAuthenticator(byte[] data, byte[] rpIdHash) throws InvalidProofException {
		if (data.length < LEAST_AUTHENTICATOR_DATA
				|| !MessageDigest.isEqual(Arrays.copyOf(data, RP_ID_HASH), rpIdHash)) {
			throw new InvalidProofException("it was signed for another relying party");
		}
		if ((data[RP_ID_HASH] & USER_PRESENT) == 0 || (data[RP_ID_HASH] & USER_VERIFIED) == 0) {
			throw new InvalidProofException("the authenticator has not verified its user");
		}
	}

	private Proof requireOwn() throws InvalidProofException {
		if (!this.values.path("v").isInt() || this.values.path("v").intValue() != 1) {
			throw new InvalidProofException("its statement is of a version that is not known here");
		}
		if (!text("approver").equals(this.key.person())) {
			throw new InvalidProofException("its statement is not that of " + this.key.person());
		}
		// It says whole seconds.
		if (at().plusSeconds(1).isBefore(this.key.validFrom())) {
			throw new InvalidProofException("it is older than the credential of " + this.key.person());
		}
		return this;
	}

	/**
	 * Return a text of the statement, empty if it has none of that name.
	 */
	String text(String name) {
		return this.values.path(name).stringValue("");
	}

	/**
	 * Return a text of the statement that may be missing.
	 */
	@Nullable String optional(String name) {
		return this.values.path(name).stringValue(null);
	}

	/**
	 * Return when it was signed.
	 * @throws InvalidProofException if it does not say
	 */
	Instant at() throws InvalidProofException {
		String at = text("at");
		try {
			// Years of more digits are so far away that nobody can count with them.
			if (at.length() <= LONGEST_MOMENT) {
				return Instant.parse(at);
			}
		}
		catch (DateTimeParseException ex) {
			// As if there was none.
		}
		throw new InvalidProofException("its statement has no moment");
	}

	/**
	 * Return the scope that was granted.
	 * @throws InvalidProofException if there is none
	 */
	Map<String, @Nullable Object> grantedScope() throws InvalidProofException {
		JsonNode scope = this.values.path("grantedScope");
		if (!scope.isObject()) {
			throw new InvalidProofException("its statement has no granted scope");
		}
		try {
			return TrustJson.values(scope);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidProofException("the granted scope of its statement cannot be read");
		}
	}

	private static JsonNode object(String text, String what) throws InvalidProofException {
		try {
			return TrustJson.object(text);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidProofException(what + " " + ex.getMessage());
		}
	}

	private static String text(Map<String, ?> proof, String name) throws InvalidProofException {
		if (proof.get(name) instanceof String text) {
			return text;
		}
		throw new InvalidProofException("it has no text '" + name + "'");
	}

	private static byte[] bytes(Map<String, ?> proof, String name) throws InvalidProofException {
		try {
			return Base64.getUrlDecoder().decode(text(proof, name));
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidProofException("its '" + name + "' is not base64url");
		}
	}

}
