package io.agentotp.server.proof;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The public key of a passkey, by which proofs are verified with nothing but the JDK's
 * own cryptography.
 *
 * @param person whose passkey it is
 * @param credentialId its id
 * @param publicKey the key as an X.509 SubjectPublicKeyInfo
 * @param algorithm how it signs: ES256, RS256 or EdDSA
 * @param validFrom when it was added
 * @param revokedAt when it was revoked, {@code null} if it was not
 * @param rpId for which name it was made
 * @param origins from where it may sign; none for {@code localhost} on any port
 */
public record ApproverKey(String person, String credentialId, String publicKey, String algorithm, Instant validFrom,
		@Nullable Instant revokedAt, String rpId, List<String> origins) {

	private static final Map<String, List<String>> ALGORITHMS = Map.of("ES256", List.of("EC", "SHA256withECDSA"),
			"RS256", List.of("RSA", "SHA256withRSA"), "EdDSA", List.of("Ed25519", "Ed25519"));

	private static final Pattern LOCAL = Pattern.compile("https?://localhost(:\\d{1,5})?");

	// The order of the curve.
	private static final BigInteger P256 = new BigInteger(
			"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

	// Both halves are zero: some old JDKs take it for the signature of anything
	// (CVE-2022-21449), and then nothing that they verify counts.
	private static final byte[] ZERO = HexFormat.of().parseHex("3006020100020100");

	private static final int MIN_RSA_BITS = 2048;

	private static final int HASH = 32;

	// Hash, flags and counter.
	private static final int MIN_LENGTH = 37;

	// The person was there, and was verified.
	private static final int PRESENT_AND_VERIFIED = 0x05;

	/**
	 * Reads the key from what tells that it was added.
	 * @param json its fields
	 * @param addedAt when
	 * @return the key, or {@code null} if it is none
	 */
	public static @Nullable ApproverKey read(ObjectNode json, Instant addedAt) {
		return read(json.path("person").asString(""), json.path("credentialId").asString(""), json, addedAt, null,
				json.path("rpId").asString(""), texts(json, "origins"));
	}

	private static @Nullable ApproverKey read(String person, String id, ObjectNode json, Instant from,
			@Nullable Instant revokedAt, String rpId, List<String> origins) {
		ApproverKey key = new ApproverKey(person, id, json.path("publicKey").asString(""),
				json.path("algorithm").asString(""), from, revokedAt, rpId, origins);
		return (person.isEmpty() || id.isEmpty() || !ALGORITHMS.containsKey(key.algorithm)) ? null : key;
	}

	/**
	 * Reads a trust file, as administrators export it.
	 * @param text the file
	 * @return the keys
	 * @throws IllegalArgumentException if it is not a trust file
	 */
	public static List<ApproverKey> readTrustFile(String text) {
		ObjectNode file = Json.readObjectOrNull(text);
		if (file == null || file.path("v").asInt(0) != 1 || !file.path("approvers").isArray()) {
			throw new IllegalArgumentException("is not a trust file");
		}
		String rpId = file.path("rpId").asString("");
		List<String> origins = texts(file, "origins");
		return file.path("approvers")
			.valueStream()
			.flatMap((person) -> person.path("credentials")
				.valueStream()
				.map((credential) -> trusted(person.path("name").asString(""), credential.asObject(), rpId, origins)))
			.toList();
	}

	private static ApproverKey trusted(String person, ObjectNode json, String rpId, List<String> origins) {
		try {
			String revokedAt = json.path("revokedAt").asString("");
			ApproverKey key = read(person, json.path("id").asString(""), json,
					Instant.parse(json.path("validFrom").asString("")),
					revokedAt.isEmpty() ? null : Instant.parse(revokedAt), rpId, origins);
			if (key != null) {
				return key;
			}
		}
		catch (DateTimeException ex) {
			// As of any other field.
		}
		throw new IllegalArgumentException("has a credential that cannot be read, of " + person);
	}

	private static List<String> texts(ObjectNode json, String field) {
		return json.path(field).valueStream().map((text) -> text.asString("")).toList();
	}

	/**
	 * The same key, which is not good any more.
	 * @param at since when
	 * @return the key
	 */
	public ApproverKey revoked(Instant at) {
		return new ApproverKey(this.person, this.credentialId, this.publicKey, this.algorithm, this.validFrom, at,
				this.rpId, this.origins);
	}

	/**
	 * Looks whether this passkey made a proof, with the person present and verified, on a
	 * page of the service.
	 * @param proof the proof
	 * @return what is wrong, or {@code null}
	 */
	public @Nullable String problem(DecisionProof proof) {
		if (!proof.statements().contains(DecisionStatement.hash(proof.statement()))) {
			return "its statement is not one of those that were signed";
		}
		byte[] authenticator = bytes(proof.authenticatorData());
		byte[] client = bytes(proof.clientDataJson());
		ObjectNode page = Json.readObjectOrNull(new String(client, StandardCharsets.UTF_8));
		if (authenticator.length < MIN_LENGTH || page == null) {
			return "its signed data cannot be read";
		}
		if (!"webauthn.get".equals(page.path("type").asString("")) || isFramed(page)) {
			return "it was not made to sign on a page of the service";
		}
		if (!base64(DecisionProof.challenge(proof.statements())).equals(page.path("challenge").asString(""))) {
			return "another challenge was signed";
		}
		if (!isOrigin(page.path("origin").asString(""))) {
			return "it was signed for another origin, " + page.path("origin").asString("");
		}
		String rpHash = HexFormat.of().formatHex(Arrays.copyOf(authenticator, HASH));
		if (!rpHash.equals(Secrets.sha256(this.rpId))) {
			return "it was signed for another relying party";
		}
		if ((authenticator[HASH] & PRESENT_AND_VERIFIED) != PRESENT_AND_VERIFIED) {
			return "the authenticator did not verify the person";
		}
		return isSigned(authenticator, client, bytes(proof.signature())) ? null
				: "its signature is not that of the passkey";
	}

	// Inside a page of another origin.
	private static boolean isFramed(ObjectNode page) {
		JsonNode crossOrigin = page.path("crossOrigin");
		return page.has("topOrigin")
				|| !(crossOrigin.isMissingNode() || (crossOrigin.isBoolean() && !crossOrigin.booleanValue()));
	}

	// Without one, on the machine of the browser, on any port.
	private boolean isOrigin(String origin) {
		return this.origins.isEmpty() ? LOCAL.matcher(origin).matches() : this.origins.contains(origin);
	}

	private boolean isSigned(byte[] authenticator, byte[] client, byte[] signature) {
		List<String> names = ALGORITHMS.getOrDefault(this.algorithm, List.of());
		try {
			PublicKey key = KeyFactory.getInstance(names.get(0))
				.generatePublic(new X509EncodedKeySpec(bytes(this.publicKey)));
			if (!isStrong(key)) {
				return false;
			}
			Signature verifier = Signature.getInstance(names.get(1));
			verifier.initVerify(key);
			return verifies(verifier, authenticator, client, signature)
					&& !(key instanceof ECPublicKey && verifies(verifier, authenticator, client, ZERO));
		}
		catch (GeneralSecurityException ex) {
			return false;
		}
	}

	private static boolean verifies(Signature verifier, byte[] authenticator, byte[] client, byte[] signature) {
		try {
			verifier.update(authenticator);
			verifier.update(HexFormat.of().parseHex(Secrets.sha256(client)));
			return verifier.verify(signature);
		}
		catch (SignatureException ex) {
			// It has not the form of a signature.
			return false;
		}
	}

	/**
	 * Whether guards take a key: one that they do not take would make the whole trust
	 * file worthless.
	 * @param key the key
	 * @return whether it is on the curve P-256 or Ed25519, or one of RSA that is long
	 * enough
	 */
	public static boolean isStrong(PublicKey key) {
		return (key instanceof ECPublicKey ec) ? ec.getParams().getOrder().equals(P256)
				: (key instanceof RSAPublicKey rsa) ? rsa.getModulus().bitLength() >= MIN_RSA_BITS
						: key instanceof EdECPublicKey ed
								&& ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName());
	}

	private static String base64(byte[] bytes) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	private static byte[] bytes(String text) {
		try {
			return Base64.getUrlDecoder().decode(text);
		}
		catch (IllegalArgumentException ex) {
			return new byte[0];
		}
	}

}
